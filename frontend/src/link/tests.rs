//! The link against a fake gateway in simulated time.
use super::protocol::{Link, Output};
use crate::state::model::{LinkState, Moment, Tag};
use crate::state::msg::LinkEvent;
use pyeonji_shared::call::list::Window;
use pyeonji_shared::call::organise::SetFlags;
use pyeonji_shared::call::{Call, Reply, compose};
use pyeonji_shared::codec::{decode_client, encode_server};
use pyeonji_shared::draft::Draft;
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::event::Event;
use pyeonji_shared::frame::{Bye, ClientFrame, Limits, ServerFrame, Welcome};
use pyeonji_shared::ids::{EventSeq, FolderName, MessageSet, OpId, RequestId, SessionId, UidValidity};
use pyeonji_shared::message::Flags;

/// A link and everything it did so far.
struct Ends {
    link: Link,
    now: i64,
    opened: u32,
    closed: u32,
    probes: u32,
    sent: Vec<ClientFrame>,
    events: Vec<LinkEvent>,
}

impl Ends {
    fn new() -> Ends {
        let (sent, events) = (Vec::new(), Vec::new());
        Ends { link: Link::new(), now: 0, opened: 0, closed: 0, probes: 0, sent, events }
    }

    fn at(&self) -> Moment {
        Moment { now: self.now, random: [128; 16] }
    }

    fn run(&mut self, act: impl FnOnce(&mut Link, Moment)) {
        let at = self.at();
        act(&mut self.link, at);
        while let Some(output) = self.link.poll_output() {
            match output {
                Output::Open => self.opened += 1,
                Output::Close => self.closed += 1,
                Output::Probe => self.probes += 1,
                Output::Send(bytes) => self.sent.push(decode_client(&bytes).unwrap()),
                Output::Emit(event) => self.events.push(event),
            }
        }
    }

    fn hear(&mut self, frame: ServerFrame) {
        let bytes = encode_server(&frame);
        self.run(|l, at| l.handle_input(&bytes, at));
    }

    fn greet(&mut self, resumed: bool) {
        self.run(|l, at| l.handle_open(at));
        let limits = Limits { upload: 1, message: 1, recipients: 1 };
        self.hear(ServerFrame::Welcome(Welcome {
            session: SessionId([5; 16]),
            resumed,
            snapshot: None,
            limits,
        }));
    }

    fn online() -> Ends {
        let mut ends = Ends::new();
        ends.run(|l, at| l.connect(at));
        ends.greet(false);
        ends
    }

    /// Jumps to the next timer.
    fn wait(&mut self) {
        self.now = self.link.poll_timeout().expect("a timer");
        self.run(|l, at| l.handle_timeout(at));
    }

    fn requests(&self) -> Vec<(RequestId, Option<OpId>, Call)> {
        let request = |f: &ClientFrame| match f {
            ClientFrame::Request { id, op, call } => Some((*id, *op, call.clone())),
            _ => None,
        };
        self.sent.iter().filter_map(request).collect()
    }

    fn done(&self) -> Vec<Tag> {
        self.events
            .iter()
            .filter_map(|e| if let LinkEvent::Done(t, _) = e { Some(*t) } else { None })
            .collect()
    }
}

fn read() -> Call {
    Call::Window(Window { folder: FolderName::inbox(), validity: UidValidity(1), offset: 0, len: 50 })
}

fn star() -> Call {
    let set = MessageSet { folder: FolderName::inbox(), validity: UidValidity(1), uids: vec![] };
    Call::SetFlags(SetFlags { set, add: Flags::FLAGGED, remove: Flags::default() })
}

const OP: OpId = OpId([3; 16]);

