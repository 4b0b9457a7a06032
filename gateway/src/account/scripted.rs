//! The account against servers that follow a script: few capabilities, renumbered folders, broken and hostile answers.
use super::connect::Dialer;
use super::pace::Pace;
use super::request::{Answer, FetchChunk, Output, Request, Section, Ticket};
use super::{Account, Links, Tell, task};
use crate::config::limits::Limits;
use crate::config::{Config, Endpoint, LoginName, Provider, TlsMode};
use crate::net::Net;
use crate::secret::{Credentials, Protocol, Secret};
use pyeonji_shared::call::organise::Destination;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::{Event, Snapshot};
use pyeonji_shared::ids::{FolderName, MessageRef, MessageSet, Uid, UidValidity};
use pyeonji_shared::message::Flags;
use pyeonji_shared::query::Query;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// What a command's line (without its tag) is answered with; `TAG` stands for the tag, `PREVIOUS` for that of the command before.
pub type Script = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

pub struct Server {
    pub provider: Arc<Provider>,
    /// Every command line that came, without tags.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(capabilities: &'static str, script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let port = listener.local_addr().expect("address").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, log) = (script.clone(), log.clone());
                tokio::spawn(async move {
                    let (read, mut write) = stream.into_split();
                    let mut lines = BufReader::new(read).lines();
                    let mut previous = String::new();
                    let hello = format!("* OK [CAPABILITY {capabilities}] ready\r\n");
                    write.write_all(hello.as_bytes()).await.ok();
                    while let Ok(Some(line)) = lines.next_line().await {
                        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
                        log.lock().expect("log").push(command.to_owned());
                        let usual = || match command.split(' ').next().unwrap_or_default() {
                            "LOGIN" | "AUTHENTICATE" => {
                                format!("TAG OK [CAPABILITY {capabilities}] in\r\n")
                            }
                            "LIST" => "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Trash\r\nTAG OK\r\n".into(),
                            "STATUS" => "* STATUS INBOX (MESSAGES 3 UNSEEN 1)\r\nTAG OK\r\n".into(),
                            "SELECT" | "EXAMINE" => {
                                "* 3 EXISTS\r\n* OK [UIDVALIDITY 9] .\r\nTAG OK [READ-WRITE]\r\n".into()
                            }
                            _ => "TAG OK\r\n".to_owned(),
                        };
                        let Some(answer) = script(command).or_else(|| Some(usual())) else { break };
                        if answer.is_empty() {
                            break;
                        }
                        let answer = answer.replace("PREVIOUS", &previous).replace("TAG", tag);
                        previous = tag.to_owned();
                        if write.write_all(answer.as_bytes()).await.is_err() {
                            break;
                        }
                    }
                });
            }
        });
        let provider = Arc::new(Provider {
            name: "script".into(),
            domains: vec!["t".into()],
            login: LoginName::Address,
            extra_roots: Vec::new(),
            pins: Vec::new(),
            imap: Some(Endpoint { host: "127.0.0.1".into(), port, tls: TlsMode::None }),
            pop3: None,
            smtp: None,
        });
        Self { provider, heard }
    }

    async fn sign_in(&self) -> Result<(Account, Snapshot), ApiError> {
        self.sign_in_within(Limits::default()).await
    }

    async fn sign_in_within(&self, limits: Limits) -> Result<(Account, Snapshot), ApiError> {
        let config = Config::for_tests(vec![self.provider.clone()]);
        let credentials = Credentials {
            address: "a@t".into(),
            login: "a@t".into(),
            password: Secret::new("p".into()),
            protocol: Protocol::Imap,
        };
        let (limits, provider) = (Arc::new(limits), self.provider.clone());
        let (net, links, pace) = (Net::new(&config), Links::new(8), Pace::new(&limits));
        task::open(Dialer { net, limits, credentials, provider, links, pace }).await
    }

    pub fn heard(&self, start: &str) -> usize {
        self.heard.lock().expect("log").iter().filter(|line| line.starts_with(start)).count()
    }
}

