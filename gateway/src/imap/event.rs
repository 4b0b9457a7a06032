//! What the engine says, in our own types.
use crate::account::request::Leaf;
use crate::imap::capability::Capabilities;
use crate::imap::command::CommandId;
use crate::imap::error::{CommandError, EngineError};
use bytes::Bytes;
use pyeonji_shared::account::{Counts, SpecialUse};
use pyeonji_shared::ids::{FolderName, ModSeq, Seq, Uid, UidValidity};
use pyeonji_shared::message::Flags;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The server is ready for commands.
    Greeting,
    /// What the server offers, whenever it says so.
    Capabilities(Arc<Capabilities>),
    /// Told by the server beside the answers, in its order.
    Data(Data),
    /// Bytes of a section too large to be kept in one piece. They belong to the next [`Data::Fetch`], whose section of the
    /// same `stream` number is [`Body::Streamed`].
    BodyChunk { stream: u32, bytes: Bytes },
    /// Exactly one for each submitted command.
    Done { id: CommandId, result: Result<Completion, CommandError> },
    /// RFC 9051 §7.1: must be shown. Bounded, without control characters.
    Alert(String),
    /// Why the server hangs up; [`Event::Failed`] follows unless we logged out.
    Bye(String),
    /// The last event.
    Failed(EngineError),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    Exists(u32),
    Expunge(Seq),
    /// RFC 7162 §3.2.10.
    Vanished {
        earlier: bool,
        uids: Vec<UidRange>,
    },
    Fetch(Box<Fetch>),
    List(ListItem),
    /// From LSUB.
    Subscribed(FolderName),
    Status(StatusItem),
    Quota(QuotaItem),
    Namespace(Namespace),
    Enabled(Vec<String>),
    Id(Vec<(String, Option<String>)>),
}

/// A tagged OK.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completion {
    pub code: Option<Code>,
    pub text: String,
    pub reply: Reply,
}

/// What belongs to one command alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Reply {
    #[default]
    None,
    Selected(Selected),
    Found(Found),
}

/// A folder as SELECT or EXAMINE described it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    pub exists: u32,
    pub validity: UidValidity,
    pub uid_next: Option<Uid>,
    /// 0 when the server has no CONDSTORE, or none for this folder.
    pub highest_modseq: ModSeq,
    pub writable: bool,
    /// `\*`: own keywords can be made.
    pub new_keywords: bool,
    /// Flags that can be changed for good.
    pub permanent: Flags,
}

/// Hits of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Highest first, without repeats, at most [`pyeonji_shared::limits::MAX_SEARCH_HITS`].
    pub uids: Vec<Uid>,
    /// Hits in all.
    pub total: u32,
}

/// `first..=last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UidRange {
    pub first: Uid,
    pub last: Uid,
}

/// One FETCH response. What the server left out, or what couldn't be read, is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fetch {
    pub seq: Seq,
    pub uid: Option<Uid>,
    pub flags: Option<FlagList>,
    pub modseq: Option<ModSeq>,
    /// INTERNALDATE, seconds since 1970-01-01 UTC.
    pub received: Option<i64>,
    pub size: Option<u32>,
    pub envelope: Option<Box<Envelope>>,
    pub structure: Structure,
    pub sections: Vec<SectionData>,
    /// Something in it couldn't be read: show a stub, offer the source.
    pub broken: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlagList {
    pub flags: Flags,
    /// Keywords without a bit in [`Flags`], as the server spells them; at most 64.
    pub keywords: Vec<String>,
}

/// Raw header text as the server cut it, not decoded; at most [`Envelope::ADDRESSES`] addresses a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    pub date: Option<Bytes>,
    pub subject: Option<Bytes>,
    pub from: Vec<RawAddress>,
    pub sender: Vec<RawAddress>,
    pub reply_to: Vec<RawAddress>,
    pub to: Vec<RawAddress>,
    pub cc: Vec<RawAddress>,
    pub bcc: Vec<RawAddress>,
    pub in_reply_to: Option<Bytes>,
    pub message_id: Option<Bytes>,
}

impl Envelope {
    /// Addresses kept of one field: a row shows four.
    pub const ADDRESSES: usize = 8;
}

/// Group syntax leaves `host` empty (RFC 9051 §7.5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawAddress {
    pub name: Option<Bytes>,
    pub mailbox: Option<Bytes>,
    pub host: Option<Bytes>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Structure {
    #[default]
    Absent,
    /// Leaves in order. A `message/rfc822` part is a leaf itself and is followed by its own leaves (`2`, then `2.1`, `2.2`…).
    Leaves(Vec<Leaf>),
    /// Malformed, or past depth 20 or 1,000 parts: fetch the whole message instead.
    Unreadable,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionData {
    /// Upper-case, as in [`crate::imap::command::SectionRequest`].
    pub section: String,
    /// `<n>`: these are the bytes from `n` on.
    pub origin: Option<u32>,
    /// `None`: the server has no such section (NIL).
    pub body: Option<Body>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    Inline(Bytes),
    /// Came before as [`Event::BodyChunk`].
    Streamed {
        stream: u32,
        len: u64,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListItem {
    pub folder: FolderName,
    pub delimiter: Option<char>,
    pub special: Option<SpecialUse>,
    pub selectable: bool,
    pub subscribed: bool,
    /// `\Noinferiors`.
    pub no_children: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusItem {
    pub folder: FolderName,
    pub messages: Option<u32>,
    pub unseen: Option<u32>,
    pub uid_next: Option<Uid>,
    pub validity: Option<UidValidity>,
    pub highest_modseq: Option<ModSeq>,
}

impl StatusItem {
    pub fn counts(&self) -> Option<Counts> {
        Some(Counts { messages: self.messages?, unseen: self.unseen? })
    }
}

/// How full a quota root is: STORAGE of a QUOTA response (RFC 9208 §4.2.1), in units of 1,024 octets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuotaItem {
    pub used: u64,
    pub limit: u64,
}

/// The first personal namespace (RFC 2342).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    pub prefix: String,
    pub delimiter: Option<char>,
}

/// Response codes that mean something to us (RFC 9051 §7.1, RFC 5530, RFC 4315, RFC 7162).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    Alert,
    AlreadyExists,
    AppendUid {
        validity: UidValidity,
        uid: Uid,
    },
    AuthenticationFailed,
    AuthorizationFailed,
    BadCharset,
    Capability(Arc<Capabilities>),
    Closed,
    /// Source and destination, in the same order.
    CopyUid {
        validity: UidValidity,
        from: Vec<UidRange>,
        to: Vec<UidRange>,
    },
    Expired,
    HighestModSeq(ModSeq),
    InUse,
    Limit,
    NoModSeq,
    NonExistent,
    OverQuota,
    PermanentFlags {
        flags: Flags,
        new_keywords: bool,
    },
    ReadOnly,
    ReadWrite,
    TooBig,
    TryCreate,
    UidNext(Uid),
    UidValidity(UidValidity),
    Unavailable,
    /// Its name, upper-case.
    Other(String),
}

impl Code {
    /// (old, new) of every message a COPYUID names, at most `limit`.
    pub fn copied(&self, limit: usize) -> Vec<(Uid, Uid)> {
        let Code::CopyUid { from, to, .. } = self else { return Vec::new() };
        let each = |ranges: &[UidRange]| {
            let ranges = ranges.to_vec();
            ranges.into_iter().flat_map(|r| r.first.0..=r.last.0).map(Uid)
        };
        each(from).zip(each(to)).take(limit).collect()
    }
}
