//! Mail that is kept on this device: what is stored where, and what the page knows of it. The rules are in
//! `pyeonji_shared::device`, the folders in [`crate::mailbox`], the work of one check in [`check`].
pub mod check;
pub mod ledger;
pub mod options;
pub mod takeout;
pub mod twins;
pub mod vault;

use super::model::Tag;
use crate::mailbox::{FolderError, Mailbox, Record, Retag, Search, TagError};
use check::Check;
use options::Options;
use pyeonji_shared::call::Reply;
use pyeonji_shared::call::device::Fetched;
use pyeonji_shared::call::device::Mark;
use pyeonji_shared::device::Uidl;
use pyeonji_shared::device::duplicates::Group;
use pyeonji_shared::device::entry::Wish;
use pyeonji_shared::device::ledger::Ledger;
use pyeonji_shared::device::schedule::{Checks, Next};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, OpId, Uid};

/// Whether this build of the page can keep mail on this device.
pub const HERE: bool = cfg!(any(feature = "device", not(feature = "ui")));
/// Whether it can also take that mail out and bring it in (docs/adr/two-modules.md).
pub const TAKEOUT: bool = cfg!(any(feature = "takeout", not(feature = "ui")));

/// Where things lie in the account's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// `mailbox::Record` by uid.
    Records,
    /// `Fetched` by uid: the parsed view, and where the parts lie in the source.
    Views,
    /// The text that is searched, by uid.
    Texts,
    /// Pieces of the source by uid and number. The source is the truth; everything else can be made again from it.
    Sources,
    /// `ledger::Entry` by UIDL.
    Ledger,
    /// Single values by name, see [`meta`].
    Meta,
}

/// Names on [`Shelf::Meta`].
pub mod meta {
    pub const FOLDERS: &str = "folders";
    /// `ledger::Head`.
    pub const LEDGER: &str = "ledger";
    pub const OPTIONS: &str = "options";
    pub const CHECKS: &str = "checks";
    /// `Option<Mark>` of the listing that the ledger has taken in.
    pub const SEEN: &str = "seen";
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Number(u32),
    Text(String),
    Piece(u32, u32),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Put(Shelf, Key, Vec<u8>),
    /// `Key::Number` on [`Shelf::Sources`]: all pieces.
    Delete(Shelf, Key),
}

impl Change {
    pub fn shelf(&self) -> Shelf {
        match self {
            Change::Put(shelf, ..) | Change::Delete(shelf, _) => *shelf,
        }
    }

    pub fn key(&self) -> &Key {
        match self {
            Change::Put(_, key, _) | Change::Delete(_, key) => key,
        }
    }
}

/// Why something couldn't be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The browser allows no more.
    Full,
    Unavailable,
    /// It was written and isn't there.
    Lost,
    /// It is encrypted, and the key of this sign-in doesn't open it.
    Locked,
    /// It is encrypted, and the key couldn't be had.
    NoKey,
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        ApiError::new(match error {
            StoreError::Full => ErrorKind::DeviceFull,
            _ => ErrorKind::Device,
        })
    }
}

/// A message's source is not on this device.
pub fn lost() -> ApiError {
    ApiError::new(ErrorKind::Device)
}

/// What the database holds, but for views and sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    pub records: Vec<(u32, Vec<u8>)>,
    pub ledger: Vec<Vec<u8>>,
    pub meta: Vec<(String, Vec<u8>)>,
    pub phase: vault::Phase,
}

/// What the runtime does for the mail; the answers are [`MailEvent`]s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailEffect {
    /// Answered by `Loaded`.
    Load,
    /// One durable transaction; answered by `Committed` once it was read back.
    Commit {
        id: u32,
        changes: Vec<Change>,
    },
    /// Answered by `View`.
    View {
        tag: Tag,
        uid: u32,
    },
    /// The texts of these; answered by `Texts`.
    Texts {
        tag: Tag,
        uids: Vec<u32>,
    },
    /// Gives back so much credit of a stream.
    Credit {
        tag: Tag,
        n: u32,
    },
    /// Answered by `Reserved`.
    Reserve {
        count: u32,
    },
    /// Answered by `Room`.
    Estimate,
    /// Answered by `Persistent`.
    Persist,
    /// One check at a time, whatever the number of tabs. Answered by `Locked`.
    Lock,
    Unlock,
    /// Tells other tabs which messages are others now.
    Share(Vec<u32>),
    /// The source of a message goes to the gateway to be read again (R40); answered by `Rendered`.
    Render {
        uid: u32,
    },
    Takeout(takeout::Order),
    /// Answered by `Vault`.
    Vault(vault::Order),
    /// Writes a part of a stored message to the composer's files; answered by `DeviceEvent::BlobStored`.
    Extract {
        composer: OpId,
        key: OpId,
        uid: u32,
        section: String,
    },
}

