//! Rows of the list: a window by position, or some by UID.
use super::{Cx, Job, Outcome, Step};
use crate::account::request::Answer;
use crate::imap::command::Items;
use crate::imap::event::Fetch;
use crate::imap::{Command, CommandError, CommandId};
use pyeonji_shared::call::list::WindowRows;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::{FolderName, Seq, Uid, UidValidity};
use pyeonji_shared::message::{Row, Summary};
use std::collections::HashSet;

/// Rows collected by sequence number.
#[derive(Default)]
pub struct Collected(Vec<Row>);

impl Collected {
    pub fn add(&mut self, seq: Seq, summary: &Summary) {
        match self.0.iter_mut().find(|r| r.seq == seq) {
            Some(row) => row.summary = summary.clone(),
            None => self.0.push(Row { seq, summary: summary.clone() }),
        }
    }

    pub fn expunged(&mut self, seq: Seq) {
        self.0.retain(|r| r.seq != seq);
        for row in &mut self.0 {
            if row.seq > seq {
                row.seq = Seq(row.seq.0 - 1);
            }
        }
    }

    pub fn has(&self, seq: Seq) -> bool {
        self.0.iter().any(|r| r.seq == seq)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Oldest first.
    pub fn take(&mut self) -> Vec<Row> {
        let mut rows = std::mem::take(&mut self.0);
        rows.sort_by_key(|r| r.seq);
        rows
    }
}

/// `from..=to`; `to == None`: up to the newest.
pub struct Window {
    pub folder: FolderName,
    pub validity: UidValidity,
    pub from: Seq,
    pub to: Seq,
    pub newest: bool,
    pub rows: Collected,
    pub again: bool,
}

impl Job for Window {
    fn start(&mut self, cx: &mut Cx<'_>) -> Step {
        let to = (!self.newest).then_some(self.to);
        cx.submit(Command::FetchWindow { from: self.from, to, items: Items::Row });
        Step::More
    }

    fn fetch(&mut self, fetch: &Fetch, row: Option<&Summary>) {
        if let Some(row) = row
            && (self.from..=self.to).contains(&fetch.seq)
        {
            self.rows.add(fetch.seq, row);
        }
    }

    fn done(&mut self, _: CommandId, outcome: Outcome, cx: &mut Cx<'_>) -> Step {
        match outcome {
            // The folder shrank between our reckoning and the server's answer: once more, open-ended.
            Err(CommandError::Bad { .. } | CommandError::No { .. }) if !self.again && !self.newest => {
                (self.again, self.newest) = (true, true);
                self.start(cx)
            }
            Err(error) => Step::Done(Err(ApiError::from(&error))),
            Ok(_) => Step::Done(Ok(Answer::Window(WindowRows {
                folder: self.folder.clone(),
                validity: self.validity,
                rows: self.rows.take(),
            }))),
        }
    }

    fn expunged(&mut self, seq: Seq) {
        self.rows.expunged(seq);
    }
}

pub struct ByUid {
    pub uids: Vec<Uid>,
    wanted: HashSet<Uid>,
    found: Vec<Summary>,
    noop: Option<CommandId>,
    again: bool,
}

impl ByUid {
    pub fn new(uids: Vec<Uid>) -> Self {
        Self { wanted: uids.iter().copied().collect(), uids, found: Vec::new(), noop: None, again: false }
    }
}

impl Job for ByUid {
    fn start(&mut self, cx: &mut Cx<'_>) -> Step {
        cx.submit(Command::FetchUids { uids: self.uids.clone(), items: Items::Row });
        Step::More
    }

    fn fetch(&mut self, _: &Fetch, row: Option<&Summary>) {
        if let Some(row) = row
            && self.wanted.remove(&row.uid)
        {
            self.found.push(row.clone());
        }
    }

    fn done(&mut self, id: CommandId, outcome: Outcome, cx: &mut Cx<'_>) -> Step {
        if self.noop == Some(id) {
            return Step::More;
        }
        match outcome {
            // Another link may know of messages that this one hasn't been told of yet (a search's newest hits).
            Ok(_) if !self.wanted.is_empty() && !self.again => {
                self.again = true;
                self.noop = Some(cx.submit(Command::Noop));
                let uids = self.wanted.iter().copied().collect();
                cx.submit(Command::FetchUids { uids, items: Items::Row });
                Step::More
            }
            Ok(_) => Step::Done(Ok(Answer::Rows(std::mem::take(&mut self.found)))),
            Err(error) => Step::Done(Err(ApiError::from(&error))),
        }
    }
}
