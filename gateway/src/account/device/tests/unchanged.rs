//! A mailbox that is as it was seen isn't listed again: no LIST, and nothing for the device to take in.
use super::*;
use pyeonji_shared::call::device::{Mark, Naming};

async fn look_again(account: &mut Account, seen: Option<Mark>) -> Listing {
    match ask(account, Request::Look { seen }).await.0 {
        Ok(Answer::Listing(listing)) => *listing,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_seen_is_neither_sized_nor_listed_again() {
    let server = three().await;
    let mut account = server.account().await;
    let first = look(&mut account).await.expect("a listing");
    assert!(first.mark.is_some() && first.unchanged.is_none());
    let again = look_again(&mut account, first.mark).await;
    assert_eq!((again.unchanged, again.messages.len(), again.mark), (Some(3), 0, first.mark));
    assert_eq!((again.naming, again.heads), (Naming::Server, true));
    let last = |n| server.lines(n).into_iter().filter(|l| l == "LIST").count();
    assert_eq!((last(2), last(3)), (1, 0));
    // CAPA, AUTH, and STAT with UIDL in one flight; QUIT will be the fourth.
    assert_eq!(again.cost.round_trips, 3);
    // The names lead somewhere all the same.
    assert_eq!(retrieve(&mut account, vec![whole("c")]).await.0, [Ok("Subject: three\r\n\r\n3\r\n".into())]);
    assert_eq!(server.lines(4), Vec::<String>::new());
}

#[tokio::test]
async fn whatever_is_new_gone_or_of_another_size_is_listed() {
    let server = three().await;
    let mut account = server.account().await;
    let mut seen = look(&mut account).await.expect("a listing").mark;
    let mut changed = async |account: &mut Account, count: usize| {
        let listing = look_again(account, seen).await;
        assert_eq!((listing.unchanged, listing.messages.len()), (None, count));
        assert!(listing.messages.iter().all(|m| m.size > 0), "with its size");
        assert!(listing.mark.is_some() && listing.mark != seen);
        seen = listing.mark;
    };
    server.put("d", "Subject: four\r\n\r\n4\r\n");
    changed(&mut account, 4).await;
    remove(&mut account, &["b"]).await.expect("removed");
    changed(&mut account, 3).await;
    // The same names, but one stands for something else.
    server.replace("a", "Subject: one\r\n\r\nmore\r\n");
    changed(&mut account, 3).await;
}

#[tokio::test]
async fn names_that_tell_nothing_apart_have_no_mark() {
    let server = three().await;
    server.put("a", "Subject: twin\r\n\r\n2\r\n");
    let mut account = server.account().await;
    assert_eq!(look(&mut account).await.expect("a listing").mark, None);

    let server = three().await;
    server.script(|_, line| match line {
        "CAPA" => Some("+OK\r\nTOP\r\nSASL PLAIN\r\nPIPELINING\r\n.\r\n".into()),
        "UIDL" => Some("-ERR unknown\r\n".into()),
        _ => None,
    });
    let mut account = server.account().await;
    let listing = look_again(&mut account, Some(Mark([7; 32]))).await;
    assert_eq!((listing.naming, listing.mark, listing.unchanged), (Naming::Digest, None, None));
    assert_eq!(listing.messages.len(), 3);
}
