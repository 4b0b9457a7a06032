//! What the page knows of one's own mailbox.
use pyeonji_shared::error::ApiError;
use pyeonji_shared::lab::own::{Claim, Offer};
use pyeonji_shared::lab::report::Proto;
use pyeonji_shared::lab::scenario::Words;

/// The device whose wire is shown first.
pub const IMAP: &str = "imap-a";

#[derive(Clone, Debug, Default)]
pub struct Mine {
    pub busy: bool,
    /// Rises with every answer, so that nothing of it must be compared to see that it is another.
    pub turn: u32,
    /// Why there is none of it, or why one of the protocols is missing in it.
    pub troubles: Vec<(Option<Proto>, ApiError)>,
    pub notes: Vec<Words>,
    pub claims: Vec<Claim>,
    pub offer: Option<Offer>,
}
