//! What was found when a scenario was run.
use super::places::Change;
use super::scenario::{Expect, Measure, Step, Words};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Held,
    DidNotHold,
    /// Under some of the conditions.
    Depends,
}

/// What came of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub id: String,
    pub title: Words,
    pub claim: Words,
    /// `None`: it claims nothing.
    pub verdict: Option<Verdict>,
    pub runs: Vec<Run>,
}

/// The scenario under one set of conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// `None`: as the scenario stands.
    pub variant: Option<Words>,
    /// Where it was run: `None` is the sandbox in simulated time.
    pub backend: Option<String>,
    /// What must be said of it: conditions that couldn't be had there, devices that weren't told in time.
    pub notes: Vec<String>,
    pub held: bool,
    /// The expectations in their order.
    pub judged: Vec<Judged>,
    pub measured: Vec<Measured>,
    pub steps: Vec<Done>,
    pub devices: Vec<Transcript>,
    /// The mailbox over time.
    pub stored: Vec<Stored>,
    /// Who holds how many messages at the end.
    pub end: Vec<Count>,
}

/// Octets of the account on the server, after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Milliseconds since the run began.
    pub at: u64,
    pub octets: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub place: String,
    pub folder: String,
    pub messages: u32,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Which of the scenario's steps, counted from 1; a repetition's steps have its number.
    pub number: usize,
    pub step: Step,
    /// Left out under these conditions.
    pub skipped: bool,
    /// Milliseconds since the run began, at its beginning and at its end.
    pub from: u64,
    pub to: u64,
    /// Why it couldn't be done.
    pub refused: Option<String>,
    /// What everybody holds afterwards that they didn't before, or not so.
    pub changes: Vec<Change>,
    /// Octets of the account on the server.
    pub used: u64,
    /// What it cost, of the devices it cost something, in their order.
    pub spent: Vec<Spent>,
}

/// What one step cost one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    pub device: String,
    pub totals: Totals,
}

/// An expectation, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    pub expect: Expect,
    /// The step that shows it, counted from 1.
    pub step: usize,
    pub so: bool,
    /// Places where it isn't so.
    pub not_at: Vec<String>,
}

/// A measure, and what was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    pub measure: Measure,
    pub found: u64,
    pub than: u64,
    pub so: bool,
}

/// All connections of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    pub device: String,
    pub totals: Totals,
    pub lines: Vec<Line>,
    /// Lines that were too many to be kept.
    pub dropped: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    ToServer,
    FromServer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proto {
    Imap,
    Pop3,
    Smtp,
}

/// One line, or the octets of one body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub protocol: Proto,
    /// Milliseconds since the recording began.
    pub at: u64,
    pub direction: Direction,
    /// Octets on the wire, with the line's end.
    pub bytes: u64,
    /// Counted from 1: the n-th time that the client spoke after the server had.
    pub round_trip: u32,
    /// What it belongs to: in the lab a single step, counted from 1; beside mail what the person did. 0: nothing of these.
    pub cause: u32,
    pub text: String,
}

/// Octets of both directions, and round trips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub sent: u64,
    pub received: u64,
    pub round_trips: u32,
    pub connections: u32,
}

impl Totals {
    /// What came in between.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            sent: self.sent.saturating_sub(before.sent),
            received: self.received.saturating_sub(before.received),
            round_trips: self.round_trips.saturating_sub(before.round_trips),
            connections: self.connections.saturating_sub(before.connections),
        }
    }

    pub fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.received += other.received;
        self.round_trips += other.round_trips;
        self.connections += other.connections;
    }
}
