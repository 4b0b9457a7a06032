//! What a session can't do: stay for ever, share its mailbox, come back too soon, ask or answer without measure.
use super::*;

#[test]
fn silence_ends_a_session_without_a_word_or_a_deletion() {
    let world = with_messages(Bounds::default(), 1);
    let mut talk = Talk::signed_in(&world);
    talk.say("DELE 1\r\n");
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let start = talk.now;
    talk.now = start + minutes(9);
    talk.say("NOOP\r\n");
    assert_eq!(talk.session.poll_timeout(), start + minutes(19));
    // Bytes that never become a command don't count.
    talk.now = start + minutes(18);
    talk.say("NO");
    talk.session.handle_timeout(start + minutes(19) - Duration::from_millis(1));
    assert!(!talk.session.is_closed());
    talk.session.handle_timeout(start + minutes(19));
    assert!(talk.session.is_closed());
    assert_eq!(talk.say("OP\r\nQUIT\r\n"), "");
    assert_eq!(inbox(&world), [1]);
    // The lock is free although the session is still there.
    Talk::signed_in(&world);
}

#[test]
fn one_session_at_a_time() {
    let world = with_messages(Bounds::default(), 1);
    let mut one = Talk::signed_in(&world);
    let mut two = Talk::new(&world);
    assert_eq!(two.say(SIGN_IN).lines().last(), Some("-ERR [IN-USE] Another session has this mailbox"));
    assert_eq!(
        two.say("USER ada@blue.test\r\nPASS wrong\r\n").lines().last(),
        Some("-ERR [AUTH] Wrong name or password")
    );
    assert_eq!(Talk::new(&world).outcomes("USER bora@green.test\r\nPASS green-river-17\r\n"), [true, true]);
    one.say("QUIT\r\n");
    assert_eq!(two.outcomes(SIGN_IN), [true, true]);
    // Lost without QUIT; meanwhile a refused session ends and frees nothing.
    let mut three = Talk::new(&world);
    assert_eq!(three.outcomes(SIGN_IN), [true, false]);
    drop(three);
    assert_eq!(Talk::new(&world).outcomes(SIGN_IN), [true, false]);
    drop(two);
    let held = Talk::signed_in(&world);
    switch(&world, Pop3Options { lock: false, ..Pop3Options::default() });
    let (mut left, mut right) = (Talk::signed_in(&world), Talk::signed_in(&world));
    assert_eq!(left.outcomes("DELE 1\r\nQUIT\r\n"), [true, true]);
    assert_eq!(right.outcomes("LIST 1\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n"), [true, false, true, true]);
    switch(&world, Pop3Options::default());
    assert_eq!(Talk::new(&world).outcomes(SIGN_IN), [true, false]);
    drop(held);
    Talk::signed_in(&world);
}

#[test]
fn a_login_delay_counts_from_the_last_sign_in() {
    let world = with_messages(Bounds::default(), 1);
    switch(&world, Pop3Options { login_delay: Some(60), ..Pop3Options::default() });
    let mut first = Talk::signed_in(&world);
    first.say("QUIT\r\n");
    let at = |milliseconds: u64| {
        let mut talk = Talk::at(&world, first.now + Duration::from_millis(milliseconds));
        talk.say(SIGN_IN).lines().last().unwrap().to_owned()
    };
    assert_eq!(at(0), "-ERR [LOGIN-DELAY] Come back in 60 s");
    assert_eq!(at(58_500), "-ERR [LOGIN-DELAY] Come back in 2 s");
    assert_eq!(at(59_999), "-ERR [LOGIN-DELAY] Come back in 1 s");
    assert_eq!(at(60_000), "+OK 1 messages (29 octets)");
    assert_eq!(at(119_999), "-ERR [LOGIN-DELAY] Come back in 1 s");
}

#[test]
fn long_answers_pause_and_lose_nothing() {
    let world = with_messages(Bounds { output_bytes: 1_000, ..Bounds::default() }, 500);
    let body = "0123456789.\r\n".repeat(4_000);
    deliver(&world, &format!("\r\n{body}"));
    let mut talk = Talk::signed_in(&world);
    let pieces = talk.pieces(b"LIST\r\nUIDL\r\nRETR 501\r\nNOOP\r\n");
    assert!(pieces.len() > 50 && pieces.iter().all(|piece| piece.len() < 1_100), "{}", pieces.len());
    let text = pieces.concat();
    let answers: Vec<&str> = text.split("\r\n.\r\n").collect();
    let [list, uidl, message, noop] = answers.as_slice() else { panic!("{}", answers.len()) };
    assert_eq!((list.lines().count(), uidl.lines().count()), (502, 502));
    assert_eq!(*message, format!("+OK {} octets\r\n\r\n{}", body.len() + 2, body.trim_end()));
    assert_eq!(*noop, "+OK Still here\r\n");
}

#[test]
fn lines_commands_and_guesses_are_bounded() {
    let world = empty(Bounds { bad_commands: 3, failed_logins: 2, ..Bounds::default() });
    for (length, outcome) in [(512, vec![false]), (513, vec![false])] {
        let mut talk = Talk::new(&world);
        let line = format!("{}\r\n", "x".repeat(length - 2));
        assert_eq!(talk.outcomes(&line), outcome);
        assert_eq!(talk.session.is_closed(), length > 512);
    }
    let mut talk = Talk::new(&world);
    assert_eq!(talk.say(&"x".repeat(512)), "");
    assert_eq!(talk.say("x"), "-ERR Line too long\r\n");
    assert!(talk.session.is_closed());

    let mut talk = Talk::new(&world);
    talk.say("X\r\nX\r\nCAPA\r\nX\r\nSTAT\r\n");
    assert!(!talk.session.is_closed(), "a good one between");
    assert_eq!(talk.say("X\r\nNOOP\r\n"), "-ERR Unknown command\r\n-ERR Too many bad commands\r\n");
    assert!(talk.session.is_closed());

    let mut talk = Talk::new(&world);
    let guess = "USER ada@blue.test\r\nPASS guess\r\n";
    assert_eq!(talk.outcomes(&format!("{guess}{guess}{SIGN_IN}")), [true, false, true, false]);
    assert!(talk.session.is_closed());
}

#[test]
fn random_bytes_never_stop_the_server() {
    let world = with_messages(Bounds::default(), 3);
    let words = [
        "RETR",
        "TOP",
        "LIST",
        "UIDL",
        "DELE",
        "RSET",
        "AUTH",
        "PLAIN",
        "APOP",
        "PASS",
        "USER",
        " ",
        " ",
        "1",
        "3",
        "0",
        "-1",
        "99999999999",
        "\r\n",
        "\n",
        "\r",
        "\0",
        "한",
        "=",
        "*",
    ];
    let mut seed = 12_345u32;
    for round in 0..500 {
        let mut talk = if round % 2 == 0 { Talk::signed_in(&world) } else { Talk::new(&world) };
        let mut text = String::new();
        for _ in 0..30 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text += words[(seed >> 16) as usize % words.len()];
        }
        talk.say(&text);
        // The first may end an open line or an AUTH.
        let end = talk.say("*\r\n*\r\nCAPA\r\n");
        assert!(end.ends_with("IMPLEMENTATION Pyeonji-sandbox\r\n.\r\n"), "{text}: {end}");
    }
    assert_eq!(inbox(&world), [1, 2, 3]);
}
