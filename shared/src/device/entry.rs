//! One name on a POP3 server, and what this device knows of the message: where it is, since when, and what is wished.
use crate::call::device::{Listed, Naming};
use crate::device::{LocalId, Uidl};
use serde::{Deserialize, Serialize};

/// What the device has of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Here {
    #[default]
    Nothing,
    /// Perhaps all of it, under another name: its head is compared with what is here before it is fetched.
    Maybe,
    /// The head and a few lines (TOP), because it is larger than the limit.
    Head(LocalId),
    /// All of it, durable.
    Whole(LocalId),
}

impl Here {
    pub fn local(self) -> Option<LocalId> {
        match self {
            Here::Head(local) | Here::Whole(local) => Some(local),
            Here::Nothing | Here::Maybe => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnServer {
    /// Listed at the last look, and at each one since then.
    There { since: i64 },
    Gone {
        since: i64,
        /// The last look that listed it.
        last_seen: i64,
        why: Left,
    },
}

/// Why a message is no longer on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Left {
    /// This device removed it, and the server confirmed.
    Removed,
    /// This device began to remove it, the answer never came, and then it wasn't listed.
    Unconfirmed,
    /// It isn't listed any more: another client, the person elsewhere, or the server's own rules.
    Missing,
}

/// The person deleted it on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    pub at: i64,
    /// The rule of that time was that it leaves the server then. A rule that comes later doesn't reach back.
    pub leaves: bool,
}

/// What the person asked for, for this message alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    #[default]
    None,
    /// All of it, whatever the size limit.
    Rest,
    /// That it leaves the server, whatever the rule.
    Removal,
}

/// Why what is here might not be what the server has under this name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doubt {
    #[default]
    None,
    /// Head and size are those of a message here; the rest was never compared. No rule removes it by itself.
    HeadOnly,
    /// Different messages have had this name. Nothing removes it.
    Name,
}

/// One name on the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub uidl: Uidl,
    pub naming: Naming,
    /// Octets as LIST counts them.
    pub size: u32,
    /// With `deleted`: what was here.
    pub here: Here,
    /// When `here` was stored durably, from which days are counted; `None` while that can't be said (see the head of
    /// [`crate::device::ledger`]).
    pub received_at: Option<i64>,
    pub deleted: Option<Deleted>,
    pub server: OnServer,
    pub wish: Wish,
    pub doubt: Doubt,
    /// Removals that were begun and not confirmed.
    pub attempts: u8,
    /// Times it was listed again after the server had confirmed its removal.
    pub returned: u8,
    /// Times that another message was found under this name.
    pub reused: u8,
}

impl Entry {
    pub(super) fn new(row: &Listed, naming: Naming, now: i64) -> Self {
        Self {
            uidl: row.uidl.clone(),
            naming,
            size: row.size,
            here: Here::Nothing,
            received_at: None,
            deleted: None,
            server: OnServer::There { since: now },
            wish: Wish::None,
            doubt: Doubt::None,
            attempts: 0,
            returned: 0,
            reused: 0,
        }
    }

    pub fn on_server(&self) -> bool {
        matches!(self.server, OnServer::There { .. })
    }

    pub fn on_device(&self) -> bool {
        self.here.local().is_some() && self.deleted.is_none()
    }

    pub(super) fn gone(&mut self, last_seen: i64, now: i64, why: Left) {
        self.server = OnServer::Gone { since: now, last_seen, why };
        self.attempts = 0;
    }

    /// It wasn't listed, though the list was complete.
    pub(super) fn unlisted(&mut self, last_seen: i64, now: i64) {
        let why = if self.attempts > 0 { Left::Unconfirmed } else { Left::Missing };
        self.gone(last_seen, now, why);
    }
}
