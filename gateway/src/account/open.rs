//! The open folder, and a folder on its way to being open.
use super::job::rows::Collected;
use super::known::Known;
use super::request::Ticket;
use crate::imap::CommandId;
use crate::imap::event::Selected;
use pyeonji_shared::ids::{FolderName, ModSeq, Seq, UidValidity};
use std::collections::HashSet;

/// The folder that IDLE watches.
pub struct Open {
    pub folder: FolderName,
    pub validity: UidValidity,
    /// Messages the server has told of.
    pub exists: u32,
    /// Messages the page has been told of: arrivals are told together with their rows.
    pub told: u32,
    pub unseen: u32,
    pub modseq: ModSeq,
    pub writable: bool,
    pub known: Known,
    pub arrival: Option<Arrival>,
    /// The count of unseen messages became uncertain.
    pub recount: bool,
    /// Counts in a row that spoke of other messages.
    pub doubts: u8,
}

/// Rows of new messages being fetched.
pub struct Arrival {
    pub command: CommandId,
    pub from: Seq,
    pub rows: Collected,
}

/// Who wanted a folder opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Open(Ticket),
    Snapshot(Ticket),
    /// The first screen, and after a reconnect.
    Start,
}

impl Purpose {
    /// The request that it answers.
    pub fn ticket(self) -> Option<Ticket> {
        match self {
            Purpose::Open(ticket) | Purpose::Snapshot(ticket) => Some(ticket),
            Purpose::Start => None,
        }
    }
}

/// SELECT, listing and FETCH under way.
pub struct Opening {
    pub purpose: Purpose,
    pub folder: FolderName,
    pub rows: u32,
    pub select: CommandId,
    /// Sent along with SELECT, by what the folder had last; harmless when it misses.
    pub guess: Option<(CommandId, Seq)>,
    /// What must end before the answer.
    pub waits: HashSet<CommandId>,
    /// Those of them that bring rows. They needn't end once the rows are here: Dovecot sends the rows, then works on (45 ms
    /// in a Maildir of 100,000), then ends the command.
    pub fetches: Vec<CommandId>,
    pub selected: Option<Selected>,
    pub collected: Collected,
    /// All wanted rows were asked for after SELECT's answer.
    pub asked: bool,
}

impl Opening {
    /// First and last of the wanted rows, once SELECT has told how many there are.
    pub fn range(&self) -> Option<(Seq, Seq)> {
        let exists = self.selected.as_ref()?.exists;
        let from = exists.saturating_sub(self.rows.saturating_sub(1)).max(1);
        (exists > 0 && self.rows > 0).then_some((Seq(from), Seq(exists)))
    }

    /// All of them have arrived.
    pub fn is_complete(&self) -> bool {
        self.range().is_some_and(|(from, to)| {
            let wanted = (to.0 - from.0 + 1) as usize;
            self.collected.len() >= wanted && (from.0..=to.0).all(|s| self.collected.has(Seq(s)))
        })
    }
}

impl Open {
    pub fn new(folder: FolderName, selected: &Selected, unseen: u32) -> Self {
        Self {
            folder,
            validity: selected.validity,
            exists: selected.exists,
            told: selected.exists,
            unseen,
            modseq: selected.highest_modseq,
            writable: selected.writable,
            known: Known::default(),
            arrival: None,
            recount: false,
            doubts: 0,
        }
    }
}
