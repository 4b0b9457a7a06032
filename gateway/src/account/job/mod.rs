//! Work on a selected folder as small state machines: start, hear what the server says, finish once. They run many
//! at a time on the main link, and alone on a second one when their folder isn't the open one.
pub mod flags;
pub mod moving;
pub mod read;
pub mod removal;
pub mod rows;

use super::link::Link;
use super::request::Answer;
use crate::config::limits::Limits;
use crate::imap::event::{Completion, Fetch};
use crate::imap::{Capabilities, Command, CommandError, CommandId};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::Seq;
use pyeonji_shared::message::Summary;
use std::collections::HashMap;

/// Number of a job on its link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

pub type Outcome = Result<Completion, CommandError>;

/// What a job may use while it is called.
pub struct Cx<'a> {
    pub link: &'a mut Link,
    pub limits: &'a Limits,
    pub commands: &'a mut HashMap<CommandId, JobId>,
    pub me: JobId,
}

impl Cx<'_> {
    pub fn submit(&mut self, command: Command) -> CommandId {
        let id = self.link.submit(command);
        self.commands.insert(id, self.me);
        id
    }

    pub fn offers(&self, name: &str) -> bool {
        self.link.engine().capabilities().is_some_and(|c: &std::sync::Arc<Capabilities>| c.has(name))
    }
}

pub enum Step {
    More,
    Done(Result<Answer, ApiError>),
}

impl Step {
    pub fn fail(kind: ErrorKind) -> Self {
        Step::Done(Err(ApiError::new(kind)))
    }
}

pub trait Job: Send {
    fn start(&mut self, cx: &mut Cx<'_>) -> Step;

    /// A FETCH response of the selected folder; `row` is set when it describes the message for a list.
    fn fetch(&mut self, _fetch: &Fetch, _row: Option<&Summary>) {}

    /// One of the job's commands ended.
    fn done(&mut self, id: CommandId, outcome: Outcome, cx: &mut Cx<'_>) -> Step;

    /// A message left: collected sequence numbers above it move down.
    fn expunged(&mut self, _seq: Seq) {}
}
