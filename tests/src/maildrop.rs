//! A POP3 server in this process whose quirks a test can switch while it runs: Gmail's way of hiding what was downloaded, other
//! unique-ids for the same messages, no TOP.
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What can be switched. A session keeps what it found at sign-in.
#[derive(Clone, Copy, Debug)]
pub struct Quirks {
    /// Gmail without "recent:": what was retrieved once isn't listed from the next session on, though it stays in the mailbox.
    pub popped: bool,
    /// TOP is there (RFC 1939 §7: a server may be without).
    pub top: bool,
    /// The unique-id of the message that came in as the n-th, counted from 0.
    pub unique_id: fn(usize) -> String,
}

struct Message {
    bytes: Vec<u8>,
    retrieved: bool,
    /// DELE and QUIT take a message out of what is listed, and leave it in the mailbox, as Gmail's "archive" does.
    archived: bool,
}

struct State {
    quirks: Quirks,
    messages: Vec<Message>,
}

pub struct Maildrop {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Maildrop {
    /// Anybody with this password is let in.
    pub async fn start(password: &str, quirks: Quirks) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let state = Arc::new(Mutex::new(State { quirks, messages: Vec::new() }));
        let (all, password) = (state.clone(), password.to_owned());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut session = Session { state: all.clone(), password: password.clone(), open: None };
                tokio::spawn(async move { session.run(stream).await });
            }
        });
        Self { port, state }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        with(&self.state, act)
    }

    /// A message with CRLF line ends arrives.
    pub fn deliver(&self, bytes: &[u8]) {
        let message = Message { bytes: bytes.to_vec(), retrieved: false, archived: false };
        self.with(|s| s.messages.push(message));
    }

    pub fn switch(&self, change: impl FnOnce(&mut Quirks)) {
        self.with(|s| change(&mut s.quirks));
    }

    /// Places of those that DELE took out of sight.
    pub fn archived(&self) -> Vec<usize> {
        self.with(|s| (0..).zip(&s.messages).filter(|(_, m)| m.archived).map(|(n, _)| n).collect())
    }
}

fn with<T>(state: &Mutex<State>, act: impl FnOnce(&mut State) -> T) -> T {
    act(&mut state.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What a session shows, fixed at sign-in (RFC 1939 §4).
struct Open {
    quirks: Quirks,
    listed: Vec<usize>,
    deleted: Vec<usize>,
}

struct Session {
    state: Arc<Mutex<State>>,
    password: String,
    open: Option<Open>,
}

impl Session {
    async fn run(&mut self, stream: TcpStream) {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut answer = b"+OK ready\r\n".to_vec();
        loop {
            if write.write_all(&answer).await.is_err() {
                return;
            }
            let Ok(Some(line)) = lines.next_line().await else { return };
            answer = self.answer(&line);
            if line.eq_ignore_ascii_case("QUIT") {
                let _ = write.write_all(&answer).await;
                return;
            }
        }
    }

    fn answer(&mut self, line: &str) -> Vec<u8> {
        let (verb, words) = line.split_once(' ').unwrap_or((line, ""));
        match (verb.to_ascii_uppercase().as_str(), &mut self.open) {
            ("CAPA", _) => {
                let top = if with(&self.state, |s| s.quirks.top) { "TOP\r\n" } else { "" };
                format!("+OK\r\nUSER\r\nUIDL\r\n{top}.\r\n").into_bytes()
            }
            ("USER", None) => b"+OK\r\n".to_vec(),
            ("PASS", None) if words == self.password => {
                self.open = Some(with(&self.state, |s| Open::new(s)));
                b"+OK\r\n".to_vec()
            }
            ("QUIT", None) => b"+OK\r\n".to_vec(),
            ("QUIT", Some(open)) => {
                with(&self.state, |s| open.deleted.iter().for_each(|at| s.messages[*at].archived = true));
                b"+OK\r\n".to_vec()
            }
            (verb, Some(open)) => {
                let answer = with(&self.state, |s| open.answer(s, verb, words));
                answer.unwrap_or_else(|| b"-ERR no\r\n".to_vec())
            }
            _ => b"-ERR sign in\r\n".to_vec(),
        }
    }
}

impl Open {
    fn new(state: &State) -> Self {
        let listed = |m: &Message| !(m.archived || state.quirks.popped && m.retrieved);
        Self {
            quirks: state.quirks,
            listed: (0..).zip(&state.messages).filter(|(_, m)| listed(m)).map(|(at, _)| at).collect(),
            deleted: Vec::new(),
        }
    }

    /// `None`: there is no such command or message.
    fn answer(&mut self, state: &mut State, verb: &str, words: &str) -> Option<Vec<u8>> {
        let mut numbers = words.split(' ').map(|word| word.parse::<usize>().ok());
        let at = numbers.next().flatten().and_then(|n| self.listed.get(n.checked_sub(1)?)).copied();
        let size = |at: &usize| state.messages[*at].bytes.len();
        let listing = |word: &dyn Fn(&usize) -> String| {
            let rows = (1..).zip(&self.listed).filter(|(_, at)| !self.deleted.contains(at));
            let rows: String = rows.map(|(n, at): (u32, _)| format!("{n} {}\r\n", word(at))).collect();
            format!("+OK\r\n{rows}.\r\n").into_bytes()
        };
        Some(match (verb, at) {
            ("STAT", _) => {
                let sum: usize = self.listed.iter().map(size).sum();
                format!("+OK {} {sum}\r\n", self.listed.len()).into_bytes()
            }
            ("LIST", _) if words.is_empty() => listing(&|at| size(at).to_string()),
            ("UIDL", _) if words.is_empty() => listing(&|at| (self.quirks.unique_id)(*at)),
            ("RETR", Some(at)) => {
                let message = state.messages.get_mut(at)?;
                message.retrieved = true;
                text(&message.bytes)
            }
            ("TOP", Some(at)) if self.quirks.top => {
                let (lines, all) =
                    (numbers.next().flatten()?, String::from_utf8_lossy(&state.messages[at].bytes));
                let (head, body) = all.split_once("\r\n\r\n")?;
                let body: String = body.split_inclusive('\n').take(lines).collect();
                text(format!("{head}\r\n\r\n{body}").as_bytes())
            }
            ("DELE", Some(at)) => {
                self.deleted.push(at);
                b"+OK\r\n".to_vec()
            }
            ("NOOP", _) => b"+OK\r\n".to_vec(),
            _ => return None,
        })
    }
}

/// With dots stuffed (RFC 1939 §3).
fn text(message: &[u8]) -> Vec<u8> {
    let mut out = b"+OK\r\n".to_vec();
    for line in message.split_inclusive(|b| *b == b'\n') {
        out.extend(line.starts_with(b".").then_some(b'.'));
        out.extend_from_slice(line);
    }
    out.extend_from_slice(b".\r\n");
    out
}
