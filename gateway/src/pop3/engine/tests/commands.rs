//! Commands after sign-in: order, pipelining, answers, and the three ends of QUIT.
use super::*;
use bytes::Bytes;
use pyeonji_shared::device::Uidl;

#[test]
fn without_pipelining_one_after_the_other() {
    let mut talk = Talk::signed_in(&["USER", "TOP", "UIDL"]);
    for number in 1..=3 {
        talk.submit(Command::Dele { number: Number(number) });
    }
    talk.submit(Command::Quit);
    for line in ["DELE 1\r\n", "DELE 2\r\n", "DELE 3\r\n"] {
        assert_eq!(talk.said(), line);
        talk.hear("+OK\r\n");
    }
    assert_eq!(talk.said(), "QUIT\r\n");
}

#[test]
fn with_pipelining_a_window_and_quit_alone() {
    let begin = || {
        let mut talk = Talk::signed_in(ALL);
        let mut ids: Vec<_> = (1..=40).map(|n| talk.submit(Command::Dele { number: Number(n) })).collect();
        ids.push(talk.submit(Command::Quit));
        (talk, ids)
    };
    let (mut talk, _) = begin();
    assert_eq!(talk.said().lines().count(), MAX_FLIGHTS);
    talk.hear("+OK\r\n-ERR already deleted\r\n");
    assert_eq!(talk.said(), "DELE 33\r\nDELE 34\r\n");
    // One answer more than there were questions.
    talk.hear(&"+OK\r\n".repeat(MAX_FLIGHTS + 1));
    let events = talk.events();
    assert_eq!(events.last(), Some(&Event::Failed(EngineError::Unasked)));
    let answered = events.iter().filter(|e| matches!(e, Event::Done { result: Ok(_), .. })).count();
    assert_eq!(answered, MAX_FLIGHTS + 1, "the first, and all that were in flight");

    let (mut talk, ids) = begin();
    loop {
        let said = talk.said();
        if said.is_empty() {
            break;
        }
        assert!(!said.contains("QUIT") || said == "QUIT\r\n", "{said}");
        talk.hear(&"+OK\r\n".repeat(said.lines().count()));
    }
    let order = talk.events().into_iter().map(|e| if let Event::Done { id, .. } = e { id } else { panic!() });
    assert_eq!(order.collect::<Vec<_>>(), ids);
    assert!(talk.engine.is_over());
    assert_eq!(talk.engine.cost().round_trips, 5, "CAPA, AUTH, two windows, QUIT");
}

#[test]
fn lists_messages_and_codes() {
    let mut talk = Talk::signed_in(ALL);
    let stat = talk.submit(Command::Stat);
    let list = talk.submit(Command::List);
    let uidl = talk.submit(Command::Uidl);
    let retr = talk.submit(Command::Retr { number: Number(1) });
    let top = talk.submit(Command::Top { number: Number(2), lines: 0 });
    let gone = talk.submit(Command::Retr { number: Number(9) });
    assert_eq!(talk.said(), "STAT\r\nLIST\r\nUIDL\r\nRETR 1\r\nTOP 2 0\r\nRETR 9\r\n");
    talk.hear("+OK 2 320 and more\r\n+OK 2 messages\r\n1 120\r\nodd\r\n2 200 x\r\n.\r\n");
    talk.hear("+OK\r\n1 a\r\n2 b c\r\n.\r\n+OK 120 octets\r\nFrom: a\r\n\r\n..dot\r\n.\r\n");
    talk.hear("+OK\r\n.\r\n-ERR [SYS/PERM] no such message\r\n");
    let events = talk.events();
    let replies: Vec<(CommandId, Result<Reply, CommandError>)> = events
        .iter()
        .filter_map(|e| match e {
            Event::Done { id, result } => Some((*id, result.clone().map(|c| c.reply))),
            _ => None,
        })
        .collect();
    let uid = |text: &str| Uidl(text.into());
    assert_eq!(
        replies,
        [
            (stat, Ok(Reply::Stat { messages: 2, octets: 320 })),
            (list, Ok(Reply::Sizes(vec![(Number(1), 120), (Number(2), 200)]))),
            (uidl, Ok(Reply::Names(vec![(Number(1), uid("a")), (Number(2), uid("b"))]))),
            (retr, Ok(Reply::Message { size: 17 })),
            (top, Ok(Reply::Message { size: 0 })),
            (gone, Err(CommandError::Err { code: Some(Code::SysPerm), text: "no such message".into() })),
        ]
    );
    let piece = Event::Piece { id: retr, bytes: Bytes::from_static(b"From: a\r\n\r\n.dot\r\n") };
    let pieces: Vec<_> = events.iter().filter(|e| matches!(e, Event::Piece { .. })).collect();
    assert_eq!(pieces, [&piece]);
    let unreadable = talk.submit(Command::Stat);
    talk.said();
    talk.hear("+OK two messages\r\n");
    assert!(matches!(talk.done(unreadable), Err(CommandError::Unreadable { .. })));
}

