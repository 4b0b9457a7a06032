//! Removing for good exactly these messages and no others (RFC 4315 §2.1). Without UIDPLUS a plain EXPUNGE would take
//! whatever else is marked `\Deleted`, so it is done only after seeing that nothing else is.
use super::{Cx, Job, Outcome, Step};
use crate::account::request::Answer;
use crate::imap::command::Items;
use crate::imap::event::Fetch;
use crate::imap::{Command, CommandId};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{Seq, Uid};
use pyeonji_shared::message::{Flags, Summary};
use std::collections::HashSet;

/// Messages whose flags are looked at before a plain EXPUNGE; in larger folders it is refused.
const MAX_LOOK: u32 = 20_000;

pub struct Removal {
    uids: Vec<Uid>,
    set: HashSet<Uid>,
    /// Messages in the folder.
    exists: u32,
    stage: Stage,
    foreign: bool,
}

enum Stage {
    Begin,
    Looking,
    /// STORE and EXPUNGE in one flight; the second's outcome counts unless the first failed.
    Removing {
        store: CommandId,
        failed: Option<ApiError>,
    },
}

impl Removal {
    pub fn new(uids: Vec<Uid>, exists: u32) -> Self {
        let set = uids.iter().copied().collect();
        Self { uids, set, exists, stage: Stage::Begin, foreign: false }
    }

    fn remove(&mut self, cx: &mut Cx<'_>) {
        let uids = std::mem::take(&mut self.uids);
        let store =
            cx.submit(Command::Store { uids: uids.clone(), add: Flags::DELETED, remove: Flags::default() });
        let expunge = if cx.offers("UIDPLUS") { Command::UidExpunge { uids } } else { Command::Expunge };
        cx.submit(expunge);
        self.stage = Stage::Removing { store, failed: None };
    }
}

impl Job for Removal {
    fn start(&mut self, cx: &mut Cx<'_>) -> Step {
        if cx.offers("UIDPLUS") {
            self.remove(cx);
        } else if self.exists <= MAX_LOOK {
            cx.submit(Command::FetchWindow { from: Seq(1), to: None, items: Items::Flags });
            self.stage = Stage::Looking;
        } else {
            return Step::fail(ErrorKind::Unsupported);
        }
        Step::More
    }

    fn fetch(&mut self, fetch: &Fetch, _: Option<&Summary>) {
        if matches!(self.stage, Stage::Looking)
            && fetch.flags.as_ref().is_some_and(|f| f.flags.contains(Flags::DELETED))
            && fetch.uid.is_none_or(|uid| !self.set.contains(&uid))
        {
            self.foreign = true;
        }
    }

    fn done(&mut self, id: CommandId, outcome: Outcome, cx: &mut Cx<'_>) -> Step {
        match &mut self.stage {
            Stage::Begin => Step::fail(ErrorKind::Internal),
            Stage::Looking => match outcome {
                Ok(_) if self.foreign => Step::Done(Err(ApiError::new(ErrorKind::Unsupported)
                    .with_detail("other messages of this folder are marked for deletion"))),
                Ok(_) => {
                    self.remove(cx);
                    Step::More
                }
                Err(error) => Step::Done(Err((&error).into())),
            },
            Stage::Removing { store, failed } if *store == id => {
                *failed = outcome.err().map(|e| (&e).into());
                Step::More
            }
            Stage::Removing { failed, .. } => Step::Done(match (failed.take(), outcome) {
                (Some(error), _) => Err(error),
                (None, Ok(_)) => Ok(Answer::Ok),
                (None, Err(error)) => Err((&error).into()),
            }),
        }
    }
}
