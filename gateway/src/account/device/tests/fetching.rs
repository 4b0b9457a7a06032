//! Looking and fetching on one connection, and what happens when it ends.
use super::server::{HANG_UP, multiline};
use super::*;
use pyeonji_shared::call::device::{Expire, Naming};

const ONE: &str = "Subject: one\r\n\r\n1\r\n";
const TWO: &str = "Subject: two\r\n\r\n.\r\n..2\r\n";
const THREE: &str = "Subject: three\r\n\r\n3\r\n";

fn ok(source: &str) -> Result<String, ErrorKind> {
    Ok(source.to_owned())
}

#[tokio::test]
async fn one_connection_for_the_look_and_what_follows_it() {
    let server = three().await;
    let mut account = server.account().await;
    server.script(|_, line| {
        let capa = "+OK\r\nTOP\r\nUIDL\r\nSASL PLAIN\r\nPIPELINING\r\nEXPIRE 60\r\n.\r\n";
        (line == "CAPA").then(|| capa.into())
    });
    let listing = look(&mut account).await.expect("a listing");
    assert_eq!(names(&listing), ["a", "b", "c"]);
    let sizes: Vec<u32> = listing.messages.iter().map(|m| m.size).collect();
    assert_eq!(sizes, [ONE.len() as u32, TWO.len() as u32, THREE.len() as u32]);
    assert_eq!(
        (listing.naming, listing.heads, listing.expire),
        (Naming::Server, true, Some(Expire::Days(60)))
    );
    assert_eq!(listing.cost.round_trips, 3, "CAPA, AUTH, one for all lists");
    assert!(listing.cost.sent > 30 && listing.cost.received > 100, "{:?}", listing.cost);
    let head = Wanted { uidl: Uidl("c".into()), lines: Some(0) };
    let items = vec![whole("b"), whole("gone"), head, whole("a")];
    let (got, end) = retrieve(&mut account, items).await;
    assert_eq!(got, [ok(TWO), Err(ErrorKind::Gone), ok("Subject: three\r\n\r\n"), ok(ONE)]);
    assert_eq!(end, Ok(()));
    let (got, _) = retrieve(&mut account, vec![whole("c")]).await;
    assert_eq!(got, [ok(THREE)]);
    let asked = ["CAPA", "AUTH", "STAT", "LIST", "UIDL", "RETR 2", "TOP 3 0", "RETR 1", "RETR 3"];
    assert_eq!(server.lines(2)[1..], asked);
    // The next look sees what has come since, so it needs a connection of its own.
    server.put("d", "Subject: four\r\n\r\n4\r\n");
    assert_eq!(names(&look(&mut account).await.expect("a listing")), ["a", "b", "c", "d"]);
    assert_eq!(server.lines(2).last().map(String::as_str), Some("-"));
    assert!(retrieve(&mut account, vec![]).await == (vec![], Ok(())));
}

#[tokio::test]
async fn without_pipelining_and_capa_it_works_step_by_step() {
    let server = three().await;
    server.script(|_, line| (line == "CAPA").then(|| "-ERR what?\r\n".into()));
    let mut account = server.account().await;
    let listing = look(&mut account).await.expect("a listing");
    assert_eq!((names(&listing), listing.heads), (vec!["a", "b", "c"], true));
    let (got, _) = retrieve(&mut account, vec![whole("a"), whole("b")]).await;
    assert_eq!(got, [ok(ONE), ok(TWO)]);
    let asked = ["CAPA", "USER a@t", "PASS p", "STAT", "LIST", "UIDL", "TOP 1 0", "RETR 1", "RETR 2"];
    assert_eq!(server.lines(2)[1..], asked);
}

