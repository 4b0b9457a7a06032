//! Everything that was measured, by task and size of the mailbox; and the goals.
use super::stats::{Sample, Unit};
use std::collections::BTreeMap;

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    Bytes,
    PageUsable,
    FirstRows,
    OpenPlain,
    OpenHtml,
    Neighbour,
    Folder,
    Jump,
    Send,
    NewMail,
    Cpu,
    Memory,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Ours,
    Bare,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    AtMost(f64),
    /// The bare client's median of the same run, and so much more.
    AboveBare(f64),
}

impl Task {
    pub const ALL: [Task; 12] = [
        Task::Bytes,
        Task::PageUsable,
        Task::FirstRows,
        Task::OpenPlain,
        Task::OpenHtml,
        Task::Neighbour,
        Task::Folder,
        Task::Jump,
        Task::Send,
        Task::NewMail,
        Task::Cpu,
        Task::Memory,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Task::Bytes => "bytes until the list stands",
            Task::PageUsable => "sign-in page usable",
            Task::FirstRows => "sign-in → first screen of rows",
            Task::OpenPlain => "open a plain message, not cached",
            Task::OpenHtml => "open an HTML message, not cached",
            Task::Neighbour => "open a prefetched neighbour",
            Task::Folder => "switch folder",
            Task::Jump => "jump to the end",
            Task::Send => "send → confirmed",
            Task::NewMail => "new mail → row",
            Task::Cpu => "web tier's CPU per login + list + open",
            Task::Memory => "memory per idle live session",
        }
    }

    pub fn unit(self) -> Unit {
        match self {
            Task::Bytes => Unit::Kb,
            Task::Memory => Unit::KiB,
            _ => Unit::Ms,
        }
    }

    pub fn goal(self) -> Goal {
        match self {
            Task::Bytes => Goal::AtMost(230.0),
            Task::PageUsable => Goal::AtMost(150.0),
            Task::FirstRows => Goal::AtMost(75.0),
            Task::OpenPlain | Task::OpenHtml => Goal::AtMost(30.0),
            Task::Neighbour => Goal::AtMost(16.0),
            Task::Folder => Goal::AtMost(35.0),
            Task::Jump => Goal::AtMost(40.0),
            Task::Send => Goal::AtMost(100.0),
            Task::NewMail => Goal::AboveBare(50.0),
            Task::Cpu => Goal::AtMost(3.0),
            Task::Memory => Goal::AtMost(64.0),
        }
    }

    /// Roundcube / SnappyMail, measured elsewhere on the same kind of machine; not by this program.
    pub fn elsewhere(self) -> &'static str {
        match self {
            Task::Bytes => "519 / 366 KB",
            Task::PageUsable => "363 / 378 ms",
            Task::FirstRows => "490 / 375 ms",
            Task::OpenPlain | Task::OpenHtml => "163–194 / 361–366 ms",
            Task::Folder => "193 / 173 ms",
            Task::Jump => "172 / 165 ms",
            Task::Send => "109 / 376 ms",
            Task::NewMail => "0–60 s / 0–15 min",
            Task::Cpu => "38 / 42 ms",
            Task::Neighbour | Task::Memory => "—",
        }
    }
}

/// Memory of the gateway with so many sessions signed in and idle.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    pub sessions: u32,
    /// Bytes.
    pub resident: u64,
}

/// By how much a transfer raised the gateway's highest resident memory.
#[derive(Clone, Copy, Debug)]
pub struct Transfer {
    pub name: &'static str,
    /// Bytes moved, as a file.
    pub size: usize,
    /// Bytes of memory.
    pub raised: u64,
    pub milliseconds: f64,
}

/// The gateway alone, asked by postcard and answering by postcard; milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Windows {
    /// Sign-in by HTTP, which signs in to the mail server and reads the first list.
    pub sign_in_ms: Vec<f64>,
    /// WebSocket and Hello until the snapshot.
    pub socket_ms: Vec<f64>,
    pub read_ms: Vec<f64>,
    pub bare_ms: Vec<f64>,
    pub bare_bytes: u64,
    pub gateway_ms: Vec<f64>,
    /// Bytes of the answering frame.
    pub frame_bytes: usize,
    /// Decoding that frame, natively.
    pub decode_ms: Vec<f64>,
}

#[derive(Debug, Default)]
pub struct Figures {
    values: BTreeMap<(Task, u32, Side), Vec<f64>>,
    pub idle: Vec<Idle>,
    pub transfers: Vec<Transfer>,
    pub windows: Windows,
}

impl Figures {
    /// `size`: messages in the Inbox. `value` in the task's unit.
    pub fn add(&mut self, task: Task, size: u32, side: Side, value: f64) {
        self.values.entry((task, size, side)).or_default().push(value);
    }

    pub fn sample(&self, task: Task, size: u32, side: Side) -> Option<Sample> {
        Sample::of(self.values.get(&(task, size, side))?.iter().copied())
    }

    /// Of the largest mailbox that was measured.
    pub fn largest(&self, task: Task, side: Side) -> Option<Sample> {
        let size = self.sizes().into_iter().rev().find(|s| self.values.contains_key(&(task, *s, side)))?;
        self.sample(task, size, side)
    }

    /// Sizes of the mailboxes, rising.
    pub fn sizes(&self) -> Vec<u32> {
        let mut sizes: Vec<u32> = self.values.keys().map(|k| k.1).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// How far from the goal the median is: at most 1 is met. `None` when not measured.
    pub fn against_goal(&self, task: Task) -> Option<f64> {
        let ours = self.largest(task, Side::Ours)?.median();
        let goal = match task.goal() {
            Goal::AtMost(goal) => goal,
            Goal::AboveBare(more) => self.largest(task, Side::Bare)?.median() + more,
        };
        Some(ours / goal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_judged_by_the_median_of_the_largest_mailbox() {
        let mut figures = Figures::default();
        for (size, value) in [(200, 10.0), (100_000, 60.0), (100_000, 70.0), (100_000, 900.0)] {
            figures.add(Task::FirstRows, size, Side::Ours, value);
        }
        assert!(figures.against_goal(Task::FirstRows).is_some_and(|r| (r - 70.0 / 75.0).abs() < 1e-9));
        assert_eq!(figures.against_goal(Task::Jump), None);
        figures.add(Task::NewMail, 200, Side::Ours, 560.0);
        assert_eq!(figures.against_goal(Task::NewMail), None, "no floor, no verdict");
        figures.add(Task::NewMail, 200, Side::Bare, 510.0);
        assert_eq!(figures.against_goal(Task::NewMail), Some(1.0));
    }

    #[test]
    fn every_task_is_listed_once() {
        let mut all = Task::ALL.to_vec();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), Task::ALL.len());
    }
}
