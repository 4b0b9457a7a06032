//! Changing flags. What the server holds afterwards is asked for in the same flight, so that the page hears the truth.
use super::{Cx, Job, Outcome, Step};
use crate::account::request::Answer;
use crate::imap::command::Items;
use crate::imap::{Command, CommandId};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::Uid;
use pyeonji_shared::message::Flags;

pub struct SetFlags {
    pub uids: Vec<Uid>,
    pub add: Flags,
    pub remove: Flags,
    stored: Option<(CommandId, Option<Outcome>)>,
    check: Option<CommandId>,
}

impl SetFlags {
    pub fn new(uids: Vec<Uid>, add: Flags, remove: Flags) -> Self {
        Self { uids, add, remove, stored: None, check: None }
    }
}

impl Job for SetFlags {
    fn start(&mut self, cx: &mut Cx<'_>) -> Step {
        let (uids, add, remove) = (self.uids.clone(), self.add, self.remove);
        self.stored = Some((cx.submit(Command::Store { uids, add, remove }), None));
        let uids = std::mem::take(&mut self.uids);
        self.check = Some(cx.submit(Command::FetchUids { uids, items: Items::Flags }));
        Step::More
    }

    fn done(&mut self, id: CommandId, outcome: Outcome, _: &mut Cx<'_>) -> Step {
        if let Some((store, result)) = &mut self.stored
            && *store == id
        {
            *result = Some(outcome);
        } else if self.check == Some(id) {
            self.check = None;
        }
        match (&self.stored, self.check) {
            (Some((_, Some(result))), None) => Step::Done(match result {
                Ok(_) => Ok(Answer::Ok),
                Err(error) => Err(ApiError::from(error)),
            }),
            _ => Step::More,
        }
    }
}
