//! What the person chose for an account whose mail is kept on this device.
use pyeonji_shared::device::plan::{Rule, Settings};
use pyeonji_shared::device::schedule::Schedule;
use serde::{Deserialize, Serialize};

/// Larger messages come as their heads, unless the person chose otherwise.
pub const USUAL_LIMIT: u32 = 10 << 20;

/// Stored as postcard; append fields only at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    pub rules: Settings,
    pub schedule: Schedule,
    /// Ask before mail leaves the server.
    pub ask: bool,
    /// A blind copy of what is sent goes to oneself, and into Sent when it comes back.
    pub bcc_self: bool,
    /// Seconds, when the mail was last saved elsewhere.
    pub backed_up: Option<i64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rules: Settings { rule: Rule::LeaveCopy, size_limit: Some(USUAL_LIMIT) },
            schedule: Schedule::default(),
            ask: true,
            bcc_self: false,
            backed_up: None,
        }
    }
}
