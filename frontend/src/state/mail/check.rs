//! One look at the mail server: list, fetch, commit, and only then remove.
use crate::mailbox::Record;
use crate::state::model::Tag;
use pyeonji_shared::call::device::{Fetched, Listed, Listing};
use pyeonji_shared::device::Sum;
use pyeonji_shared::device::duplicates::Group;
use pyeonji_shared::device::plan::{Note, Removal};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::Uid;

/// Messages and bytes of one commit at the most.
pub const BATCH: usize = 64;
pub const BATCH_BYTES: usize = 3 << 20;
/// Commits of messages under way at once: while the browser writes one, the next is made.
pub const COMMITS: usize = 2;

/// Where a check stands.
#[derive(Clone, Debug, Default)]
pub enum Stage {
    #[default]
    Idle,
    /// Another tab may be checking.
    Locking,
    /// The list is being read.
    Looking(Tag),
    /// Uids for what comes are being taken.
    Reserving,
    Fetching(Box<Fetching>),
    /// The person is asked about what leaves the server.
    Asking,
    /// What was tried is being written down, before it is.
    Noting {
        commit: u32,
    },
    Removing(Tag),
    /// No check: duplicates are made one, which no check must see half done.
    Merging {
        left: Vec<Group>,
        done: u32,
    },
}

#[derive(Clone, Debug, Default)]
pub struct Check {
    pub stage: Stage,
    /// As the server said it in this check.
    pub listing: Option<Box<Listing>>,
    /// What is left to fetch, the next one last.
    pub todo: Vec<Item>,
    /// What leaves the server.
    pub leaving: Vec<Removal>,
    pub leaving_sum: Sum,
    pub notes: Vec<Note>,
    /// Messages and bytes so far, and of all.
    pub done: Sum,
    pub of: Sum,
    /// New messages of this check.
    pub fresh: u32,
    /// Those among them that a person is told of, once, at the end.
    pub news: u32,
    /// How the last one ended, while nothing runs.
    pub error: Option<ApiError>,
    /// The person asked for it.
    pub by_hand: bool,
    /// Stop was asked.
    pub stopping: bool,
    /// Mail was on its way back to this mailbox when it was looked at.
    pub back: bool,
    /// Plans that were fetched.
    pub fetched: u8,
}

impl Check {
    pub fn is_running(&self) -> bool {
        !matches!(self.stage, Stage::Idle | Stage::Asking)
    }
}

/// What is fetched of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    Head,
    /// The head alone, to be compared with what is here.
    Compare,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub row: Listed,
    pub part: Part,
}

/// One request under way.
#[derive(Clone, Debug)]
pub struct Fetching {
    pub tag: Tag,
    /// In the order asked for; the first has `first_uid`.
    pub items: Vec<Item>,
    pub first_uid: u32,
    /// The item whose pieces are coming, and how many are stored.
    pub at: u32,
    pub pieces: u32,
    /// Whole messages that wait for their commit.
    pub ready: Vec<Ready>,
    /// Commits under way, at most [`COMMITS`].
    pub committing: Vec<Committing>,
    /// Commits of pieces of large messages under way, each worth one credit.
    pub piece_commits: u32,
    /// The stream has ended, and how.
    pub ended: Option<Result<(), ApiError>>,
}

/// What a commit holds.
#[derive(Clone, Debug)]
pub struct Committing {
    pub id: u32,
    /// Messages of the stream, each worth one credit.
    pub messages: u32,
    /// Those of them that came whole, as the server counts.
    pub whole: Sum,
    pub arrived: Vec<Arrived>,
}

/// What is there once its commit is durable, and the head that it takes the place of.
pub type Arrived = (Uid, Record, Option<Uid>);

/// A message that came in full.
#[derive(Clone, Debug)]
pub struct Ready {
    pub uid: u32,
    pub item: Item,
    /// The last piece; the ones before are stored.
    pub bytes: Vec<u8>,
    pub piece: u32,
    pub fetched: Box<Fetched>,
}
