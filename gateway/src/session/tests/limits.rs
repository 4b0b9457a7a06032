//! The bounds of sessions, each met, and passed by one.
use super::*;
use crate::account::{LINK_PATIENCE, Links};
use crate::metrics::hits;
use pyeonji_shared::call::compose::Send;
use pyeonji_shared::draft::Draft;
use pyeonji_shared::message::Address;

/// A page that asks for everything at once is served a little at a time; what a person does meanwhile isn't held up. In real time: the threads that read messages know no other.
#[tokio::test]
async fn r34_reads_of_a_session_take_turns() {
    let mut bench = Bench::new();
    let (mut page, mut upstream, _) = bench.ready(1).await;
    let mut ids = Vec::new();
    for uid in 1..=20 {
        ids.push(page.request(None, read(uid, uid % 2 == 0)).await);
    }
    page.request(None, Call::Refresh).await;
    let mut held = Vec::new();
    for expected in [1, 3] {
        let (ticket, request) = upstream.asked().await;
        assert!(matches!(&request, Request::Read { at, .. } if at.uid == Uid(expected)), "{request:?}");
        held.push(ticket);
    }
    let (ticket, request) = upstream.asked().await;
    assert!(matches!(request, Request::Refresh), "{request:?}");
    upstream.done(ticket, Ok(Answer::Ok)).await;
    assert!(matches!(page.frame().await, ServerFrame::Done { result: Ok(Reply::Ok), .. }));
    assert!(upstream.requests.try_recv().is_err(), "no third read while two are held");
    // One answered, one cancelled: two places, in the order of the questions.
    let raw = || Ok(Answer::Read(Box::default()));
    upstream.done(held[0], raw()).await;
    assert!(matches!(page.frame().await, ServerFrame::Done { id, result: Ok(_) } if id == ids[0]));
    page.send(&ClientFrame::Cancel { id: ids[2] }).await;
    assert!(matches!(page.frame().await, ServerFrame::Done { id, result: Err(_) } if id == ids[2]));
    let mut asked = Vec::new();
    while asked.len() < 2 {
        match upstream.requests.recv().await.expect("the session lives") {
            Tell::Cancel(ticket) => assert_eq!(ticket, held[1]),
            Tell::Do(ticket, request) => {
                let Request::Read { at, background: false } = *request else { panic!("{request:?}") };
                asked.push((ticket, at.uid));
            }
        }
    }
    assert_eq!([asked[0].1, asked[1].1], [Uid(5), Uid(7)]);
    // Prefetches come last, and two at a time as well.
    for (ticket, _) in asked {
        upstream.done(ticket, raw()).await;
    }
    let mut most = 0;
    let mut ahead = Vec::new();
    for _ in 0..(7 - 1) + 10 - 2 {
        let (ticket, request) = upstream.asked().await;
        match request {
            Request::Read { background: false, .. } => {
                assert!(ahead.is_empty(), "a person first");
                upstream.done(ticket, raw()).await;
            }
            _ => ahead.push(ticket),
        }
        most = most.max(ahead.len());
        if ahead.len() == 2 {
            assert!(upstream.requests.try_recv().is_err(), "no third prefetch");
            for ticket in ahead.drain(..) {
                upstream.done(ticket, raw()).await;
            }
        }
    }
    assert_eq!(most, 2);
}

/// Sends a message of that number; what becomes of it. There is no server for sending, so it is `Unsupported` at best.
async fn send(page: &mut Page, upstream: &mut Upstream, n: u16) -> ErrorKind {
    let to = Address { name: String::new(), email: "b@t".into(), suspicious: false };
    let draft = Draft { message_id: format!("<{n}@t>"), to: vec![to], ..Draft::default() };
    let mut op = [0; 16];
    op[..2].copy_from_slice(&n.to_be_bytes());
    page.request(Some(OpId(op)), Call::Send(Send { draft, again: false, replaces: None })).await;
    let ServerFrame::Done { result: Err(error), .. } = page.frame().await else { panic!("an answer") };
    while upstream.requests.try_recv().is_ok() {}
    error.kind
}

const SENT: ErrorKind = ErrorKind::Unsupported;
const REFUSED: ErrorKind = ErrorKind::RateLimited;

