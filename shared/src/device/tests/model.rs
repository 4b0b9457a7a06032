//! A server, a device that can lose power, a second client and a person, as simple as they can be. The model keeps its
//! own books of every message, so that it can say of each DELE whether it was allowed without asking the rules under
//! test.
use super::{DAY, NOW};
use crate::call::device::{Listed, Listing, Naming};
use crate::device::entry::Here;
use crate::device::ledger::{Changes, Ledger};
use crate::device::plan::{Plan, Rule, Settings, effect_of, plan};
use crate::device::{LocalId, Uidl};
use std::collections::{BTreeMap, BTreeSet};

/// A message on the server.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Equal for equal sources; every content has its own size.
    pub content: u32,
    pub name: String,
    pub size: u32,
    pub there: bool,
    /// Gmail's "popped" mode: no longer shown.
    pub hidden: bool,
    /// The name has stood for another message too.
    pub odd_name: bool,
}

/// What happened to a content under a name. Equal messages under one name are one (RFC 1939 §7).
#[derive(Clone, Debug, Default)]
pub struct Book {
    local: Option<LocalId>,
    whole: bool,
    head_only: bool,
    /// The first time, not behind any earlier one, at or after it was stored.
    good_from: Option<i64>,
    /// The person deleted it here; and the rule of then meant the server too.
    deleted: Option<bool>,
    asked: bool,
    wants_rest: bool,
    fetched: bool,
}

/// A record of the device's store.
#[derive(Clone, Debug)]
pub struct Record {
    pub local: LocalId,
    content: u32,
    whole: bool,
    deleted: bool,
}

/// Where a check ends before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Never,
    /// The list came, and wasn't written down.
    Looked,
    Listed,
    /// The n-th message came, and wasn't stored.
    Retrieved(u8),
    Committed(u8),
    /// The n-th message doesn't fit.
    Full(u8),
    /// Between the last commit and DELE.
    Planned,
    Tried,
    /// DELE was sent, QUIT wasn't: nothing is removed (RFC 1939 §6).
    Dele,
    /// QUIT was done, and its answer lost.
    Quit,
    /// The answer came, and wasn't written down.
    Answered,
}

#[derive(Clone, Copy, Debug)]
pub struct Check {
    pub cut: Cut,
    /// At the cut the device loses power; otherwise only the connection.
    pub crash: bool,
    pub room: u64,
    /// Equal sources are stored once.
    pub merge: bool,
    /// Another client deletes this one after the look.
    pub meanwhile: Option<u8>,
}

/// Marks books of names that hold for one connection.
const FLEETING: &str = "~";

/// Names with the messages they stand for, as one connection sees them.
type Seen = Vec<(String, usize)>;

#[derive(Debug)]
pub struct World {
    pub mails: Vec<Mail>,
    pub naming: Naming,
    pub heads: bool,
    pub popped: bool,
    /// Confirms removals, and does nothing.
    pub stubborn: bool,
    pub settings: Settings,
    pub now: i64,
    pub records: Vec<Record>,
    pub ledger: Ledger,
    /// Nothing odd happened: names stayed, the server did as it was told.
    pub plain: bool,
    /// Times a check did each of: fetch all, fetch a head, compare, delete.
    pub did: [u32; 4],
    generation: u32,
    contents: u32,
    locals: u32,
    books: BTreeMap<(u32, String), Book>,
    /// What the ledger's names stood for at the last look.
    stands: BTreeMap<String, u32>,
    given_up: BTreeSet<u32>,
    latest: i64,
    disk: BTreeMap<String, Vec<u8>>,
    disk_head: Vec<u8>,
}

fn bytes<T: serde::Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).unwrap()
}

impl World {
    pub fn new() -> Self {
        let ledger = Ledger::default();
        Self {
            mails: vec![],
            naming: Naming::Server,
            heads: true,
            popped: false,
            stubborn: false,
            settings: Settings::default(),
            now: NOW,
            records: vec![],
            plain: true,
            did: [0; 4],
            generation: 0,
            contents: 0,
            locals: 0,
            books: BTreeMap::new(),
            stands: BTreeMap::new(),
            given_up: BTreeSet::new(),
            latest: i64::MIN,
            disk: BTreeMap::new(),
            disk_head: bytes(ledger.head()),
            ledger,
        }
    }

