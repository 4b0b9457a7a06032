//! What the next check does with each message, and why: (ledger, list, settings, room, time) → plan. The ledger must have
//! taken in the list ([`Ledger::listed`]); a listed message that it doesn't hold is left alone.
//!
//! A message leaves the server only if a rule or the person says so, and only if all of it is durable here or the
//! person deleted it here. After what was fetched is committed, the plan is made again from the same list: what it says
//! to delete then is to be deleted now. The plan depends on nothing that a check doesn't write down, so a check that
//! was cut goes on where it was.
use crate::call::device::{Listed, Listing, Naming};
use crate::device::entry::{Doubt, Entry, Here, Left, OnServer, Wish};
use crate::device::ledger::Ledger;
use crate::device::{Sum, Uidl};
use crate::limits::MAX_LISTING;
use serde::{Deserialize, Serialize};

const DAY: i64 = 24 * 60 * 60;
/// Times that a message may be listed again after the server had confirmed its removal, before it isn't tried any more.
pub const MAX_RETURNED: u8 = 3;
/// Octets that a head may take here, for the reckoning of room.
pub const HEAD_ROOM: u32 = 64 << 10;

/// What becomes of the server's copy. Append only: accounts store it. In JSON, as in scenario files, its names are small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// It leaves once all of it is here.
    DownloadAndDelete,
    #[default]
    LeaveCopy,
    /// It leaves when more than so many days have passed since it was stored here. 0 never comes.
    LeaveDays(u16),
    /// It leaves when the person deletes it on this device.
    UntilDeletedHere,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub rule: Rule,
    /// Of a message with more octets only the head is fetched.
    pub size_limit: Option<u32>,
}

/// What the next check does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Fetches all of it.
    Whole,
    /// Fetches its head, which is kept.
    Head,
    /// Looks at its head, to find out whether it is here already.
    Compare,
    Keep(Keep),
    Delete(Why),
    Gone(Left),
}

/// Why a message stays on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The rule is to leave a copy.
    Copy,
    /// Its days aren't over; it leaves after this time.
    Until(i64),
    /// Its days aren't counted yet: the clock is behind.
    ClockBehind,
    /// Until the person deletes it here.
    UntilDeleted,
    /// The person deleted it here when that didn't mean the server.
    DeletedBefore,
    /// Only the head is here.
    HeadOnly,
    /// Larger than the limit, and the server can't send heads.
    TooBig,
    /// Perhaps it is here under another name; only the person can say.
    Doubtful,
    /// Different messages have had this name.
    SameName,
    /// The server confirmed its removal several times, and listed it again.
    WontGo,
}

/// Why a message leaves the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Download and delete: all of it is here.
    Downloaded,
    /// So many days have passed since it was stored here.
    Days(u16),
    DeletedHere,
    /// The person asked for this one.
    Asked,
}

/// What the page says about a check. Numbers are messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The server can't name its messages, so one that is left there can't be recognised again: only "download and
    /// delete" works.
    NoNames,
    /// All known names are gone and only new ones are listed, or the ledger was lost.
    AllNew(u32),
    /// Listed more than once under one name with one size: equal messages, says RFC 1939 §7; each is fetched once.
    Twice(u32),
    /// Names that stand for different messages.
    SameName(u32),
    /// Larger than the limit, and the server can't send heads.
    TooBig(Sum),
    /// This device has no room for these.
    NoRoom(Sum),
    /// The ledger is full ([`crate::device::ledger::MAX_LEDGER`]).
    LedgerFull(Sum),
    WontGo(u32),
    /// The clock shows an earlier time than before. Days are counted again when it has caught up.
    ClockBehind,
    /// The mailbox holds more than is listed ([`MAX_LISTING`]).
    Cut,
}

/// A message that leaves the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    pub uidl: Uidl,
    pub size: u32,
    pub why: Why,
}

/// All lists are in the server's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// To fetch as a whole.
    pub whole: Vec<Listed>,
    /// To fetch as heads, which are kept.
    pub heads: Vec<Listed>,
    /// To compare by their heads (TOP without lines) with what is here, before anything of them is fetched.
    pub compare: Vec<Listed>,
    /// To remove.
    pub delete: Vec<Removal>,
    /// Found to be gone at this look.
    pub gone: Vec<Uidl>,
    /// What leaves the server in this check: `delete`, and what does so as soon as it was fetched.
    pub leaving: Sum,
    pub notes: Vec<Note>,
}

