//! Mail on its way out of this device, and in: what is done, how far it is, and how it ended. One thing at a time.
use crate::mailbox::Record;
use crate::mailbox::brought::{Along, Known};
use crate::mailbox::out::{Format, Plan, Sending};
use crate::state::effect::Password;
use pyeonji_shared::call::device::Fetched;
use pyeonji_shared::device::Sum;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::{FolderName, OpId, Uid};
use pyeonji_shared::rescue::Begun;

/// Failures that are told one by one; further ones are counted.
pub const MAX_FAILED: usize = 50;
/// Days after which a copy elsewhere is too old.
const OLD_DAYS: i64 = 30;

/// What a person asks for.
#[derive(Clone, Debug)]
pub enum Job {
    Export {
        folder: Option<FolderName>,
        format: Format,
    },
    /// Files that the runtime holds; what doesn't say where it belongs goes into this folder.
    Import {
        files: Vec<OpId>,
        into: FolderName,
    },
    /// Signs in to an account and lists its folders.
    Reach(Account),
    /// Everything into an account.
    Send(Account),
    /// A folder of an account.
    Fetch {
        account: Account,
        folder: FolderName,
        into: FolderName,
    },
}

/// An account on a server. Without an address it is the one of this sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub address: String,
    pub password: Password,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Export,
    Import,
    Reach,
    Send,
    Fetch,
}

/// For the runtime.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    Begin(u32, Work),
    /// The next messages that are brought; answered by `Told::Batch`.
    Next(u32),
    End,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    Export(Plan),
    Import { files: Vec<OpId>, own: String },
    Reach(Account),
    Send(Account, Vec<Sending>),
    Fetch(Account, FolderName),
}

/// From the person, and from the runtime about the work of that number.
#[derive(Clone, Debug)]
pub enum Told {
    Begin(Job),
    Stop,
    /// How much there is.
    Of(u32, Sum),
    Step(u32, Step),
    Reached(u32, Box<Begun>),
    /// A message that is about to be brought: is it here? The answer is [`Running::here`].
    Asked(u32, Mark),
    Batch(u32, Box<Batch>),
    Ended(u32, Option<ApiError>),
}

/// What was done since the last step.
#[derive(Clone, Debug, Default)]
pub struct Step {
    pub made: u32,
    pub there: u32,
    pub bytes: u64,
    pub failed: Vec<Failure>,
}

#[derive(Clone, Debug)]
pub enum Mark {
    Digest { digest: [u8; 32], exact: bool },
    Id { message_id: String, size: u64 },
}

/// Messages that were brought.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Folders of an archive, empty ones too.
    pub folders: Vec<String>,
    pub items: Vec<Item>,
    /// Bytes read so far.
    pub read: u64,
    pub left_out: u32,
    pub last: bool,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub along: Along,
    pub got: Result<Box<Got>, Why>,
}

/// The source: the last piece and its number; the ones before are stored under this uid.
#[derive(Clone, Debug)]
pub struct Got {
    pub uid: u32,
    pub piece: u32,
    pub bytes: Vec<u8>,
    pub fetched: Fetched,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub name: String,
    pub why: Why,
}

/// Why one message stayed where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    NotMail,
    Damaged,
    TooBig,
    /// Encrypted, or packed in a way that a browser can't unpack.
    Locked,
    Error(ApiError),
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub kind: Kind,
    pub made: u32,
    pub there: u32,
    pub bytes: u64,
    pub left_out: u32,
    pub failures: u32,
    /// The first of them.
    pub failed: Vec<Failure>,
    /// Why it ended before its end.
    pub error: Option<ApiError>,
    pub stopped: bool,
}

impl Report {
    pub fn fail(&mut self, failure: Failure) {
        self.failures = self.failures.saturating_add(1);
        if self.failed.len() < MAX_FAILED {
            self.failed.push(failure);
        }
    }

    pub fn is_whole(&self) -> bool {
        self.error.is_none() && !self.stopped && self.failures == 0
    }
}

#[derive(Debug, Default)]
pub struct Running {
    pub number: u32,
    pub of: Sum,
    pub report: Report,
    pub stopping: bool,
    /// It takes everything along.
    pub all: bool,
    pub into: FolderName,
    pub known: Known,
    /// The answer to the last question.
    pub here: bool,
    /// On their way into the store.
    pub storing: Vec<(Uid, Record)>,
    pub last: bool,
    /// It goes into the mailbox that is fetched from.
    pub back: bool,
}

#[derive(Debug, Default)]
pub struct Takeout {
    pub running: Option<Box<Running>>,
    /// Of the last one that ended.
    pub report: Option<Report>,
    /// The account that was reached.
    pub account: Option<Begun>,
}

impl Takeout {
    /// Mail is on its way into the mailbox that is fetched from.
    pub fn goes_back(&self) -> bool {
        self.running.as_ref().is_some_and(|running| running.back)
    }

    /// The work of that number goes on.
    pub fn goes_on(&self, number: u32) -> bool {
        self.running.as_ref().is_some_and(|running| running.number == number && !running.stopping)
    }
}

/// A copy elsewhere is missing, or old.
pub fn is_due(backed_up: Option<i64>, now: i64) -> bool {
    backed_up.is_none_or(|at| now.saturating_sub(at) > OLD_DAYS * 86_400)
}