    // The server.

    pub fn arrive(&mut self, large: bool) {
        self.contents += 1;
        let content = self.contents;
        // Looks like a name that holds for one connection.
        let name =
            if self.generation == 0 { content.to_string() } else { format!("{}-{content}", self.generation) };
        let size = content + if large { 10_000 } else { 0 };
        self.mails.push(Mail { content, name, size, there: true, hidden: false, odd_name: false });
    }

    /// One more with the source of another, under a name of its own.
    pub fn append(&mut self, at: usize) {
        let Some(Mail { content, size, .. }) = self.mails.get(at).cloned() else { return };
        self.arrive(false);
        if let Some(mail) = self.mails.last_mut() {
            (mail.content, mail.size) = (content, size);
        }
    }

    /// One more under the name of another, which is gone (the server counts from 1) or still there.
    pub fn same_name(&mut self, at: usize, large: bool) {
        let Some(name) = self.mails.get(at).map(|m| m.name.clone()) else { return };
        self.plain = false;
        self.arrive(large);
        if let Some(mail) = self.mails.last_mut() {
            mail.name.clone_from(&name);
        }
        for mail in self.mails.iter_mut().filter(|m| m.name == name) {
            mail.odd_name = true;
        }
    }

    pub fn renumber(&mut self) {
        self.plain = false;
        self.generation += 1;
        for (at, mail) in self.mails.iter_mut().enumerate() {
            mail.name = format!("{}-r{at}", self.generation);
            mail.odd_name = false;
        }
    }

    pub fn other_client(&mut self, at: usize) {
        if let Some(mail) = self.mails.get_mut(at) {
            mail.there = false;
            self.given_up.insert(mail.content);
        }
    }

    fn connect(&self) -> Seen {
        let visible = self.mails.iter().enumerate().filter(|(_, m)| m.there && !m.hidden).enumerate();
        let name = |n: usize, mail: &Mail| match self.naming {
            Naming::Server => mail.name.clone(),
            Naming::Digest => format!("d{}", mail.content),
            Naming::Connection => format!("{n}"),
        };
        visible.map(|(n, (at, mail))| (name(n, mail), at)).collect()
    }

    fn listing(&self, seen: &Seen) -> Listing {
        let row =
            |(name, at): &(String, usize)| Listed { uidl: Uidl(name.clone()), size: self.mails[*at].size };
        let heads = self.heads && self.naming != Naming::Connection;
        Listing { messages: seen.iter().map(row).collect(), naming: self.naming, heads, ..Listing::default() }
    }

    // The device.

    /// A change that was told the time.
    pub fn write(&mut self, changes: Changes) {
        self.store(changes);
        self.latest = self.latest.max(self.now);
        if self.now >= self.latest {
            for book in self.books.values_mut().filter(|b| b.whole && b.good_from.is_none()) {
                book.good_from = Some(self.now);
            }
        }
    }

    /// One transaction. What is on disk must be what is in memory.
    fn store(&mut self, changes: Changes) {
        for uidl in changes.forget {
            self.disk.remove(&uidl.0);
        }
        for entry in changes.write {
            self.disk.insert(entry.uidl.0.clone(), bytes(&entry));
        }
        self.disk_head = bytes(self.ledger.head());
        assert_eq!(self.read(), self.ledger, "the changes were not all that changed");
    }

    fn read(&self) -> Ledger {
        let entries = self.disk.values().map(|b| postcard::from_bytes(b).unwrap()).collect();
        Ledger::load(postcard::from_bytes(&self.disk_head).unwrap(), entries).unwrap()
    }

    pub fn lose_ledger(&mut self) {
        self.plain = false;
        self.disk.clear();
        self.ledger = if self.records.is_empty() { Ledger::default() } else { Ledger::lost() };
        self.disk_head = bytes(self.ledger.head());
        self.latest = i64::MIN;
        self.books.clear();
        self.stands.clear();
    }

