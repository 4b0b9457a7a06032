//! Where patience and memory end (R33).
use super::*;
use crate::pop3::reader::MAX_LINE;
use pyeonji_shared::limits::MAX_PIECE;

/// Signed in, with one command in flight whose answer has begun.
fn begun(command: Command) -> (Talk, CommandId) {
    let mut talk = Talk::signed_in(ALL);
    let id = talk.submit(command);
    talk.said();
    talk.hear("+OK\r\n");
    (talk, id)
}

const RETR: Command = Command::Retr { number: Number(1) };

#[test]
fn pieces_are_full_but_the_last_and_memory_is_bounded() {
    let (mut talk, id) = begun(RETR);
    let line = format!("{}\r\n", "x".repeat(998));
    let (mut sizes, mut most) = (Vec::new(), 0);
    for _ in 0..2_000 {
        talk.hear(&line);
        most = most.max(talk.engine.memory());
        let events = talk.events().into_iter();
        sizes.extend(events.map(|e| if let Event::Piece { bytes, .. } = e { bytes.len() } else { 0 }));
    }
    talk.hear(".\r\n");
    let events = talk.events();
    let [Event::Piece { bytes, .. }, Event::Done { id: done, result }] = events.as_slice() else {
        panic!("{events:?}")
    };
    sizes.push(bytes.len());
    let reply = result.clone().map(|c| c.reply);
    assert_eq!((*done, reply), (id, Ok(Reply::Message { size: 2_000_000 })));
    assert_eq!(sizes, [vec![MAX_PIECE; 7], vec![2_000_000 - 7 * MAX_PIECE]].concat());
    assert!(most <= 3 * MAX_PIECE, "{most}");
    assert!(talk.engine.memory() < 2 * MAX_LINE);
}

#[test]
fn a_message_over_the_limit_ends_the_connection() {
    let limit = 100_000;
    let mut limits = Limits::default();
    assert!(limits.set("shown_message_bytes", limit));
    let now = Instant::now();
    let options = Options { limits: Arc::new(limits), greeting: Greeting::AlreadySeen, secure: true };
    let run = |size: usize| {
        let mut talk = Talk { engine: Engine::new(options.clone(), now), now };
        talk.sign_in("ada", "p");
        talk.said();
        talk.hear(&capa_list(ALL));
        talk.said();
        talk.hear("+OK\r\n");
        let id = talk.submit(RETR);
        talk.said();
        talk.hear("+OK 4294967296 octets\r\n");
        assert!(talk.engine.memory() < 2 * MAX_LINE, "nothing is allocated by a declared size");
        talk.hear(&format!("{}\r\n.\r\n", "x".repeat(size - 2)));
        talk.done(id)
    };
    assert!(run(limit as usize).is_ok());
    assert_eq!(run(limit as usize + 1), Err(CommandError::Lost(EngineError::MessageTooLong)));
}

#[test]
fn r33_silence_and_drips_end_in_time() {
    let mut talk = Talk::new(true);
    talk.wait(14);
    assert_eq!(talk.failed(), None);
    talk.wait(1);
    assert_eq!(talk.failed(), Some(EngineError::GreetingTimeout));

    // A byte a second is no progress.
    let (mut talk, uidl) = begun(Command::Uidl);
    for _ in 0..59 {
        talk.hear("1");
        talk.wait(1);
    }
    assert_eq!(talk.failed(), None);
    talk.wait(1);
    assert_eq!(talk.done(uidl), Err(CommandError::Lost(EngineError::CommandTimeout)));

    // Just enough to count as alive, for ever.
    let (mut talk, _) = begun(Command::Uidl);
    let (start, drip) = (talk.now, "1 abcdefgh\r\n".repeat(86));
    while !talk.engine.is_over() {
        talk.hear(&drip);
        talk.wait(59);
    }
    assert!(talk.now - start < Duration::from_secs(700), "{:?}", talk.now - start);

    // Nothing is due: nothing ends.
    let mut talk = Talk::signed_in(ALL);
    assert_eq!(talk.engine.poll_timeout(), None);
    talk.wait(100_000);
    assert_eq!(talk.failed(), None);
}

#[test]
fn r33_endless_answers_end() {
    let (mut talk, uidl) = begun(Command::Uidl);
    while !talk.engine.is_over() {
        talk.hear(&"1 abcdefgh\r\n".repeat(86));
    }
    assert_eq!(talk.done(uidl), Err(CommandError::Lost(EngineError::ListingTooLong)));
    // A message keeps its connection as long as it moves, until it is too long.
    let (mut talk, _) = begun(RETR);
    while !talk.engine.is_over() {
        talk.hear(&"x".repeat(60_000));
        talk.wait(30);
    }
    assert_eq!(talk.failed(), Some(EngineError::MessageTooLong));
}

#[test]
fn time_in_which_nobody_read_is_not_the_servers() {
    let (mut talk, _) = begun(RETR);
    talk.hear("x");
    talk.now += Duration::from_secs(3_600);
    talk.engine.excuse(Duration::from_secs(3_600));
    talk.wait(59);
    assert_eq!(talk.failed(), None);
    talk.wait(1);
    assert_eq!(talk.failed(), Some(EngineError::CommandTimeout));
}

#[test]
fn r33_floods_before_sign_in_and_long_lines_end() {
    let mut talk = Talk::new(true);
    talk.sign_in("ada", "p");
    talk.hear("+OK\r\n");
    talk.said();
    talk.hear("+OK\r\n");
    while !talk.engine.is_over() {
        talk.hear(&format!("{}\r\n", "X".repeat(900)));
    }
    assert_eq!(talk.failed(), Some(EngineError::PreAuthFlood));
    let (mut talk, _) = begun(Command::Capa);
    talk.hear(&"X\r\n".repeat(300));
    assert_eq!(talk.failed(), Some(EngineError::ListingTooLong));
    let mut talk = Talk::signed_in(ALL);
    talk.submit(Command::Noop);
    talk.said();
    talk.hear(&"x".repeat(MAX_LINE + 1));
    assert_eq!(talk.failed(), Some(EngineError::LineTooLong));
}

#[test]
fn what_nobody_asked_for_ends_the_connection() {
    let mut talk = Talk::signed_in(ALL);
    talk.hear("+OK gift\r\n");
    assert_eq!(talk.failed(), Some(EngineError::Unasked));
    // What a server says before it hangs up.
    let mut talk = Talk::signed_in(ALL);
    talk.hear("-ERR Disconnected for inactivity.\r\n");
    assert_eq!(talk.failed(), Some(EngineError::Bye("Disconnected for inactivity.".into())));
    // The beginning of an answer that was there before the question.
    let mut talk = Talk::signed_in(ALL);
    talk.hear("+O");
    let noop = talk.submit(Command::Noop);
    assert_eq!(talk.said(), "");
    assert_eq!(talk.done(noop), Err(CommandError::Lost(EngineError::Unasked)));
    let mut talk = Talk::signed_in(ALL);
    talk.submit(Command::Noop);
    talk.said();
    talk.hear("+ go on\r\n");
    assert!(matches!(talk.failed(), Some(EngineError::Protocol(_))));
}
