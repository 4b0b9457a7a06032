//! The wire beside real mail: what passed between the gateway and the mail servers of one session. `POST /api/lab/wire?s=` begins,
//! `GET /api/lab/wire?s=&after=` waits for more, `DELETE` ends it.
use super::report::{Line, Totals};
use serde::{Deserialize, Serialize};

/// Lines that are kept of a session; the oldest go first.
pub const MAX_KEPT: usize = 10_000;
/// Lines of one answer.
pub const MAX_TOLD: usize = 2_000;
/// What the page asked for, of which the names are kept; the oldest go first.
pub const MAX_CAUSES: usize = 1_000;

/// What came after the line that the page had last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireLines {
    /// The number of the last line that is told of; `after` of the next question.
    pub next: u64,
    /// Lines after `after` that had to go before they were asked for.
    pub dropped: u64,
    /// In the order in which they passed.
    pub lines: Vec<WireLine>,
    /// What the lines of this answer belong to, by [`Line::cause`].
    pub causes: Vec<Cause>,
    /// Since the recording began, all connections together.
    pub totals: Totals,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireLine {
    /// Which of the session's connections, counted from 1 as they were met.
    pub connection: u32,
    pub line: Line,
}

/// What the page asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Rises in a session.
    pub number: u32,
    /// The page's own number of it; 0: it came over HTTP.
    pub request: u32,
    /// Which call, as `Call` names it: `Read`, `Window`, `Send`; `Fetch` is a download.
    pub call: String,
}
