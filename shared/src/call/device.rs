//! Mail that is kept on the device: what lies on the server, fetching it, removing it there, and turning sources into views.
use crate::device::Uidl;
use crate::draft::Draft;
use crate::error::ApiError;
use crate::message::MessageView;
use serde::{Deserialize, Serialize};

/// Asks what lies on the server (CAPA, STAT, LIST, UIDL on a connection that stays open for [`Retrieve`]). Answered by
/// `Reply::Listing`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Of the last listing, which the device still knows in full: if the mailbox is as it was then, LIST isn't asked for and
    /// nothing is listed ([`Listing::unchanged`]).
    pub seen: Option<Mark>,
}

/// What STAT and UIDL said, as a digest: two listings with one mark are of the same messages, with the same octets in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark(pub [u8; 32]);

/// The mailbox at the time of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// In the server's order; at most [`crate::limits::MAX_LISTING`].
    pub messages: Vec<Listed>,
    /// The mailbox is as [`Look::seen`] says, with so many messages, and `messages` is empty.
    pub unchanged: Option<u32>,
    /// For the next [`Look`]; `None` where the names don't tell the messages apart for good.
    pub mark: Option<Mark>,
    /// How the server names its messages.
    pub naming: Naming,
    /// Heads can be asked for (TOP, RFC 1939 §7).
    pub heads: bool,
    /// EXPIRE (RFC 2449 §6.7).
    pub expire: Option<Expire>,
    /// Seconds that must lie between two sign-ins (LOGIN-DELAY, RFC 2449 §6.5).
    pub login_delay: Option<u32>,
    /// Octets of both directions and round trips of this look, for whoever wants to see what it cost.
    pub cost: Cost,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub uidl: Uidl,
    /// Octets as LIST counts them.
    pub size: u32,
}

/// What a [`Uidl`] is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Naming {
    /// The server's own (RFC 1939 §7).
    #[default]
    Server,
    /// The server has no UIDL: a digest of each message's head, read by TOP. Two equal messages look like one.
    Digest,
    /// Neither UIDL nor TOP: the names hold for this connection alone, and nothing can be recognised again.
    Connection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expire {
    Never,
    /// The server may delete messages that are older than so many days; 0: at once after RETR.
    Days(u32),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    pub sent: u64,
    pub received: u64,
    pub round_trips: u32,
}

/// Fetches messages on the connection of the last [`Look`]; a new connection is made where that one is gone. Each comes as
/// `ChunkPart::Mail`s, in the order asked for; then `Reply::Ok`. One at a time.
///
/// Credit is the device's word that what it was sent is durable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retrieve {
    /// At most [`crate::limits::MAX_RETRIEVE`].
    pub items: Vec<Wanted>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub uidl: Uidl,
    /// The head and so many lines of the body (TOP); the whole message without.
    pub lines: Option<u32>,
}

/// A piece of one message's source, without dot-stuffing and with CRLF line ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailPart {
    /// Index in `Retrieve::items`.
    pub item: u32,
    /// At most [`crate::limits::MAX_PIECE`]; the pieces of an item in order are its source.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
    /// With the last piece: what the source says, or why there is none (`Gone`: no longer on the server).
    pub end: Option<Result<Box<Fetched>, ApiError>>,
}

/// What a whole source was found to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// Octets of the source.
    pub size: u64,
    /// `at` is the device's to set.
    pub view: MessageView,
    /// Where the parts of `view.parts` lie in the source.
    pub spans: Vec<Span>,
    /// Which version of reading made `view`; another one is a reason to make it again (R40).
    pub policy: u32,
    /// SHA-256 of the source.
    #[serde(with = "serde_bytes")]
    pub digest: [u8; 32],
}

/// The body of a MIME part within a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// As in `Part::section`.
    pub section: String,
    /// Octets from the source's first.
    pub start: u64,
    pub end: u64,
    /// Lower-case content-transfer-encoding; empty where there is none.
    pub encoding: String,
}

/// Removes messages from the server: one short connection, DELE for each that is found by its UIDL, QUIT. Answered by
/// `Reply::Removed` once QUIT was; carries an `OpId`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remove {
    /// At most [`crate::limits::MAX_RETRIEVE`].
    pub uidls: Vec<Uidl>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// The server has confirmed these.
    pub removed: Vec<Uidl>,
    /// They were not there any more.
    pub missing: Vec<Uidl>,
}

/// The bytes of a draft as it is (or was) sent, for a copy on the device: `ChunkPart::Mail`s of item 0, then `Reply::Ok`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    pub draft: Draft,
    /// `Date:` as it was sent (`Sent::date`); now without.
    pub date: Option<i64>,
}
