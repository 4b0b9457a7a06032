//! What the page may ask, one file per family. Append variants only: their order is the wire format.
pub mod compose;
pub mod device;
pub mod folders;
pub mod list;
pub mod organise;
pub mod read;
pub mod search;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    Folders(folders::Folders),
    Open(list::Open),
    Window(list::Window),
    Rows(list::Rows),
    Read(read::Read),
    Search(search::Search),
    SetFlags(organise::SetFlags),
    Move(organise::Move),
    Delete(organise::Delete),
    Send(compose::Send),
    SaveDraft(compose::SaveDraft),
    /// Asks whether a message of this Message-ID is in Sent (after a send of unknown outcome).
    FindSent(compose::FindSent),
    /// Looks for news now (NOOP upstream); answered by `Reply::Ok` after the events it caused.
    Refresh,
    Look(device::Look),
    Retrieve(device::Retrieve),
    Remove(device::Remove),
    Built(device::Built),
}

impl Call {
    /// Mutations need an [`crate::ids::OpId`].
    pub fn is_mutation(&self) -> bool {
        matches!(
            self,
            Call::SetFlags(_)
                | Call::Move(_)
                | Call::Delete(_)
                | Call::Send(_)
                | Call::SaveDraft(_)
                | Call::Remove(_)
        )
    }
}

/// The one answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    Ok,
    Folders(Vec<crate::account::Folder>),
    Open(list::FolderSnapshot),
    Window(list::WindowRows),
    Rows(Vec<crate::message::Summary>),
    Read(Box<crate::message::MessageView>),
    Search(search::Found),
    Moved(organise::Moved),
    Sent(compose::Sent),
    DraftSaved(compose::DraftSaved),
    FoundSent(Option<crate::ids::MessageRef>),
    Listing(Box<device::Listing>),
    Removed(device::Removed),
}

/// A part of an answer that comes in several. Needs credit (1 chunk = 1 credit).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChunkPart {
    /// The newest hits, newest first, as they are found.
    SearchRows(Vec<crate::message::Summary>),
    /// Progress of a send: bytes given to the mail server, of all.
    SendProgress { done: u64, total: u64 },
    /// Mail for the device. Nothing is merged or left out: without credit the mail server waits.
    Mail(device::MailPart),
}