#[derive(Clone, Debug)]
pub enum MailEvent {
    Loaded(Box<Result<Loaded, StoreError>>),
    Committed {
        id: u32,
        result: Result<(), StoreError>,
    },
    /// Postcard of a `Fetched`; empty when it isn't there.
    View {
        tag: Tag,
        uid: u32,
        bytes: Vec<u8>,
    },
    Texts {
        tag: Tag,
        texts: Vec<(u32, String)>,
    },
    Reserved(Result<u32, StoreError>),
    /// Bytes used and allowed.
    Room(Option<(u64, u64)>),
    Persistent(bool),
    Locked(bool),
    /// Another tab changed these; what they are now (`None`: gone).
    Shared(Vec<(u32, Option<Vec<u8>>)>),
    Rendered {
        uid: u32,
        bytes: Result<Vec<u8>, ApiError>,
    },
    /// Time for a check, or to look whether it is.
    Due,
    /// The person: check now, stop, go on with what leaves the server, leave it for now.
    Check,
    Stop,
    Approve,
    Later,
    /// All of a message of which only the head is here.
    Rest(u32),
    Options(Options),
    Takeout(takeout::Told),
    Vault(vault::Told),
    /// What the person wants for one message on the server: all of it, that it leaves, or neither.
    Wish(Uidl, Wish),
    /// Makes one message of each of these groups.
    Merge(Vec<Group>),
    Folder(FolderChange),
    Tag(TagChange),
    /// Asks the browser again to keep the mail.
    Persist,
}

/// What the person does with a folder of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderChange {
    Create(FolderName),
    Rename(FolderName, FolderName),
    Delete(FolderName),
}

/// Puts a tag on messages, or takes it off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagChange {
    pub uids: Vec<Uid>,
    pub tag: String,
    pub on: bool,
}

/// Room on this device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    pub used: u64,
    /// 0 while it isn't known.
    pub quota: u64,
    /// The browser promised to keep the mail; `None` while it wasn't asked.
    pub persistent: Option<bool>,
}

impl Room {
    /// Bytes that are left untouched below the browser's bound.
    pub const MARGIN: u64 = 64 << 20;

    /// Bytes that may still be fetched; everything where the browser doesn't tell.
    pub fn left(&self) -> u64 {
        if self.quota == 0 {
            u64::MAX
        } else {
            self.quota.saturating_sub(self.used).saturating_sub(Self::MARGIN)
        }
    }

    /// Time to warn.
    pub fn is_short(&self) -> bool {
        self.quota > 0 && self.used > self.quota / 10 * 8
    }
}

/// What a commit was for.
#[derive(Clone, Debug)]
pub enum Commit {
    /// The answer to a call; goes out once it is true.
    Reply(Tag, Box<Result<Reply, ApiError>>),
    /// Whole messages of a check.
    Batch,
    /// A piece of a large message.
    Piece,
    /// What the ledger says, and nothing waits for.
    Ledger,
    /// The ledger says that these are about to be removed.
    Tried,
    /// A message made on this device.
    Made(Box<Made>),
    /// Messages that were brought in.
    Takeout,
    /// So many groups of duplicates became one message each.
    Merged(u32),
    /// Tags were changed, under the id of the notice about it.
    Tagged(u32, Vec<Retag>),
    /// That was undone.
    Untagged,
}

#[derive(Debug, Default)]
pub struct DeviceMail {
    /// `None` while the database is being read.
    pub mailbox: Option<Mailbox>,
    /// Readings under way. What comes of one before the last is out of date.
    pub loads: u32,
    /// Another tab wrote during the last of them.
    pub again: bool,
    /// The last one failed.
    pub unread: bool,
    pub ledger: Ledger,
    /// The listing that the ledger has taken in, if it can be known again.
    pub seen: Option<Mark>,
    pub options: Options,
    pub checks: Checks,
    pub next: Option<Next>,
    pub check: Check,
    pub room: Room,
    pub error: Option<StoreError>,
    /// Seconds, when this page began.
    pub opened: i64,
    pub next_commit: u32,
    /// Under way.
    pub commits: Vec<(u32, Commit)>,
    /// Searches under way.
    pub searches: Vec<(Tag, Search)>,
    /// Messages that this device makes: copies of what was sent, drafts.
    pub making: Vec<Made>,
    /// The store isn't what is known here: another tab has changed the ledger, or a commit has failed. It must be read again
    /// before anything is decided by it.
    pub stale: bool,
    /// What the person wants meanwhile and the ledger takes part in.
    pub waiting: Vec<MailEvent>,
    pub takeout: takeout::Takeout,
    pub vault: vault::Vault,
    /// Why the last change of a folder was refused.
    pub refused: Option<FolderError>,
    /// Why the last change of tags was refused.
    pub untagged: Option<TagError>,
    /// Rises with every merging that has ended.
    pub merged: u32,
}

impl DeviceMail {
    pub fn commit_id(&mut self) -> u32 {
        self.next_commit = self.next_commit.wrapping_add(1);
        self.next_commit
    }
}

/// A message that this device makes: its bytes come from the gateway, because only there it is composed.
#[derive(Clone, Debug)]
pub struct Made {
    pub composer: OpId,
    pub purpose: Purpose,
    /// The stream of its bytes.
    pub tag: Tag,
    pub uid: u32,
    pub pieces: u32,
    pub last: Vec<u8>,
    pub fetched: Option<Box<Fetched>>,
    /// As it will be stored.
    pub record: Option<Box<Record>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The copy in Sent.
    Sent,
    /// A draft in Drafts, in the place of an older one; the edition that is saved.
    Draft { replaces: Option<Uid>, edition: u32 },
}