#[tokio::test]
async fn a_message_cut_in_the_middle_ends_in_an_error_and_the_next_try_works() {
    let server = three().await;
    let mut account = server.account().await;
    look(&mut account).await.expect("a listing");
    server.script(|_, line| (line == "RETR 1").then(|| format!("+OK\r\nSubject: half{HANG_UP}")));
    let (got, end) = retrieve(&mut account, vec![whole("a"), whole("b")]).await;
    assert_eq!((got, end), (vec![Err(ErrorKind::Disconnected)], Err(ErrorKind::Disconnected)));
    server.script(|_, _| None);
    // Mail that came in between has moved the numbers.
    server.put("d", THREE);
    let (got, end) = retrieve(&mut account, vec![whole("d"), whole("a")]).await;
    assert_eq!((got, end), (vec![ok(THREE), ok(ONE)], Ok(())));
}

#[tokio::test]
async fn after_a_cut_the_rest_comes_on_a_new_connection_if_the_old_one_brought_something() {
    let server = three().await;
    let mut account = server.account().await;
    look(&mut account).await.expect("a listing");
    server.script(|_, line| (line == "RETR 2").then(|| format!("+OK\r\nSubject: half{HANG_UP}")));
    let (got, end) = retrieve(&mut account, vec![whole("a"), whole("b"), whole("c")]).await;
    assert_eq!((got, end), (vec![ok(ONE), Err(ErrorKind::Disconnected), ok(THREE)], Ok(())));
    assert!(server.lines(4).is_empty());
}

#[tokio::test]
async fn a_connection_that_was_closed_while_it_waited_is_made_anew() {
    let server = three().await;
    let mut account = server.account().await;
    // Each is closed by the server with the first thing asked of it after the look.
    server.script(|connection, line| (connection == 2 && line == "RETR 3").then(|| HANG_UP.into()));
    look(&mut account).await.expect("a listing");
    let (got, end) = retrieve(&mut account, vec![whole("c"), whole("a")]).await;
    assert_eq!((got, end), (vec![ok(THREE), ok(ONE)], Ok(())));
    // Once more, but the new one closes too: that isn't waiting.
    server.script(|_, line| line.starts_with("RETR").then(|| HANG_UP.into()));
    look(&mut account).await.expect("a listing");
    let (got, end) = retrieve(&mut account, vec![whole("c"), whole("a")]).await;
    assert_eq!((got, end), (vec![Err(ErrorKind::Disconnected)], Err(ErrorKind::Disconnected)));
}

#[tokio::test]
async fn a_refused_message_does_not_stop_the_others() {
    let server = three().await;
    let mut account = server.account().await;
    server.script(|_, line| match line {
        "RETR 1" => Some("-ERR [SYS/TEMP] disk\r\n".into()),
        "RETR 2" => Some("-ERR no such message\r\n".into()),
        "RETR 3" => Some("-ERR can't open\r\n".into()),
        _ => None,
    });
    let (got, end) = retrieve(&mut account, vec![whole("a"), whole("b"), whole("c")]).await;
    let kinds = [ErrorKind::Busy, ErrorKind::Gone, ErrorKind::Refused].map(Err);
    assert_eq!((got.as_slice(), end), (kinds.as_slice(), Ok(())));
}

#[tokio::test]
async fn too_big_is_not_asked_for_and_a_lie_about_it_costs_only_that_message() {
    let mut server =
        Server::start(&[("a", ONE), ("big", &format!("{}\r\n", "x".repeat(9_000))), ("c", THREE)]).await;
    assert!(server.limits.set("shown_message_bytes", 5_000));
    let mut account = server.account().await;
    let items = || vec![whole("a"), whole("big"), whole("c")];
    let (got, end) = retrieve(&mut account, items()).await;
    assert_eq!((got, end), (vec![ok(ONE), Err(ErrorKind::TooBig), ok(THREE)], Ok(())));
    assert!(!server.lines(2).contains(&"RETR 2".to_owned()));
    let endless = multiline(&"y".repeat(20_000));
    server.script(move |_, line| match line {
        "LIST" => Some("+OK\r\n1 1\r\n2 1\r\n3 1\r\n.\r\n".into()),
        "RETR 1" => Some(endless.clone()),
        _ => None,
    });
    look(&mut account).await.expect("a listing");
    let (got, end) = retrieve(&mut account, vec![whole("a"), whole("c")]).await;
    assert_eq!((got, end), (vec![Err(ErrorKind::TooBig), ok(THREE)], Ok(())));
}

