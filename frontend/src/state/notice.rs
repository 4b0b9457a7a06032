//! What the page tells a person: passing statuses (with undo) and alerts. Texts are keys; words come from i18n.
use crate::mailbox::Retag;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::{FolderName, OpId};
use pyeonji_shared::message::Flags;

/// Notices kept; the oldest goes first.
pub const MAX_NOTICES: usize = 5;
/// How long a status stays.
pub const STATUS_MS: i64 = 6_000;
/// How long a status with undo stays.
pub const UNDO_MS: i64 = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// `role=status`; goes by itself.
    Status,
    /// `role=alert`; stays until dismissed.
    Alert,
    /// Not shown: only there to be undone.
    Quiet,
}

/// What was to be done when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    Archive,
    Delete,
    Move,
    Junk,
    Flags,
    Undo,
    Open,
    Read,
    Search,
    SaveDraft,
    SignOut,
    Device,
    Erase,
    Merge,
}

/// The subject of a notice; i18n has one text for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    Archived(u32),
    /// Moved to Trash.
    Deleted(u32),
    DeletedForever(u32),
    Moved(u32, FolderName),
    Junked(u32),
    NotJunked(u32),
    MarkedRead(u32),
    MarkedUnread(u32),
    Starred(u32),
    Unstarred(u32),
    Tagged(u32),
    Undone,
    /// Only after the mail server took it.
    MessageSent,
    /// Sent, but no copy is in Sent.
    SentWithoutCopy(ApiError),
    /// Found in Sent: the earlier try had worked.
    AlreadySent,
    /// Saved in the Drafts folder.
    DraftSaved,
    Discarded,
    /// Composers of an earlier page are back.
    Restored(u32),
    /// The mail server's own words (RFC 9051 §7.1 ALERT), to be shown as a quotation.
    ServerAlert(String),
    Failed(Doing, ApiError),
    /// Files too large, named, and the limit in bytes.
    FileTooBig(String, u64),
    TooManyFiles,
    TooManySelected,
    TooManyComposers,
    SearchTooLong,
    /// The folder can't be changed.
    ReadOnly,
    /// New mail while the window is in front.
    NewMail(u32, FolderName),
    /// A check by hand that found nothing.
    NothingNew,
    /// A check runs: duplicates can't be merged now.
    MergeLater,
    /// Groups of duplicates that are one message each now.
    Merged(u32),
    /// So many bytes are left for mail on this device.
    DeviceShort(u64),
}

/// What undo would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// Move back from where the server put them.
    MoveBack(Vec<MovedBack>),
    /// Per set of flags that messages had before.
    Flags(Vec<(pyeonji_shared::ids::MessageSet, Flags, Flags)>),
    /// Mail on this device: the keywords that messages had.
    Tags(Vec<Retag>),
    /// A discarded composer comes back.
    Discard(OpId),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedBack {
    pub set: pyeonji_shared::ids::MessageSet,
    pub to: FolderName,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub id: u32,
    pub kind: NoticeKind,
    pub text: Text,
    /// A button "Undo" is shown.
    pub undo: Option<Undo>,
    /// Milliseconds; `None` stays.
    pub until: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    pub shown: Vec<Notice>,
    pub next: u32,
}

impl Notices {
    fn push(&mut self, notice: Notice) -> u32 {
        let Notice { id, kind, .. } = notice;
        // One status at a time: the newest is what the person just did. Alerts stay beside it; what can be undone still
        // can, by the key.
        if kind == NoticeKind::Status {
            self.shown.retain(|n| n.kind != NoticeKind::Status || n.undo.is_some());
            let statuses = self.shown.iter_mut().filter(|n| n.kind == NoticeKind::Status);
            statuses.for_each(|n| n.kind = NoticeKind::Quiet);
        }
        self.shown.retain(|n| n.text != notice.text || n.undo.is_some());
        while self.shown.len() >= MAX_NOTICES {
            let oldest = self.shown.iter().position(|n| n.kind != NoticeKind::Alert).unwrap_or(0);
            self.shown.remove(oldest);
        }
        self.shown.push(notice);
        id
    }

    /// An id for a notice that comes later.
    pub fn reserve(&mut self) -> u32 {
        self.next = self.next.wrapping_add(1);
        self.next
    }

    pub fn status(&mut self, now: i64, text: Text) -> u32 {
        let id = self.reserve();
        self.push(Notice { id, kind: NoticeKind::Status, text, undo: None, until: Some(now + STATUS_MS) })
    }

    /// Under an id of [`Self::reserve`].
    pub fn undoable(&mut self, id: u32, now: i64, kind: NoticeKind, text: Text, undo: Undo) {
        self.push(Notice { id, kind, text, undo: Some(undo), until: Some(now + UNDO_MS) });
    }

    pub fn alert(&mut self, text: Text) -> u32 {
        let id = self.reserve();
        self.push(Notice { id, kind: NoticeKind::Alert, text, undo: None, until: None })
    }

    /// It is no longer so.
    pub fn withdraw(&mut self, text: &Text) {
        self.shown.retain(|n| n.text != *text);
    }

    /// The newest one that can be undone.
    pub fn last_undoable(&self) -> Option<u32> {
        self.shown.iter().filter(|n| n.undo.is_some()).map(|n| n.id).max()
    }

    pub fn dismiss(&mut self, id: u32) -> Option<Notice> {
        let at = self.shown.iter().position(|n| n.id == id)?;
        Some(self.shown.remove(at))
    }

    /// Drops what has had its time. Returns when the next one goes.
    pub fn expire(&mut self, now: i64) -> Option<i64> {
        self.shown.retain(|n| n.until.is_none_or(|until| until > now));
        self.shown.iter().filter_map(|n| n.until).min()
    }
}