    pub fn clock_is_right(&mut self) {
        let changes = self.ledger.clock_is_right(self.now);
        self.latest = self.now;
        for book in self.books.values_mut().filter(|b| b.good_from.is_some_and(|at| at > self.now)) {
            book.good_from = None;
        }
        self.write(changes);
    }

    /// All of it is here, and the person hasn't deleted it.
    fn has_whole(&self, content: u32) -> Option<LocalId> {
        self.records.iter().find(|r| r.content == content && r.whole && !r.deleted).map(|r| r.local)
    }

    fn book(&mut self, content: u32, name: &Uidl) -> &mut Book {
        let mark = if self.naming == Naming::Connection { FLEETING } else { "" };
        self.books.entry((content, format!("{mark}{}", name.0))).or_default()
    }

    // The person.

    pub fn delete(&mut self, local: LocalId) {
        let rule = self.settings.rule;
        let leaves = matches!(rule, Rule::UntilDeletedHere | Rule::DownloadAndDelete);
        for record in self.records.iter_mut().filter(|r| r.local == local) {
            record.deleted = true;
            self.given_up.insert(record.content);
        }
        for book in self.books.values_mut().filter(|b| b.local == Some(local) && b.deleted.is_none()) {
            (book.deleted, book.wants_rest) = (Some(leaves), false);
        }
        let changes = self.ledger.deleted_here(&[local], rule, self.now);
        self.write(changes);
    }

    pub fn undo(&mut self, local: LocalId) {
        self.records.iter_mut().filter(|r| r.local == local).for_each(|r| r.deleted = false);
        self.books.values_mut().filter(|b| b.local == Some(local)).for_each(|b| b.deleted = None);
        let changes = self.ledger.restored(&[local], self.now);
        self.write(changes);
    }

    /// Asks something of the n-th name that the ledger page shows.
    pub fn ask(&mut self, n: usize, what: Ask) {
        let Some(uidl) = self.ledger.entries().get(n).map(|e| e.uidl.clone()) else { return };
        let Some(content) = self.stands.get(&uidl.0).copied() else { return };
        let book = self.books.entry((content, uidl.0.clone())).or_default();
        match what {
            Ask::Rest => book.wants_rest = true,
            Ask::Removal(wanted) => book.asked = wanted,
        }
        if what == Ask::Removal(true) {
            self.given_up.insert(content);
        }
        let changes = match what {
            Ask::Rest => self.ledger.want_rest(&uidl),
            Ask::Removal(wanted) => self.ledger.want_removed(&[uidl], wanted),
        };
        self.store(changes);
    }

    pub fn choose(&mut self, after: Settings) {
        let changes = self.ledger.rule_changed(&self.settings, &after);
        self.settings = after;
        self.store(changes);
    }

    // A check.

    /// Up to its cut. A cut with `crash` leaves what is on disk.
    pub fn check(&mut self, check: Check) {
        if self.until_cut(check).is_none() && check.crash {
            self.ledger = self.read();
        }
    }

    fn until_cut(&mut self, check: Check) -> Option<()> {
        let go_on = |cut: Cut| (check.cut != cut).then_some(());
        let seen = self.connect();
        let list = self.listing(&seen);
        let lasting = self.naming != Naming::Connection;
        go_on(Cut::Looked)?;
        self.look(&seen, &list);
        go_on(Cut::Listed)?;
        if let Some(at) = check.meanwhile {
            self.other_client(usize::from(at));
        }

        let first = self.plan(&list, check.room);
        for row in &first.compare {
            self.compare(row, &seen);
        }
        let fetch = self.plan(&list, check.room);
        assert!(fetch.compare.is_empty());
        let takes: u64 = fetch.whole.iter().map(|row| u64::from(row.size)).sum();
        assert!(takes <= check.room, "more is fetched than there is room for");
        let heads = fetch.heads.iter().map(|row| (row, false));
        for (n, (row, whole)) in (0..).zip(heads.chain(fetch.whole.iter().map(|row| (row, true)))) {
            let Some(at) = self.there(&seen, &row.uidl).first().copied() else {
                let changes = self.ledger.missing(std::slice::from_ref(&row.uidl), self.now);
                self.write(changes);
                continue;
            };
            self.may_fetch(at, row, whole);
            self.mails[at].hidden |= self.popped && whole;
            go_on(Cut::Retrieved(n))?;
            // Nothing more is done, and nothing is deleted (R38).
            go_on(Cut::Full(n))?;
            self.commit(row, at, whole, check.merge);
            go_on(Cut::Committed(n))?;
        }

        let names: Vec<Uidl> = self.plan(&list, check.room).delete.into_iter().map(|r| r.uidl).collect();
        go_on(Cut::Planned)?;
        let changes = self.ledger.tried(&names, self.now);
        self.write(changes);
        go_on(Cut::Tried)?;
        go_on(Cut::Dele)?;
        let (removed, missing) = self.remove(&seen, &names);
        go_on(Cut::Quit)?;
        go_on(Cut::Answered)?;
        let changes = self.ledger.removed(&removed, self.now);
        self.write(changes);
        let changes = self.ledger.missing(&missing, self.now);
        self.write(changes);
        if lasting && check.meanwhile.is_none() && first.compare.is_empty() && missing.is_empty() {
            assert_eq!(removed.len(), first.leaving.messages as usize, "not as many left as was announced");
        }
        self.has_settled(check);
        Some(())
    }

