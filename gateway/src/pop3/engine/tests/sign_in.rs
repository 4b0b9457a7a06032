//! Greetings, and every way to sign in.
use super::*;
use pyeonji_shared::call::device::Expire;

#[test]
fn plain_goes_in_one_command() {
    let mut talk = Talk::new(true);
    let id = talk.sign_in("tim", "tanstaaftanstaaf");
    assert_eq!(talk.said(), "", "nothing before the greeting");
    talk.hear("+OK hi <1@a>\r\n");
    assert_eq!(talk.said(), "CAPA\r\n");
    talk.hear(&capa_list(ALL));
    assert_eq!(talk.said(), "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm\r\n");
    talk.hear("+OK Logged in.\r\n");
    assert_eq!(talk.done(id).unwrap().text, "Logged in.");
    assert_eq!(talk.engine.cost().round_trips, 2);
}

#[test]
fn a_server_that_ignores_the_initial_response_gets_it_once_more() {
    let mut talk = Talk::new(true);
    let id = talk.sign_in("tim", "tanstaaftanstaaf");
    talk.hear("+OK hi\r\n");
    talk.said();
    talk.hear(&capa_list(ALL));
    talk.said();
    talk.hear("+ \r\n");
    assert_eq!(talk.said(), "AHRpbQB0YW5zdGFhZnRhbnN0YWFm\r\n");
    talk.hear("+ more\r\n");
    assert_eq!(talk.said(), "*\r\n");
    talk.hear("-ERR [AUTH] cancelled\r\n");
    assert_eq!(talk.done(id), err(Some(Code::Auth), "cancelled"));
    // A long one waits for its `+` anyway (RFC 5034 §4).
    let id = talk.sign_in("tim", &"x".repeat(300));
    assert_eq!(talk.said(), "AUTH PLAIN\r\n");
    talk.hear("+\r\n");
    assert!(talk.said().len() > 400);
    talk.hear("+OK\r\n");
    assert!(talk.done(id).is_ok());
}

#[test]
fn endless_questions_at_sign_in_end() {
    let mut talk = Talk::new(true);
    let id = talk.sign_in("tim", "p");
    talk.hear("+OK hi\r\n");
    talk.said();
    talk.hear(&capa_list(ALL));
    for _ in 0..3 {
        talk.said();
        talk.hear("+ \r\n");
    }
    assert!(matches!(talk.done(id), Err(CommandError::Lost(EngineError::Protocol(_)))));
    assert!(talk.engine.is_over());
}

#[test]
fn apop_in_clear_and_what_follows_its_refusal() {
    let begin = |capa: &str| {
        let mut talk = Talk::new(false);
        let id = talk.sign_in("mrose", "tanstaaf");
        talk.hear("+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n");
        talk.said();
        talk.hear(capa);
        assert_eq!(talk.said(), "APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n");
        (talk, id)
    };
    let (mut talk, id) = begin("-ERR what?\r\n");
    talk.hear("+OK maildrop has 1 message (369 octets)\r\n");
    assert!(talk.done(id).is_ok());
    // RFC 1939 knows no way to say that APOP isn't there.
    let (mut talk, id) = begin("-ERR what?\r\n");
    talk.hear("-ERR unknown command\r\n");
    assert_eq!(talk.said(), "USER mrose\r\n");
    talk.hear("+OK\r\n");
    assert_eq!(talk.said(), "PASS tanstaaf\r\n");
    talk.hear("-ERR [IN-USE] locked\r\n");
    assert_eq!(talk.done(id), err(Some(Code::InUse), "locked"));
    // A reason was given, or passwords aren't taken: no second try.
    let (mut talk, id) = begin(&capa_list(&["USER"]));
    talk.hear("-ERR [AUTH] no\r\n");
    assert_eq!((talk.said(), talk.done(id)), (String::new(), err(Some(Code::Auth), "no")));
    let (mut talk, id) = begin(&capa_list(&["UIDL"]));
    talk.hear("-ERR no\r\n");
    assert_eq!((talk.said(), talk.done(id)), (String::new(), err(None, "no")));
}

#[test]
fn utf8_is_asked_for_only_where_it_is_needed() {
    let first_word = |capa: &[&str], user: &str| {
        let mut talk = Talk::new(true);
        talk.sign_in(user, "p");
        talk.hear("+OK\r\n");
        talk.said();
        talk.hear(&capa_list(capa));
        (talk.said(), talk)
    };
    assert_eq!(first_word(&["USER", "UTF8 USER"], "ada").0, "USER ada\r\n");
    assert_eq!(first_word(&["USER", "UTF8"], "에이다").0, "USER 에이다\r\n");
    let (said, mut talk) = first_word(&["USER", "UTF8 USER"], "에이다");
    assert_eq!(said, "UTF8\r\n");
    talk.hear("-ERR not today\r\n");
    assert_eq!(talk.said(), "USER 에이다\r\n");
    assert!(first_word(&["USER", "UTF8 USER", "SASL PLAIN"], "에이다").0.starts_with("AUTH PLAIN "));
}

