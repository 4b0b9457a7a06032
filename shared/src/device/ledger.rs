//! What this device knows of each message that a POP3 server has named. Whatever changes it says what it changed, so
//! that the store writes only that, in the same transaction as the message itself.
//!
//! # Time
//! Times are seconds since 1970-01-01 UTC, and `now` is the gateway's time rather than the device's where it is known:
//! the device asks the gateway for mail anyway, and a wrong clock there would be wrong for everyone. The ledger
//! remembers the latest time it was shown. What is stored while `now` is behind that counts its days from the first
//! look at which it no longer is, so a clock that was set back never makes a message leave early. A clock that ran
//! ahead can't be told from one that is right: until time has caught up no new days are counted, the plan says so
//! ([`plan::Note::ClockBehind`]), and [`Ledger::clock_is_right`] is the way out.
//!
//! [`plan::Note::ClockBehind`]: crate::device::plan::Note::ClockBehind
use crate::call::device::{Listed, Naming};
use crate::device::duplicates::Group;
use crate::device::entry::{Deleted, Doubt, Entry, Here, Left, OnServer, Wish};
use crate::device::plan::{Rule, Settings};
use crate::device::{LocalId, Uidl};
use crate::sorted::Sorted;
use serde::{Deserialize, Serialize};

/// Version of [`Head`] and [`Entry`] as they are stored.
pub const LEDGER_VERSION: u16 = 1;
/// Messages that one account's ledger remembers. At the bound those are forgotten that are gone from the server and
/// that aren't here either, the longest gone first; when there are none, new messages stay on the server unfetched.
pub const MAX_LEDGER: usize = 250_000;

/// What is stored once per account, with every change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub version: u16,
    /// The latest time that was shown.
    pub clock: i64,
    /// When the server was last looked at: the time at which whatever is there was last seen.
    pub listed_at: Option<i64>,
    /// There was mail here and no ledger: everything that the next look lists may be here already.
    pub lost: bool,
}

/// What the store must write for the ledger to be as it is in memory, together with [`Ledger::head`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub write: Vec<Entry>,
    pub forget: Vec<Uidl>,
}

/// The stored ledger is of a newer version than this page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Newer(pub u16);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    pub(super) head: Head,
    /// By name, rising; a plain vector, so that a look at 200,000 messages is one merge.
    pub(super) entries: Vec<Entry>,
}

impl Default for Ledger {
    fn default() -> Self {
        let head = Head { version: LEDGER_VERSION, clock: i64::MIN, listed_at: None, lost: false };
        Self { head, entries: Vec::new() }
    }
}

impl Ledger {
    /// For a store that has mail of this account but no ledger (it was lost, or the mail was brought in).
    pub fn lost() -> Self {
        let mut ledger = Self::default();
        ledger.head.lost = true;
        ledger
    }

    /// Entries in the order of their names are read fastest.
    pub fn load(head: Head, entries: Vec<Entry>) -> Result<Self, Newer> {
        if head.version > LEDGER_VERSION {
            return Err(Newer(head.version));
        }
        let mut ledger = Self { head: Head { version: LEDGER_VERSION, ..head }, entries: Vec::new() };
        for entry in entries {
            match ledger.place(&entry.uidl) {
                Ok(_) => {}
                Err(at) => ledger.entries.insert(at, entry),
            }
        }
        Ok(ledger)
    }

    /// Mail was brought in: what the next look finds new may be here already.
    pub fn brought_in(&mut self) {
        self.head.lost = true;
    }

    pub fn head(&self) -> &Head {
        &self.head
    }

