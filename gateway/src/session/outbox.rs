//! What waits for one browser: answers in order, events that coalesce while they wait, and the ring that
//! replays events after a cut. Bounded; at the bound events give way to one snapshot (invariants 8 and 9).
//!
//! Events get their number when they leave, so that merging leaves no gap.
use bytes::Bytes;
use pyeonji_shared::codec;
use pyeonji_shared::event::Event;
use pyeonji_shared::folder::{FlagChange, FolderDelta};
use pyeonji_shared::frame::ServerFrame;
use pyeonji_shared::ids::{EventSeq, Uid};
use std::collections::VecDeque;

/// Events kept for a replay; older ones are forgotten and the page gets a snapshot instead.
const RING_EVENTS: usize = 256;
/// Bytes of events kept for a replay.
const RING_BYTES: usize = 64 << 10;
/// Changes merged into one event.
const MAX_MERGED: usize = 2_000;

enum Item {
    Frame(Bytes),
    Event { event: Event, weight: usize },
}

pub struct Outbox {
    queue: VecDeque<Item>,
    bytes: usize,
    limit: usize,
    ring: VecDeque<(EventSeq, Bytes)>,
    ring_bytes: usize,
    /// Number of the last event that left.
    last: EventSeq,
    lost: bool,
}

impl Outbox {
    pub fn new(limit: usize) -> Self {
        Self {
            queue: VecDeque::new(),
            bytes: 0,
            limit,
            ring: VecDeque::new(),
            ring_bytes: 0,
            last: EventSeq(0),
            lost: false,
        }
    }

    /// At the bound: nothing more is taken from upstream until the browser reads.
    pub fn is_full(&self) -> bool {
        self.bytes >= self.limit
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.bytes
    }

    /// Events were dropped: only a snapshot makes the page right again.
    pub fn lost(&self) -> bool {
        self.lost
    }

    pub fn push_frame(&mut self, frame: &ServerFrame) {
        let bytes = Bytes::from(codec::encode_server(frame));
        self.bytes += bytes.len();
        self.queue.push_back(Item::Frame(bytes));
    }

    /// Queues a message before everything that waits.
    pub fn push_first(&mut self, frame: &ServerFrame) {
        let bytes = Bytes::from(codec::encode_server(frame));
        self.bytes += bytes.len();
        self.queue.push_front(Item::Frame(bytes));
    }

    /// Queues an event. `parked`: nobody reads, so the bound drops events instead of waiting.
    pub fn push_event(&mut self, event: Event, parked: bool) {
        if self.lost && !matches!(event, Event::Snapshot(_)) {
            return;
        }
        if matches!(event, Event::Snapshot(_)) {
            self.clear_events();
            self.lost = false;
        }
        let event = match self.queue.back_mut() {
            Some(Item::Event { event: last, weight }) => match merge(last, event) {
                Some(event) => Some(event),
                None => {
                    let now = weigh(last);
                    self.bytes = (self.bytes + now).saturating_sub(*weight);
                    *weight = now;
                    None
                }
            },
            _ => Some(event),
        };
        if let Some(event) = event {
            let weight = weigh(&event);
            self.bytes += weight;
            self.queue.push_back(Item::Event { event, weight });
        }
        if parked {
            self.yield_at_bound();
        }
    }

    /// The next message to write.
    pub fn pop(&mut self) -> Option<Bytes> {
        let item = self.queue.pop_front()?;
        if self.queue.is_empty() {
            // Most of the time nothing waits.
            self.queue = VecDeque::new();
        }
        match item {
            Item::Frame(bytes) => {
                self.bytes = self.bytes.saturating_sub(bytes.len());
                Some(bytes)
            }
            Item::Event { event, weight } => {
                self.bytes = self.bytes.saturating_sub(weight);
                self.last = EventSeq(self.last.0 + 1);
                let bytes = Bytes::from(codec::encode_server(&ServerFrame::Event { seq: self.last, event }));
                self.remember(bytes.clone());
                Some(bytes)
            }
        }
    }

    fn remember(&mut self, bytes: Bytes) {
        self.ring_bytes += bytes.len();
        self.ring.push_back((self.last, bytes));
        while self.ring.len() > RING_EVENTS || self.ring_bytes > RING_BYTES {
            let Some((_, old)) = self.ring.pop_front() else { break };
            self.ring_bytes -= old.len();
        }
    }

    /// The page has applied everything up to `seq`. `false`: it names an event that never left.
    pub fn ack(&mut self, seq: EventSeq) -> bool {
        while self.ring.front().is_some_and(|(s, _)| *s <= seq) {
            if let Some((_, old)) = self.ring.pop_front() {
                self.ring_bytes -= old.len();
            }
        }
        seq <= self.last
    }

