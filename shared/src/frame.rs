//! Envelopes of the WebSocket (DESIGN §3). One binary message is one frame: a flag byte, then postcard.
use crate::call::{Call, ChunkPart, Reply};
use crate::error::ApiError;
use crate::event::{Event, Snapshot};
use crate::ids::{EventSeq, OpId, RequestId, SessionId};
use serde::{Deserialize, Serialize};

/// Both sides are built together; a mismatch is answered with `Bye(Upgrade)` and the page reloads.
pub const VERSION: u32 = 1;
/// WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "pyeonji.1";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientFrame {
    /// First and only once.
    Hello(Hello),
    Request {
        id: RequestId,
        op: Option<OpId>,
        call: Call,
    },
    Cancel {
        id: RequestId,
    },
    /// `n` more chunks may be sent for this request.
    Credit {
        id: RequestId,
        n: u32,
    },
    /// Every event up to here was applied and need not be replayed.
    Ack {
        seq: EventSeq,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    pub version: u32,
    /// BCP 47, e.g. `ko`.
    pub locale: String,
    pub resume: Option<Resume>,
    /// Folder to open at once when a snapshot is sent (else Inbox).
    pub folder: Option<crate::ids::FolderName>,
    /// Rows wanted in the snapshot.
    pub rows: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    pub session: SessionId,
    pub seen: EventSeq,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerFrame {
    Welcome(Welcome),
    Chunk { id: RequestId, n: u32, part: ChunkPart },
    Done { id: RequestId, result: Result<Reply, ApiError> },
    Event { seq: EventSeq, event: Event },
    Bye { reason: Bye },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    pub session: SessionId,
    /// The parked session goes on; missed events follow. Otherwise `snapshot` replaces everything.
    pub resumed: bool,
    pub snapshot: Option<Snapshot>,
    pub limits: Limits,
}

/// Bounds the page must respect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of one uploaded file.
    pub upload: u64,
    /// Bytes of a whole message, encoded.
    pub message: u64,
    pub recipients: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bye {
    /// Built from another version: reload.
    Upgrade,
    /// Signed out or the cookie ended: sign in again, drafts intact.
    SignedOut,
    /// This node is going away: connect again.
    Draining,
    /// The page sent what it must not.
    Violation(String),
    /// The page read too slowly, or the gateway is out of room.
    Overloaded,
    /// The first sign-in upstream failed.
    Failed(ApiError),
}
