//! Requests to, and outputs of, the task that owns an account's upstream links.
use bytes::Bytes;
use pyeonji_shared::account::Folder;
use pyeonji_shared::call::device::{Listing, Mark, Removed, Wanted};
use pyeonji_shared::call::list::{FolderSnapshot, WindowRows};
use pyeonji_shared::call::organise::{Destination, Moved};
use pyeonji_shared::call::search::Found;
use pyeonji_shared::device::Uidl;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::event::{Event, Snapshot};
use pyeonji_shared::ids::{FolderName, MessageRef, MessageSet, Uid, UidValidity};
use pyeonji_shared::message::{Flags, Summary};
use pyeonji_shared::query::Query;
use tokio::sync::mpsc;

/// Number of one request to the account task; the session picks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

#[derive(Debug)]
pub enum Request {
    Folders,
    Open {
        folder: FolderName,
        rows: u32,
    },
    Window {
        folder: FolderName,
        validity: UidValidity,
        offset: u32,
        len: u32,
    },
    Rows {
        folder: FolderName,
        validity: UidValidity,
        uids: Vec<Uid>,
    },
    /// Structure, headers and displayable parts of one message.
    Read {
        at: MessageRef,
        background: bool,
    },
    /// Streams one part (or the whole message) decoded no further than the server's own bytes.
    Fetch {
        at: MessageRef,
        what: Section,
        out: mpsc::Sender<Result<FetchChunk, ApiError>>,
    },
    Search {
        folder: FolderName,
        validity: UidValidity,
        query: Query,
        rows: u32,
    },
    SetFlags {
        set: MessageSet,
        add: Flags,
        remove: Flags,
    },
    Move {
        set: MessageSet,
        to: Destination,
    },
    Delete {
        set: MessageSet,
    },
    /// Appends a message to a folder of that use. `body` yields exactly `size` bytes, CRLF line ends.
    Append {
        to: Destination,
        flags: Flags,
        size: u64,
        body: mpsc::Receiver<Result<Bytes, ApiError>>,
    },
    /// Looks for a Message-ID in the folder of that use.
    Find {
        to: Destination,
        message_id: String,
    },
    Refresh,
    /// A second link will be needed soon.
    Warm,
    /// Everything the page needs to start over: folders, `folder` opened with its newest rows, upstream state.
    /// Answered at once with what is known while the link is down.
    Snapshot {
        folder: FolderName,
        rows: u32,
    },
    /// What lies on the server of an account whose mail is kept on the device; answered by [`Answer::Listing`].
    Look {
        seen: Option<Mark>,
    },
    /// Streams messages in the order asked for; `Ok` once each has had its [`RetrieveEvent::End`]. While `out` is full nothing
    /// is read from the server. An error says that the items without an `End` were not tried.
    Retrieve {
        items: Vec<Wanted>,
        out: mpsc::Sender<RetrieveEvent>,
    },
    /// Removes messages from the server; answered by [`Answer::Removed`] once the server has confirmed it. `Disconnected`
    /// says that nobody knows. Goes on after `Cancel` once it has begun.
    Remove {
        uidls: Vec<Uidl>,
    },
}

/// What [`Request::Retrieve`] yields for each item: pieces in order, then the end. `item` is an index of `items`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetrieveEvent {
    /// At most `MAX_PIECE` bytes, without dot-stuffing.
    Piece { item: u32, bytes: Bytes },
    /// How many bytes the pieces had together, or why the message is not (or not in full) there; then its pieces are void.
    End { item: u32, result: Result<u64, ApiError> },
}

/// Which bytes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Section {
    /// The whole message as it lies on the server (RFC822).
    Whole,
    /// The body of a MIME part, still in its transfer encoding; [`FetchChunk::Head`] comes first.
    Part(String),
}

/// What a streamed fetch yields: one head, then bytes in order, then the end. Without the end it broke off.
#[derive(Clone, Debug)]
pub enum FetchChunk {
    /// For `Whole` only `size` and `mime` (`message/rfc822`) are set.
    Head(Leaf),
    Bytes(Bytes),
    End,
}

/// Everything fetched for showing one message, still raw: `mail::view` turns it into a `MessageView`.
#[derive(Clone, Debug, Default)]
pub struct RawMessage {
    pub flags: Flags,
    pub received: i64,
    pub size: u32,
    /// The top header block, CRLF line ends, at most 1 MiB.
    pub header: Bytes,
    /// MIME leaves in order with the displayable ones' bytes. Empty when the structure couldn't be read: `whole` is set then.
    pub leaves: Vec<Leaf>,
    /// The whole source, when the server's BODYSTRUCTURE couldn't be used.
    pub whole: Option<Bytes>,
    /// `whole` is the beginning only.
    pub cut: bool,
    /// The message is larger than `shown_message_bytes` and was not fetched.
    pub too_big: bool,
}

/// One MIME leaf as BODYSTRUCTURE describes it (RFC 9051 §7.5.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaf {
    pub section: String,
    /// Lower-case.
    pub mime: String,
    pub charset: Option<String>,
    /// Lower-case content-transfer-encoding.
    pub encoding: String,
    /// Raw file name from disposition or type, RFC 2231/2047 forms not yet decoded.
    pub name: Option<String>,
    /// Lower-case disposition, if given.
    pub disposition: Option<String>,
    pub content_id: Option<String>,
    /// Encoded octets.
    pub size: u32,
    /// `format=flowed` of a text (RFC 3676): the value of its `delsp`.
    pub flowed: Option<bool>,
    /// The nearest enclosing multipart's subtype, lower-case (`alternative`, `related`, `mixed`…).
    pub parent: String,
    /// Encoded bytes, when this leaf was fetched for display (text up to 1 MiB).
    pub bytes: Option<Bytes>,
}

/// What comes back for one request, after any number of chunks.
#[derive(Debug)]
pub enum Answer {
    Ok,
    Folders(Vec<Folder>),
    Open(FolderSnapshot),
    Window(WindowRows),
    Rows(Vec<Summary>),
    Read(Box<RawMessage>),
    Search(Found),
    Moved(Moved),
    /// Where APPEND put it, if the server said so (UIDPLUS).
    Appended(Option<MessageRef>),
    Found(Option<MessageRef>),
    Snapshot(Box<Snapshot>),
    Listing(Box<Listing>),
    Removed(Removed),
}

/// What the account task says, in order, on one bounded channel.
#[derive(Debug)]
pub enum Output {
    /// The newest hits of a running search.
    Hits {
        ticket: Ticket,
        rows: Vec<Summary>,
    },
    Done {
        ticket: Ticket,
        result: Result<Answer, ApiError>,
    },
    /// Folder deltas, counts, upstream state, alerts, snapshots after a reconnect.
    Event(Event),
}
