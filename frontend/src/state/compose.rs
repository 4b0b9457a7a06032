//! Messages being written. What is typed is kept on the device at every pause; see [`super::record`].
use pyeonji_shared::draft::{AttachmentSource, Origin, RecipientResult};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::{BlobId, MessageRef, OpId};
use pyeonji_shared::message::Address;
use serde::{Deserialize, Serialize};

/// Composers open at once.
pub const MAX_COMPOSERS: usize = 8;
/// Composers in the page, those without a window and those of earlier pages included; no more are taken up.
pub const MAX_KEPT: usize = 4 * MAX_COMPOSERS;

/// How a composer begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    New,
    Reply,
    ReplyAll,
    Forward,
    /// A message of the Drafts folder, opened again.
    Draft,
}

/// Which recipient field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    To,
    Cc,
    Bcc,
}

/// One change of a composer, as a person makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Text typed into the field becomes tokens: one or more addresses, separated by commas, semicolons or lines.
    AddRecipients(Field, String),
    RemoveRecipient(Field, usize),
    /// Text that isn't a token yet; kept, and turned into tokens at sending.
    Typing(Field, String),
    Subject(String),
    Text(String),
    RemoveAttachment(OpId),
}

/// A recipient as a removable button.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    pub address: Address,
    /// Looks like an address; others stop the sending, named.
    pub valid: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipients {
    pub tokens: Vec<Token>,
    /// Typed, not yet a token.
    pub typing: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Key of the blob on this device.
    pub key: OpId,
    pub name: String,
    pub mime: String,
    pub size: u64,
    pub state: AttachedState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttachedState {
    /// Being written to the device.
    Storing,
    /// On the device, not at the gateway yet.
    Stored,
    /// Bytes sent so far.
    Uploading(u64),
    Uploaded(BlobId),
    /// A part of a message on the server: nothing to upload.
    OnServer(AttachmentSource),
    Failed(ApiError),
}

/// Where a composer is on its way out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    #[default]
    Editing,
    /// Send was asked; uploads are still under way.
    Uploading,
    /// Send was asked; the device is writing down that it was, under this id.
    Noting(OpId),
    /// With the gateway; bytes of all, once known.
    Sending { op: OpId, done: u64, total: u64 },
    /// Sent, at that date; its copy is being stored on this device. The window is gone.
    Filing { date: i64, failed: bool },
    /// It isn't known whether it was sent: the person is asked.
    Unknown { op: OpId, error: ApiError, looked: Looked },
}

/// Result of looking for the message in Sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Looked {
    #[default]
    NotYet,
    Looking,
    /// It isn't in Sent; sending again is probably right.
    NotThere,
}

/// How far the device is with what was typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kept {
    /// Nothing was typed since the last write.
    #[default]
    Safe,
    /// Typed, a write follows at the next pause.
    Waiting,
    Writing,
    /// The device refused (storage full or forbidden).
    Failed,
}

/// The copy in the Drafts folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ServerCopy {
    #[default]
    None,
    Saving,
    Saved,
    Failed(ApiError),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composer {
    pub id: OpId,
    /// Made when the composer opened; the same for every try to send.
    pub message_id: String,
    pub to: Recipients,
    pub cc: Recipients,
    pub bcc: Recipients,
    pub subject: String,
    pub text: String,
    /// Rises when `subject` or `text` was changed by something else than typing; the fields are then set anew.
    pub rev: u32,
    pub attachments: Vec<Attached>,
    pub origin: Option<Origin>,
    /// In the Drafts folder; removed once sent.
    pub replaces: Option<MessageRef>,
    pub phase: Phase,
    /// Rises with every edit; a write of the device names the edition it holds.
    pub edition: u32,
    pub kept: Kept,
    /// When the first edit that isn't on the device yet was made.
    pub dirty_since: Option<i64>,
    pub server_copy: ServerCopy,
    /// Edition that the copy in Drafts holds.
    pub server_edition: u32,
    /// Why the last try didn't work; nothing was sent.
    pub error: Option<ApiError>,
    /// What the server said about each recipient at the last try.
    pub refused: Vec<RecipientResult>,
    /// What must be mended before sending.
    pub problem: Option<Problem>,
    pub minimised: bool,
    /// Discarded: kept until undo is no longer offered.
    pub discarded: bool,
    /// The person has changed something.
    pub touched: bool,
    /// May have been given to the gateway under this id.
    pub trying: Option<OpId>,
    /// An earlier page may have sent it: the next try looks into Sent first.
    pub again: bool,
    /// How often the gateway had lost an upload.
    pub reuploads: u8,
    /// Closed by the person; goes once it is in Drafts.
    pub closing: bool,
}

/// Why a message can't be sent as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    NoRecipient,
    /// Not an address.
    BadAddress(String),
    /// More recipients than this.
    TooManyRecipients(u32),
    /// Larger than the limit, in bytes.
    TooBig(u64),
    TextTooLong,
    /// This file could not be kept or uploaded.
    Attachment(String),
    /// A file is still on its way to the gateway.
    Uploading,
    /// The device could not write down that it is being sent; sending would not be safe.
    Device,
}

impl Composer {
    pub fn field(&self, field: Field) -> &Recipients {
        match field {
            Field::To => &self.to,
            Field::Cc => &self.cc,
            Field::Bcc => &self.bcc,
        }
    }

    pub fn field_mut(&mut self, field: Field) -> &mut Recipients {
        match field {
            Field::To => &mut self.to,
            Field::Cc => &mut self.cc,
            Field::Bcc => &mut self.bcc,
        }
    }

    /// The fields can be changed.
    pub fn is_editable(&self) -> bool {
        self.phase == Phase::Editing && !self.discarded && !matches!(self.phase, Phase::Filing { .. })
    }

    /// Has a window.
    pub fn is_shown(&self) -> bool {
        !self.discarded && !self.closing && !matches!(self.phase, Phase::Filing { .. })
    }

    /// Between pressing Send and the answer.
    pub fn is_sending(&self) -> bool {
        matches!(self.phase, Phase::Uploading | Phase::Noting(_) | Phase::Sending { .. })
    }
}
