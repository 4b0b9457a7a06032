//! Both preambles against scripts, byte by byte and all at once.
use super::*;

/// The server's lines by turns: each is sent when the one before has been answered.
fn play(proto: Proto, turns: &[&str]) -> (Vec<String>, Result<Step, NetError>) {
    let mut preamble = Preamble::new(proto, "[127.0.0.1]", 512, 4096);
    let mut sent = Vec::new();
    let mut last = Ok(Step::Read);
    for turn in turns {
        last = preamble.handle_input(turn.as_bytes());
        match &last {
            Ok(Step::Write(text)) => sent.push(text.clone()),
            Ok(Step::Read) => {}
            Ok(Step::Encrypt) | Err(_) => break,
        }
    }
    (sent, last)
}

fn insecure(result: &Result<Step, NetError>) -> bool {
    matches!(result, Err(NetError::Insecure(_)))
}

#[test]
fn imap_asks_only_what_the_greeting_left_open() {
    let (sent, end) = play(Proto::Imap, &["* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n", "S2 OK go\r\n"]);
    assert_eq!((sent, end), (vec!["S2 STARTTLS\r\n".into()], Ok(Step::Encrypt)));
    let turns = ["* OK hi\r\n", "* CAPABILITY IMAP4rev1 starttls\r\nS1 OK done\r\n", "S2 OK go\r\n"];
    let (sent, end) = play(Proto::Imap, &turns);
    assert_eq!(sent, ["S1 CAPABILITY\r\n", "S2 STARTTLS\r\n"]);
    assert_eq!(end, Ok(Step::Encrypt));
}

#[test]
fn imap_byte_by_byte() {
    let mut preamble = Preamble::new(Proto::Imap, "", 512, 4096);
    let mut steps = Vec::new();
    for byte in b"* OK [CAPABILITY STARTTLS] x\r\nS2 OK go\r\n" {
        match preamble.handle_input(&[*byte]).unwrap() {
            Step::Read => {}
            step => steps.push(step),
        }
    }
    assert_eq!(steps, [Step::Write("S2 STARTTLS\r\n".into()), Step::Encrypt]);
}

#[test]
fn r16_imap_nothing_may_follow_the_go_ahead() {
    for tail in ["* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", "x", "\r\n", "* OK [ALERT] pay here\r\n"] {
        let go = format!("S2 OK go\r\n{tail}");
        let (_, end) = play(Proto::Imap, &["* OK [CAPABILITY STARTTLS] x\r\n", &go]);
        assert!(insecure(&end), "{tail:?}: {end:?}");
    }
}

#[test]
fn r16_imap_preauth_and_missing_starttls_are_refused() {
    assert!(insecure(&play(Proto::Imap, &["* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n"]).1));
    let turns = ["* OK hi\r\n", "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nS1 OK done\r\n"];
    let (sent, end) = play(Proto::Imap, &turns);
    assert!(insecure(&end));
    assert_eq!(sent.len(), 1);
    for words in ["NO not today", "BAD what"] {
        let answer = format!("S2 {words}\r\n");
        assert!(insecure(&play(Proto::Imap, &["* OK [CAPABILITY STARTTLS] x\r\n", &answer]).1));
    }
}

#[test]
fn r16_imap_forged_and_odd_lines() {
    let caps = "* OK [CAPABILITY STARTTLS] x\r\n";
    for (turns, kind) in [
        (vec!["* BYE full\r\n"], "Refused"),
        (vec!["* NO [ALERT] pay\r\n"], "Protocol"),
        (vec!["XYZ OK hi\r\n"], "Protocol"),
        (vec!["1Gdo00V4 wFaIW2WP\r\n"], "Protocol"),
        (vec!["* OK hi\n"], "Protocol"),
        (vec!["* OK a\rb\r\n"], "Protocol"),
        (vec![caps, "S1 OK early\r\n"], "Protocol"),
        (vec![caps, "* BYE gone\r\n"], "Refused"),
        (vec!["* OK hi\r\n", "2 OK begin TLS now\r\n* CAPABILITY STARTTLS\r\nS1 OK\r\n"], "Protocol"),
    ] {
        let (_, end) = play(Proto::Imap, &turns);
        let text = format!("{end:?}");
        assert!(text.starts_with(&format!("Err({kind}")), "{turns:?}: {text}");
    }
    // Untagged data is swallowed: it's before encryption and means nothing.
    let noise = "* LIST () \"/\" evil\r\n* 23 EXISTS\r\n* OK [ALERT] pay\r\nS2 OK go\r\n";
    assert_eq!(play(Proto::Imap, &[caps, noise]).1, Ok(Step::Encrypt));
}

#[test]
fn smtp_dialogue() {
    let turns = ["220-hello\r\n220 there\r\n", "250-me\r\n250-SIZE 10\r\n250 STARTTLS\r\n", "220 go\r\n"];
    let (sent, end) = play(Proto::Smtp, &turns);
    assert_eq!(sent, ["EHLO [127.0.0.1]\r\n", "STARTTLS\r\n"]);
    assert_eq!(end, Ok(Step::Encrypt));
}

