//! Everything that can happen to the page.
use super::compose::{Edit, Start};
use super::effect::{Password, Timer};
use super::mail::MailEvent;
use super::model::{LinkState, Tag};
use super::record::Record;
use super::route::Route;
use super::settings::{Setting, Settings};
use pyeonji_shared::call::{ChunkPart, Reply};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::event::Event;
use pyeonji_shared::frame::{Bye, Welcome};
use pyeonji_shared::ids::{BlobId, FolderName, OpId, Uid};

#[derive(Clone, Debug)]
pub enum Msg {
    // ---- the page itself
    Start(Boot),
    /// Back or forward in the browser's history.
    PathChanged(String),
    Timer(Timer),
    Online(bool),
    Visible(bool),
    /// The page may be gone after this: write down what is typed.
    Leaving,

    // ---- signing in and out
    SignIn {
        address: String,
        password: Password,
        remember: bool,
        /// What was chosen under "Account type"; empty where there was nothing to choose.
        kind: String,
    },
    SignInDone(Result<(), ApiError>),
    SignOut,
    SignOutDone(Result<(), ApiError>),
    /// On the sign-in page: what was typed and stayed on this device goes for good.
    RemoveKept,

    // ---- going places
    OpenFolder(FolderName),
    OpenMail,
    OpenSettings,
    /// As if its address were opened.
    Go(Route),
    /// Back from the message (or settings) to the list.
    Close,
    Set(Setting),

    // ---- the list
    /// Positions on the screen now.
    Viewport {
        first: u32,
        last: u32,
    },
    Cursor(Move),
    Select(Select),
    /// Opens the message at this position (a draft opens in the composer).
    OpenAt(u32),
    /// Opens the message under the cursor.
    OpenCursor,
    /// Next (+1) or previous (-1) message while reading.
    OpenNext(i32),
    Act(Action),
    /// As [`Msg::Act`], on one message whatever is selected.
    ActOn(Uid, Action),
    /// Answers the question of [`Action::Delete`].
    Confirm(bool),
    SearchTyped(String),
    /// Enter in the search box.
    SearchNow,
    SearchClear,
    FocusSearch,
    /// Looks for news now; also tries again after a failure.
    Refresh,

    // ---- the reader
    ShowImages,
    /// The body was set into the frame.
    BodyShown,

    // ---- writing
    Compose(Start),
    /// A `mailto:` link.
    Mailto(String),
    Edit(OpId, Edit),
    /// Files were picked; the runtime holds them under their keys.
    Attach(OpId, Vec<NewFile>),
    RetryUpload(OpId, OpId),
    Send(OpId),
    /// Stops a send that still waits for uploads.
    StopSend(OpId),
    SaveDraft(OpId),
    /// Closes the window; what is typed goes to Drafts.
    CloseComposer(OpId),
    Discard(OpId),
    Minimise(OpId, bool),
    /// Answers to "it isn't known whether it was sent".
    Resolve(OpId, Resolve),

    // ---- notices
    Undo(u32),
    /// Key `z`.
    UndoLast,
    Dismiss(u32),

    // ---- from outside
    Link(LinkEvent),
    Device(DeviceEvent),
    Mail(MailEvent),
    Upload(UploadEvent),
}

/// What the runtime knows when the page begins.
#[derive(Clone, Debug, Default)]
pub struct Boot {
    pub path: String,
    pub settings: Settings,
    /// This browser was signed in as.
    pub hint: Option<String>,
    pub zone: i32,
    pub visible: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    Next,
    Previous,
    First,
    Last,
    PageDown,
    PageUp,
    To(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Select {
    /// Only this position.
    Only(u32),
    /// Ctrl-click, checkbox.
    Toggle(u32),
    /// Shift-click: from the last one to here.
    Through(u32),
    /// Key `x`.
    ToggleCursor,
    /// All rows that are loaded.
    All,
    None,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Archive,
    /// To Trash; from Trash for good, after asking.
    Delete,
    Junk,
    NotJunk,
    MoveTo(FolderName),
    MarkRead,
    MarkUnread,
    Star,
    Unstar,
    /// Star or unstar, by what the first one is.
    ToggleStar,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    pub key: OpId,
    pub name: String,
    pub mime: String,
    pub size: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolve {
    /// Look into Sent.
    Check,
    SendAgain,
    /// Go on writing.
    Keep,
    /// It was sent: close.
    WasSent,
}

#[derive(Clone, Debug)]
pub enum LinkEvent {
    State(LinkState),
    Welcome(Box<Welcome>),
    Chunk(Tag, ChunkPart),
    Done(Tag, Result<Reply, ApiError>),
    Event(Box<Event>),
    Bye(Bye),
}

#[derive(Clone, Debug)]
pub enum DeviceEvent {
    /// Records of this account that no other tab holds.
    Opened(Vec<Record>),
    /// This browser gives no storage (private mode); typed text lives only in this page.
    Unavailable,
    /// The record of this edition is durable (or not).
    Kept {
        composer: OpId,
        edition: u32,
        stage: super::record::Stage,
        ok: bool,
    },
    BlobStored {
        composer: OpId,
        key: OpId,
        ok: bool,
    },
}

#[derive(Clone, Debug)]
pub enum UploadEvent {
    Progress {
        composer: OpId,
        key: OpId,
        sent: u64,
    },
    Done {
        composer: OpId,
        key: OpId,
        result: Result<BlobId, ApiError>,
    },
    /// The device no longer has the bytes.
    Missing {
        composer: OpId,
        key: OpId,
    },
}
