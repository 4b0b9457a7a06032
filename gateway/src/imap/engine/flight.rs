//! Commands in flight: which of them may overlap (RFC 9051 §5.5), and what each collects until it is done.
use crate::imap::command::{Command, CommandId};
use crate::imap::error::CommandError;
use crate::imap::event::{Code, Found, Selected, UidRange};
use pyeonji_shared::ids::Uid;
use pyeonji_shared::limits::MAX_SEARCH_HITS;
use pyeonji_shared::message::Flags;

/// How a command behaves beside others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Changes who we are: alone.
    Auth,
    /// The last command: alone.
    Logout,
    /// Changes the folder: not while the old one is being read.
    Select,
    /// Names messages by sequence number: not while something may renumber them.
    Sequence,
    /// Works on the folder by UID.
    Folder,
    /// As `Folder`; untagged SEARCH answers can't be told apart.
    Search,
    /// Does not touch the folder.
    Plain,
    Idle,
}

impl Class {
    pub fn of(command: &Command) -> Self {
        match command {
            Command::SignIn { .. } | Command::Login { .. } | Command::AuthenticatePlain { .. } => Class::Auth,
            Command::Logout => Class::Logout,
            Command::Select { .. } | Command::Unselect => Class::Select,
            Command::FetchWindow { .. } => Class::Sequence,
            Command::Search { .. } => Class::Search,
            Command::FetchUids { .. }
            | Command::FetchFrom { .. }
            | Command::FetchChanged { .. }
            | Command::FetchBody { .. }
            | Command::FetchPartial { .. }
            | Command::Store { .. }
            | Command::Copy { .. }
            | Command::Move { .. }
            | Command::UidExpunge { .. }
            | Command::Expunge => Class::Folder,
            Command::Capability
            | Command::Id
            | Command::Enable
            | Command::Namespace
            | Command::List { .. }
            | Command::ListSubscribed
            | Command::Append { .. }
            | Command::Status { .. }
            | Command::Quota { .. }
            | Command::Create { .. }
            | Command::Delete { .. }
            | Command::Rename { .. }
            | Command::Subscribe { .. }
            | Command::Noop => Class::Plain,
        }
    }

    /// Whether a command of this class may be sent while `flying` (oldest first) are in flight.
    pub fn may_join(self, flying: &[Class], tagged_search: bool) -> bool {
        if flying.iter().any(|c| matches!(c, Class::Auth | Class::Logout)) {
            return false;
        }
        // What comes before the latest SELECT has no say over the new folder.
        let since_select = match flying.iter().rposition(|c| *c == Class::Select) {
            Some(at) => flying.get(at + 1..).unwrap_or_default(),
            None => flying,
        };
        match self {
            Class::Auth | Class::Logout => flying.is_empty(),
            Class::Idle => false,
            Class::Select => flying.iter().all(|c| matches!(c, Class::Plain | Class::Idle)),
            Class::Sequence => since_select.iter().all(|c| matches!(c, Class::Sequence | Class::Idle)),
            Class::Search => tagged_search || !flying.contains(&Class::Search),
            Class::Folder | Class::Plain => true,
        }
    }
}

/// One tag that waits for its answer.
#[derive(Debug)]
pub struct Flight {
    pub tag: String,
    /// `None`: one of the engine's own (IDLE, polling, capabilities).
    pub id: Option<CommandId>,
    pub class: Class,
    /// Largest body literal that this command can cause.
    pub literal: u64,
}

/// One submitted command, which may have several tags in flight.
#[derive(Debug)]
pub struct Job {
    pub lines_left: usize,
    pub error: Option<CommandError>,
    pub code: Option<Code>,
    pub text: String,
    pub selected: Option<Box<Selected>>,
    pub found: Option<Hits>,
    /// MOVE tells where it put what in an untagged OK (RFC 6851 §4.3).
    pub moves: bool,
}

impl Job {
    pub fn new(command: &Command, lines: usize) -> Self {
        let examine = matches!(command, Command::Select { examine: true, .. });
        let selected = Selected { writable: !examine, permanent: Flags(u16::MAX), ..Selected::default() };
        Self {
            lines_left: lines,
            error: None,
            code: None,
            text: String::new(),
            selected: matches!(command, Command::Select { .. }).then(|| Box::new(selected)),
            found: matches!(command, Command::Search { .. }).then(Hits::default),
            moves: matches!(command, Command::Move { .. }),
        }
    }

    /// The codes of several lines make one.
    pub fn add_code(&mut self, code: Option<Code>) {
        match (&mut self.code, code) {
            (Some(Code::CopyUid { from, to, .. }), Some(Code::CopyUid { from: more, to: there, .. })) => {
                from.extend(more);
                to.extend(there);
            }
            (mine, Some(code)) => *mine = Some(code),
            (_, None) => {}
        }
    }
}

/// Hits as they come; bounded by the response limit of the framer.
#[derive(Debug, Default)]
pub struct Hits {
    ranges: Vec<UidRange>,
}

impl Hits {
    pub fn add(&mut self, ranges: Vec<UidRange>) {
        self.ranges.extend(ranges);
    }

    /// Highest first, each once.
    pub fn finish(mut self) -> Found {
        self.ranges.sort_unstable_by_key(|r| std::cmp::Reverse(r.last));
        let (mut uids, mut total, mut below) = (Vec::new(), 0u32, u64::from(u32::MAX) + 1);
        for range in &self.ranges {
            let last = u64::from(range.last.0).min(below.saturating_sub(1));
            let first = u64::from(range.first.0);
            if first > last {
                continue;
            }
            total = total.saturating_add(u32::try_from(last - first + 1).unwrap_or(u32::MAX));
            let room = MAX_SEARCH_HITS.saturating_sub(uids.len());
            uids.extend((first..=last).rev().take(room).filter_map(|n| u32::try_from(n).ok()).map(Uid));
            below = first;
        }
        Found { uids, total }
    }
}

/// Largest literal that a command's answer may hold beside ordinary text.
pub fn literal_of(command: &Command, message_limit: u64) -> u64 {
    match command {
        Command::FetchPartial { len, .. } => u64::from(*len),
        Command::FetchBody { sections, .. } => {
            sections.iter().map(|s| s.max.map_or(message_limit, u64::from)).max().unwrap_or(0)
        }
        _ => 0,
    }
}
