//! A POP3 proxy in clear that writes down what passes and stops at a named point until it is told to go on.
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Longest wait for a stop to be reached; a test that gets here has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// Lines of a message that pass before [`Stop::InRetr`] stops.
const LINES: usize = 3;

/// Where the next connection that gets there waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// STAT, with which a look begins, was sent, and the server hasn't seen it.
    BeforeStat,
    /// UIDL was sent, and the server hasn't seen it.
    BeforeUidl,
    /// The answer to the n-th RETR from now on (1 is the next) has begun to pass.
    InRetr(usize),
    /// DELE was sent, and the server hasn't seen it.
    BeforeDele,
    /// QUIT was sent behind a DELE, and the server hasn't seen it.
    BeforeQuit,
    /// The server has answered QUIT behind a DELE, and nobody has heard it.
    AfterQuit,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Told {
    #[default]
    Pass,
    Stop(Stop),
    /// Somebody waits there.
    Held,
    /// Whoever waited is cut off.
    Abandon,
}

/// What has passed so far.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Verbs of the commands that reached the server, of all connections, in order.
    pub commands: Vec<String>,
    /// Messages whose answer to RETR passed to its end, as they were before dots were stuffed (RFC 1939 §3).
    pub retrieved: Vec<Vec<u8>>,
    pub connections: usize,
    /// Bytes from the server.
    pub received: u64,
}

impl Record {
    pub fn count(&self, verb: &str) -> usize {
        self.commands.iter().filter(|c| *c == verb).count()
    }
}

pub struct Gate {
    pub port: u16,
    told: watch::Sender<Told>,
    record: Arc<Mutex<Record>>,
}

impl Gate {
    /// Listens on a free loopback port and forwards to `port`.
    pub async fn start(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let gate = Self {
            port: listener.local_addr().expect("bound").port(),
            told: watch::Sender::new(Told::Pass),
            record: Arc::default(),
        };
        let (told, record) = (gate.told.clone(), gate.record.clone());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let (told, record) = (told.clone(), record.clone());
                tokio::spawn(async move {
                    let far = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port))).await;
                    let Ok(far) = far else { return };
                    let (_, _) = (near.set_nodelay(true), far.set_nodelay(true));
                    with(&record, |r| r.connections += 1);
                    let line = Arc::new(Line { told, record, asked: Mutex::default() });
                    let ((near_read, near_write), (far_read, far_write)) =
                        (near.into_split(), far.into_split());
                    tokio::select! {
                        () = up(line.clone(), near_read, far_write) => {}
                        () = down(line.clone(), far_read, near_write) => {}
                    }
                });
            }
        });
        gate
    }

    /// The next connection that gets there waits.
    pub fn stop(&self, at: Stop) {
        self.told.send_replace(Told::Stop(at));
    }

    pub fn is_held(&self) -> bool {
        *self.told.borrow() == Told::Held
    }

    /// Returns when a connection waits at the stop.
    pub async fn held(&self) {
        let mut told = self.told.subscribe();
        let waited = tokio::time::timeout(PATIENCE, told.wait_for(|t| *t == Told::Held)).await;
        let seen = self.record().commands;
        assert!(waited.is_ok(), "nobody got to {:?}; seen: {seen:?}", *self.told.borrow());
    }

    /// Whoever waits goes on.
    pub fn release(&self) {
        self.told.send_replace(Told::Pass);
    }

    /// Whoever waits is cut off instead of going on; the others pass.
    pub async fn abandon(&self) {
        let held = |told: &mut Told| {
            let held = *told == Told::Held;
            if held {
                *told = Told::Abandon;
            }
            held
        };
        // Whose other end has gone meanwhile waits no more.
        if !self.told.send_if_modified(held) {
            return;
        }
        let mut told = self.told.subscribe();
        told.wait_for(|t| *t == Told::Pass).await.expect("the gate lives");
    }

    pub fn record(&self) -> Record {
        with(&self.record, |r| r.clone())
    }
}

fn with<T>(record: &Mutex<Record>, act: impl FnOnce(&mut Record) -> T) -> T {
    act(&mut record.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Somebody waits at the stop; nobody does once this is dropped, which the other end's going does too.
struct Waiting<'a>(&'a watch::Sender<Told>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let over = |told: &mut Told| {
            let over = matches!(told, Told::Held | Told::Abandon);
            if over {
                *told = Told::Pass;
            }
            over
        };
        self.0.send_if_modified(over);
    }
}

/// One connection.
struct Line {
    told: watch::Sender<Told>,
    record: Arc<Mutex<Record>>,
    asked: Mutex<Asked>,
}

#[derive(Default)]
struct Asked {
    /// Commands without an answer so far.
    verbs: VecDeque<Ask>,
    deletes: bool,
}

