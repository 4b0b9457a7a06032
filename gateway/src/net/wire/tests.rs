//! What is kept of a session's connections, for how long, and what each line belongs to.
use super::super::Proto;
use super::super::tap::Tap;
use super::*;

fn place(all: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    all.clone().try_acquire_owned().expect("room")
}

fn texts(lines: &WireLines) -> Vec<(u32, &str)> {
    lines.lines.iter().map(|seen| (seen.line.cause, seen.line.text.as_str())).collect()
}

#[test]
fn nothing_is_kept_while_nobody_looks() {
    let wire = Wire::default();
    let mut tap = Tap::fresh(&wire, Proto::Imap, 0);
    tap.received(b"* OK ready\r\n");
    tap.quiet(|| true);
    tap.submitted(1);
    tap.sent(b"P1 NOOP\r\n");
    wire.ticket(7, wire.cause(1, "Read"));
    assert_eq!((wire.lines(0), wire.cause_of(7)), (None, 0));
    let kept = format!("{tap:?} {wire:?}");
    assert!(!kept.contains("NOOP") && !kept.contains("ready"), "{kept}");
    // And no more afterwards.
    wire.begin(None);
    assert_eq!(wire.cause_of(7), 0);
    tap.quiet(|| true);
    tap.sent(b"P2 NOOP\r\n");
    assert_eq!(texts(&wire.lines(0).expect("on")), [(0, "P2 NOOP")]);
    // An answer that a later recording can't know the question of isn't in it.
    wire.stop();
    wire.begin(None);
    tap.received(b"P2 OK done\r\n");
    assert!(wire.lines(0).expect("on").lines.is_empty());
    wire.stop();
    let kept = format!("{tap:?} {wire:?}");
    assert!(wire.lines(0).is_none() && !kept.contains("NOOP") && !kept.contains("done"), "{kept}");
}

#[test]
fn a_connection_is_joined_between_two_commands_and_never_in_a_sign_in() {
    let wire = Wire::default();
    let mut tap = Tap::fresh(&wire, Proto::Imap, 0);
    tap.sent(b"P1 AUTHENTICATE PLAIN\r\n");
    wire.begin(None);
    tap.quiet(|| false);
    tap.received(b"+ \r\n");
    tap.sent(b"AGFkYUBibHVlLnRlc3QAYmx1ZS1sYW50ZXJuLTQy\r\n");
    tap.received(b"P1 OK in\r\n");
    assert!(wire.lines(0).expect("on").lines.is_empty());
    tap.quiet(|| true);
    tap.sent(b"P2 NOOP\r\n");
    tap.received(b"P2 OK\r\n");
    let lines = wire.lines(0).expect("on");
    assert_eq!(texts(&lines), [(0, "P2 NOOP"), (0, "P2 OK")]);
    assert_eq!((lines.totals.connections, lines.totals.round_trips), (0, 1));
    // One that begins now is there from its first octet.
    let mut second = Tap::fresh(&wire, Proto::Pop3, 3);
    second.received(b"+OK ready\r\n");
    second.sent(b"UIDL\r\n");
    second.received(b"+OK\r\n1 a\r\n.\r\n");
    let more = wire.lines(lines.next).expect("on");
    assert_eq!(texts(&more), [(3, "+OK ready"), (3, "UIDL"), (3, "+OK"), (3, "1 a"), (3, ".")]);
    let numbers = |lines: &WireLines| lines.lines.first().map(|seen| seen.connection);
    assert_eq!((numbers(&lines), numbers(&more), more.totals.connections), (Some(1), Some(2), 1));
}

#[test]
fn each_command_and_its_answer_belong_to_what_asked_for_it() {
    let wire = Wire::always_on();
    let (read, window) = (wire.cause(5, "Read"), wire.cause(6, "Window"));
    wire.ticket(10, read);
    wire.ticket(12, window);
    let mut tap = Tap::fresh(&wire, Proto::Imap, 0);
    tap.caused_by_ticket(10);
    tap.submitted(100);
    tap.caused_by_ticket(12);
    tap.submitted(101);
    tap.caused_by_ticket(11);
    tap.submitted(102);
    tap.caused_by(0);
    let command = |tag: &str| match tag {
        "P2" => Some(100),
        "P3" => Some(101),
        "P4" => Some(102),
        _ => None,
    };
    tap.received(b"* OK ready\r\n");
    // The engine's own leaves first, and three others in one write.
    tap.sent_by(b"P1 IDLE\r\n", command);
    tap.received(b"+ idling\r\n* 3 EXISTS\r\n");
    tap.sent_by(b"DONE\r\nP2 UID FETCH 1 BODY.PEEK[]\r\nP3 FETCH 1:2 UID\r\nP4 NOOP\r\n", command);
    tap.received(b"P1 OK\r\n* 1 FETCH (BODY[] {5}\r\nabcde)\r\nP2 OK\r\n* 1 FETCH (UID 1)\r\n");
    tap.received(b"P3 OK\r\nP4 OK\r\n* 4 EXISTS\r\n");
    let lines = wire.lines(0).expect("on");
    assert_eq!(
        texts(&lines),
        [
            (0, "* OK ready"),
            (0, "P1 IDLE"),
            (0, "+ idling"),
            (0, "* 3 EXISTS"),
            (0, "DONE"),
            (read, "P2 UID FETCH 1 BODY.PEEK[]"),
            (window, "P3 FETCH 1:2 UID"),
            (0, "P4 NOOP"),
            (0, "P1 OK"),
            (read, "* 1 FETCH (BODY[] {5}"),
            (read, "(5 octets)"),
            (read, ")"),
            (read, "P2 OK"),
            (window, "* 1 FETCH (UID 1)"),
            (window, "P3 OK"),
            (0, "P4 OK"),
            (0, "* 4 EXISTS"),
        ]
    );
    let names: Vec<_> = lines.causes.iter().map(|c| (c.number, c.request, c.call.as_str())).collect();
    assert_eq!(names, [(read, 5, "Read"), (window, 6, "Window")]);
}

