//! A message as the list and the reader need it: decoded, bounded, and never raw protocol text.
use crate::ids::{MessageRef, ModSeq, Seq, Uid};
use serde::{Deserialize, Serialize};

/// Flags the page acts on, as bits; other keywords travel by name in [`Summary::keywords`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Flags(pub u16);

impl Flags {
    pub const SEEN: Flags = Flags(1);
    pub const ANSWERED: Flags = Flags(2);
    pub const FLAGGED: Flags = Flags(4);
    pub const DELETED: Flags = Flags(8);
    pub const DRAFT: Flags = Flags(16);
    /// `$Forwarded` keyword.
    pub const FORWARDED: Flags = Flags(32);
    /// `$Junk` / `$NotJunk` keywords.
    pub const JUNK: Flags = Flags(64);
    pub const NOT_JUNK: Flags = Flags(128);

    pub const fn contains(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }
    pub const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
    pub const fn without(self, other: Flags) -> Flags {
        Flags(self.0 & !other.0)
    }
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// A decoded address. `email` is shown always; `name` has lost control and bidi characters (R9).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Address {
    pub name: String,
    /// `local@domain`, domain in Unicode unless it is confusable, then punycode (R10). Group syntax leaves it empty.
    pub email: String,
    /// The name contains another address than `email` (R9).
    pub suspicious: bool,
}

/// One row of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub uid: Uid,
    pub modseq: ModSeq,
    pub flags: Flags,
    pub keywords: Vec<String>,
    /// INTERNALDATE, seconds since 1970-01-01 UTC.
    pub received: i64,
    /// `Date:` of the header, seconds since 1970-01-01 UTC, when it can be read.
    pub sent: Option<i64>,
    /// Bytes of the parts as the server counts them, encoded and without the headers; RFC822.SIZE where it was asked for.
    pub size: u32,
    /// First few; bounded to 4.
    pub from: Vec<Address>,
    /// First few of To (for Sent); bounded to 4.
    pub to: Vec<Address>,
    pub subject: String,
    /// `Message-ID` with angle brackets, if any.
    pub message_id: Option<String>,
    pub in_reply_to: Option<String>,
    pub attachment: bool,
    /// The server's description of this message couldn't be read; the row is a stub and its source can be shown.
    pub broken: bool,
}

/// A row together with where it stood when it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub seq: Seq,
    pub summary: Summary,
}

/// HTML that went through the sanitiser; made only by the gateway's `mail::html`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafeHtml(pub String);

/// One MIME leaf that can be saved or shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// IMAP section, e.g. `1.2` (RFC 9051 §6.4.5.1).
    pub section: String,
    /// Lower-case `type/subtype`.
    pub mime: String,
    /// Decoded, NFC, without path separators or control characters; never empty for attachments.
    pub name: String,
    /// Encoded octets as the server counts them; the decoded file is about 3/4 of base64.
    pub size: u32,
    /// Without angle brackets.
    pub content_id: Option<String>,
    /// Shown within the body (cid image) rather than listed.
    pub inline: bool,
    /// The gateway will show it inline if its magic bytes agree: png, jpeg, gif, webp or text (R12).
    pub preview: bool,
}

/// What the reader shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageView {
    pub at: MessageRef,
    pub flags: Flags,
    pub subject: String,
    pub from: Vec<Address>,
    pub sender: Option<Address>,
    pub reply_to: Vec<Address>,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    /// Addresses left out of the lists above ("and n more").
    pub more_addresses: u32,
    pub received: i64,
    pub sent: Option<i64>,
    pub message_id: Option<String>,
    /// Oldest first; for a reply's `References`.
    pub references: Vec<String>,
    pub html: Option<SafeHtml>,
    /// The plain-text alternative, or text made from the HTML; used for replies too. LF line ends.
    pub text: String,
    /// `https`/`http` images in the HTML that are not loaded until the person asks.
    pub remote_images: u32,
    pub parts: Vec<Part>,
    pub notes: Vec<ViewNote>,
}

/// What the reader says above a message it could not show as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ViewNote {
    /// HTML was past a limit; plain text is shown.
    HtmlTooBig,
    /// Structure broken or hostile; the raw source is shown as text.
    ShownRaw,
    /// The text was cut at a limit.
    Truncated,
    /// Too large to show; download only.
    TooBigToShow,
    /// Bytes that don't fit the declared charset were replaced.
    CharsetGuessed,
    /// Encrypted (PGP/MIME or S/MIME): can't be read here.
    Encrypted,
}
