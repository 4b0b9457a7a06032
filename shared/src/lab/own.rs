//! Experiments on one's own mailbox, which change nothing in it, and the one that does: `POST /api/lab/own` with an [`Ask`], answered
//! with [`Found`]. All that is said of the mailbox comes in words, so that the page needs none of its own.
use super::call::Answer;
use super::report::{Proto, Verdict};
use super::scenario::Words;
use crate::error::ApiError;
use serde::{Deserialize, Serialize};

/// Bytes of a question.
pub const MAX_ASK: usize = 64;

/// A number that the gateway draws for one message and one sign-in: who says it has seen which message it is, and what may happen.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent(pub [u8; 16]);

/// It opens something: never printed.
impl core::fmt::Debug for Consent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Consent(…)")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// Looks by both protocols, and changes nothing.
    Look,
    /// Fetches the message that the last look offered by POP3, whatever the server does to it then.
    Fetch(Consent),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What passed and what it cost, as of any run.
    pub answer: Answer,
    pub claims: Vec<Claim>,
    /// What must be said of it: what wasn't looked at, and why.
    pub notes: Vec<Words>,
    /// Why one of the protocols is missing in it.
    pub troubles: Vec<(Proto, ApiError)>,
    /// The experiment that changes something.
    pub offer: Option<Offer>,
}

/// What people say, and what is so in this mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The experiment of the lab that measures the same; empty for none.
    pub id: String,
    pub claim: Words,
    /// `None`: it can't be told here.
    pub verdict: Option<Verdict>,
    pub found: Words,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub consent: Consent,
    /// Which message, and what may happen to it.
    pub risk: Words,
    /// What is agreed to.
    pub agree: Words,
    /// What then happens.
    pub act: Words,
}