    /// The socket is gone. Answers belonged to it; events wait for the next one.
    pub fn detach(&mut self) {
        let bytes = &mut self.bytes;
        self.queue.retain(|item| match item {
            Item::Frame(frame) => {
                *bytes = bytes.saturating_sub(frame.len());
                false
            }
            Item::Event { .. } => true,
        });
        self.yield_at_bound();
    }

    /// Nobody reads: at the bound events give way to the snapshot that a page will get.
    fn yield_at_bound(&mut self) {
        if self.is_full() {
            self.clear_events();
            self.lost = true;
        }
    }

    /// Puts the events after `seen` in front again. `false`: they are no longer all known.
    pub fn resume(&mut self, seen: EventSeq) -> bool {
        if self.lost || seen > self.last {
            return false;
        }
        self.ack(seen);
        let first = self.ring.front().map_or(EventSeq(self.last.0 + 1), |(s, _)| *s);
        if first.0 != seen.0 + 1 {
            return false;
        }
        for (_, bytes) in self.ring.iter().rev() {
            self.bytes += bytes.len();
            self.queue.push_front(Item::Frame(bytes.clone()));
        }
        true
    }

    /// A snapshot is about to be sent: waiting and remembered events are contained in it.
    pub fn start_over(&mut self) {
        self.clear_events();
        self.ring.clear();
        self.ring_bytes = 0;
        self.lost = false;
    }

    /// Forgets what could be replayed; waiting events follow the snapshot that is sent now.
    pub fn forget_sent(&mut self) {
        self.ring.clear();
        self.ring_bytes = 0;
    }

    fn clear_events(&mut self) {
        let bytes = &mut self.bytes;
        self.queue.retain(|item| match item {
            Item::Event { weight, .. } => {
                *bytes = bytes.saturating_sub(*weight);
                false
            }
            Item::Frame(_) => true,
        });
    }
}

/// Merges `next` into `last` where the result says the same; gives `next` back where it doesn't.
fn merge(last: &mut Event, next: Event) -> Option<Event> {
    match (last, next) {
        (Event::Upstream(last), Event::Upstream(next)) => {
            *last = next;
            None
        }
        (Event::Folders { changed, removed }, Event::Folders { changed: c, removed: r })
            if changed.len() + c.len() <= MAX_MERGED =>
        {
            changed.retain(|f| !r.contains(&f.name) && !c.iter().any(|n| n.name == f.name));
            removed.retain(|name| !c.iter().any(|n| n.name == *name));
            changed.extend(c);
            removed.extend(r);
            None
        }
        (
            Event::Folder { folder, validity, delta },
            Event::Folder { folder: next_folder, validity: next_validity, delta: next_delta },
        ) if *folder == next_folder && *validity == next_validity => merge_deltas(delta, next_delta)
            .map(|delta| Event::Folder { folder: next_folder, validity: next_validity, delta }),
        (_, next) => Some(next),
    }
}

fn merge_deltas(last: &mut FolderDelta, next: FolderDelta) -> Option<FolderDelta> {
    match (last, next) {
        (
            FolderDelta::Flags { changes, unseen },
            FolderDelta::Flags { changes: next, unseen: next_unseen },
        ) if changes.len() + next.len() <= MAX_MERGED => {
            for change in next {
                match changes.iter_mut().find(|c| same_message(c, &change)) {
                    Some(slot) => *slot = change,
                    None => changes.push(change),
                }
            }
            *unseen = next_unseen;
            None
        }
        (
            FolderDelta::Expunged { seqs, unseen },
            FolderDelta::Expunged { seqs: next, unseen: next_unseen },
        ) if seqs.len() + next.len() <= MAX_MERGED => {
            seqs.extend(next);
            *unseen = next_unseen;
            None
        }
        (_, next) => Some(next),
    }
}

/// No EXPUNGE lies between merged changes, so an equal number means an equal message.
fn same_message(a: &FlagChange, b: &FlagChange) -> bool {
    a.seq == b.seq || (a.uid != Uid(0) && a.uid == b.uid)
}