#[test]
fn a_cut_replays_under_the_same_op_and_nobody_above_notices() {
    let mut e = Ends::online();
    e.run(|l, at| l.request(Tag(1), None, read(), at));
    e.run(|l, at| l.request(Tag(2), Some(OP), star(), at));
    e.hear(ServerFrame::Event { seq: EventSeq(4), event: Event::Alert("x".into()) });
    e.sent.clear();
    e.run(|l, at| l.handle_close(at));
    assert!(e.done().is_empty());
    e.wait();
    assert_eq!(e.opened, 2);
    e.greet(true);
    let ClientFrame::Hello(hello) = &e.sent[0] else { panic!("{:?}", e.sent) };
    assert_eq!(hello.resume.as_ref().map(|r| (r.session, r.seen)), Some((SessionId([5; 16]), EventSeq(4))));
    let again = e.requests();
    assert_eq!(again.iter().map(|r| r.1).collect::<Vec<_>>(), [None, Some(OP)]);
    e.hear(ServerFrame::Done { id: again[1].0, result: Ok(Reply::Ok) });
    e.hear(ServerFrame::Done { id: again[1].0, result: Ok(Reply::Ok) });
    assert_eq!(e.done(), [Tag(2)], "one answer each");
    // Replayed events that were seen are not told twice.
    let events = e.events.len();
    e.hear(ServerFrame::Event { seq: EventSeq(4), event: Event::Alert("x".into()) });
    assert_eq!(e.events.len(), events);
}

#[test]
fn a_send_that_was_cut_looks_before_it_sends_again() {
    let mut e = Ends::online();
    let send = compose::Send { draft: Draft::default(), again: false, replaces: None };
    e.run(|l, at| l.request(Tag(1), Some(OP), Call::Send(send), at));
    e.run(|l, at| l.handle_close(at));
    e.wait();
    e.greet(false);
    let again: Vec<bool> = e
        .requests()
        .into_iter()
        .filter_map(
            |(_, op, call)| if let Call::Send(s) = call { Some(s.again && op == Some(OP)) } else { None },
        )
        .collect();
    assert_eq!(again, [false, true]);
}

#[test]
fn a_reloaded_page_keeps_the_session_and_asks_for_a_snapshot() {
    let mut e = Ends::new();
    e.run(|l, _| l.adopt(SessionId([5; 16])));
    e.run(|l, at| l.connect(at));
    e.greet(false);
    let ClientFrame::Hello(hello) = &e.sent[0] else { panic!("{:?}", e.sent) };
    let resume = hello.resume.as_ref().unwrap();
    assert_eq!((resume.session, resume.seen), (SessionId([5; 16]), EventSeq(u64::MAX)));
    let events = e.events.len();
    e.hear(ServerFrame::Event { seq: EventSeq(9), event: Event::Alert("x".into()) });
    assert_eq!(e.events.len(), events + 1, "what comes after the snapshot is heard");
}

#[test]
fn cancel_is_told_and_its_answer_swallowed() {
    let mut e = Ends::online();
    e.run(|l, at| l.request(Tag(1), None, read(), at));
    e.run(|l, _| l.cancel(Tag(1)));
    let id = e.requests()[0].0;
    assert!(e.sent.contains(&ClientFrame::Cancel { id }));
    e.hear(ServerFrame::Done { id, result: Ok(Reply::Ok) });
    assert!(e.done().is_empty());
    assert_eq!(e.link.in_flight(), 0);
}

#[test]
fn silence_with_something_in_flight_is_a_dead_line_and_silence_without_is_not() {
    let mut e = Ends::online();
    assert_eq!(e.link.poll_timeout(), None);
    e.run(|l, at| l.request(Tag(1), None, read(), at));
    e.wait();
    assert_eq!(e.closed, 1);
    assert!(matches!(e.events.last(), Some(LinkEvent::State(LinkState::Offline))));
    e.wait();
    assert_eq!(e.opened, 2);
}

#[test]
fn what_is_asked_after_a_long_rest_has_its_time() {
    let mut e = Ends::online();
    e.now += 10 * 60_000;
    e.run(|l, at| l.request(Tag(1), None, read(), at));
    let until = e.link.poll_timeout().expect("an answer is waited for");
    assert!(until > e.now + 60_000, "{} ms", until - e.now);
    e.run(|l, at| l.handle_timeout(at));
    assert_eq!((e.closed, e.link.in_flight()), (0, 1));
    // More of it doesn't put off the end of the first.
    e.now += 60_000;
    e.run(|l, at| l.request(Tag(2), None, read(), at));
    assert_eq!(e.link.poll_timeout(), Some(until));
}

