//! What must happen outside after a message was handled; the runtime carries it out.
use super::mail::MailEffect;
use super::model::Tag;
use super::record::Record;
use pyeonji_shared::call::Call;
use pyeonji_shared::ids::{BlobId, FolderName, OpId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Opens the socket (again), asking for this folder in the snapshot.
    Connect {
        folder: Option<FolderName>,
    },
    /// Closes the socket for good and forgets everything in flight.
    Disconnect,
    Request {
        tag: Tag,
        op: Option<OpId>,
        call: Call,
    },
    Cancel(Tag),
    Login {
        address: String,
        password: Password,
        remember: bool,
        kind: String,
    },
    Logout,
    /// Remembers that this browser is signed in, as whom; `None` forgets.
    Hint(Option<String>),
    /// Shows a path in the address bar.
    Path {
        path: String,
        replace: bool,
    },
    Timer {
        timer: Timer,
        ms: u32,
    },
    Mark(Mark),
    /// Opens the account's database and reads its composers.
    OpenDevice {
        address: String,
    },
    CloseDevice,
    /// Answered by `DeviceEvent::Kept` once it is durable.
    Keep(Record),
    Forget {
        composer: OpId,
        blobs: Vec<OpId>,
    },
    /// Writes a picked file to the device. Answered by `DeviceEvent::BlobStored`.
    StoreBlob {
        composer: OpId,
        key: OpId,
    },
    ForgetBlob(OpId),
    Upload {
        composer: OpId,
        key: OpId,
        name: String,
        mime: String,
    },
    CancelUpload(OpId),
    /// The gateway may drop an upload that is no longer wanted.
    DropUpload(BlobId),
    /// For mail on this device.
    Mail(MailEffect),
    /// Which module of the page this account needs, now and at the next visit. Another one than this begins at once.
    Module {
        device: bool,
    },
    SaveSettings,
    /// A new build is at the gateway.
    Reload,
    Notify {
        folder: FolderName,
        count: u32,
    },
    Focus(Focus),
}

/// A password on its way to the sign-in request; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl core::fmt::Debug for Password {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Password(…)")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// Time to write a composer to the device.
    Keep(OpId),
    /// Notices may have had their time.
    Notices,
    /// The person stopped typing in the search box.
    Search,
    /// A discarded composer goes for good.
    Discard(OpId),
    /// Time to prefetch neighbours.
    Prefetch,
    /// The mail server may be back.
    Reconnect,
    /// Time for the next check.
    Check,
    /// A second of waiting for the mail server has passed.
    Countdown,
}

/// User Timing marks that tests and the benchmark wait for, set after the change is painted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub name: &'static str,
    pub folder: String,
    pub count: u32,
    /// The page has been changed already; otherwise that comes with the next drawing.
    pub drawn: bool,
}

/// Where the keyboard goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    List,
    Reader,
    Search,
    /// Where the recipients are typed.
    Composer(OpId),
    /// Where the text is typed.
    Text(OpId),
}
