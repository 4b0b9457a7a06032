//! A look at the server, taken into the ledger: what is new there, what is gone, what came back.
use crate::call::device::{Listed, Listing, Naming};
use crate::device::entry::{Doubt, Entry, Here, Left, OnServer};
use crate::device::ledger::{Changes, Ledger, MAX_LEDGER};
use crate::device::order;
use crate::limits::MAX_LISTING;

/// Times that a name is taken to stand for a new message because its size is another one. Past that the server's sizes
/// mean nothing: what it has stays there ([`Doubt::Name`]).
pub const MAX_REUSED: u8 = 3;

/// What one row says of an entry.
struct Sight<'a> {
    row: &'a Listed,
    /// The name stands for messages of different sizes in this very list.
    ambiguous: bool,
    naming: Naming,
    now: i64,
    /// The clock isn't behind.
    steady: bool,
}

impl Sight<'_> {
    /// Says whether it changed the entry.
    fn of(&self, entry: &mut Entry) -> bool {
        let mut changed = false;
        if let OnServer::Gone { why, .. } = entry.server {
            entry.server = OnServer::There { since: self.now };
            if why == Left::Removed {
                entry.returned = entry.returned.saturating_add(1);
            }
            changed = true;
        }
        if entry.received_at.is_none() && entry.here.local().is_some() && self.steady {
            entry.received_at = Some(self.now);
            changed = true;
        }
        changed | self.name(entry)
    }

    /// A name that is given again (RFC 1939 §7 forbids it; servers that count from 1 do it) shows only by the size.
    fn name(&self, entry: &mut Entry) -> bool {
        let other = self.ambiguous || entry.size != self.row.size;
        if !other || entry.doubt == Doubt::Name {
            return false;
        }
        if self.ambiguous || entry.reused >= MAX_REUSED {
            entry.doubt = Doubt::Name;
        } else {
            // What is here stays, and is on this device only; what was asked for was asked for another message.
            let had = entry.here.local().is_some();
            let (here, reused) = (if had { Here::Nothing } else { entry.here }, entry.reused + u8::from(had));
            *entry = Entry { here, reused, ..Entry::new(self.row, self.naming, self.now) };
        }
        true
    }
}

/// What a look did to an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Same,
    Changed,
    New,
}

impl Ledger {
    /// Notes what is listed now. A name that isn't listed any more is marked so, and nothing else happens to it: what
    /// is here stays here, and if the name comes back (Gmail's "popped" mode, a restored server) it isn't fetched
    /// again.
    ///
    /// Names that hold for one connection say nothing about the others, and are forgotten at the next look.
    pub fn listed(&mut self, listing: &Listing, now: i64) -> Changes {
        let steady = self.observe(now);
        let lasting = listing.naming != Naming::Connection;
        // A list that was cut says nothing about what it lacks.
        let complete = lasting && listing.messages.len() < MAX_LISTING;
        let last_look = self.head.listed_at;
        let mut changes = Changes::default();

        let row = |at: usize| listing.messages.get(at);
        let by_name =
            order(listing.messages.len(), &|a, b| row(a).map(|r| &r.uidl).cmp(&row(b).map(|r| &r.uidl)));
        let mut rows = by_name.into_iter().filter_map(row).peekable();
        let mut known = std::mem::take(&mut self.entries).into_iter().peekable();
        let mut merged: Vec<(Entry, Mark)> = Vec::with_capacity(known.len());
        let mut recognised = false;
        let mut vanished = false;

        loop {
            let next = rows.next();
            // All known names before the next listed one are not listed.
            while let Some(mut entry) = known.next_if(|e| next.is_none_or(|row| e.uidl < row.uidl)) {
                let mut mark = Mark::Same;
                if entry.naming == Naming::Connection {
                    changes.forget.push(entry.uidl);
                    continue;
                }
                if let OnServer::There { since } = entry.server
                    && complete
                {
                    vanished |= entry.here.local().is_some() && entry.attempts == 0;
                    entry.unlisted(last_look.unwrap_or(since), now);
                    mark = Mark::Changed;
                }
                merged.push((entry, mark));
            }
            let Some(row) = next else { break };
            let mut ambiguous = false;
            while let Some(same) = rows.next_if(|other| other.uidl == row.uidl) {
                ambiguous |= same.size != row.size;
            }
            let sight = Sight { row, ambiguous, naming: listing.naming, now, steady };
            merged.push(match known.next_if(|e| e.uidl == row.uidl) {
                Some(mut entry) if entry.naming != Naming::Connection => {
                    recognised = true;
                    // A name of this connection is no word about a lasting one that looks alike.
                    let changed = lasting && sight.of(&mut entry);
                    (entry, if changed { Mark::Changed } else { Mark::Same })
                }
                // What had this name on an earlier connection is another message.
                _ => {
                    let mut entry = Entry::new(row, listing.naming, now);
                    sight.name(&mut entry);
                    (entry, Mark::New)
                }
            });
        }

        // All known names gone at once and nothing but new ones: the server names its messages in another way, or
        // another client took them all. As after a lost ledger, what is listed may be here.
        if lasting && (self.head.lost || (vanished && !recognised)) {
            for (entry, _) in merged.iter_mut().filter(|(_, mark)| *mark == Mark::New) {
                entry.here = Here::Maybe;
            }
        }
        if lasting {
            self.head.lost = false;
            self.head.listed_at = Some(now);
        }
        self.keep(merged, &mut changes);
        changes
    }

    /// What the last look listed and is still taken to be there, by name. A server whose names hold for one connection has none.
    pub fn there(&self) -> Vec<Listed> {
        let there = self.entries.iter().filter(|e| e.on_server() && e.naming == Naming::Server);
        there.map(|e| Listed { uidl: e.uidl.clone(), size: e.size }).collect()
    }

    /// Takes in what a look found, within [`MAX_LEDGER`].
    fn keep(&mut self, found: Vec<(Entry, Mark)>, changes: &mut Changes) {
        let mut drop = vec![false; found.len()];
        let excess = found.len().saturating_sub(MAX_LEDGER);
        if excess > 0 {
            // Those that are nowhere any more, the longest gone first; then the new ones, which find no room.
            let rank = |at: usize| match found.get(at) {
                Some((Entry { server: OnServer::Gone { since, .. }, .. }, _)) => *since,
                _ => i64::MAX,
            };
            let can_go = |at: &usize| {
                found.get(*at).is_some_and(|(e, m)| *m == Mark::New || (!e.on_server() && !e.on_device()))
            };
            for at in
                order(found.len(), &|a, b| rank(a).cmp(&rank(b))).into_iter().filter(can_go).take(excess)
            {
                if let Some(mark) = drop.get_mut(at) {
                    *mark = true;
                }
            }
        }
        self.entries.reserve_exact(found.len() - excess);
        for ((entry, mark), drop) in found.into_iter().zip(drop) {
            match (drop, mark) {
                (true, Mark::New) => {}
                (true, _) => changes.forget.push(entry.uidl),
                (false, Mark::Same) => self.entries.push(entry),
                (false, _) => {
                    changes.write.push(entry.clone());
                    self.entries.push(entry);
                }
            }
        }
    }
}
