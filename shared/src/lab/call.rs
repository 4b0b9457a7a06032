//! What the page asks of the lab: `POST /api/lab/…`, postcard both ways.
use super::advice::Habits;
use super::report::Report;
use super::scenario::{Scenario, Words};
use serde::{Deserialize, Serialize};

/// Bytes of a question; a scenario file has fewer.
pub const MAX_ASK: usize = 512 << 10;
/// Lines of all devices in one answer; the oldest go first.
pub const MAX_LINES: usize = 10_000;
/// Changes in one answer.
pub const MAX_CHANGES: usize = 50_000;

/// Which scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// One of those that come with the program.
    Experiment(String),
    Own(Box<Scenario>),
    /// A file of the visitor's.
    File(String),
}

/// A visitor of the lab, by a number that the page draws at random. It says nothing about the person, and opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct VisitorId(pub [u8; 16]);

/// `POST /api/lab/enter`; answered with `Result<Opened, Refusal>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enter {
    pub visitor: VisitorId,
}

/// What this lab has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    pub experiments: Vec<Listed>,
    /// Report cards of servers that nobody configured are made, too.
    pub any_host: bool,
}

/// `POST /api/lab/run`: runs it; answered with `Result<Answer, Refusal>`. The page shows one of its runs; of the others it gets the
/// findings alone. `POST /api/lab/file?as=report|transcript|scenario` answers the same question with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    pub visitor: VisitorId,
    pub source: Source,
    /// The number of the run that is shown, counted from 0.
    pub show: u32,
}

/// `POST /api/lab/advise`; answered with `Result<Advice, Refusal>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskAdvice {
    pub visitor: VisitorId,
    pub habits: Habits,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub scenario: Scenario,
    pub report: Report,
    /// Which of the runs has its steps and lines.
    pub show: u32,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// No scenario: where in it, and why.
    Wrong { place: Place, reason: String },
    /// There are as many visitors as this lab takes; a place may be free in so many seconds.
    Full { visitors: u32, wait_seconds: u32 },
    /// Too much at once; again in a moment.
    Busy,
}

/// Where something is wrong in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    Whole,
    Line { line: u32, column: u32 },
    Step(u32),
    Expectation(u32),
}

/// An experiment that comes with the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub id: String,
    pub title: Words,
    pub claim: Words,
}