#[test]
fn r16_smtp_response_injection_is_refused() {
    let offer = "250-me\r\n250 STARTTLS\r\n";
    for tail in ["250 AUTH PLAIN\r\n", "250-x\r\n250 AUTH LOGIN\r\n", "2", "\r\n"] {
        let go = format!("220 go\r\n{tail}");
        let (_, end) = play(Proto::Smtp, &["220 hi\r\n", offer, &go]);
        assert!(insecure(&end), "{tail:?}: {end:?}");
    }
    // The answer to EHLO sent along with the greeting.
    let (sent, end) = play(Proto::Smtp, &["220 hi\r\n250 STARTTLS\r\n"]);
    assert!(insecure(&end) && sent.is_empty());
}

#[test]
fn r16_smtp_refusals() {
    let offer = "250-me\r\n250 STARTTLS\r\n";
    for (turns, kind) in [
        (vec!["554 No SMTP service here\r\n"], "Refused"),
        (vec!["421 shutting down\r\n"], "Refused"),
        (vec!["221 closing\r\n"], "Protocol"),
        (vec!["354 mail input\r\n"], "Protocol"),
        (vec!["220 hi\r\n", "500 what\r\n"], "Refused"),
        (vec!["220 hi\r\n", "220 odd\r\n"], "Protocol"),
        (vec!["220 hi\r\n", "250-me\r\n250 AUTH PLAIN\r\n"], "Insecure"),
        (vec!["220 hi\r\n", "250-me\r\n251 STARTTLS\r\n"], "Protocol"),
        (vec!["220 hi\r\n", offer, "502 no\r\n"], "Insecure"),
        (vec!["220 hi\r\n", offer, "354 do something else\r\n"], "Insecure"),
        (vec!["220 hi\r\n", offer, "421 bye\r\n"], "Insecure"),
        (vec!["99 hi\r\n"], "Protocol"),
        (vec!["220x hi\r\n"], "Protocol"),
        (vec!["2\u{e9}0 hi\r\n"], "Protocol"),
    ] {
        let (_, end) = play(Proto::Smtp, &turns);
        let text = format!("{end:?}");
        assert!(text.starts_with(&format!("Err({kind}")), "{turns:?}: {text}");
    }
}

#[test]
fn lines_and_talk_are_bounded() {
    let mut preamble = Preamble::new(Proto::Imap, "", 512, 4096);
    assert_eq!(preamble.handle_input(&[b'a'; 512]), Ok(Step::Read));
    assert!(preamble.handle_input(b"a").is_err());
    let mut preamble = Preamble::new(Proto::Imap, "", 512, 4096);
    preamble.handle_input(b"* OK hi\r\n").unwrap();
    let noise = format!("* OK {}\r\n", "z".repeat(400));
    let talk = (0..20).try_for_each(|_| preamble.handle_input(noise.as_bytes()).map(|_| ()));
    assert!(matches!(talk, Err(NetError::Protocol(_))));
}

#[test]
fn pop3_asks_then_encrypts() {
    let turns = ["+OK hi\r\n", "+OK list\r\nTOP\r\nstls\r\n.\r\n", "+OK go\r\n"];
    let (sent, end) = play(Proto::Pop3, &turns);
    assert_eq!(sent, ["CAPA\r\n", "STLS\r\n"]);
    assert_eq!(end, Ok(Step::Encrypt));
    // A server older than CAPA (RFC 2449) is asked outright.
    let (sent, end) = play(Proto::Pop3, &["+OK hi\r\n", "-ERR what\r\n", "+OK go\r\n"]);
    assert_eq!((sent.len(), end), (2, Ok(Step::Encrypt)));
}

#[test]
fn r16_pop3_nothing_is_believed_before_encryption() {
    let list = "+OK\r\nSTLS\r\n.\r\n";
    for (turns, what) in [
        (vec!["+OK hi\r\n", list, "+OK go\r\n+OK signed in\r\n"], "data behind the go-ahead"),
        (vec!["+OK hi\r\n", list, "-ERR no\r\n"], "a refusal"),
        (vec!["+OK hi\r\n", "+OK\r\nUSER\r\n.\r\n"], "no offer"),
        (vec!["+OK hi\r\n+OK\r\nSTLS\r\n.\r\n"], "an answer before its question"),
        (vec!["+OK hi\r\n", "-ERR what\r\n+OK go\r\n"], "a go-ahead before its question"),
    ] {
        let (sent, end) = play(Proto::Pop3, &turns);
        assert!(insecure(&end), "{what}: {end:?}");
        assert!(sent.iter().all(|s| s == "CAPA\r\n" || s == "STLS\r\n"), "{what}: {sent:?}");
    }
    assert!(matches!(play(Proto::Pop3, &["-ERR [IN-USE] later\r\n"]).1, Err(NetError::Refused(_))));
    assert!(matches!(play(Proto::Pop3, &["* OK IMAP\r\n"]).1, Err(NetError::Protocol(_))));
}
