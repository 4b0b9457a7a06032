//! Removal: one short connection, and nothing claimed before QUIT was answered.
use super::server::HANG_UP;
use super::*;

#[tokio::test]
async fn what_is_found_is_removed_and_what_is_not_is_missing() {
    let server = three().await;
    let mut account = server.account().await;
    look(&mut account).await.expect("a listing");
    let removed = remove(&mut account, &["c", "gone", "a", "c"]).await.expect("removed");
    assert_eq!(removed.removed, [Uidl("c".into()), Uidl("a".into())]);
    assert_eq!(removed.missing, [Uidl("gone".into())]);
    assert_eq!(server.mailbox(), ["b"]);
    assert_eq!(
        server.lines(2).last().map(String::as_str),
        Some("-"),
        "the look's connection was closed first"
    );
    assert_eq!(server.lines(3), ["+", "CAPA", "AUTH", "UIDL", "DELE 3", "DELE 1", "QUIT", "-"]);
    let removed = remove(&mut account, &["a"]).await.expect("nothing to do");
    assert_eq!((removed.removed, removed.missing), (vec![], vec![Uidl("a".into())]));
}

#[tokio::test]
async fn the_ends_of_quit_are_told_apart() {
    let server = three().await;
    let mut account = server.account().await;
    for (answer, kind, detail) in [
        ("-ERR some deleted messages not removed\r\n".to_owned(), ErrorKind::Refused, "not removed"),
        (HANG_UP.to_owned(), ErrorKind::Disconnected, "before the answer"),
        (format!("+O{HANG_UP}"), ErrorKind::Disconnected, "before the answer"),
        ("nonsense\r\n".to_owned(), ErrorKind::Disconnected, "before the answer"),
    ] {
        let sent = answer.clone();
        server.script(move |_, line| (line == "QUIT").then(|| sent.clone()));
        let error = remove(&mut account, &["a"]).await.expect_err("nobody knows");
        assert!(error.kind == kind && error.detail.contains(detail), "{answer:?}: {error}");
    }
    server.script(|_, _| None);
    assert_eq!(remove(&mut account, &["a"]).await.expect("removed").removed, [Uidl("a".into())]);
}

#[tokio::test]
async fn an_end_before_quit_removes_and_claims_nothing() {
    let server = three().await;
    let mut account = server.account().await;
    server.script(|_, line| (line == "DELE 2").then(|| HANG_UP.into()));
    let error = remove(&mut account, &["a", "b", "c"]).await.expect_err("cut");
    assert_eq!(error.kind, ErrorKind::Disconnected);
    assert_eq!(server.mailbox().len(), 3);
}

#[tokio::test]
async fn a_refused_dele_is_not_among_the_removed() {
    let server = three().await;
    let mut account = server.account().await;
    server.script(|_, line| (line == "DELE 2").then(|| "-ERR read only\r\n".into()));
    let removed = remove(&mut account, &["a", "b"]).await.expect("one of them");
    assert_eq!((removed.removed, removed.missing), (vec![Uidl("a".into())], vec![]));
    assert_eq!(server.mailbox(), ["b", "c"]);
    server.script(|_, line| line.starts_with("DELE").then(|| "-ERR read only\r\n".into()));
    let error = remove(&mut account, &["b"]).await.expect_err("refused");
    assert_eq!((error.kind, error.detail.as_str()), (ErrorKind::Refused, "read only"));
}

#[tokio::test]
async fn a_removal_that_has_begun_goes_on_after_cancel() {
    let server = three().await;
    let mut account = server.account().await;
    server.script(|_, _| None);
    tell(&account, 5, Request::Remove { uidls: vec![Uidl("a".into())] }).await;
    server.until(|heard| heard.iter().any(|line| line.starts_with("2 "))).await;
    account.requests.send(Tell::Cancel(Ticket(5))).await.expect("the task lives");
    assert_eq!(names(&look(&mut account).await.expect("a listing")), ["b", "c"]);
}

/// A second sign-in would be refused: every check would list what may leave, and none would remove it.
#[tokio::test]
async fn a_server_that_wants_sign_ins_apart_is_told_on_the_connection_that_listed() {
    let server = three().await;
    server.script(|connection, line| match line {
        "CAPA" => Some("+OK\r\nSASL PLAIN\r\nUIDL\r\nTOP\r\nLOGIN-DELAY 900\r\n.\r\n".into()),
        line if line.starts_with("AUTH") && connection > 1 => Some("-ERR [LOGIN-DELAY] wait\r\n".into()),
        _ => None,
    });
    let (mut account, _) = server.sign_in().await.expect("signs in");
    look(&mut account).await.expect("a listing");
    assert_eq!(retrieve(&mut account, vec![whole("c")]).await.0.len(), 1);
    let removed = remove(&mut account, &["c", "gone"]).await.expect("removed");
    assert_eq!(removed.removed, [Uidl("c".into())]);
    assert_eq!(removed.missing, [Uidl("gone".into())]);
    assert_eq!(server.mailbox(), ["a", "b"]);
    // Once that connection has ended there is nothing to do but wait.
    let error = remove(&mut account, &["a"]).await.expect_err("too soon");
    assert_eq!(error.kind, ErrorKind::TooSoon);
    assert_eq!(server.mailbox(), ["a", "b"]);
}
