//! Everything the page knows, as plain data. Components read it through selectors; only `reduce` changes it.
use super::compose::Composer;
use super::folders::Folders;
use super::list::List;
use super::mail::DeviceMail;
use super::notice::Notices;
use super::overlay::Overlay;
use super::reader::{Bodies, Reader};
use super::route::Route;
use super::settings::Settings;
use pyeonji_shared::account::{AccountInfo, UpstreamState};
use pyeonji_shared::call::Call;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::frame::Limits;
use pyeonji_shared::ids::{FolderName, MessageRef, MessageSet, OpId, SessionId, Uid};
use pyeonji_shared::sorted::Sorted;
use std::ops::Range;

/// Time and randomness, taken in with every message: nothing in `state` asks a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since 1970-01-01 UTC.
    pub now: i64,
    /// Fresh random bytes for ids made while this message is handled.
    pub random: [u8; 16],
}

/// Which page fills the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// Signed in as far as we know; the first snapshot is on its way.
    #[default]
    Starting,
    SignIn,
    Mail,
    Settings,
}

/// The sign-in form. The password never enters the model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignIn {
    /// To prefill the form.
    pub address: String,
    pub busy: bool,
    pub error: Option<ApiError>,
    /// The session ended by itself; typed text is safe on this device.
    pub expired: bool,
    /// Of whom how many unsent messages stayed on this device (R38).
    pub kept: Option<(String, u32)>,
    /// It is being removed.
    pub erasing: bool,
}

/// The page's own link to the gateway; `<html data-link>`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkState {
    #[default]
    Offline,
    Connecting,
    Online,
}

impl LinkState {
    pub const fn name(self) -> &'static str {
        match self {
            LinkState::Online => "online",
            LinkState::Connecting => "connecting",
            LinkState::Offline => "offline",
        }
    }
}

/// A request that the page waits for. Rising; the link maps it to a `RequestId` of the current connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u32);

/// What a pending request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pending {
    Folders,
    Open(FolderName),
    /// List positions in the folder.
    Window(Range<u32>),
    /// Rows of search results.
    Rows(Vec<Uid>),
    Read {
        at: MessageRef,
        background: bool,
    },
    /// A composer waits for this message (reply or draft to open).
    ReadFor {
        at: MessageRef,
        start: super::compose::Start,
    },
    Search,
    /// A mutation in the overlay.
    Op(OpId),
    Send(OpId),
    /// The edition that is saved.
    SaveDraft(OpId, u32),
    FindSent(OpId),
    /// Steps of a check for mail on this device.
    Look,
    Retrieve,
    Remove,
    /// The bytes of what a composer sent, or of its draft.
    Built(OpId),
    /// Something whose answer changes nothing.
    Nothing,
}

#[derive(Debug)]
pub struct Model {
    pub moment: Moment,
    /// Ids made during the current message.
    pub made: u32,
    /// Minutes east of UTC, for attribution lines.
    pub zone: i32,
    pub page: Page,
    pub route: Route,
    pub sign_in: SignIn,
    pub account: Option<AccountInfo>,
    /// For `/api/part` and `/api/raw`.
    pub session: Option<SessionId>,
    pub link: LinkState,
    pub upstream: UpstreamState,
    /// When the mail server is tried again, and the seconds until then as shown.
    pub next_try: (i64, u32),
    pub limits: Limits,
    pub folders: Folders,
    pub list: List,
    pub overlay: Overlay,
    /// Messages that are deleted for good if the person says so.
    pub confirm: Option<MessageSet>,
    pub reader: Option<Reader>,
    pub bodies: Bodies,
    pub composers: Vec<Composer>,
    pub notices: Notices,
    pub settings: Settings,
    pub next_tag: u32,
    pub pending: Sorted<Tag, Pending>,
    /// The window is in front.
    pub visible: bool,
    /// Mail that arrived while the window was not in front; shown in the title.
    pub news: u32,
    /// The page asked for a reload because of a newer build, once.
    pub reloading: bool,
    /// The account whose database is open (or being opened).
    pub device: Option<String>,
    /// The database works; otherwise what is typed lives only in this page.
    pub device_ok: bool,
    /// When notices are looked at next.
    pub notices_at: Option<i64>,
    /// The account's mail, where it is kept on this device.
    pub mail: Option<Box<DeviceMail>>,
    /// Calls that this page answers by itself, before the message is handled to its end.
    pub local: Vec<(Tag, Call)>,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            moment: Moment::default(),
            made: 0,
            zone: 0,
            page: Page::default(),
            route: Route::default(),
            sign_in: SignIn::default(),
            account: None,
            session: None,
            link: LinkState::default(),
            upstream: UpstreamState::Connecting,
            next_try: (0, 0),
            limits: Limits {
                upload: pyeonji_shared::limits::MAX_UPLOAD,
                message: 35 << 20,
                recipients: pyeonji_shared::limits::MAX_RECIPIENTS as u32,
            },
            folders: Folders::default(),
            list: List::default(),
            overlay: Overlay::default(),
            confirm: None,
            reader: None,
            bodies: Bodies::default(),
            composers: Vec::new(),
            notices: Notices::default(),
            settings: Settings::default(),
            next_tag: 1,
            pending: Sorted::new(),
            visible: true,
            news: 0,
            reloading: false,
            device: None,
            device_ok: false,
            notices_at: None,
            mail: None,
            local: Vec::new(),
        }
    }
}

impl Model {
    /// The account's own address, empty while unknown.
    pub fn address(&self) -> &str {
        self.account.as_ref().map_or("", |a| a.address.as_str())
    }

    /// A fresh random id. Distinct within one message by a counter, between messages by `Moment::random`.
    pub fn make_id(&mut self) -> OpId {
        self.made = self.made.wrapping_add(1);
        let mut id = self.moment.random;
        let mut mixed = u64::from(self.made).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^= mixed >> 29;
        for (byte, add) in id.iter_mut().zip(mixed.to_le_bytes()) {
            *byte ^= add;
        }
        OpId(id)
    }

    /// What the toolbar is about: the selection, else the open message.
    pub fn chosen(&self) -> Vec<Uid> {
        if !self.list.selected.is_empty() {
            return self.list.selected.keys().copied().collect();
        }
        self.reader.as_ref().map(|r| r.at.uid).into_iter().collect()
    }

    pub fn composer(&self, id: OpId) -> Option<&Composer> {
        self.composers.iter().find(|c| c.id == id)
    }

    pub fn composer_mut(&mut self, id: OpId) -> Option<&mut Composer> {
        self.composers.iter_mut().find(|c| c.id == id)
    }

    /// What the window's title says beside the product's name: new mail count, then where one is.
    pub fn inbox_unread(&self) -> u32 {
        self.folders
            .special(pyeonji_shared::account::SpecialUse::Inbox)
            .map_or(0, |f| f.unread(&self.overlay))
    }
}
