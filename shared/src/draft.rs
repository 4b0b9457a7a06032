//! A message being written, as it goes to the gateway. Text is plain in this version of the wire.
use crate::ids::{BlobId, MessageRef};
use crate::message::Address;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Made by the page when the composer opens, with angle brackets; a send of unknown outcome is looked up by it.
    pub message_id: String,
    /// Name to show beside the account's own address in `From`.
    pub from_name: String,
    pub to: Vec<Address>,
    pub cc: Vec<Address>,
    pub bcc: Vec<Address>,
    pub subject: String,
    /// LF or CRLF; normalised by the gateway.
    pub text: String,
    pub attachments: Vec<Attachment>,
    /// What this answers; sets `In-Reply-To`, `References` and afterwards `\Answered` or `$Forwarded`.
    pub origin: Option<Origin>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub kind: OriginKind,
    pub at: MessageRef,
    pub message_id: Option<String>,
    pub references: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OriginKind {
    Reply,
    Forward,
    /// The draft itself, opened again from the Drafts folder; replaced when saved or sent.
    Draft,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub name: String,
    pub mime: String,
    pub source: AttachmentSource,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttachmentSource {
    /// Uploaded before by `POST /api/upload`.
    Upload(BlobId),
    /// A part of a message on the server (forwarding); never travels through the browser.
    Part { at: MessageRef, section: String },
    /// A whole message as `message/rfc822`.
    Message { at: MessageRef },
}

/// What the server said about one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientResult {
    pub email: String,
    pub accepted: bool,
    /// SMTP code, e.g. 250 or 550.
    pub code: u16,
    /// The server's words.
    pub words: String,
}

/// Where the copy of a sent message is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SentCopy {
    /// In the account's Sent folder.
    Filed { at: Option<MessageRef> },
    /// The server had filed it already; nothing was added.
    FiledByServer { at: MessageRef },
    /// The account has no folders on a server: the page keeps the copy.
    OnDevice,
    /// Sent, but no copy could be kept; the page offers to try again.
    Failed { error: crate::error::ApiError },
}