/// Rough encoded size; exact figures would cost an encoding of every event that is merged away.
fn weigh(event: &Event) -> usize {
    const ROW: usize = 400;
    match event {
        Event::Snapshot(s) => {
            512 + s.folders.len() * 48 + s.open.as_ref().map_or(0, |open| open.rows.len() * ROW)
        }
        Event::Folder { delta, .. } => {
            32 + match delta {
                FolderDelta::Arrived { rows, .. } => rows.len() * ROW,
                FolderDelta::Expunged { seqs, .. } => seqs.len() * 4,
                FolderDelta::Flags { changes, .. } => changes.len() * 24,
            }
        }
        Event::Folders { changed, removed } => 16 + (changed.len() + removed.len()) * 48,
        Event::Upstream(_) | Event::NewMail { .. } | Event::Limits(_) => 64,
        Event::Alert(text) => 16 + text.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyeonji_shared::account::UpstreamState;
    use pyeonji_shared::ids::{FolderName, ModSeq, RequestId, Seq, UidValidity};
    use pyeonji_shared::message::Flags;

    fn flags(seq: u32, flags: Flags) -> Event {
        let change = FlagChange { seq: Seq(seq), uid: Uid(seq), flags, keywords: vec![], modseq: ModSeq(0) };
        delta(FolderDelta::Flags { changes: vec![change], unseen: seq })
    }

    fn delta(delta: FolderDelta) -> Event {
        Event::Folder { folder: FolderName::inbox(), validity: UidValidity(1), delta }
    }

    fn event(bytes: &[u8]) -> (u64, Event) {
        match codec::decode_server(bytes) {
            Ok(ServerFrame::Event { seq, event }) => (seq.0, event),
            other => panic!("not an event: {other:?}"),
        }
    }

    fn drain(outbox: &mut Outbox) -> Vec<Bytes> {
        std::iter::from_fn(|| outbox.pop()).collect()
    }

    #[test]
    fn flag_deltas_coalesce_and_numbers_have_no_gap() {
        let mut out = Outbox::new(1 << 20);
        for n in 0..1000 {
            out.push_event(flags(n % 3 + 1, if n < 997 { Flags::SEEN } else { Flags::FLAGGED }), false);
        }
        out.push_event(Event::Upstream(UpstreamState::Online), false);
        let sent = drain(&mut out);
        assert_eq!(sent.len(), 2);
        let (seq, first) = event(&sent[0]);
        let Event::Folder { delta: FolderDelta::Flags { changes, .. }, .. } = first else { panic!() };
        assert_eq!((seq, changes.len()), (1, 3));
        assert!(changes.iter().all(|c| c.flags == Flags::FLAGGED));
        assert_eq!(event(&sent[1]).0, 2);
        assert_eq!(out.bytes(), 0);
    }

    #[test]
    fn an_expunge_between_flags_is_not_merged_over() {
        let mut out = Outbox::new(1 << 20);
        out.push_event(flags(5, Flags::SEEN), false);
        out.push_event(delta(FolderDelta::Expunged { seqs: vec![Seq(1)], unseen: 0 }), false);
        out.push_event(flags(4, Flags::FLAGGED), false);
        assert_eq!(drain(&mut out).len(), 3);
    }

    #[test]
    fn resume_replays_exactly_what_was_missed() {
        let mut out = Outbox::new(1 << 20);
        for n in 0..4 {
            out.push_event(Event::Alert(format!("{n}")), false);
        }
        assert_eq!(drain(&mut out).len(), 4);
        out.push_frame(&ServerFrame::Done { id: RequestId(1), result: Ok(pyeonji_shared::call::Reply::Ok) });
        out.push_event(Event::Alert("4".into()), false);
        out.detach();
        assert!(out.resume(EventSeq(2)));
        let replayed: Vec<_> = drain(&mut out).iter().map(|b| event(b).0).collect();
        assert_eq!(replayed, [3, 4, 5]);
        assert!(!out.ack(EventSeq(9)), "an event that never left can't be acknowledged");
        assert!(out.ack(EventSeq(5)));
        assert!(out.resume(EventSeq(5)));
        assert!(!out.resume(EventSeq(3)), "acknowledged events are gone");
    }

    #[test]
    fn the_ring_is_bounded_and_then_only_a_snapshot_helps() {
        let mut out = Outbox::new(1 << 20);
        for n in 0..2000 {
            out.push_event(Event::Alert(format!("{n} {}", "x".repeat(200))), false);
            out.pop();
        }
        assert!(out.ring.len() <= RING_EVENTS && out.ring_bytes <= RING_BYTES);
        assert!(!out.resume(EventSeq(5)));
        assert!(out.resume(EventSeq(1999)));
    }

    #[test]
    fn r36_a_parked_session_stays_bounded() {
        let mut out = Outbox::new(10_000);
        for n in 0..5_000 {
            out.push_event(Event::Alert(format!("{n} {}", "x".repeat(100))), true);
            assert!(out.bytes() <= 10_000);
        }
        assert!(out.lost());
        assert!(!out.resume(EventSeq(0)));
        out.start_over();
        assert!(!out.lost() && out.is_empty());
    }
}
