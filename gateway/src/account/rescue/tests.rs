//! A rescue against the sandbox, and against a server that hangs up at the worst moment.
use super::*;
use crate::account::scripted::Server;
use crate::config::Config;
use crate::sandbox::flags::Flags as BoxFlags;
use crate::sandbox::{Options, Running, Sandbox};
use crate::secret::{Protocol, Secret};
use std::sync::atomic::{AtomicU32, Ordering};

fn rescue(config: &Config, provider: Arc<Provider>, address: &str, password: &str) -> Rescue {
    let credentials = Credentials {
        address: address.into(),
        login: address.into(),
        password: Secret::new(password.into()),
        protocol: Protocol::Imap,
    };
    let (limits, target) = (config.limits.clone(), Target { credentials, provider });
    Rescue::start(Net::new(config), limits, target, Links::new(8))
}

async fn on_sandbox(password: &str) -> (Running, Rescue) {
    let sandbox = Sandbox::start(Options { large_folder: 0, ..Options::default() }).await.unwrap();
    let config = Config::for_tests(sandbox.providers().into_iter().map(Arc::new).collect());
    let provider = config.provider_for("ada@blue.test").unwrap().clone();
    let rescue = rescue(&config, provider, "ada@blue.test", password);
    (sandbox, rescue)
}

fn op(n: u8) -> OpId {
    OpId([n; 16])
}

fn to(folder: &str, special: Option<SpecialUse>) -> Into {
    Into { folder: FolderName(folder.into()), special }
}

fn source(id: &str) -> Bytes {
    format!("Message-ID: <{id}@test>\r\nSubject: rescued\r\n\r\nSome words of {id}.\r\n").into()
}

/// A letter whose body comes in two pieces.
fn letter(to: Into, source: &Bytes) -> Letter {
    let (pieces, body) = mpsc::channel(2);
    pieces.try_send(Ok(source.slice(..5))).unwrap();
    pieces.try_send(Ok(source.slice(5..))).unwrap();
    let keywords = vec!["$Tag1".into(), "not an atom".into()];
    let (flags, date) = (Flags::SEEN.with(Flags::FLAGGED).with(Flags::DELETED), 1_000_000_000);
    Letter { to, flags, keywords, date, size: source.len() as u64, head: source.clone(), body }
}

fn count(sandbox: &Running, folder: &str) -> usize {
    sandbox.world.account("ada@blue.test").unwrap().with(|store| store.folder(folder).unwrap().messages.len())
}

async fn all(rescue: &Rescue, folder: &str) -> Vec<Remote> {
    let mut rows = rescue.list(FolderName(folder.into())).await.unwrap();
    let mut found = Vec::new();
    while let Some(some) = rows.recv().await {
        found.extend(some.unwrap());
    }
    found
}

#[tokio::test]
async fn a_message_is_stored_once_with_its_date_and_flags_and_comes_back_as_it_was() {
    let (sandbox, rescue) = on_sandbox("blue-lantern-42").await;
    let begun = rescue.begin().await.unwrap();
    assert!(begun.folders.iter().any(|f| f.special == Some(SpecialUse::Sent)), "{begun:?}");
    let (place, first) = (to("여행/2024", None), source("one"));
    let asked =
        vec![Asked { message_id: "<one@test>".into(), size: first.len() as u64, date: 0, rewritten: false }];
    assert_eq!(rescue.have(op(1), place.clone(), asked.clone()).await, Ok(vec![false]));
    let store = async |n: u8| rescue.append(op(n), letter(place.clone(), &first)).await;
    assert_eq!(store(2).await, Ok(Stored::Appended));
    assert_eq!(store(2).await, Ok(Stored::Appended), "the same message again, because its answer was lost");
    assert_eq!(count(&sandbox, "여행/2024"), 1);
    assert_eq!(store(3).await, Ok(Stored::Appended), "another message that is just the same");
    // A second run finds both, however they are asked about.
    let again = on_again(&sandbox).await;
    assert_eq!(again.have(op(1), place.clone(), asked.clone()).await, Ok(vec![true]));
    assert_eq!(again.have(op(1), place.clone(), asked.clone()).await, Ok(vec![true]), "asked again");
    assert_eq!(again.append(op(3), letter(place.clone(), &first)).await, Ok(Stored::There));
    assert_eq!(count(&sandbox, "여행/2024"), 2);
    assert_eq!(again.append(op(4), letter(place, &first)).await, Ok(Stored::Appended), "a third one is new");

    let rows = all(&rescue, "여행/2024").await;
    assert_eq!(rows.len(), 3);
    let row = &rows[0];
    assert_eq!((row.received, row.flags), (1_000_000_000, Flags::SEEN.with(Flags::FLAGGED)));
    assert_eq!(row.keywords, ["$Tag1"]);
    assert_eq!((row.size as usize, row.message_id.as_deref()), (first.len(), Some("<one@test>")));
    let mut chunks = rescue.fetch(FolderName("여행/2024".into()), row.uid).await.unwrap();
    let mut bytes = Vec::new();
    loop {
        match chunks.recv().await.unwrap().unwrap() {
            FetchChunk::Bytes(some) => bytes.extend_from_slice(&some),
            FetchChunk::End => break,
            FetchChunk::Head(_) => unreachable!(),
        }
    }
    assert_eq!(bytes, first);
    let mut gone = rescue.fetch(FolderName("여행/2024".into()), Uid(999)).await.unwrap();
    assert!(matches!(gone.recv().await, Some(Err(error)) if error.kind == ErrorKind::Gone));
    let mut nowhere = rescue.list(FolderName("nowhere".into())).await.unwrap();
    assert!(matches!(nowhere.recv().await, Some(Err(_))));
    // Folders that have a use go where the account has them.
    let sent = count(&sandbox, "Sent");
    assert_eq!(
        rescue.append(op(5), letter(to("보냄", Some(SpecialUse::Sent)), &source("two"))).await,
        Ok(Stored::Appended)
    );
    assert_eq!(count(&sandbox, "Sent"), sent + 1);
    let flags = sandbox.world.account("ada@blue.test").unwrap().with(|store| {
        let folder = store.folder("Sent").unwrap();
        folder.messages.last().unwrap().flags.clone()
    });
    assert!(flags != BoxFlags::default());
}

