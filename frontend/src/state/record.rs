//! What the device keeps of a composer, so that closing the page at any moment loses nothing.
use super::compose::{Attached, AttachedState, Composer, Kept, Looked, Phase, Recipients, ServerCopy};
use pyeonji_shared::draft::{AttachmentSource, Origin};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{MessageRef, OpId};
use serde::{Deserialize, Serialize};

/// Of the layout below; records of a later version are left alone. 1 ended before `minimised`.
pub const RECORD_VERSION: u32 = 2;

/// Bytes of one record; more is a bug and refused.
pub const MAX_RECORD: usize = 4 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub version: u32,
    pub id: OpId,
    /// Milliseconds since 1970-01-01 UTC.
    pub written: i64,
    pub edition: u32,
    pub message_id: String,
    pub to: Recipients,
    pub cc: Recipients,
    pub bcc: Recipients,
    pub subject: String,
    pub text: String,
    pub attachments: Vec<RecordedAttachment>,
    pub origin: Option<Origin>,
    pub replaces: Option<MessageRef>,
    pub stage: Stage,
    /// The window was put aside; otherwise it stands open again after a crash.
    pub minimised: bool,
}

/// How far a send was when this was written. Written before every step that can't be taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    #[default]
    Editing,
    /// May have been given to the gateway under this id: go on with `again`.
    Sending(OpId),
    /// The outcome was asked and is not known.
    Unknown(OpId),
    /// Sent at that date; only the copy on this device is missing.
    Filing(i64),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedAttachment {
    pub key: OpId,
    pub name: String,
    pub mime: String,
    pub size: u64,
    /// A part of a message on the server; otherwise the bytes are in the device's blob store under `key`.
    pub source: Option<AttachmentSource>,
}

impl Record {
    pub fn of(composer: &Composer, now: i64) -> Record {
        Record {
            version: RECORD_VERSION,
            id: composer.id,
            written: now,
            edition: composer.edition,
            message_id: composer.message_id.clone(),
            to: composer.to.clone(),
            cc: composer.cc.clone(),
            bcc: composer.bcc.clone(),
            subject: composer.subject.clone(),
            text: composer.text.clone(),
            attachments: composer.attachments.iter().map(recorded).collect(),
            origin: composer.origin.clone(),
            replaces: composer.replaces.clone(),
            stage: match &composer.phase {
                Phase::Editing | Phase::Uploading => composer.trying.map_or(Stage::Editing, Stage::Sending),
                Phase::Noting(op) | Phase::Sending { op, .. } => Stage::Sending(*op),
                Phase::Unknown { op, .. } => Stage::Unknown(*op),
                Phase::Filing { date, .. } => Stage::Filing(*date),
            },
            minimised: composer.minimised,
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// `None` for a record of a later version or a damaged one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Record> {
        if bytes.len() > MAX_RECORD {
            return None;
        }
        match bytes.first()? {
            1 => postcard::from_bytes(&[bytes, &[1]].concat()).ok(),
            2 => postcard::from_bytes(bytes).ok(),
            _ => None,
        }
    }

    /// The composer as it was. Uploads are forgotten: the gateway's copies may be gone.
    pub fn into_composer(self) -> Composer {
        let trying = match self.stage {
            Stage::Sending(op) => Some(op),
            _ => None,
        };
        let phase = match self.stage {
            Stage::Editing => Phase::Editing,
            Stage::Sending(_) => Phase::Uploading,
            Stage::Filing(date) => Phase::Filing { date, failed: false },
            Stage::Unknown(op) => {
                Phase::Unknown { op, error: ApiError::new(ErrorKind::SendUnknown), looked: Looked::NotYet }
            }
        };
        Composer {
            id: self.id,
            message_id: self.message_id,
            to: self.to,
            cc: self.cc,
            bcc: self.bcc,
            subject: self.subject,
            text: self.text,
            rev: 0,
            attachments: self.attachments.into_iter().map(attached).collect(),
            origin: self.origin,
            replaces: self.replaces,
            phase,
            edition: self.edition,
            kept: Kept::Safe,
            dirty_since: None,
            server_copy: ServerCopy::None,
            server_edition: 0,
            error: None,
            refused: Vec::new(),
            problem: None,
            minimised: self.minimised,
            discarded: false,
            touched: true,
            trying,
            again: true,
            reuploads: 0,
            closing: false,
        }
    }
}

fn recorded(attached: &Attached) -> RecordedAttachment {
    RecordedAttachment {
        key: attached.key,
        name: attached.name.clone(),
        mime: attached.mime.clone(),
        size: attached.size,
        source: match &attached.state {
            AttachedState::OnServer(source) => Some(source.clone()),
            _ => None,
        },
    }
}

fn attached(recorded: RecordedAttachment) -> Attached {
    Attached {
        key: recorded.key,
        name: recorded.name,
        mime: recorded.mime,
        size: recorded.size,
        state: match recorded.source {
            Some(source) => AttachedState::OnServer(source),
            None => AttachedState::Stored,
        },
    }
}