/// How a check finds the server.
#[derive(Clone, Copy)]
struct View<'a> {
    settings: &'a Settings,
    /// The server can send heads.
    heads: bool,
    now: i64,
}

/// What the next check does with this message.
pub fn state(entry: &Entry, settings: &Settings, heads: bool, now: i64) -> State {
    let view = View { settings, heads, now };
    match entry.server {
        OnServer::Gone { why, .. } => State::Gone(why),
        OnServer::There { .. } => match view.there(entry) {
            State::Delete(_) if entry.doubt == Doubt::Name => State::Keep(Keep::SameName),
            State::Delete(_) if entry.returned >= MAX_RETURNED => State::Keep(Keep::WontGo),
            state => state,
        },
    }
}

impl View<'_> {
    fn there(self, entry: &Entry) -> State {
        let rule = self.settings.rule;
        if entry.wish == Wish::Removal {
            return State::Delete(Why::Asked);
        }
        if let Some(deleted) = entry.deleted {
            return match rule {
                Rule::UntilDeletedHere if deleted.leaves => State::Delete(Why::DeletedHere),
                Rule::UntilDeletedHere => State::Keep(Keep::DeletedBefore),
                // Even if only the head was here: the person deleted the message, and this rule leaves nothing behind.
                Rule::DownloadAndDelete if deleted.leaves => State::Delete(Why::DeletedHere),
                _ => self.here(entry),
            };
        }
        match entry.here {
            Here::Maybe if self.heads => State::Compare,
            Here::Nothing | Here::Maybe => self.fetch(entry),
            Here::Head(_) if entry.wish == Wish::Rest => State::Whole,
            Here::Whole(_) if entry.wish == Wish::Rest && entry.doubt == Doubt::HeadOnly => State::Whole,
            Here::Head(_) | Here::Whole(_) => self.here(entry),
        }
    }

    /// Nothing of it is here.
    fn fetch(self, entry: &Entry) -> State {
        let large = self.settings.size_limit.is_some_and(|limit| entry.size > limit);
        match (large && entry.wish != Wish::Rest, self.heads) {
            (false, _) => State::Whole,
            (true, true) => State::Head,
            (true, false) => State::Keep(Keep::TooBig),
        }
    }

    /// Something of it is here, or was.
    fn here(self, entry: &Entry) -> State {
        if !matches!(entry.here, Here::Whole(_)) {
            return State::Keep(Keep::HeadOnly);
        }
        match self.settings.rule {
            Rule::LeaveCopy | Rule::LeaveDays(0) => State::Keep(Keep::Copy),
            Rule::UntilDeletedHere => State::Keep(Keep::UntilDeleted),
            _ if entry.doubt == Doubt::HeadOnly => State::Keep(Keep::Doubtful),
            Rule::DownloadAndDelete => State::Delete(Why::Downloaded),
            Rule::LeaveDays(days) => {
                match entry.received_at.map(|at| at.saturating_add(i64::from(days) * DAY)) {
                    Some(end) if end < self.now => State::Delete(Why::Days(days)),
                    Some(end) => State::Keep(Keep::Until(end)),
                    None => State::Keep(Keep::ClockBehind),
                }
            }
        }
    }
}

/// The message leaves the server as soon as it was fetched.
fn leaves_after(state: State, entry: &Entry, settings: &Settings) -> bool {
    state == State::Whole
        && settings.rule == Rule::DownloadAndDelete
        && entry.doubt != Doubt::Name
        && entry.returned < MAX_RETURNED
}

