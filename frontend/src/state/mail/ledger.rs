//! The ledger as a person reads it: a page of it, what each line says, and what can be done about it.
use super::DeviceMail;
use crate::mailbox::Record;
use pyeonji_shared::call::device::Naming;
use pyeonji_shared::device::Uidl;
use pyeonji_shared::device::entry::{Doubt, Entry, Here, Left, OnServer, Wish};
use pyeonji_shared::device::plan::{Keep, State, state};
use pyeonji_shared::ids::{FolderName, Uid};

/// Lines of one page; no more are ever drawn.
pub const PAGE: usize = 200;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    #[default]
    All,
    OnServer,
    /// On this device, and no longer on the server.
    OnlyHere,
    /// With the next check, or when their days are over.
    Leaving,
    /// What a person might want to look at.
    Problems,
}

impl Filter {
    pub const ALL: [Filter; 5] =
        [Filter::All, Filter::OnServer, Filter::OnlyHere, Filter::Leaving, Filter::Problems];

    fn takes(self, entry: &Entry, state: State) -> bool {
        match self {
            Filter::All => true,
            Filter::OnServer => entry.on_server(),
            Filter::OnlyHere => entry.on_device() && !entry.on_server(),
            Filter::Leaving => matches!(state, State::Delete(_) | State::Keep(Keep::Until(_))),
            Filter::Problems => is_problem(entry, state),
        }
    }
}

fn is_problem(entry: &Entry, state: State) -> bool {
    let odd = matches!(
        state,
        State::Keep(Keep::ClockBehind | Keep::TooBig | Keep::Doubtful | Keep::SameName | Keep::WontGo)
    );
    // What is lost: all of it, or what was not fetched of it.
    let lost = matches!(state, State::Gone(Left::Missing | Left::Unconfirmed))
        && !matches!(entry.here, Here::Whole(_));
    odd || (lost && entry.deleted.is_none()) || entry.doubt != Doubt::None
}

/// What this device has of a message. With the time since when; `None` while that isn't counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copy {
    Nothing,
    Maybe,
    Head(Option<i64>),
    Whole(Option<i64>),
    Deleted(i64),
}

/// One name on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub uidl: Uidl,
    pub size: u32,
    /// Of the message here.
    pub subject: Option<String>,
    pub at: Option<(FolderName, Uid)>,
    pub here: Copy,
    pub server: OnServer,
    pub state: State,
    /// The rest can be asked for.
    pub rest: bool,
    pub removal: Removal,
}

/// Whether the person may have it removed from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    No,
    /// All of it is here.
    Safe,
    /// There is no other copy of all of it that is known of.
    Sole,
    /// It was asked for, and may be taken back.
    Asked,
}

/// A page of what a filter lets through, the names in falling order: most servers let them rise with time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub lines: Vec<Line>,
    /// Of all pages.
    pub found: usize,
    /// 0 for the first.
    pub number: usize,
}

/// `number` past the last page is the last one.
pub fn page(mail: &DeviceMail, filter: Filter, number: usize, now: i64) -> Page {
    let rules = &mail.options.rules;
    let entries = mail.ledger.entries();
    let of = |entry: &Entry| state(entry, rules, true, now);
    let takes = |entry: &&Entry| filter == Filter::All || filter.takes(entry, of(entry));
    let found = match filter {
        Filter::All => entries.len(),
        _ => entries.iter().filter(takes).count(),
    };
    let number = number.min(found.saturating_sub(1) / PAGE);
    let shown = entries.iter().rev().filter(takes).skip(number * PAGE).take(PAGE);
    Page { lines: shown.map(|entry| line(mail, entry, of(entry))).collect(), found, number }
}

fn line(mail: &DeviceMail, entry: &Entry, state: State) -> Line {
    let uid = entry.here.local().map(|local| Uid(local.0));
    let record = uid.and_then(|uid| Some((uid, mail.mailbox.as_ref()?.record(uid)?)));
    let here = match (entry.here, entry.deleted) {
        (_, Some(deleted)) => Copy::Deleted(deleted.at),
        (Here::Nothing, _) => Copy::Nothing,
        (Here::Maybe, _) => Copy::Maybe,
        (Here::Head(_), _) => Copy::Head(entry.received_at),
        (Here::Whole(_), _) => Copy::Whole(entry.received_at),
    };
    Line {
        uidl: entry.uidl.clone(),
        size: entry.size,
        subject: record.map(|(_, r)| r.head.subject.clone()),
        at: record.map(|(uid, r)| (r.folder.clone(), uid)),
        here,
        server: entry.server,
        state,
        rest: may_fetch(entry, state),
        removal: removal(entry, state, record.map(|(_, r)| r)),
    }
}

/// More of it can be had than the next check fetches.
fn may_fetch(entry: &Entry, state: State) -> bool {
    let part = matches!(state, State::Head | State::Keep(Keep::HeadOnly | Keep::TooBig | Keep::Doubtful));
    part && lasting(entry) && entry.deleted.is_none() && entry.wish == Wish::None
}

fn removal(entry: &Entry, state: State, record: Option<&Record>) -> Removal {
    let whole = matches!(entry.here, Here::Whole(_)) && entry.deleted.is_none() && entry.doubt == Doubt::None;
    match state {
        State::Gone(_) => Removal::No,
        _ if entry.wish == Wish::Removal => Removal::Asked,
        // It leaves anyway, or nothing removes it.
        State::Delete(_) | State::Keep(Keep::SameName) => Removal::No,
        _ if !lasting(entry) || entry.doubt == Doubt::Name => Removal::No,
        _ if whole && record.is_some_and(|r| !r.head_only) => Removal::Safe,
        _ => Removal::Sole,
    }
}

/// Its name says something at the next check too.
fn lasting(entry: &Entry) -> bool {
    entry.naming != Naming::Connection
}
