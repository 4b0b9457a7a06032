//! Servers that don't name their messages.
use super::*;
use pyeonji_shared::call::device::Naming;

fn without(lines: &'static [&'static str]) -> impl Fn(usize, &str) -> Option<String> + Send + Sync {
    move |_, line| match line {
        "CAPA" => {
            let all = ["TOP", "SASL PLAIN", "PIPELINING"];
            let offered: String =
                all.iter().filter(|l| !lines.contains(l)).map(|l| format!("{l}\r\n")).collect();
            Some(format!("+OK\r\n{offered}.\r\n"))
        }
        line if lines.contains(&line.split(' ').next().unwrap_or_default()) => {
            Some("-ERR unknown\r\n".into())
        }
        _ => None,
    }
}

#[tokio::test]
async fn without_uidl_heads_are_names_that_stay() {
    let server = three().await;
    server.script(without(&["UIDL"]));
    let mut account = server.account().await;
    let first = look(&mut account).await.expect("a listing");
    assert_eq!((first.naming, first.heads, first.messages.len()), (Naming::Digest, true, 3));
    assert!(
        first.messages.iter().all(|m| m.uidl.0.starts_with("sha256:") && m.uidl.0.len() == 71 && m.size > 0)
    );
    let names: Vec<String> = names(&first).into_iter().map(str::to_owned).collect();
    // Another connection on which the numbers have moved: the same names lead to the same messages.
    assert_eq!(remove(&mut account, &[&names[0]]).await.expect("removed").removed, [Uidl(names[0].clone())]);
    assert_eq!(server.mailbox(), ["b", "c"]);
    let (got, _) = retrieve(&mut account, vec![whole(&names[2]), whole(&names[0])]).await;
    assert_eq!(got, [Ok("Subject: three\r\n\r\n3\r\n".into()), Err(ErrorKind::Gone)]);
}

#[tokio::test]
async fn two_messages_of_one_name_are_listed_and_never_removed() {
    let server = three().await;
    server.put("d", "Subject: one\r\n\r\nother\r\n");
    server.script(without(&["UIDL"]));
    let mut account = server.account().await;
    let listing = look(&mut account).await.expect("a listing");
    let names = names(&listing);
    assert_eq!(names[0], names[3]);
    let error = remove(&mut account, &[names[0]]).await.expect_err("refused");
    assert!(error.kind == ErrorKind::Unsupported && error.detail.contains("same name"), "{error}");
    // Beside others it just isn't among the removed.
    let removed = remove(&mut account, &[names[0], names[1], names[1], "sha256:00"]).await.expect("removed");
    assert_eq!(
        (removed.removed, removed.missing),
        (vec![Uidl(names[1].into())], vec![Uidl("sha256:00".into())])
    );
    assert_eq!(server.mailbox(), ["a", "c", "d"]);
}

#[tokio::test]
async fn without_uidl_and_top_names_hold_for_their_connection_alone() {
    let server = three().await;
    server.script(without(&["UIDL", "TOP"]));
    let mut account = server.account().await;
    let listing = look(&mut account).await.expect("a listing");
    assert_eq!((listing.naming, listing.heads, listing.messages.len()), (Naming::Connection, false, 3));
    let names: Vec<&str> = names(&listing);
    let head = Wanted { uidl: Uidl(names[0].into()), lines: Some(0) };
    let (got, _) = retrieve(&mut account, vec![whole(names[1]), head]).await;
    assert_eq!(got, [Ok("Subject: two\r\n\r\n.\r\n..2\r\n".into()), Err(ErrorKind::Unsupported)]);
    let removed = remove(&mut account, &[names[1]]).await.expect("removed");
    assert_eq!(
        (removed.removed, server.mailbox()),
        (vec![Uidl(names[1].into())], vec!["a".into(), "c".into()])
    );
    assert!(server.lines(2).ends_with(&["DELE 2".into(), "QUIT".into(), "-".into()]));
    // That connection is gone: nothing can be said of its names any more, least of all that they are missing.
    assert_eq!(remove(&mut account, &[names[0]]).await.expect_err("refused").kind, ErrorKind::Gone);
    assert_eq!(retrieve(&mut account, vec![whole(names[0])]).await.0, [Err(ErrorKind::Gone)]);
    assert_eq!(server.mailbox().len(), 2);
    // Names of a better time aren't called missing either.
    assert_eq!(remove(&mut account, &["a"]).await.expect_err("refused").kind, ErrorKind::Gone);
}

#[tokio::test]
async fn uidl_that_was_promised_and_fails_is_a_fault_and_not_another_way_to_name() {
    let server = three().await;
    let mut account = server.account().await;
    server.script(|_, line| (line == "UIDL").then(|| "-ERR [SYS/TEMP] index\r\n".into()));
    assert_eq!(look(&mut account).await.expect_err("refused").kind, ErrorKind::Busy);
    assert_eq!(remove(&mut account, &["a"]).await.expect_err("refused").kind, ErrorKind::Busy);
    assert_eq!(server.mailbox().len(), 3);
}
