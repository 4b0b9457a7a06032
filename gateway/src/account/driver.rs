//! A link with its open ends: pipelined commands are submitted together and waited for one by one.
use crate::account::link::Link;
use crate::imap::command::{Command, CommandId};
use crate::imap::error::CommandError;
use crate::imap::event::{Completion, Event};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, UidValidity};
use std::collections::HashMap;
use tokio::sync::OwnedSemaphorePermit;

/// Takes what the server says beside the answer that is waited for.
pub type Other<'a> = &'a mut (dyn FnMut(Event) + Send);

pub struct Driver {
    pub link: Link,
    /// Answers that came before they were waited for; at most as many as commands are in flight.
    done: HashMap<CommandId, Result<Completion, CommandError>>,
    /// This link counts among the account's for as long as it lives.
    _permit: OwnedSemaphorePermit,
}

impl Driver {
    pub fn new(link: Link, permit: OwnedSemaphorePermit) -> Self {
        Self { link, done: HashMap::new(), _permit: permit }
    }

    pub fn submit(&mut self, command: Command) -> CommandId {
        self.link.submit(command)
    }

    pub fn has(&self, capability: &str) -> bool {
        self.link.capabilities().is_some_and(|c| c.has(capability))
    }

    /// The answer to one command; everything else goes to `other`, in order.
    pub async fn wait(&mut self, id: CommandId, other: Other<'_>) -> Result<Completion, CommandError> {
        loop {
            if let Some(result) = self.done.remove(&id) {
                return result;
            }
            match self.link.event().await {
                Event::Failed(error) => {
                    self.done.clear();
                    return Err(CommandError::Lost(error));
                }
                event => self.note(event, other),
            }
        }
    }

    /// Sorts one event: answers are kept for whoever waits, and shown to `other` like everything else.
    pub fn note(&mut self, event: Event, other: Other<'_>) {
        if let Event::Done { id, result } = &event {
            self.done.insert(*id, result.clone());
        }
        other(event);
    }

    /// The answer, if it came already.
    pub fn take(&mut self, id: CommandId) -> Option<Result<Completion, CommandError>> {
        self.done.remove(&id)
    }

    pub async fn run(&mut self, command: Command, other: Other<'_>) -> Result<Completion, ApiError> {
        let id = self.submit(command);
        self.wait(id, other).await.map_err(|e| ApiError::from(&e))
    }

    /// Selects a folder for work beside the open one and checks that its UIDs still mean the same.
    pub async fn enter(
        &mut self,
        folder: &FolderName,
        validity: Option<UidValidity>,
        examine: bool,
    ) -> Result<u32, ApiError> {
        let command = Command::Select { folder: folder.clone(), condstore: false, examine };
        let completion = self.run(command, &mut |_| {}).await?;
        let crate::imap::event::Reply::Selected(selected) = completion.reply else {
            return Err(ApiError::new(ErrorKind::Protocol));
        };
        match validity {
            Some(wanted) if wanted != selected.validity => Err(ApiError::new(ErrorKind::ValidityChanged)),
            _ => Ok(selected.validity.0),
        }
    }
}