async fn on_again(sandbox: &Running) -> Rescue {
    let config = Config::for_tests(sandbox.providers().into_iter().map(Arc::new).collect());
    let provider = config.provider_for("ada@blue.test").unwrap().clone();
    rescue(&config, provider, "ada@blue.test", "blue-lantern-42")
}

#[tokio::test]
async fn a_wrong_password_ends_it() {
    let (_sandbox, rescue) = on_sandbox("wrong").await;
    assert_eq!(rescue.begin().await.unwrap_err().kind, ErrorKind::WrongPassword);
    let asked = rescue.have(op(1), to("INBOX", None), Vec::new()).await;
    assert_eq!(asked.unwrap_err().kind, ErrorKind::Cancelled);
    assert!(rescue.is_over());
}

#[tokio::test]
async fn a_body_that_breaks_off_stores_nothing() {
    let (sandbox, rescue) = on_sandbox("blue-lantern-42").await;
    let before = count(&sandbox, "INBOX");
    let source = source("broken");
    let mut broken = letter(to("INBOX", Some(SpecialUse::Inbox)), &source);
    broken.size += 10;
    assert!(rescue.append(op(1), broken).await.is_err());
    assert_eq!(count(&sandbox, "INBOX"), before);
    let whole = letter(to("INBOX", Some(SpecialUse::Inbox)), &source);
    assert_eq!(rescue.append(op(1), whole).await, Ok(Stored::Appended), "and the next try is a new one");
    assert_eq!(count(&sandbox, "INBOX"), before + 1);
}

/// The server stored the message and was gone before it said so.
#[tokio::test]
async fn what_was_stored_unheard_is_found_and_not_stored_again() {
    let (bodies, source) = (Arc::new(AtomicU32::new(0)), source("lost"));
    let (counted, size) = (bodies.clone(), source.len());
    let script = move |command: &str| {
        if command.starts_with("APPEND") {
            return Some("+ go\r\n".to_owned());
        }
        if command.ends_with("of lost.") {
            // The last line of the body; what follows it is the command's end.
            counted.fetch_add(1, Ordering::Relaxed);
            return Some(String::new());
        }
        let stored = counted.load(Ordering::Relaxed) > 0;
        if command.starts_with("EXAMINE") {
            let exists = u8::from(stored);
            return Some(format!("* {exists} EXISTS\r\n* OK [UIDVALIDITY 9] .\r\nTAG OK\r\n"));
        }
        let list = command.starts_with("FETCH").then(|| {
            format!(
                "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"01-Jan-2024 00:00:00 +0000\" RFC822.SIZE {size} \
                 ENVELOPE (NIL \"rescued\" NIL NIL NIL NIL NIL NIL NIL \"<lost@test>\"))\r\nTAG OK\r\n"
            )
        });
        // The other lines of the body.
        list.or_else(|| matches!(command, "<lost@test>" | "rescued" | "").then(|| "* OK .\r\n".to_owned()))
    };
    let server = Server::start("IMAP4rev1", Arc::new(script)).await;
    let config = Config::for_tests(vec![server.provider.clone()]);
    let rescue = rescue(&config, server.provider.clone(), "a@t", "p");
    let store = async || rescue.append(op(1), letter(to("INBOX", Some(SpecialUse::Inbox)), &source)).await;
    assert_eq!(store().await.unwrap_err().kind, ErrorKind::Disconnected);
    assert_eq!(store().await, Ok(Stored::There));
    assert_eq!((bodies.load(Ordering::Relaxed), server.heard("APPEND")), (1, 1));
}
