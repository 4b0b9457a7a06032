//! The rules of mail that is kept on the device, pure: what to fetch and what to remove, and when.
use serde::{Deserialize, Serialize};

/// A message's unique id on a POP3 server (RFC 1939 §7): 1 to 70 characters from `!` to `~`; some servers send more.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Uidl(pub String);

impl Uidl {
    /// Characters of the longest that is accepted.
    pub const MAX: usize = 255;
}
