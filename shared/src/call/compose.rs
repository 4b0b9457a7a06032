//! Sending and saving drafts.
use crate::draft::{Draft, RecipientResult, SentCopy};
use crate::ids::MessageRef;
use serde::{Deserialize, Serialize};

/// Answered by `Reply::Sent`, or an error with nothing sent (`SendUnknown`: not known).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Send {
    pub draft: Draft,
    /// An earlier try had an unknown outcome: look it up in Sent by Message-ID first.
    pub again: bool,
    /// Server copy of this draft, removed once sent.
    pub replaces: Option<MessageRef>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub recipients: Vec<RecipientResult>,
    pub copy: SentCopy,
    /// Found in Sent from an earlier try: nothing was sent now.
    pub already: bool,
    /// `Date:` of what was sent, seconds since 1970-01-01 UTC; 0 where nothing was sent now.
    pub date: i64,
}

/// Appends to Drafts, then removes `replaces`. Answered by `Reply::DraftSaved`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaveDraft {
    pub draft: Draft,
    pub replaces: Option<MessageRef>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftSaved {
    /// `None` when the server doesn't say where (no UIDPLUS).
    pub at: Option<MessageRef>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindSent {
    pub message_id: String,
}
