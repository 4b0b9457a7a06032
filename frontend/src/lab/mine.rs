//! What the page knows of one's own mailbox.
use pyeonji_shared::error::ApiError;
use pyeonji_shared::lab::own::Found;
use std::rc::Rc;

/// The device whose wire is shown first.
pub const IMAP: &str = "imap-a";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mine {
    pub busy: bool,
    pub error: Option<ApiError>,
    pub found: Option<Rc<Found>>,
}