#[tokio::test]
async fn cancel_closes_the_connection_and_the_next_request_is_served() {
    let server = three().await;
    let mut account = server.account().await;
    look(&mut account).await.expect("a listing");
    server.script(|_, line| (line == "RETR 1").then(|| "+OK\r\nnever ending".into()));
    let (out, _events) = mpsc::channel(1);
    tell(&account, 7, Request::Retrieve { items: vec![whole("a")], out }).await;
    server.until(|heard| heard.iter().any(|line| line == "2 RETR 1")).await;
    // Waits for its turn, and is given up before that.
    tell(&account, 8, Request::Look { seen: None }).await;
    for ticket in [8, 7] {
        account.requests.send(Tell::Cancel(Ticket(ticket))).await.expect("the task lives");
    }
    // No `Done` of a cancelled one: the next output is this one's.
    assert_eq!(names(&look(&mut account).await.expect("a listing")), ["a", "b", "c"]);
    server.until(|heard| heard.iter().any(|line| line == "2 -")).await;
    assert!(!server.lines(2).contains(&"QUIT".to_owned()));
}

#[tokio::test]
async fn a_connection_without_work_is_closed_soon_for_others_wait_for_it() {
    // Not so soon where it couldn't be made again.
    for (capabilities, connection, seconds) in [("", 2, 3), ("LOGIN-DELAY 900\r\n", 1, 30)] {
        let server = three().await;
        server.script(move |_, line| {
            (line == "CAPA").then(|| format!("+OK\r\nSASL PLAIN\r\nUIDL\r\n{capabilities}.\r\n"))
        });
        let (mut account, _) = server.sign_in().await.expect("signs in");
        look(&mut account).await.expect("a listing");
        let pass = async |seconds| {
            tokio::time::pause();
            tokio::time::advance(Duration::from_secs(seconds)).await;
            tokio::time::resume();
        };
        pass(seconds - 1).await;
        assert_eq!(retrieve(&mut account, vec![whole("a")]).await.0, [ok(ONE)]);
        assert!(!server.lines(connection).contains(&"QUIT".to_owned()));
        pass(seconds + 1).await;
        let end = format!("{connection} QUIT");
        server.until(|heard| heard.contains(&end)).await;
    }
}

#[tokio::test]
async fn the_connection_ends_with_the_account() {
    let server = three().await;
    let mut account = server.account().await;
    look(&mut account).await.expect("a listing");
    drop(account);
    server.until(|heard| heard.iter().any(|line| line == "2 QUIT")).await;
}

#[tokio::test]
async fn r33_a_listing_that_is_too_long_is_refused() {
    let server = three().await;
    let mut account = server.account().await;
    let many = pyeonji_shared::limits::MAX_LISTING + 1;
    server.script(move |_, line| (line == "STAT").then(|| format!("+OK {many} 1\r\n")));
    assert_eq!(look(&mut account).await.expect_err("too many").kind, ErrorKind::TooBig);
    // Few enough, with names too long for one answer.
    server.script(|_, line| {
        let all = |of: &dyn Fn(u32) -> String| (1..=60_000).map(of).collect::<String>();
        match line {
            "STAT" => Some("+OK 60000 1\r\n".into()),
            "LIST" => Some(format!("+OK\r\n{}.\r\n", all(&|n| format!("{n} 1\r\n")))),
            "UIDL" => Some(format!("+OK\r\n{}.\r\n", all(&|n| format!("{n} {n:070}\r\n")))),
            _ => None,
        }
    });
    let error = look(&mut account).await.expect_err("too long");
    assert_eq!((error.kind, error.detail.contains("60000")), (ErrorKind::TooBig, true));
    // Declared little, sent much.
    server.script(|_, line| (line == "LIST").then(|| format!("+OK\r\n{}", "1 1\r\n".repeat(200_001))));
    assert_eq!(look(&mut account).await.expect_err("too many").kind, ErrorKind::TooBig);
}