    fn look(&mut self, seen: &Seen, list: &Listing) {
        let lasting = self.naming != Naming::Connection;
        // The names of the last connection stand for other messages now.
        self.books.retain(|(_, name), _| !name.starts_with(FLEETING));
        for (name, at) in seen.iter().rev().filter(|_| lasting) {
            let content = self.mails[*at].content;
            self.stands.insert(name.clone(), content);
            // The ledger holds one message per name.
            let others = self.books.iter_mut().filter(|((c, n), _)| n == name && *c != content);
            others.for_each(|(_, book)| book.fetched = false);
        }
        let changes = self.ledger.listed(list, self.now);
        self.write(changes);
        if lasting {
            assert_eq!(self.ledger.clone().listed(list, self.now), Changes::default(), "the same look again");
        }
    }

    fn plan(&self, list: &Listing, room: u64) -> Plan {
        let made = plan(&self.ledger, list, &self.settings, room, self.now);
        assert_eq!(made, plan(&self.ledger, list, &self.settings, room, self.now));
        if self.naming != Naming::Connection && room == u64::MAX {
            let effect = effect_of(&self.ledger, &self.settings, &self.settings, list.heads, self.now);
            assert_eq!(effect.before.next, made.leaving, "the settings page and the check disagree");
        }
        made
    }

    fn compare(&mut self, row: &Listed, seen: &Seen) {
        self.did[2] += 1;
        let content = self.there(seen, &row.uidl).first().map(|at| self.mails[*at].content);
        let same = content.and_then(|content| self.has_whole(content));
        if let (Some(content), Some(_)) = (content, same) {
            let book = self.book(content, &row.uidl);
            *book = Book { local: same, whole: true, head_only: true, asked: book.asked, ..Book::default() };
        }
        let changes = self.ledger.compared(&row.uidl, same, self.now);
        self.write(changes);
    }

    fn commit(&mut self, row: &Listed, at: usize, whole: bool, merge: bool) {
        self.did[usize::from(!whole)] += 1;
        let content = self.mails[at].content;
        let same = self.has_whole(content).filter(|_| merge && whole);
        let local = same.unwrap_or(LocalId(self.locals + 1));
        // The head is replaced, in the same transaction.
        let before = self.ledger.get(&row.uidl).and_then(|e| e.here.local());
        self.records.retain(|r| Some(r.local) != before || r.whole || !whole);
        if same.is_none() {
            self.locals += 1;
            self.records.push(Record { local, content, whole, deleted: false });
        }
        let good_from = (self.now >= self.latest).then_some(self.now);
        let book = self.book(content, &row.uidl);
        let (asked, wants_rest) = (book.asked, book.wants_rest && !whole);
        *book = Book {
            local: Some(local),
            whole,
            good_from,
            asked,
            wants_rest,
            fetched: whole,
            ..Book::default()
        };
        let here = if whole { Here::Whole(local) } else { Here::Head(local) };
        let changes = self.ledger.committed(row, here, self.now);
        self.write(changes);
    }