#[derive(Clone, PartialEq, Eq)]
struct Ask {
    verb: String,
    /// Its answer goes on to a line with a single dot.
    long: bool,
}

impl Line {
    fn asked<T>(&self, act: impl FnOnce(&mut Asked) -> T) -> T {
        act(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits if this is where to stop. False: the connection is cut off.
    async fn pass(&self, here: impl Fn(Stop) -> bool) -> bool {
        let stops = |told: &mut Told| {
            let stops = matches!(told, Told::Stop(at) if here(*at));
            if stops {
                *told = Told::Held;
            }
            stops
        };
        if !self.told.send_if_modified(stops) {
            return true;
        }
        let _waiting = Waiting(&self.told);
        let mut told = self.told.subscribe();
        let now = told.wait_for(|t| *t != Told::Held).await.map(|t| *t);
        now.is_ok_and(|now| now != Told::Abandon)
    }

    /// Counts RETRs down to the one to stop in.
    fn begins_retr(&self) -> bool {
        let mut here = false;
        self.told.send_if_modified(|told| match told {
            Told::Stop(Stop::InRetr(n)) => {
                here = *n <= 1;
                *n = n.saturating_sub(1);
                true
            }
            _ => false,
        });
        here
    }
}

async fn up(line: Arc<Line>, from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let mut from = BufReader::new(from);
    let mut text = Vec::new();
    loop {
        text.clear();
        if !matches!(from.read_until(b'\n', &mut text).await, Ok(1..)) {
            return;
        }
        let words = String::from_utf8_lossy(&text).trim_end().to_ascii_uppercase();
        let (verb, more) = words.split_once(' ').unwrap_or((&words, ""));
        // What goes on with a SASL exchange (RFC 5034 §4) is no command.
        let goes_on = line.asked(|a| a.verbs.front().is_some_and(|ask| ask.verb == "AUTH"));
        if !goes_on {
            let deletes = line.asked(|a| a.deletes);
            let passed = line.pass(|stop| match stop {
                Stop::BeforeStat => verb == "STAT",
                Stop::BeforeUidl => verb == "UIDL",
                Stop::BeforeDele => verb == "DELE",
                Stop::BeforeQuit => verb == "QUIT" && deletes,
                Stop::InRetr(_) | Stop::AfterQuit => false,
            });
            if !passed.await {
                return;
            }
            let long = match verb {
                "RETR" | "TOP" | "CAPA" => true,
                "LIST" | "UIDL" => more.is_empty(),
                _ => false,
            };
            line.asked(|a| {
                a.deletes |= verb == "DELE";
                a.verbs.push_back(Ask { verb: verb.to_owned(), long });
            });
            with(&line.record, |r| r.commands.push(verb.to_owned()));
        }
        if to.write_all(&text).await.is_err() {
            return;
        }
    }
}

async fn down(line: Arc<Line>, from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let mut from = BufReader::new(from);
    // The greeting answers nothing.
    let mut answer: Option<Ask> = Some(Ask { verb: String::new(), long: false });
    // Of a long answer: its lines so far, without the status.
    let mut body: Option<(Vec<u8>, usize, bool)> = None;
    let mut text = Vec::new();
    loop {
        text.clear();
        if !matches!(from.read_until(b'\n', &mut text).await, Ok(1..)) {
            return;
        }
        with(&line.record, |r| r.received += text.len() as u64);
        if let Some((lines, count, here)) = &mut body {
            if text == b".\r\n" {
                let ask = line.asked(|a| a.verbs.pop_front());
                if ask.is_some_and(|ask| ask.verb == "RETR") {
                    with(&line.record, |r| r.retrieved.push(std::mem::take(lines)));
                }
                body = None;
            } else {
                lines.extend_from_slice(text.strip_prefix(b".").unwrap_or(&text));
                *count += 1;
                if *here && *count == LINES && !line.pass(|stop| matches!(stop, Stop::InRetr(0))).await {
                    return;
                }
            }
        } else if answer.take().is_none() {
            let ask = line.asked(|a| a.verbs.front().cloned());
            let ask = ask.unwrap_or(Ask { verb: String::new(), long: false });
            if ask.long && text.starts_with(b"+OK") {
                let here = ask.verb == "RETR" && line.begins_retr();
                body = Some((Vec::new(), 0, here));
            } else if !(ask.verb == "AUTH" && text.starts_with(b"+ ")) {
                line.asked(|a| a.verbs.pop_front());
            }
            let deletes = line.asked(|a| a.deletes);
            let leaves = ask.verb == "QUIT" && deletes;
            if !line.pass(|stop| stop == Stop::AfterQuit && leaves).await {
                return;
            }
        }
        if to.write_all(&text).await.is_err() {
            return;
        }
    }
}