#[test]
fn without_a_network_it_waits_and_with_one_it_goes_on_at_once() {
    let mut e = Ends::online();
    e.run(|l, at| l.request(Tag(1), None, read(), at));
    e.run(|l, at| l.handle_offline(at));
    assert_eq!((e.closed, e.opened), (1, 1));
    assert!(matches!(e.events.last(), Some(LinkEvent::State(LinkState::Offline))));
    let events = e.events.len();
    e.run(|l, at| l.handle_offline(at));
    assert_eq!(e.events.len(), events, "told once");
    e.run(|l, at| l.wake(at));
    assert_eq!(e.opened, 2);
    e.greet(true);
    assert_eq!((e.requests().len(), e.link.in_flight()), (2, 1), "what was asked is asked again");
}

#[test]
fn goodbyes() {
    let mut e = Ends::online();
    e.run(|l, at| l.request(Tag(1), None, read(), at));
    e.hear(ServerFrame::Bye { reason: Bye::Draining });
    assert_eq!(e.opened, 2, "another node takes over at once");
    e.greet(true);
    assert_eq!(e.requests().len(), 2);
    e.hear(ServerFrame::Bye { reason: Bye::SignedOut });
    assert!(matches!(e.events.last(), Some(LinkEvent::Bye(Bye::SignedOut))));
    assert_eq!((e.link.in_flight(), e.link.poll_timeout()), (0, None));
}

#[test]
fn another_version_is_an_upgrade() {
    let mut e = Ends::online();
    e.run(|l, at| l.handle_input(&[0, 250, 250], at));
    assert!(matches!(e.events.last(), Some(LinkEvent::Bye(Bye::Upgrade))));
}

#[test]
fn pauses_grow_and_a_refused_socket_asks_whether_it_is_signed_out() {
    let mut e = Ends::new();
    e.run(|l, at| l.connect(at));
    let mut pauses = Vec::new();
    for _ in 0..9 {
        e.run(|l, at| l.handle_close(at));
        pauses.push(e.link.poll_timeout().unwrap() - e.now);
        e.wait();
    }
    assert!(pauses.windows(2).all(|p| p[0] <= p[1]) && pauses[8] <= 30_000 && pauses[8] > 10_000);
    assert_eq!(e.probes, 9);
    e.run(|l, at| l.handle_signed_out(at));
    assert!(matches!(e.events.last(), Some(LinkEvent::Bye(Bye::SignedOut))));
}

#[test]
fn the_table_is_bounded() {
    let mut e = Ends::online();
    for tag in 0..400 {
        e.run(|l, at| l.request(Tag(tag), None, read(), at));
    }
    assert_eq!(e.link.in_flight(), 256);
    assert_eq!(e.requests().len(), 64, "the others wait for room on the wire");
    let busy = |e: &LinkEvent| matches!(e, LinkEvent::Done(_, Err(error)) if error.kind == ErrorKind::Busy);
    assert_eq!(e.events.iter().filter(|e| busy(e)).count(), 144);
    let id = e.requests()[0].0;
    e.hear(ServerFrame::Done { id, result: Ok(Reply::Ok) });
    assert_eq!(e.requests().len(), 65);
}

#[test]
fn events_are_acknowledged_together() {
    let mut e = Ends::online();
    for seq in 1..=3 {
        e.hear(ServerFrame::Event { seq: EventSeq(seq), event: Event::Alert("x".into()) });
    }
    let acks = |e: &Ends| e.sent.iter().filter(|f| matches!(f, ClientFrame::Ack { .. })).count();
    assert_eq!(acks(&e), 0);
    e.wait();
    assert_eq!(e.sent.last(), Some(&ClientFrame::Ack { seq: EventSeq(3) }));
}