    /// By name, rising.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn get(&self, uidl: &Uidl) -> Option<&Entry> {
        self.place(uidl).ok().and_then(|at| self.entries.get(at))
    }

    pub fn of_local(&self, local: LocalId) -> Option<&Entry> {
        self.entries.iter().find(|e| e.here.local() == Some(local))
    }

    /// When a message was on the server for the last time.
    pub fn last_seen(&self, entry: &Entry) -> i64 {
        match entry.server {
            OnServer::There { since } => self.head.listed_at.unwrap_or(since),
            OnServer::Gone { last_seen, .. } => last_seen,
        }
    }

    pub(super) fn place(&self, uidl: &Uidl) -> Result<usize, usize> {
        match self.entries.last() {
            Some(last) if last.uidl < *uidl => Err(self.entries.len()),
            _ => self.entries.binary_search_by(|e| e.uidl.cmp(uidl)),
        }
    }

    /// False while `now` is behind a time that was shown before.
    pub(super) fn observe(&mut self, now: i64) -> bool {
        let steady = now >= self.head.clock;
        self.head.clock = self.head.clock.max(now);
        steady
    }

    /// Changes the entries of these names with `change`, which says whether it did.
    fn named(&mut self, uidls: &[Uidl], change: &mut dyn FnMut(&mut Entry) -> bool) -> Changes {
        let mut changes = Changes::default();
        for uidl in uidls {
            let entry = self.place(uidl).ok().and_then(|at| self.entries.get_mut(at));
            if let Some(entry) = entry
                && change(entry)
            {
                changes.write.push(entry.clone());
            }
        }
        changes
    }

    /// Changes every entry with `change`, which says whether it did.
    fn each(&mut self, change: &mut dyn FnMut(&mut Entry) -> bool) -> Changes {
        let mut changes = Changes::default();
        for entry in &mut self.entries {
            if change(entry) {
                changes.write.push(entry.clone());
            }
        }
        changes
    }

    /// What was fetched is durable. `row` is as it was listed; `here` must be `Head` or `Whole`, of a message that is
    /// new here or (where the source was found to be equal) was here already. A head doesn't take the place of the
    /// whole.
    pub fn committed(&mut self, row: &Listed, here: Here, now: i64) -> Changes {
        let steady = self.observe(now);
        // Nothing is fetched that wasn't listed; if it was all the same, it must not be fetched again.
        if let Err(at) = self.place(&row.uidl) {
            self.entries.insert(at, Entry::new(row, Naming::Server, now));
        }
        self.named(std::slice::from_ref(&row.uidl), &mut |entry| {
            if here.local().is_none()
                || (matches!(here, Here::Head(_)) && matches!(entry.here, Here::Whole(_)))
            {
                return false;
            }
            entry.here = here;
            entry.received_at = steady.then_some(now);
            entry.deleted = None;
            if matches!(here, Here::Whole(_)) {
                if entry.wish == Wish::Rest {
                    entry.wish = Wish::None;
                }
                if entry.doubt == Doubt::HeadOnly {
                    entry.doubt = Doubt::None;
                }
            }
            true
        })
    }

    /// The head of a message that may be here ([`Here::Maybe`]) was compared with what is.
    pub fn compared(&mut self, uidl: &Uidl, same: Option<LocalId>, now: i64) -> Changes {
        let steady = self.observe(now);
        self.named(std::slice::from_ref(uidl), &mut |entry| {
            if entry.here != Here::Maybe {
                return false;
            }
            entry.here = Here::Nothing;
            if let Some(local) = same {
                entry.here = Here::Whole(local);
                entry.received_at = steady.then_some(now);
                if entry.doubt == Doubt::None {
                    entry.doubt = Doubt::HeadOnly;
                }
                if entry.wish == Wish::Rest {
                    entry.wish = Wish::None;
                }
            }
            true
        })
    }

    /// DELE is about to be sent.
    pub fn tried(&mut self, uidls: &[Uidl], now: i64) -> Changes {
        self.observe(now);
        self.named(uidls, &mut |entry| {
            entry.attempts = entry.attempts.saturating_add(1);
            true
        })
    }

    /// The server confirmed QUIT after DELE of these.
    pub fn removed(&mut self, uidls: &[Uidl], now: i64) -> Changes {
        self.left(uidls, now, Left::Removed)
    }

    /// These were asked for, and they weren't there any more.
    pub fn missing(&mut self, uidls: &[Uidl], now: i64) -> Changes {
        self.left(uidls, now, Left::Missing)
    }

    fn left(&mut self, uidls: &[Uidl], now: i64, why: Left) -> Changes {
        self.observe(now);
        let listed_at = self.head.listed_at;
        self.named(uidls, &mut |entry| {
            let OnServer::There { since } = entry.server else { return false };
            let last_seen = listed_at.unwrap_or(since);
            match why {
                Left::Removed => entry.gone(last_seen, now, why),
                Left::Missing | Left::Unconfirmed => entry.unlisted(last_seen, now),
            }
            true
        })
    }

    /// The person deleted these on this device, under this rule. A message in Trash may count as deleted if all of it
    /// is here, but a head must not: once the server has removed the rest, taking it out of Trash brings back a head
    /// alone.
    pub fn deleted_here(&mut self, locals: &[LocalId], rule: Rule, now: i64) -> Changes {
        self.observe(now);
        let locals: Sorted<LocalId, ()> = locals.iter().copied().collect();
        let leaves = matches!(rule, Rule::UntilDeletedHere | Rule::DownloadAndDelete);
        self.each(&mut |entry| {
            let hit = entry.on_device() && entry.here.local().is_some_and(|l| locals.contains_key(&l));
            if hit {
                entry.deleted = Some(Deleted { at: now, leaves });
                if entry.wish == Wish::Rest {
                    entry.wish = Wish::None;
                }
            }
            hit
        })
    }

    /// The person took the deletion back, and the messages are here as before.
    pub fn restored(&mut self, locals: &[LocalId], now: i64) -> Changes {
        self.observe(now);
        let locals: Sorted<LocalId, ()> = locals.iter().copied().collect();
        self.each(&mut |entry| {
            let hit = entry.deleted.is_some() && entry.here.local().is_some_and(|l| locals.contains_key(&l));
            if hit {
                entry.deleted = None;
            }
            hit
        })
    }

    /// Duplicates were merged into `group.keep`: the names of the spare ones are its names now. No deletion by the
    /// person.
    pub fn merged(&mut self, group: &Group, now: i64) -> Changes {
        self.observe(now);
        let spare: Sorted<LocalId, ()> = group.spare.iter().copied().collect();
        self.each(&mut |entry| {
            let hit = entry.here.local().is_some_and(|l| spare.contains_key(&l));
            if hit {
                entry.here = if group.whole { Here::Whole(group.keep) } else { Here::Head(group.keep) };
                if !group.exact && entry.doubt == Doubt::None {
                    entry.doubt = Doubt::HeadOnly;
                }
            }
            hit
        })
    }

    /// "Download the rest": the next check fetches all of it, however large; also what is here by its head alone
    /// ([`Doubt::HeadOnly`]), to be sure of it.
    pub fn want_rest(&mut self, uidl: &Uidl) -> Changes {
        self.named(std::slice::from_ref(uidl), &mut |entry| {
            let part = !matches!(entry.here, Here::Whole(_)) || entry.doubt == Doubt::HeadOnly;
            let can = part && entry.deleted.is_none() && entry.wish == Wish::None;
            if can {
                entry.wish = Wish::Rest;
            }
            can
        })
    }

    /// The person wants these removed from the server, whatever the rule; or no longer.
    pub fn want_removed(&mut self, uidls: &[Uidl], wanted: bool) -> Changes {
        let wish = if wanted { Wish::Removal } else { Wish::None };
        self.named(uidls, &mut |entry| {
            let other = (entry.wish == Wish::Removal) != wanted;
            if other {
                entry.wish = wish;
                entry.returned = 0;
            }
            other
        })
    }

    /// The person chose other settings: what the server would not let go is tried again. What a rule does to the
    /// messages that are here is in [`crate::device::plan::effect_of`]; it isn't stored.
    pub fn rule_changed(&mut self, before: &Settings, after: &Settings) -> Changes {
        let other = before.rule != after.rule;
        self.each(&mut |entry| {
            let hit = other && entry.returned > 0;
            if hit {
                entry.returned = 0;
            }
            hit
        })
    }

    /// The person says that the clock is right although it was ahead once. What was stored "later" counts its days from
    /// now.
    pub fn clock_is_right(&mut self, now: i64) -> Changes {
        self.head.clock = now;
        self.each(&mut |entry| {
            let ahead = match entry.received_at {
                Some(at) => at > now,
                None => entry.here.local().is_some(),
            };
            if ahead {
                entry.received_at = Some(now);
            }
            ahead
        })
    }
}