    /// The messages that a name of this connection stands for, as far as they are there now.
    fn there(&self, seen: &Seen, uidl: &Uidl) -> Vec<usize> {
        let there = |(name, at): &&(String, usize)| *name == uidl.0 && self.mails[*at].there;
        seen.iter().filter(there).map(|(_, at)| *at).collect()
    }

    /// DELE for each that has one of these names, QUIT.
    fn remove(&mut self, seen: &Seen, names: &[Uidl]) -> (Vec<Uidl>, Vec<Uidl>) {
        let (mut removed, mut missing) = (vec![], vec![]);
        // Names of a connection need that connection; others a new one.
        let seen = if self.naming == Naming::Connection { seen.clone() } else { self.connect() };
        for name in names {
            let all = self.there(&seen, name);
            for at in &all {
                self.may_delete(*at, name);
                self.mails[*at].there = self.stubborn;
                self.did[3] += 1;
            }
            let list = if all.is_empty() { &mut missing } else { &mut removed };
            list.push(name.clone());
        }
        (removed, missing)
    }

    // The oracle.

    fn may_fetch(&mut self, at: usize, row: &Listed, whole: bool) {
        let mail = self.mails[at].clone();
        let large = self.settings.size_limit.is_some_and(|limit| row.size > limit);
        let lasting = self.naming != Naming::Connection;
        assert!(
            lasting || self.settings.rule == Rule::DownloadAndDelete,
            "can't be recognised again: {mail:?}"
        );
        let book = self.book(mail.content, &row.uidl);
        assert!(!book.fetched || book.wants_rest || !lasting, "fetched twice: {mail:?} {book:?}");
        assert!(!(whole && large) || book.wants_rest || mail.odd_name, "over the limit: {mail:?} {book:?}");
    }

    /// All of it is durable here or the person deleted it, and the rule or the person says so.
    fn may_delete(&mut self, at: usize, name: &Uidl) {
        let (rule, now) = (self.settings.rule, self.now);
        let content = self.mails[at].content;
        let here = self.has_whole(content).is_some();
        let book = self.book(content, name).clone();
        let deletes = matches!(rule, Rule::UntilDeletedHere | Rule::DownloadAndDelete);
        let by_person = book.asked || (book.deleted == Some(true) && deletes);
        let by_rule = match rule {
            Rule::DownloadAndDelete => true,
            Rule::LeaveDays(0) | Rule::LeaveCopy | Rule::UntilDeletedHere => false,
            Rule::LeaveDays(days) => book.good_from.is_some_and(|from| now - from > i64::from(days) * DAY),
        };
        let safe = book.whole && !book.head_only && (here || book.deleted.is_some());
        assert!(
            by_person || (by_rule && safe),
            "deleted against the rules, {rule:?}, {now}: {:?} {book:?}",
            self.mails[at]
        );
    }

    /// A whole check leaves nothing to do.
    fn has_settled(&mut self, check: Check) {
        let lasting = self.naming != Naming::Connection;
        let calm = check.room == u64::MAX && check.meanwhile.is_none() && !self.stubborn;
        if !lasting || !calm || self.mails.iter().any(|m| m.odd_name) {
            return;
        }
        let seen = self.connect();
        let list = self.listing(&seen);
        let mut next = self.ledger.clone();
        next.listed(&list, self.now);
        let rest = plan(&next, &list, &self.settings, check.room, self.now);
        assert!(rest.is_idle(), "not settled: {rest:?}");
        if self.plain && self.settings == (Settings { rule: Rule::DownloadAndDelete, size_limit: None }) {
            let parts =
                self.books.values().filter(|b| b.head_only || (b.local.is_some() && !b.whole)).count();
            assert!(seen.len() <= parts, "left there: {seen:?}");
        }
    }

    /// Every message is on the server, or all of it is on the device, or somebody wanted it gone.
    pub fn nothing_is_lost(&self) {
        for mail in &self.mails {
            let there = self.mails.iter().any(|m| m.content == mail.content && m.there);
            let here = self.has_whole(mail.content).is_some();
            assert!(there || here || self.given_up.contains(&mail.content), "lost: {mail:?}");
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Rest,
    Removal(bool),
}
