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
    pub selected: Option<Selected>,
    pub collected: Collected,
    /// All wanted rows were asked for after SELECT's answer.
    pub asked: bool,
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
