//! Reading one message.
use crate::ids::MessageRef;
use serde::{Deserialize, Serialize};

/// Answered by `Reply::Read`. Never marks as read by itself (BODY.PEEK).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    pub at: MessageRef,
    /// Prefetch of a neighbour: goes after interactive work and may be dropped.
    pub background: bool,
}