#[test]
fn quit_refused_quit_lost_and_quit_done_are_three_things() {
    let after_dele = |end: &dyn Fn(&mut Talk)| {
        let mut talk = Talk::signed_in(ALL);
        talk.submit(Command::Dele { number: Number(1) });
        let quit = talk.submit(Command::Quit);
        talk.said();
        talk.hear("+OK\r\n");
        talk.said();
        end(&mut talk);
        talk.done(quit)
    };
    assert_eq!(after_dele(&|t| t.hear("+OK bye\r\n")).map(|c| c.text), Ok("bye".into()));
    let refused = after_dele(&|t| t.hear("-ERR some deleted messages not removed\r\n"));
    assert_eq!(refused, err(None, "some deleted messages not removed"));
    let lost = |error| Err(CommandError::Lost(error));
    assert_eq!(after_dele(&|t| t.engine.handle_eof(t.now)), lost(EngineError::Closed));
    // Half an answer is none.
    let half = |t: &mut Talk| {
        t.hear("+OK");
        t.engine.handle_eof(t.now);
    };
    assert_eq!(after_dele(&half), lost(EngineError::ClosedInside));
    assert_eq!(after_dele(&|t| t.wait(60)), lost(EngineError::CommandTimeout));
    let nonsense = after_dele(&|t| t.hear("nonsense\r\n"));
    assert!(matches!(nonsense, Err(CommandError::Lost(EngineError::Protocol(_)))));
    // After the answer the end of the connection is no news.
    let mut talk = Talk::signed_in(ALL);
    talk.submit(Command::Quit);
    talk.said();
    talk.hear("+OK\r\n");
    talk.engine.handle_eof(talk.now);
    assert_eq!(talk.failed(), None);
    let late = talk.submit(Command::Noop);
    assert_eq!(talk.done(late), lost(EngineError::Closed));
}

#[test]
fn commands_out_of_place_are_not_sent() {
    let mut talk = Talk::new(true);
    talk.hear("+OK\r\n");
    for command in [Command::Stat, Command::Dele { number: Number(1) }, Command::Rset] {
        let id = talk.submit(command);
        assert_eq!(talk.done(id), Err(CommandError::Refused(Refusal::NotSignedIn)));
    }
    assert_eq!(talk.said(), "");
    // What waits for a sign-in that fails isn't sent either.
    let sign_in = talk.sign_in("ada", "p");
    let stat = talk.submit(Command::Stat);
    talk.said();
    talk.hear("-ERR what\r\n");
    talk.said();
    talk.hear("-ERR [AUTH] no\r\n");
    let ends: Vec<_> = talk.events().into_iter().filter(|e| matches!(e, Event::Done { .. })).collect();
    assert!(matches!(&ends[0], Event::Done { id, result: Err(CommandError::Err { .. }) } if *id == sign_in));
    let refused = Err(CommandError::Refused(Refusal::NotSignedIn));
    assert_eq!(ends[1], Event::Done { id: stat, result: refused });

    let mut talk = Talk::signed_in(ALL);
    let again = talk.sign_in("ada", "p");
    assert_eq!(talk.done(again), Err(CommandError::Refused(Refusal::SignedIn)));
    let zero = talk.submit(Command::Retr { number: Number(0) });
    assert_eq!(talk.done(zero), Err(CommandError::Refused(Refusal::Unsendable)));
    let ids: Vec<_> = (0..MAX_FLIGHTS + MAX_WAITING + 1).map(|_| talk.submit(Command::Noop)).collect();
    assert_eq!(talk.done(ids[MAX_FLIGHTS + MAX_WAITING]), Err(CommandError::Refused(Refusal::Busy)));
}