fn row(seq: u32, uid: u32, flags: &str) -> String {
    format!(
        "* {seq} FETCH (UID {uid} FLAGS ({flags}) INTERNALDATE \"01-Jan-2024 00:00:00 +0000\" RFC822.SIZE 10 ENVELOPE (NIL \
         \"s{uid}\" NIL NIL NIL NIL NIL NIL NIL NIL) BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 2 1 NIL NIL NIL NIL))\r\n"
    )
}

fn three_rows(command: &str) -> Option<String> {
    let rows = || format!("{}{}{}TAG OK\r\n", row(1, 11, "\\Seen"), row(2, 12, "\\Seen"), row(3, 13, ""));
    (command.starts_with("FETCH") && command.contains("ENVELOPE")).then(rows)
}

fn set(uids: &[u32]) -> MessageSet {
    let uids = uids.iter().copied().map(Uid).collect();
    MessageSet { folder: FolderName::inbox(), validity: UidValidity(9), uids }
}

async fn ask(account: &mut Account, request: Request) -> (Result<Answer, ApiError>, Vec<Event>) {
    account.requests.send(Tell::Do(Ticket(1), request.into())).await.expect("the task lives");
    let mut events = Vec::new();
    loop {
        let output = tokio::time::timeout(Duration::from_secs(10), account.outputs.recv()).await;
        match *output.expect("in time").expect("the task lives") {
            Output::Done { result, .. } => return (result, events),
            Output::Event(event) => events.push(event),
            other => panic!("{other:?}"),
        }
    }
}

/// Dovecot sends the rows of a large Maildir, works on, and ends the command later.
#[tokio::test]
async fn rows_are_shown_before_their_command_ends() {
    let script =
        |command: &str| three_rows(command).map(|all| all.replace("TAG OK\r\n", "* OK still busy\r\n"));
    let server = Server::start("IMAP4rev1 LIST-STATUS", Arc::new(script)).await;
    let signed_in = tokio::time::timeout(Duration::from_secs(10), server.sign_in()).await;
    let (_account, snapshot) = signed_in.expect("without the end of FETCH").expect("signs in");
    assert_eq!(snapshot.open.expect("inbox").rows.len(), 3);
}

#[tokio::test]
async fn a_plain_server_is_enough_for_the_first_screen() {
    let server = Server::start("IMAP4rev1", Arc::new(three_rows)).await;
    let (_account, snapshot) = server.sign_in().await.expect("signs in");
    let open = snapshot.open.expect("inbox");
    assert_eq!((open.exists, open.unseen, open.rows.len()), (3, 1, 3));
    let caps = snapshot.account.capabilities;
    assert!(!caps.push && !caps.undo_move && !caps.send);
    assert_eq!(server.heard("ENABLE") + server.heard("ID") + server.heard("NAMESPACE"), 0);
}

#[tokio::test]
async fn without_uidplus_nothing_else_is_ever_removed() {
    let with_foreign = |command: &str| {
        if command.starts_with("FETCH 1:*") && !command.contains("ENVELOPE") {
            let flags = "* 1 FETCH (UID 11 FLAGS (\\Deleted))\r\n* 2 FETCH (UID 12 FLAGS ())\r\nTAG OK\r\n";
            return Some(flags.to_owned());
        }
        three_rows(command)
    };
    let server = Server::start("IMAP4rev1", Arc::new(with_foreign)).await;
    let (mut account, _) = server.sign_in().await.expect("signs in");
    let (result, _) = ask(&mut account, Request::Delete { set: set(&[12]) }).await;
    assert_eq!(result.expect_err("refused").kind, ErrorKind::Unsupported);
    assert_eq!(server.heard("EXPUNGE") + server.heard("UID STORE"), 0, "message 1 would have gone too");
    // When the only one marked is the one meant, EXPUNGE can't hurt.
    let (result, _) = ask(&mut account, Request::Delete { set: set(&[11]) }).await;
    assert!(matches!(result, Ok(Answer::Ok)), "{result:?}");
    assert_eq!(server.heard("EXPUNGE"), 1);
    // Moving without removal says that the messages are in both places.
    let to = Destination::Folder(FolderName("Trash".into()));
    let (result, _) = ask(&mut account, Request::Move { set: set(&[12]), to }).await;
    let error = result.expect_err("not moved");
    assert!(error.kind == ErrorKind::Unsupported && error.detail.contains("both"), "{error}");
}