#[tokio::test(start_paused = true)]
async fn sixty_messages_an_hour_and_not_sixty_one() {
    let mut bench = Bench::new();
    let (mut page, mut upstream, _) = bench.ready(1).await;
    let before = hits("sends_per_hour");
    for n in 1..=60 {
        assert_eq!(send(&mut page, &mut upstream, n).await, SENT, "{n}");
    }
    assert_eq!(send(&mut page, &mut upstream, 61).await, REFUSED);
    assert!(hits("sends_per_hour") > before);
    // Signing in anew, or as another browser, is no way around it; another account isn't concerned.
    let (mut other, mut other_upstream, _) = bench.ready(2).await;
    assert_eq!(send(&mut other, &mut other_upstream, 1).await, SENT);
    tokio::time::advance(Duration::from_secs(3_599)).await;
    let who = bench.who(3, "U1@t");
    bench.sessions.sign_in(who.clone()).await.expect("signs in");
    let mut upstream = bench.upstreams.recv().await.expect("opened");
    let mut page = bench.page(who, 64);
    page.hello(None).await;
    assert_eq!(send(&mut page, &mut upstream, 62).await, REFUSED);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(send(&mut page, &mut upstream, 63).await, SENT);
}

#[tokio::test(start_paused = true)]
async fn so_many_messages_a_day_and_not_one_more() {
    let mut bench = Bench::limited(None, |limits| limits.sends_per_day = 61);
    let (mut page, mut upstream, _) = bench.ready(1).await;
    let before = hits("sends_per_day");
    for n in 1..=60 {
        assert_eq!(send(&mut page, &mut upstream, n).await, SENT, "{n}");
    }
    let ahead = |seconds| tokio::time::advance(Duration::from_secs(seconds));
    ahead(3_601).await;
    let (mut page, mut upstream) = again(&mut bench, 2).await;
    assert_eq!(send(&mut page, &mut upstream, 61).await, SENT);
    assert_eq!(send(&mut page, &mut upstream, 62).await, REFUSED);
    assert!(hits("sends_per_day") > before);
    ahead(24 * 3_600 - 3_602).await;
    let (mut page, mut upstream) = again(&mut bench, 3).await;
    assert_eq!(send(&mut page, &mut upstream, 63).await, REFUSED);
    ahead(2).await;
    assert_eq!(send(&mut page, &mut upstream, 64).await, SENT);
}

/// The same person signs in once more.
async fn again(bench: &mut Bench, ticket: u8) -> (Page, Upstream) {
    let who = bench.who(ticket, "u1@t");
    bench.sessions.sign_in(who.clone()).await.expect("signs in");
    let upstream = bench.upstreams.recv().await.expect("opened");
    let mut page = bench.page(who, 64);
    page.hello(None).await;
    (page, upstream)
}

#[tokio::test(start_paused = true)]
async fn so_many_sessions_in_all_and_not_one_more() {
    let mut bench = Bench::limited(None, |limits| limits.sessions = 3);
    let before = hits("sessions");
    let mut held = Vec::new();
    for ticket in 1..=3 {
        held.push(bench.ready(ticket).await);
    }
    let refused = bench.sessions.sign_in(bench.who(4, "u4@t")).await.expect_err("refused");
    assert_eq!(refused.kind, ErrorKind::Busy);
    assert!(hits("sessions") > before);
    bench.sessions.sign_out(LoginTicket([1; 16])).await;
    bench.ready(5).await;
}

#[tokio::test(start_paused = true)]
async fn so_many_sessions_of_an_account_and_not_one_more() {
    let mut bench = Bench::new();
    let before = hits("sessions_per_account");
    let mut held = Vec::new();
    for ticket in 1..=10 {
        held.push(again(&mut bench, ticket).await);
    }
    let refused = bench.sessions.sign_in(bench.who(11, "u1@t")).await.expect_err("refused");
    assert_eq!(refused.kind, ErrorKind::Busy);
    assert!(hits("sessions_per_account") > before);
    // One whose page is gone gives way.
    let (page, _upstream) = held.remove(0);
    page.cut().await;
    again(&mut bench, 12).await;
}

#[tokio::test(start_paused = true)]
async fn so_many_links_of_an_account_and_not_one_more() {
    let links = Links::new(8);
    let before = hits("links_per_account");
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(links.take().await.expect("room"));
    }
    let began = tokio::time::Instant::now();
    assert_eq!(links.take().await.expect_err("refused").kind, ErrorKind::Busy);
    assert_eq!(began.elapsed(), LINK_PATIENCE);
    assert!(hits("links_per_account") > before);
    held.pop();
    assert!(links.take().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn without_memory_nobody_new_comes_in_and_those_within_go_on() {
    let mut bench = Bench::limited(None, |limits| limits.memory_bytes = 1);
    let before = hits("memory_bytes");
    let refused = bench.sessions.sign_in(bench.who(1, "u1@t")).await.expect_err("refused");
    assert_eq!(refused.kind, ErrorKind::Busy);
    assert!(hits("memory_bytes") > before && bench.upstreams.try_recv().is_err(), "nobody was dialled");
    let enough = crate::memory::resident().expect("a size") * 4;
    let mut bench = Bench::limited(None, |limits| limits.memory_bytes = enough);
    bench.ready(1).await;
}
