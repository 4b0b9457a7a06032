//! Everything the engine can ask of a server, as typed values. Strings in here may be anything a person can type: the writer
//! quotes them, sends them as literals, or refuses them (R14).
use crate::secret::Secret;
use pyeonji_shared::ids::{FolderName, Seq, Uid};
use pyeonji_shared::message::Flags;
use pyeonji_shared::query::Query;

/// Names one submitted command; never reused on one engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(pub u64);

#[derive(Clone, Debug)]
pub enum Command {
    Capability,
    /// Says who we are (RFC 2971); refused with `Unsupported` where the server lacks it.
    Id,
    /// Picks AUTHENTICATE PLAIN or LOGIN by what the server offers, asking for its capabilities first if they aren't known.
    SignIn {
        user: String,
        password: Secret,
    },
    Login {
        user: String,
        password: Secret,
    },
    /// SASL PLAIN; the initial response travels in the command where the server has SASL-IR (RFC 4959).
    AuthenticatePlain {
        user: String,
        password: Secret,
    },
    /// ENABLE CONDSTORE (RFC 5161).
    Enable,
    Namespace,
    /// All folders, with special uses, subscription and (if asked and offered: LIST-STATUS) counts. Without LIST-STATUS the
    /// items come without counts and `Status` must be asked for each folder.
    List {
        with_status: bool,
    },
    /// LSUB, for servers without LIST-EXTENDED.
    ListSubscribed,
    /// Done carries [`crate::imap::event::Reply::Selected`].
    Select {
        folder: FolderName,
        condstore: bool,
        /// EXAMINE: read-only.
        examine: bool,
    },
    /// Leaves the folder without expunging (UNSELECT, RFC 3691).
    Unselect,
    /// Messages `from..=to` by sequence number; `to == None` is `*`, the newest.
    FetchWindow {
        from: Seq,
        to: Option<Seq>,
        items: Items,
    },
    FetchUids {
        uids: Vec<Uid>,
        items: Items,
    },
    /// Everything from this UID on (`from:*`); the newest message is always in the answer, even when older.
    FetchFrom {
        from: Uid,
        items: Items,
    },
    /// What changed since (RFC 7162 CHANGEDSINCE), for UIDs `from..=to`.
    FetchChanged {
        from: Uid,
        to: Option<Uid>,
        since: u64,
    },
    /// Sections of one message beside `items`; large ones arrive as [`crate::imap::Event::BodyChunk`]. Never sets `\Seen`.
    FetchBody {
        uid: Uid,
        items: Items,
        sections: Vec<SectionRequest>,
    },
    /// `len` bytes of one section from `offset` on.
    FetchPartial {
        uid: Uid,
        section: String,
        offset: u32,
        len: u32,
    },
    /// `+FLAGS.SILENT` and/or `-FLAGS.SILENT`.
    Store {
        uids: Vec<Uid>,
        add: Flags,
        remove: Flags,
    },
    /// Done's code is `CopyUid` where the server has UIDPLUS.
    Copy {
        uids: Vec<Uid>,
        to: FolderName,
    },
    /// Needs MOVE (RFC 6851); without it the account does COPY, STORE and UID EXPUNGE.
    Move {
        uids: Vec<Uid>,
        to: FolderName,
    },
    /// Needs UIDPLUS (RFC 4315).
    UidExpunge {
        uids: Vec<Uid>,
    },
    Expunge,
    /// The body is streamed with [`crate::imap::Engine::feed_literal`]: exactly `size` bytes, CRLF line ends.
    Append {
        folder: FolderName,
        flags: Flags,
        /// Further ones by name; a name that isn't a flag-keyword (RFC 9051 §9) is left out.
        keywords: Vec<String>,
        /// INTERNALDATE, seconds since 1970-01-01 UTC.
        date: Option<i64>,
        size: u64,
    },
    /// Done carries [`crate::imap::event::Reply::Found`].
    Search {
        what: Find,
    },
    Status {
        folder: FolderName,
    },
    /// GETQUOTAROOT (RFC 9208 §4.1.2): how full the storage behind a folder is.
    Quota {
        folder: FolderName,
    },
    Create {
        folder: FolderName,
    },
    Delete {
        folder: FolderName,
    },
    Rename {
        from: FolderName,
        to: FolderName,
    },
    Subscribe {
        folder: FolderName,
        on: bool,
    },
    Noop,
    Logout,
}

/// What a FETCH brings for each message; the UID always comes too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    /// Nothing but the UID.
    Uid,
    /// Flags (and modseq).
    Flags,
    /// All a list row needs: flags, date, envelope, structure. Not RFC822.SIZE: docs/adr/first-screen.md.
    Row,
    /// Flags, date, size, structure: what opening a message needs.
    Structure,
    /// Flags, date, size, envelope: what tells a message from others, for copying.
    Copied,
}

/// One `BODY.PEEK[section]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionRequest {
    /// `""` (whole message), `HEADER`, `TEXT`, `1.2`, `1.2.MIME`, `1.2.HEADER`.
    pub section: String,
    /// At most so many bytes, from the first on.
    pub max: Option<u32>,
}

impl SectionRequest {
    pub fn all(section: impl Into<String>) -> Self {
        Self { section: section.into(), max: None }
    }
    pub fn first(section: impl Into<String>, max: u32) -> Self {
        Self { section: section.into(), max: Some(max) }
    }
}

/// What to search the selected folder for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Find {
    Query(Query),
    /// `HEADER Message-ID`.
    MessageId(String),
    Unseen,
    /// Every message; for small folders only.
    All,
}
