//! Sign-in, its refusals, and what else is asked of such an account.
use super::*;
use pyeonji_shared::account::UpstreamState;
use pyeonji_shared::error::Retry;
use pyeonji_shared::ids::FolderName;

#[tokio::test]
async fn sign_in_shows_an_account_of_the_device_and_leaves() {
    let server = three().await;
    let (mut account, snapshot) = server.sign_in().await.expect("signs in");
    let can = snapshot.account.capabilities;
    assert!(
        can.device
            && !can.send
            && !can.push
            && !can.server_folders
            && !can.server_flags
            && !can.server_search
    );
    assert!(snapshot.folders.is_empty() && snapshot.open.is_none());
    assert_eq!(snapshot.upstream, UpstreamState::Online);
    server.until(|heard| heard.iter().any(|line| line == "1 -")).await;
    assert_eq!(server.lines(1), ["+", "CAPA", "AUTH", "QUIT", "-"]);
    // Asked of the server is nothing of this.
    let again = Request::Snapshot { folder: FolderName::inbox(), rows: 50 };
    assert!(matches!(ask(&mut account, again).await.0, Ok(Answer::Snapshot(same)) if *same == snapshot));
    assert!(matches!(ask(&mut account, Request::Refresh).await.0, Ok(Answer::Ok)));
    assert!(
        matches!(ask(&mut account, Request::Folders).await.0, Ok(Answer::Folders(none)) if none.is_empty())
    );
    let open = Request::Open { folder: FolderName::inbox(), rows: 50 };
    assert_eq!(ask(&mut account, open).await.0.expect_err("refused").kind, ErrorKind::Unsupported);
    let many = Request::Remove { uidls: vec![Uidl("a".into()); pyeonji_shared::limits::MAX_RETRIEVE + 1] };
    assert_eq!(ask(&mut account, many).await.0.expect_err("refused").kind, ErrorKind::BadRequest);
    assert!(server.lines(2).is_empty());
}

#[tokio::test]
async fn refusals_at_sign_in_say_what_they_are() {
    let server = three().await;
    for (answer, kind, retry) in [
        ("-ERR [AUTH] no\r\n", ErrorKind::WrongPassword, Retry::ByHand),
        ("-ERR maildrop already locked\r\n", ErrorKind::InUse, Retry::After(60)),
        ("-ERR [LOGIN-DELAY] wait\r\n", ErrorKind::TooSoon, Retry::After(900)),
        ("-ERR [SYS/TEMP] later\r\n", ErrorKind::Busy, Retry::After(5)),
        ("-ERR [SYS/PERM] broken\r\n", ErrorKind::Refused, Retry::ByHand),
    ] {
        server.script(move |_, line| match line {
            "CAPA" => Some("+OK\r\nSASL PLAIN\r\nLOGIN-DELAY 900\r\n.\r\n".into()),
            line => line.starts_with("AUTH").then(|| answer.to_owned()),
        });
        let error = server.sign_in().await.map(drop).expect_err("refused");
        assert_eq!((error.kind, error.retry), (kind, retry), "{answer}");
    }
    server.script(|_, line| (line == "greeting").then(|| "-ERR [IN-USE] later\r\n\u{1}".into()));
    assert_eq!(server.sign_in().await.map(drop).expect_err("refused").kind, ErrorKind::InUse);
}

#[tokio::test]
async fn a_locked_mailbox_is_told_and_looked_at_again() {
    let server = three().await;
    let mut account = server.account().await;
    server.script(|_, line| line.starts_with("AUTH").then(|| "-ERR [IN-USE] locked\r\n".into()));
    let error = look(&mut account).await.expect_err("refused");
    assert_eq!((error.kind, error.detail.as_str()), (ErrorKind::InUse, "locked"));
    assert_eq!(retrieve(&mut account, vec![whole("a")]).await, (vec![], Err(ErrorKind::InUse)));
    assert_eq!(remove(&mut account, &["a"]).await.expect_err("refused").kind, ErrorKind::InUse);
    server.script(|_, _| None);
    assert_eq!(names(&look(&mut account).await.expect("free")), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_right_password_is_enough_while_another_program_has_the_mailbox() {
    let server = three().await;
    server.script(|_, line| line.starts_with("AUTH").then(|| "-ERR [IN-USE] locked\r\n".into()));
    let (mut account, snapshot) = server.sign_in().await.expect("signed in");
    assert!(snapshot.account.capabilities.device);
    assert_eq!(look(&mut account).await.expect_err("refused").kind, ErrorKind::InUse);
    server.script(|_, _| None);
    assert_eq!(names(&look(&mut account).await.expect("free")), ["a", "b", "c"]);
}

#[tokio::test]
async fn who_has_not_seen_the_password_does_not_say_that_it_is_right() {
    let server = three().await;
    for command in ["USER", "PASS"] {
        server.script(move |_, line| match line {
            "CAPA" => Some("+OK\r\nUSER\r\nUIDL\r\n.\r\n".into()),
            line if line.starts_with(command) => Some("-ERR [IN-USE] locked\r\n".into()),
            line if line.starts_with("USER") => Some("+OK\r\n".into()),
            _ => None,
        });
        let kind = server.sign_in().await.map(drop).map_err(|error| error.kind);
        assert_eq!(kind, if command == "PASS" { Ok(()) } else { Err(ErrorKind::Busy) }, "{command}");
    }
}

#[tokio::test]
async fn a_password_that_no_longer_works_is_said_until_it_does() {
    let server = three().await;
    let mut account = server.account().await;
    server.script(|_, line| line.starts_with("AUTH").then(|| "-ERR [AUTH] changed\r\n".into()));
    let (result, events) = ask(&mut account, Request::Look { seen: None }).await;
    assert_eq!(result.expect_err("refused").kind, ErrorKind::WrongPassword);
    assert!(matches!(events[..], [Event::Upstream(UpstreamState::Denied { .. })]), "{events:?}");
    server.script(|_, _| None);
    let (result, events) = ask(&mut account, Request::Look { seen: None }).await;
    assert!(result.is_ok() && events == [Event::Upstream(UpstreamState::Online)], "{events:?}");
}

#[tokio::test]
async fn where_sign_ins_must_be_apart_the_first_one_serves_the_first_look() {
    let server = three().await;
    server.script(|connection, line| match line {
        "CAPA" => Some(
            "+OK\r\nSASL PLAIN\r\nUIDL\r\nTOP\r\nPIPELINING\r\nLOGIN-DELAY 900\r\nEXPIRE 0\r\n.\r\n".into(),
        ),
        line if line.starts_with("AUTH") && connection > 1 => Some("-ERR [LOGIN-DELAY] wait\r\n".into()),
        _ => None,
    });
    let (mut account, _) = server.sign_in().await.expect("signs in");
    let listing = look(&mut account).await.expect("the same connection");
    assert_eq!((listing.login_delay, listing.messages.len()), (Some(900), 3));
    assert_eq!(retrieve(&mut account, vec![whole("c")]).await.0.len(), 1);
    let error = look(&mut account).await.expect_err("too soon");
    assert_eq!((error.kind, error.retry), (ErrorKind::TooSoon, Retry::After(900)));
    assert_eq!(server.lines(1), ["+", "CAPA", "AUTH", "STAT", "LIST", "UIDL", "RETR 3", "QUIT", "-"]);
}
