//! What lies on this device twice, why, and what merging would keep.
//!
//! Two messages are one if their sources are equal, by digest. Where a digest isn't known (a head; an old import), the
//! same name on the server or the same Message-ID with the same size has to do, and the group says so
//! ([`Group::exact`]). Sources that are known to differ are never one message, whatever their names say.
use crate::device::{LocalId, Uidl, order};
use crate::message::Flags;

/// What tells one message here from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub local: LocalId,
    /// Its name on the server; `None` if it never came from there (Sent, imports).
    pub uidl: Option<Uidl>,
    /// When that name was on the server.
    pub there: Option<Stay>,
    pub message_id: Option<String>,
    /// Octets of the message, of which a head has only some.
    pub size: u64,
    /// Of the whole source (SHA-256); `None` for a head.
    pub digest: Option<[u8; 32]>,
    /// All of it is here.
    pub whole: bool,
    pub received_at: i64,
    pub flags: Flags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    pub since: i64,
    /// The first look that didn't list it.
    pub until: Option<i64>,
}

/// How a message came to be here twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Fetched twice under one name: the ledger was lost in between, or this store was put back.
    LedgerLost,
    /// One name was gone from the server when the other appeared: the server names its messages in another way now.
    UidlChanged,
    /// One was fetched, the other was brought in: another client fetched it too, and its mail was imported here.
    TwoClients,
    /// The server has, or had, both at the same time, with equal sources: somebody put it there a second time.
    AppendedTwice,
    /// The same Message-ID and size, but not known to be equal: it was sent or delivered twice.
    SameMessageTwice,
    /// Both were brought in.
    ImportedTwice,
}

/// Copies of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub why: Why,
    /// The sources are equal; otherwise only name or Message-ID and size are.
    pub exact: bool,
    /// Merging keeps this one: whole rather than a head, then the one that came first.
    pub keep: LocalId,
    /// All of `keep` is here.
    pub whole: bool,
    /// The others, which merging drops.
    pub spare: Vec<LocalId>,
    /// Of all.
    pub flags: Flags,
    /// The oldest.
    pub received_at: i64,
}

/// The groups of two and more. Takes n·log n comparisons.
pub fn duplicates(all: &[Identity]) -> Vec<Group> {
    // The message whose group each one joined; itself to begin with.
    let mut joined: Vec<usize> = (0..all.len()).collect();
    for key in [digest, name, message_id] {
        let of = |at: usize| all.get(at).and_then(key);
        let sorted = order(all.len(), &|a, b| of(a).cmp(&of(b)));
        for same in sorted.chunk_by(|a, b| of(*a) == of(*b)) {
            if same.first().is_some_and(|at| of(*at).is_some()) {
                join(all, same, &mut joined);
            }
        }
    }
    let group: Vec<usize> = (0..all.len()).map(|at| root(&joined, at)).collect();
    let sorted = order(all.len(), &|a, b| group.get(a).cmp(&group.get(b)));
    let mut groups: Vec<Group> = Vec::new();
    for same in sorted.chunk_by(|a, b| group.get(*a) == group.get(*b)) {
        let members: Vec<&Identity> = same.iter().filter_map(|at| all.get(*at)).collect();
        groups.extend(Group::of(&members));
    }
    groups
}

/// What two messages may have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Digest(&'a [u8; 32]),
    Name(&'a Uidl),
    MessageId(&'a str, u64),
}

fn digest(one: &Identity) -> Option<Key<'_>> {
    one.digest.as_ref().map(Key::Digest)
}

fn name(one: &Identity) -> Option<Key<'_>> {
    one.uidl.as_ref().map(Key::Name)
}

fn message_id(one: &Identity) -> Option<Key<'_>> {
    one.message_id.as_deref().map(|id| Key::MessageId(id, one.size))
}

/// Ends: nothing joins itself by way of others, because only roots join, and only other roots.
fn root(joined: &[usize], mut at: usize) -> usize {
    while let Some(next) = joined.get(at).filter(|next| **next != at) {
        at = *next;
    }
    at
}

/// Puts messages of one key into one group, unless their sources are known to differ: then it isn't clear which of them
/// one without a digest is, and each stays where it is.
fn join(all: &[Identity], same: &[usize], joined: &mut [usize]) {
    let source = |at: &usize| all.get(*at).and_then(|one| one.digest.as_ref());
    let mut known = same.iter().filter(|at| source(at).is_some());
    let Some(anchor) = known.next().or(same.first()) else { return };
    if known.any(|at| source(at) != source(anchor)) {
        return;
    }
    let target = root(joined, *anchor);
    for at in same {
        let from = root(joined, *at);
        // One without a digest that has found its group by a surer key stays there.
        let free = source(&from).is_none() || source(&from) == source(&target);
        if let Some(place) = joined.get_mut(from).filter(|_| free) {
            *place = target;
        }
    }
}

impl Group {
    fn of(members: &[&Identity]) -> Option<Self> {
        let keep = members.iter().min_by_key(|one| (!one.whole, one.received_at, one.local))?;
        if members.len() < 2 {
            return None;
        }
        let mut flags = members.iter().fold(Flags::default(), |flags, one| flags.with(one.flags));
        // Nobody looks for mail in Junk that was taken out of it.
        if flags.contains(Flags::NOT_JUNK) {
            flags = flags.without(Flags::JUNK);
        }
        let exact = keep.digest.is_some() && members.iter().all(|one| one.digest == keep.digest);
        Some(Self {
            why: why(members, exact),
            exact,
            keep: keep.local,
            whole: keep.whole,
            spare: members.iter().map(|one| one.local).filter(|local| *local != keep.local).collect(),
            flags,
            received_at: members.iter().map(|one| one.received_at).min()?,
        })
    }
}

fn why(members: &[&Identity], exact: bool) -> Why {
    let fetched: Vec<&&Identity> = members.iter().filter(|one| one.uidl.is_some()).collect();
    if fetched.is_empty() {
        return Why::ImportedTwice;
    }
    if fetched.len() == 1 {
        return Why::TwoClients;
    }
    let first = fetched.first().and_then(|one| one.uidl.as_ref());
    if fetched.iter().all(|one| one.uidl.as_ref() == first) {
        return Why::LedgerLost;
    }
    // Names that follow each other, none before the last one was gone.
    let since = |one: &Identity| one.there.map(|stay| stay.since);
    let turns = order(fetched.len(), &|a, b| {
        let of = |at: usize| fetched.get(at).and_then(|one| since(one));
        of(a).cmp(&of(b))
    });
    let in_turn = turns.windows(2).all(|pair| {
        let stay = |at: Option<&usize>| at.and_then(|at| fetched.get(*at)).and_then(|one| one.there);
        match (stay(pair.first()), stay(pair.last())) {
            (Some(before), Some(after)) => before.until.is_some_and(|until| until <= after.since),
            _ => false,
        }
    });
    match (in_turn, exact) {
        (true, _) => Why::UidlChanged,
        (false, true) => Why::AppendedTwice,
        (false, false) => Why::SameMessageTwice,
    }
}