/// `room`: octets that can still be stored here. What doesn't fit isn't fetched; smaller messages behind a large one
/// still are.
pub fn plan(ledger: &Ledger, listing: &Listing, settings: &Settings, room: u64, now: i64) -> Plan {
    let mut plan = Plan::default();
    let mut room = room;
    let fleeting = listing.naming == Naming::Connection;
    if fleeting && settings.rule != Rule::DownloadAndDelete {
        plan.notes.push(Note::NoNames);
        return plan;
    }
    let [mut twice, mut same_name, mut wont_go] = [0; 3];
    let [mut too_big, mut no_room, mut unknown] = [Sum::default(); 3];
    let mut met = vec![false; ledger.entries().len()];
    for row in &listing.messages {
        let at = ledger.place(&row.uidl).ok();
        let found = at.and_then(|at| Some((ledger.entries().get(at)?, met.get_mut(at)?)));
        let Some((entry, met)) = found.filter(|(e, _)| (e.naming == Naming::Connection) == fleeting) else {
            unknown.add(row.size);
            continue;
        };
        if std::mem::replace(met, true) {
            match entry.doubt {
                Doubt::Name => same_name += 1,
                _ => twice += 1,
            }
            continue;
        }
        let state = state(entry, settings, listing.heads, now);
        let takes = u64::from(match state {
            State::Whole => row.size,
            State::Head => row.size.min(HEAD_ROOM),
            _ => 0,
        });
        if takes > room {
            no_room.add(row.size);
            continue;
        }
        room -= takes;
        if leaves_after(state, entry, settings) {
            plan.leaving.add(row.size);
        }
        match state {
            State::Whole => plan.whole.push(row.clone()),
            State::Head => plan.heads.push(row.clone()),
            State::Compare => plan.compare.push(row.clone()),
            State::Delete(why) => {
                plan.leaving.add(row.size);
                plan.delete.push(Removal { uidl: row.uidl.clone(), size: row.size, why });
            }
            State::Keep(Keep::TooBig) => too_big.add(row.size),
            State::Keep(Keep::SameName) => same_name += 1,
            State::Keep(Keep::WontGo) => wont_go += 1,
            State::Keep(_) | State::Gone(_) => {}
        }
    }
    let look = ledger.head().listed_at.filter(|_| !fleeting);
    plan.gone.extend(ledger.entries().iter().filter(|e| found_gone(e, look)).map(|e| e.uidl.clone()));
    let behind = now < ledger.head().clock && matches!(settings.rule, Rule::LeaveDays(1..));
    let new = plan.compare.len() as u32;
    plan.notes.extend((new > 0).then_some(Note::AllNew(new)));
    plan.notes.extend((twice > 0).then_some(Note::Twice(twice)));
    plan.notes.extend((same_name > 0).then_some(Note::SameName(same_name)));
    plan.notes.extend((too_big.messages > 0).then_some(Note::TooBig(too_big)));
    plan.notes.extend((no_room.messages > 0).then_some(Note::NoRoom(no_room)));
    plan.notes.extend((unknown.messages > 0).then_some(Note::LedgerFull(unknown)));
    plan.notes.extend((wont_go > 0).then_some(Note::WontGo(wont_go)));
    plan.notes.extend(behind.then_some(Note::ClockBehind));
    plan.notes.extend((listing.messages.len() >= MAX_LISTING).then_some(Note::Cut));
    plan
}

fn found_gone(entry: &Entry, look: Option<i64>) -> bool {
    match entry.server {
        OnServer::Gone { since, why: Left::Missing | Left::Unconfirmed, .. } => Some(since) == look,
        _ => false,
    }
}

impl Plan {
    /// Nothing to ask of the server.
    pub fn is_idle(&self) -> bool {
        self.whole.is_empty() && self.heads.is_empty() && self.compare.is_empty() && self.delete.is_empty()
    }
}

/// What leaves the server under some settings, as far as the last look knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// At the next check.
    pub next: Sum,
    /// By age, after that; the first of them after `first`.
    pub later: Sum,
    pub first: Option<i64>,
}

/// What a change of settings does; mail that hasn't been listed yet is not in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    pub before: Leaving,
    pub after: Leaving,
}

/// `heads`: the server can send heads.
pub fn effect_of(ledger: &Ledger, before: &Settings, after: &Settings, heads: bool, now: i64) -> Effect {
    Effect { before: leaving(ledger, before, heads, now), after: leaving(ledger, after, heads, now) }
}

fn leaving(ledger: &Ledger, settings: &Settings, heads: bool, now: i64) -> Leaving {
    let mut sums = Leaving::default();
    for entry in ledger.entries().iter().filter(|e| e.naming != Naming::Connection) {
        match state(entry, settings, heads, now) {
            State::Delete(_) => sums.next.add(entry.size),
            State::Keep(Keep::Until(end)) => {
                sums.later.add(entry.size);
                sums.first = Some(sums.first.map_or(end, |first| first.min(end)));
            }
            other if leaves_after(other, entry, settings) => sums.next.add(entry.size),
            _ => {}
        }
    }
    sums
}