#[tokio::test]
async fn a_renumbered_folder_is_said_and_never_guessed() {
    let server = Server::start("IMAP4rev1 UIDPLUS MOVE", Arc::new(three_rows)).await;
    let (mut account, _) = server.sign_in().await.expect("signs in");
    let stale = MessageSet { validity: UidValidity(8), ..set(&[11]) };
    let request = Request::SetFlags { set: stale, add: Flags::SEEN, remove: Flags::default() };
    assert_eq!(ask(&mut account, request).await.0.expect_err("refused").kind, ErrorKind::ValidityChanged);
    // Also in a folder that isn't open: the second link looks before it touches.
    let folder = FolderName("Trash".into());
    let at = MessageSet { folder, validity: UidValidity(8), uids: vec![Uid(11)] };
    let request = Request::Delete { set: at };
    assert_eq!(ask(&mut account, request).await.0.expect_err("refused").kind, ErrorKind::ValidityChanged);
    assert_eq!(server.heard("UID STORE") + server.heard("UID EXPUNGE"), 0);
}

#[tokio::test]
async fn r31_a_broken_message_is_a_stub_row_and_is_read_whole() {
    let script = |command: &str| {
        if command.starts_with("FETCH") && command.contains("ENVELOPE") {
            let broken =
                "* 2 FETCH (UID 12 FLAGS () RFC822.SIZE 10 ENVELOPE (junk BODYSTRUCTURE ((((\"x\" NIL)\r\n";
            return Some(format!("{}{broken}{}TAG OK\r\n", row(1, 11, ""), row(3, 13, "")));
        }
        if command.starts_with("UID FETCH 12") {
            let whole = "Subject: whole\r\n\r\nbody\r\n";
            return Some(if command.contains("BODY.PEEK[]") {
                format!("* 2 FETCH (UID 12 BODY[]<0> {{{}}}\r\n{whole})\r\nTAG OK\r\n", whole.len())
            } else {
                "* 2 FETCH (UID 12 FLAGS () RFC822.SIZE 10 BODYSTRUCTURE ((\"x\")\r\nTAG OK\r\n".into()
            });
        }
        None
    };
    let server = Server::start("IMAP4rev1", Arc::new(script)).await;
    let Ok((mut account, snapshot)) = server.sign_in().await else {
        panic!("a folder isn't dead by one message")
    };
    let rows = snapshot.open.expect("inbox").rows;
    assert!(rows.iter().filter(|r| !r.summary.broken).count() == 2, "{rows:?}");
    let at = MessageRef { folder: FolderName::inbox(), validity: UidValidity(9), uid: Uid(12) };
    let (result, _) = ask(&mut account, Request::Read { at, background: false }).await;
    match result {
        Ok(Answer::Read(raw)) => assert!(raw.whole.is_some_and(|w| w.starts_with(b"Subject: whole"))),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn r33_endless_and_cut_answers_end_the_link_and_not_the_account() {
    for (name, poison) in [
        ("cut inside a literal", "* 1 FETCH (UID 11 BODY[] {4000000000}\r\nabc".to_owned()),
        ("line without end", format!("* OK {}", "x".repeat(300_000))),
        ("bye", "* BYE maintenance\r\n".to_owned()),
    ] {
        let script = move |command: &str| match command {
            "NOOP" => Some(format!("{poison}\r\n")),
            other => three_rows(other),
        };
        let server = Server::start("IMAP4rev1", Arc::new(script)).await;
        let (mut account, _) = server.sign_in().await.expect("signs in");
        let (result, _) = ask(&mut account, Request::Refresh).await;
        assert!(result.is_err(), "{name}");
        // Signed in again by itself, with a snapshot.
        loop {
            let output = tokio::time::timeout(Duration::from_secs(10), account.outputs.recv()).await;
            match *output.expect("in time").expect("the task lives") {
                Output::Event(Event::Snapshot(s)) => break assert!(s.open.is_some(), "{name}"),
                Output::Event(_) => {}
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}

/// Downloads the whole message 12 in five pieces, the second answered so; the bytes, if the end was told.
async fn download(middle: &'static str) -> Option<usize> {
    const PIECE: usize = 256 << 10;
    let piece = |n: usize, bytes: usize| {
        format!("* 2 FETCH (UID 12 BODY[]<{}> {{{bytes}}}\r\n{})\r\n", n * PIECE, "x".repeat(bytes))
    };
    let script = move |command: &str| {
        let asked = command.strip_prefix("UID FETCH 12 (UID BODY.PEEK[]<").and_then(|c| c.split('.').next());
        match asked.map(|offset| offset.parse::<usize>().expect("a number") / PIECE) {
            // The bytes, and not yet the end of the command.
            Some(0) => Some(piece(0, PIECE)),
            Some(1) => Some(middle.replace("PIECE", &piece(1, PIECE))),
            Some(4) => Some(piece(4, 100) + "TAG OK\r\n"),
            Some(n) => Some(piece(n, PIECE) + "TAG OK\r\n"),
            None if command.starts_with("UID FETCH 12") => Some(format!(
                "* 2 FETCH (UID 12 FLAGS () RFC822.SIZE {} BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 2 1))\r\nTAG OK\r\n",
                4 * PIECE + 100
            )),
            None => three_rows(command),
        }
    };
    let server = Server::start("IMAP4rev1", Arc::new(script)).await;
    let (account, _) = server.sign_in().await.expect("signs in");
    let at = MessageRef { folder: FolderName::inbox(), validity: UidValidity(9), uid: Uid(12) };
    let (out, mut chunks) = tokio::sync::mpsc::channel(1);
    let request = Request::Fetch { at, what: Section::Whole, out };
    account.requests.send(Tell::Do(Ticket(1), request.into())).await.expect("the task lives");
    let mut got = 0;
    while let Some(chunk) = chunks.recv().await {
        match chunk {
            Ok(FetchChunk::Head(_)) => {}
            Ok(FetchChunk::Bytes(bytes)) => got += bytes.len(),
            Ok(FetchChunk::End) => return Some(got),
            Err(_) => return None,
        }
    }
    None
}

#[tokio::test]
async fn a_download_is_whole_whichever_command_the_server_ends_first() {
    let whole = Some((1 << 20) + 100);
    assert_eq!(download("PREVIOUS OK\r\nPIECETAG OK\r\n").await, whole, "one after the other");
    assert_eq!(download("PIECEPREVIOUS OK\r\nTAG OK\r\n").await, whole, "bytes before the end of the other");
    assert_eq!(download("PREVIOUS OK\r\nTAG OK\r\n").await, None, "no bytes: the message is gone");
    assert_eq!(download("PREVIOUS OK\r\nTAG NO\r\n").await, None, "refused half-way");
}

#[tokio::test]
async fn a_message_of_the_limit_is_shown_and_of_a_byte_more_is_not() {
    const LIMIT: u64 = 50 << 20;
    for (size, too_big) in [(LIMIT, false), (LIMIT + 1, true)] {
        let script = move |command: &str| {
            let item = command.strip_prefix("UID FETCH 12 (")?;
            let sections = match item.contains("BODY.PEEK[") {
                true => " BODY[HEADER]<0> {16}\r\nSubject: big\r\n\r\n BODY[1]<0> {2}\r\nhi",
                false => "",
            };
            let structure = "BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 2 1)";
            Some(format!(
                "* 2 FETCH (UID 12 FLAGS () RFC822.SIZE {size} {structure}{sections})\r\nTAG OK\r\n"
            ))
        };
        let rows = move |command: &str| script(command).or_else(|| three_rows(command));
        let server = Server::start("IMAP4rev1", Arc::new(rows)).await;
        let (mut account, _) = server.sign_in().await.expect("signs in");
        let at = MessageRef { folder: FolderName::inbox(), validity: UidValidity(9), uid: Uid(12) };
        let (result, _) = ask(&mut account, Request::Read { at, background: false }).await;
        let Ok(Answer::Read(raw)) = result else { panic!("{size}: {result:?}") };
        assert_eq!((raw.too_big, u64::from(raw.size)), (too_big, size));
    }
}

/// However much a session downloads, and however slowly it takes it, its folders and searches go on (R34).
#[tokio::test]
async fn r34_downloads_leave_a_place_for_other_work() {
    const SIZE: usize = 64 << 10;
    let script = |command: &str| {
        if command.starts_with("UID SEARCH") {
            return Some("* SEARCH 11\r\nTAG OK\r\n".to_owned());
        }
        let item = command.strip_prefix("UID FETCH 12 (UID ")?;
        Some(match item.strip_prefix("BODY.PEEK[]<") {
            Some(_) => {
                format!("* 2 FETCH (UID 12 BODY[]<0> {{{SIZE}}}\r\n{})\r\nTAG OK\r\n", "x".repeat(SIZE))
            }
            None => format!(
                "* 2 FETCH (UID 12 FLAGS () RFC822.SIZE {SIZE} BODYSTRUCTURE (\"text\" \"plain\" NIL NIL NIL \"7bit\" 2 1))\r\nTAG OK\r\n"
            ),
        })
    };
    let rows = move |command: &str| script(command).or_else(|| three_rows(command));
    let server = Server::start("IMAP4rev1", Arc::new(rows)).await;
    // A byte less than one message is what may come at once.
    let limits = Limits { bulk_bytes_per_second: SIZE as u64 - 1, ..Limits::default() };
    let (mut account, _) = server.sign_in_within(limits).await.expect("signs in");
    let before = crate::metrics::hits("bulk_bytes_per_second");
    let mut readers = Vec::new();
    for n in 100..106 {
        let at = MessageRef { folder: FolderName::inbox(), validity: UidValidity(9), uid: Uid(12) };
        let (out, chunks) = tokio::sync::mpsc::channel(1);
        let request = Request::Fetch { at, what: Section::Whole, out };
        account.requests.send(Tell::Do(Ticket(n), request.into())).await.expect("the task lives");
        readers.push(chunks);
    }
    // The first two have begun, and wait for readers that don't read.
    for chunks in &mut readers[..2] {
        assert!(matches!(chunks.recv().await, Some(Ok(FetchChunk::Head(_)))));
    }
    let query = Query::parse("needle").expect("query");
    let search = Request::Search { folder: FolderName::inbox(), validity: UidValidity(9), query, rows: 0 };
    let (found, _) = ask(&mut account, search).await;
    assert!(matches!(found, Ok(Answer::Search(ref found)) if found.uids == [Uid(11)]), "{found:?}");
    let (read, _) = ask(&mut account, Request::Refresh).await;
    assert!(matches!(read, Ok(Answer::Ok)), "{read:?}");
    assert!(readers[2..].iter_mut().all(|chunks| chunks.try_recv().is_err()), "further ones wait in line");
    // One that is read to its end makes room for the next.
    while readers[0].recv().await.is_some() {}
    assert!(matches!(readers[2].recv().await, Some(Ok(FetchChunk::Head(_)))));
    assert!(crate::metrics::hits("bulk_bytes_per_second") > before, "and its rate is counted");
}
