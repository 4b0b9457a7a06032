//! Moving: MOVE (RFC 6851) where there is one, else COPY and then removal of what was copied. A destination that is
//! missing is made first.
use super::removal::Removal;
use super::{Cx, Job, Outcome, Step};
use crate::account::folders::Place;
use crate::account::request::Answer;
use crate::imap::event::{Code, Completion, Fetch};
use crate::imap::{Command, CommandError, CommandId};
use pyeonji_shared::call::organise::{Copied, Moved};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::Uid;
use pyeonji_shared::limits::MAX_UIDS_PER_CALL;
use pyeonji_shared::message::Summary;

pub struct Move {
    uids: Vec<Uid>,
    to: Place,
    exists: u32,
    stage: Stage,
    /// A folder was made on this job's way.
    created: bool,
}

enum Stage {
    Creating,
    Moving,
    Copying,
    Removing(Box<Removal>, Moved),
}

impl Move {
    pub fn new(uids: Vec<Uid>, to: Place, exists: u32) -> Self {
        Self { uids, to, exists, stage: Stage::Creating, created: false }
    }

    fn create(&mut self, cx: &mut Cx<'_>) -> Step {
        self.created = true;
        self.stage = Stage::Creating;
        cx.submit(Command::Create { folder: self.to.folder.clone() });
        // Subscribed, or other mail programs don't show it; not waited for.
        cx.link.submit(Command::Subscribe { folder: self.to.folder.clone(), on: true });
        Step::More
    }

    fn go(&mut self, cx: &mut Cx<'_>) -> Step {
        let (uids, to) = (self.uids.clone(), self.to.folder.clone());
        if cx.offers("MOVE") {
            self.stage = Stage::Moving;
            cx.submit(Command::Move { uids, to });
        } else {
            self.stage = Stage::Copying;
            cx.submit(Command::Copy { uids, to });
        }
        Step::More
    }

    fn moved(&self, completion: &Completion) -> Moved {
        let copied = match &completion.code {
            Some(code @ Code::CopyUid { validity, .. }) => {
                Some(Copied { validity: *validity, uids: code.copied(MAX_UIDS_PER_CALL) })
            }
            _ => None,
        };
        Moved { to: self.to.folder.clone(), copied }
    }
}

impl Job for Move {
    fn start(&mut self, cx: &mut Cx<'_>) -> Step {
        if self.to.create { self.create(cx) } else { self.go(cx) }
    }

    fn fetch(&mut self, fetch: &Fetch, row: Option<&Summary>) {
        if let Stage::Removing(removal, _) = &mut self.stage {
            removal.fetch(fetch, row);
        }
    }

    fn done(&mut self, id: CommandId, outcome: Outcome, cx: &mut Cx<'_>) -> Step {
        match (&mut self.stage, outcome) {
            // An existing folder is what we want (RFC 5530 ALREADYEXISTS); any other refusal shows in the move itself.
            (Stage::Creating, Ok(_) | Err(CommandError::No { .. })) => self.go(cx),
            (Stage::Moving | Stage::Copying, Err(CommandError::No { code: Some(Code::TryCreate), .. }))
                if !self.created =>
            {
                self.create(cx)
            }
            (Stage::Moving, Ok(completion)) => Step::Done(Ok(Answer::Moved(self.moved(&completion)))),
            (Stage::Copying, Ok(completion)) => {
                let moved = self.moved(&completion);
                let mut removal = Box::new(Removal::new(std::mem::take(&mut self.uids), self.exists));
                let step = removal.start(cx);
                self.stage = Stage::Removing(removal, moved);
                self.removed(step)
            }
            (Stage::Removing(removal, _), outcome) => {
                let step = removal.done(id, outcome, cx);
                self.removed(step)
            }
            (_, Err(error)) => Step::Done(Err((&error).into())),
        }
    }
}

impl Move {
    /// The copies exist; what can't be removed here is said to be in both places.
    fn removed(&mut self, step: Step) -> Step {
        match (step, &self.stage) {
            (Step::Done(Ok(_)), Stage::Removing(_, moved)) => Step::Done(Ok(Answer::Moved(moved.clone()))),
            (Step::Done(Err(error)), _) if error.kind == ErrorKind::Unsupported => {
                let words = "copied, but this server can't remove single messages: they are in both folders";
                Step::Done(Err(ApiError::new(ErrorKind::Unsupported).with_detail(words)))
            }
            (step, _) => step,
        }
    }
}
