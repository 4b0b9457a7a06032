//! The reducer against pictures of a gateway and a device.
mod act;
mod compose;
#[cfg(any(feature = "device", not(feature = "ui")))]
mod device_pages;
mod drafts;
mod exactly_once;
#[cfg(any(feature = "device", not(feature = "ui")))]
mod fetching;
mod link;
mod list;
mod read;
mod sign_in;
#[cfg(any(feature = "device", not(feature = "ui")))]
mod stale;
#[cfg(any(feature = "device", not(feature = "ui")))]
mod tags;
#[cfg(any(feature = "takeout", not(feature = "ui")))]
mod takeout;
#[cfg(any(feature = "device", not(feature = "ui")))]
mod unchanged;
#[cfg(any(feature = "device", not(feature = "ui")))]
mod vault;

use super::reduce;
use crate::state::effect::Effect;
use crate::state::model::{LinkState, Model, Moment, Tag};
use crate::state::msg::{Boot, LinkEvent};
use crate::state::{Model as State, Msg};
use pyeonji_shared::account::{AccountInfo, Capabilities, Counts, Folder, SpecialUse, UpstreamState};
use pyeonji_shared::call::list::FolderSnapshot;
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::event::{Event, Snapshot};
use pyeonji_shared::frame::{Limits, Welcome};
use pyeonji_shared::ids::{FolderName, ModSeq, Seq, SessionId, Uid, UidValidity};
use pyeonji_shared::message::{Flags, Row, Summary};

/// A page with its clock and everything it asked for.
pub struct Page {
    pub m: Model,
    pub now: i64,
    pub salt: u64,
    pub effects: Vec<Effect>,
}

pub fn row(seq: u32, flags: Flags) -> Row {
    let summary = Summary { uid: Uid(seq * 10), flags, received: i64::from(seq), ..Summary::default() };
    Row { seq: Seq(seq), summary }
}

pub fn snapshot(folder: &str, exists: u32, rows: u32) -> FolderSnapshot {
    let first = exists.saturating_sub(rows) + 1;
    FolderSnapshot {
        folder: FolderName(folder.into()),
        validity: UidValidity(1),
        exists,
        unseen: rows.min(exists),
        modseq: ModSeq(0),
        rows: (first..=exists).map(|seq| row(seq, Flags::default())).collect(),
        writable: true,
    }
}

pub fn folder(name: &str, special: Option<SpecialUse>) -> Folder {
    let counts = Some(Counts { messages: 100, unseen: 50 });
    Folder { name: FolderName(name.into()), special, selectable: true, subscribed: true, counts }
}

pub fn whole(open: FolderSnapshot) -> Snapshot {
    Snapshot {
        account: AccountInfo {
            address: "ada@blue.test".into(),
            provider: "Blue".into(),
            capabilities: Capabilities { undo_move: true, send: true, ..Default::default() },
            delimiter: Some('/'),
        },
        folders: vec![
            folder("INBOX", None),
            folder("Sent", Some(SpecialUse::Sent)),
            folder("Drafts", Some(SpecialUse::Drafts)),
            folder("Trash", Some(SpecialUse::Trash)),
            folder("Archive", Some(SpecialUse::Archive)),
            folder("Junk", Some(SpecialUse::Junk)),
        ],
        open: Some(open),
        upstream: UpstreamState::Online,
    }
}

pub fn welcome(open: FolderSnapshot) -> Msg {
    Msg::Link(LinkEvent::Welcome(Box::new(Welcome {
        session: SessionId([7; 16]),
        resumed: false,
        snapshot: Some(whole(open)),
        limits: Limits { upload: 1 << 20, message: 2 << 20, recipients: 3 },
    })))
}

impl Page {
    pub fn blank(hint: Option<&str>) -> Page {
        let mut page = Page { m: State::default(), now: 1_000_000, salt: 1, effects: Vec::new() };
        page.send(Msg::Start(Boot {
            path: "/".into(),
            hint: hint.map(str::to_owned),
            visible: true,
            ..Boot::default()
        }));
        page
    }

    /// Signed in, with so many messages in the Inbox, the newest 50 known.
    pub fn signed_in(exists: u32) -> Page {
        let mut page = Page::blank(Some("ada@blue.test"));
        page.send(Msg::Link(LinkEvent::State(LinkState::Online)));
        page.send(welcome(snapshot("INBOX", exists, exists.min(50))));
        page.send(Msg::Viewport { first: 0, last: 20 });
        page.effects.clear();
        page
    }

    /// As [`Page::signed_in`], with another folder open.
    pub fn signed_in_at(name: &str, exists: u32) -> Page {
        let mut page = Page::signed_in(1);
        page.send(Msg::OpenFolder(FolderName(name.into())));
        let (tag, _) = page.asked(|c| matches!(c, Call::Open(_))).expect("the folder is asked for");
        page.answer(tag, Ok(Reply::Open(snapshot(name, exists, exists))));
        page.effects.clear();
        page
    }

    pub fn send(&mut self, msg: Msg) {
        self.salt = self.salt.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut random = [0; 16];
        random[..8].copy_from_slice(&self.salt.to_le_bytes());
        random[8..].copy_from_slice(&self.now.to_le_bytes());
        let effects = reduce(&mut self.m, Moment { now: self.now, random }, msg);
        self.effects.extend(effects);
    }

    pub fn event(&mut self, event: Event) {
        self.send(Msg::Link(LinkEvent::Event(Box::new(event))));
    }

    /// The newest request that `which` picks.
    pub fn asked(&self, which: impl Fn(&Call) -> bool) -> Option<(Tag, Call)> {
        self.effects.iter().rev().find_map(|e| match e {
            Effect::Request { tag, call, .. } if which(call) => Some((*tag, call.clone())),
            _ => None,
        })
    }

    pub fn answer(&mut self, tag: Tag, result: Result<Reply, ApiError>) {
        self.send(Msg::Link(LinkEvent::Done(tag, result)));
    }

    /// UIDs of the first rows as shown; 0 where a row isn't known.
    pub fn shown(&self, n: u32) -> Vec<u32> {
        (0..n.min(self.m.list.len())).map(|i| self.m.row(i).map_or(0, |r| r.uid.0)).collect()
    }
}
