//! What the person chose for an account whose mail is kept on this device.
use pyeonji_shared::device::plan::{Effect, Rule, Settings};
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

/// Days that a rule may say: 0 would be "leave a copy", and ten years are as good as always.
pub const DAYS: std::ops::RangeInclusive<u16> = 1..=3650;

/// Whether the person is asked before other rules are in force: something leaves by them, or will as soon as it was fetched.
pub fn asks(before: &Settings, after: &Settings, effect: &Effect) -> bool {
    let leaves = effect.after.next.messages > 0 || effect.after.later.messages > 0;
    (leaves && effect.before != effect.after)
        || (after.rule == Rule::DownloadAndDelete && before.rule != Rule::DownloadAndDelete)
}