#[test]
fn lines_and_their_text_are_bounded() {
    let wire = Wire::always_on();
    let mut tap = Tap::fresh(&wire, Proto::Imap, 0);
    for n in 0..MAX_KEPT + 500 {
        tap.sent(format!("P{n} NOOP\r\n").as_bytes());
        wire.ticket(n as u64, wire.cause(n as u32, "Read"));
    }
    let lines = wire.lines(100).expect("on");
    assert_eq!((lines.dropped, lines.lines.len(), lines.next), (400, MAX_TOLD, 500 + MAX_TOLD as u64));
    assert_eq!(lines.lines[0].line.text, "P500 NOOP");
    let last = wire.lines(MAX_KEPT as u64 + 499).expect("on");
    assert_eq!((last.dropped, last.lines.len(), last.next), (0, 1, MAX_KEPT as u64 + 500));
    // A page that counts wrongly hears nothing.
    assert!(wire.lines(u64::MAX).expect("on").lines.is_empty());
    let long = format!("P1 X {}\r\n", "x".repeat(2_000));
    (0..MAX_KEPT).for_each(|_| tap.sent(long.as_bytes()));
    let recording = wire.lock();
    let recording = recording.as_ref().expect("on");
    assert!(recording.text <= MAX_TEXT && recording.lines.len() < MAX_KEPT, "{}", recording.text);
    assert!(recording.causes.len() <= MAX_CAUSES && recording.tickets.len() <= MAX_CAUSES);
}

#[tokio::test(start_paused = true)]
async fn it_ends_by_itself_when_nobody_asks() {
    let all = Arc::new(Semaphore::new(1));
    let wire = Wire::default();
    wire.start(place(&all));
    let mut tap = Tap::fresh(&wire, Proto::Imap, 0);
    let almost = GONE - Duration::from_secs(1);
    for _ in 0..5 {
        tokio::time::sleep(almost).await;
        tap.sent(b"P1 NOOP\r\n");
        assert!(wire.lines(0).is_some());
    }
    assert_eq!(all.available_permits(), 0);
    tokio::time::sleep(almost).await;
    assert!(wire.is_on());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!wire.is_on() && wire.lines(0).is_none());
    assert_eq!(all.available_permits(), 1, "its place is free again");
    // Begun again, it is another one.
    wire.start(place(&all));
    assert!(wire.lines(0).is_some_and(|lines| lines.lines.is_empty()));
    drop((wire, tap));
    assert_eq!(all.available_permits(), 1, "it ends with its session");
}

#[tokio::test(start_paused = true)]
async fn a_question_waits_for_lines_and_for_no_longer_than_it_says() {
    let wire = Wire::always_on();
    let mut tap = Tap::fresh(&wire, Proto::Smtp, 0);
    let (patience, began) = (Duration::from_secs(25), Instant::now());
    let (lines, ()) = tokio::join!(wire.lines_in_time(0, patience), async {
        tap.received(b"220 ready\r\n");
    });
    assert_eq!(lines.map(|lines| lines.next), Ok(1));
    // This clock stands still unless everybody waits for it.
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(wire.lines_in_time(1, patience).await.map(|lines| lines.lines.len()), Ok(0));
    let (ended, ()) = tokio::join!(wire.lines_in_time(1, patience), async { wire.stop() });
    assert_eq!(ended, Err(Silence::Off));
    wire.begin(None);
    let waiting = futures_util::future::join_all((0..=MAX_WAITING).map(|_| wire.lines_in_time(9, patience)));
    let refused = waiting.await.into_iter().filter(|answer| *answer == Err(Silence::Crowded)).count();
    assert_eq!(refused, 1);
}