#[test]
fn tokens_go_by_bearer_and_a_challenge_is_a_refusal() {
    let mut talk = Talk::new(true);
    let proof = Proof::Token(Secret::new("t".into()));
    let id = talk.submit(Command::SignIn { user: "u@d".into(), proof });
    talk.hear("+OK\r\n");
    talk.said();
    talk.hear(&capa_list(&["SASL PLAIN XOAUTH2 OAUTHBEARER"]));
    assert_eq!(talk.said(), "AUTH OAUTHBEARER bixhPXVAZCwBYXV0aD1CZWFyZXIgdAEB\r\n");
    talk.hear("+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\r\n");
    assert_eq!(talk.said(), "*\r\n");
    talk.hear("-ERR [AUTH] expired\r\n");
    assert_eq!(talk.done(id), err(Some(Code::Auth), "expired"));
}

#[test]
fn r16_no_password_in_clear_where_the_server_lists_no_way() {
    let mut talk = Talk::new(false);
    let id = talk.sign_in("ada", "p");
    talk.hear("+OK hi\r\n");
    talk.said();
    talk.hear(&capa_list(&["STLS", "TOP"]));
    assert_eq!(talk.said(), "");
    assert_eq!(talk.done(id), Err(CommandError::Refused(Refusal::NotInClear)));
}

#[test]
fn greetings() {
    let turned_away = |code, text: &str| EngineError::TurnedAway { code, text: text.into() };
    for (greeting, expected) in [
        ("-ERR [SYS/TEMP] later\r\n", turned_away(Some(Code::SysTemp), "later")),
        ("-ERR\r\n", turned_away(None, "")),
        ("* OK IMAP4rev1\r\n", EngineError::BadGreeting),
        ("220 smtp\r\n", EngineError::BadGreeting),
        ("+ \r\n", EngineError::BadGreeting),
        ("+OK hi\r\n+OK\r\n.\r\n", EngineError::Unasked),
        ("+OK 2 messages\r\n1 120\r\n.\r\n", EngineError::Unasked),
        ("+OK hi\r\nx", EngineError::Unasked),
        ("+OK hi\r\n-ERR shutting down\r\n", EngineError::Bye("shutting down".into())),
    ] {
        let mut talk = Talk::new(true);
        let id = talk.sign_in("ada", "p");
        talk.hear(greeting);
        assert_eq!(talk.said(), "", "{greeting:?}");
        assert_eq!(talk.done(id), Err(CommandError::Lost(expected)), "{greeting:?}");
    }
    // Behind the preamble of STLS there is no greeting, and no timestamp.
    let (now, limits) = (Instant::now(), Arc::new(Limits::default()));
    let options = Options { limits, greeting: Greeting::AlreadySeen, secure: true };
    let mut talk = Talk { engine: Engine::new(options, now), now };
    talk.sign_in("ada", "p");
    assert_eq!((talk.said().as_str(), talk.events().as_slice()), ("CAPA\r\n", [Event::Greeting].as_slice()));
}

#[test]
fn capa_is_asked_again_where_it_depends_on_who_asks() {
    let mut talk = Talk::new(true);
    talk.sign_in("ada", "p");
    talk.hear("+OK\r\n");
    talk.said();
    talk.hear(&capa_list(&[ALL, &["LOGIN-DELAY 900 USER", "EXPIRE NEVER"]].concat()));
    talk.said();
    talk.hear("+OK\r\n");
    let uidl = talk.submit(Command::Uidl);
    assert_eq!(talk.said(), "CAPA\r\nUIDL\r\n");
    talk.hear(&capa_list(&[ALL, &["LOGIN-DELAY 60", "EXPIRE 30"]].concat()));
    talk.hear("+OK\r\n.\r\n");
    assert_eq!(talk.done(uidl).unwrap().reply, Reply::Names(Vec::new()));
    let known = talk.engine.capabilities().unwrap();
    assert_eq!((known.login_delay, known.expire), (Some(60), Some(Expire::Days(30))));
    // A refusal then leaves what was known.
    let capa = talk.submit(Command::Capa);
    talk.said();
    talk.hear("-ERR not now\r\n");
    assert_eq!(talk.done(capa), err(None, "not now"));
    assert!(talk.engine.capabilities().unwrap().pipelining);
}
