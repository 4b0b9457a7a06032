//! A small POP3 server with a mailbox, whose every answer a test can replace.
use crate::account::connect::Dialer;
use crate::account::{Account, Links};
use crate::config::{Config, Endpoint, LoginName, Provider, TlsMode};
use crate::net::Net;
use crate::secret::{Credentials, Secret};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::event::Snapshot;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Ends an answer: the connection is closed after what stands before.
pub const HANG_UP: &str = "\u{1}";

/// What a line of a connection (counted from 1) is answered with instead of the usual; `greeting` stands for none.
pub type Script = Box<dyn Fn(usize, &str) -> Option<String> + Send + Sync>;

pub struct Server {
    pub provider: Arc<Provider>,
    state: Arc<State>,
    pub limits: crate::config::limits::Limits,
}

struct State {
    /// Name and source.
    mailbox: Mutex<Vec<(String, String)>>,
    script: Mutex<Script>,
    /// `connection line`, `connection +` at its beginning and `connection -` at its end.
    heard: watch::Sender<Vec<String>>,
}

impl Server {
    pub async fn start(mailbox: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let port = listener.local_addr().expect("address").port();
        let mailbox =
            mailbox.iter().map(|(name, source)| ((*name).to_owned(), (*source).to_owned())).collect();
        let state = Arc::new(State {
            mailbox: Mutex::new(mailbox),
            script: Mutex::new(Box::new(|_, _| None)),
            heard: watch::Sender::new(Vec::new()),
        });
        let serving = state.clone();
        tokio::spawn(async move {
            let mut connections = 0;
            while let Ok((stream, _)) = listener.accept().await {
                connections += 1;
                let (state, connection) = (serving.clone(), connections);
                tokio::spawn(async move {
                    state.note(connection, "+");
                    state.serve(connection, stream).await;
                    state.note(connection, "-");
                });
            }
        });
        let provider = Arc::new(Provider {
            name: "script".into(),
            domains: vec!["t".into()],
            login: LoginName::Address,
            extra_roots: Vec::new(),
            pins: Vec::new(),
            imap: None,
            pop3: Some(Endpoint { host: "127.0.0.1".into(), port, tls: TlsMode::None }),
            smtp: None,
        });
        Self { provider, state, limits: Default::default() }
    }

    /// From now on.
    pub fn script(&self, script: impl Fn(usize, &str) -> Option<String> + Send + Sync + 'static) {
        *self.state.script.lock().expect("script") = Box::new(script);
    }

    pub fn put(&self, name: &str, source: &str) {
        self.state.mailbox.lock().expect("mailbox").push((name.into(), source.into()));
    }

    /// Another message under a name that was given before.
    pub fn replace(&self, name: &str, source: &str) {
        let mut mailbox = self.state.mailbox.lock().expect("mailbox");
        mailbox.iter_mut().filter(|(n, _)| n == name).for_each(|(_, s)| *s = source.into());
    }

    /// Names of what lies there.
    pub fn mailbox(&self) -> Vec<String> {
        self.state.mailbox.lock().expect("mailbox").iter().map(|(name, _)| name.clone()).collect()
    }

    pub fn dialer(&self) -> Dialer {
        let config = Config::for_tests(vec![self.provider.clone()]);
        let credentials = Credentials {
            address: "a@t".into(),
            login: "a@t".into(),
            password: Secret::new("p".into()),
            protocol: crate::secret::Protocol::Pop3,
        };
        let limits = Arc::new(self.limits.clone());
        // One place: two connections at once would show.
        Dialer {
            net: Net::new(&config),
            limits,
            credentials,
            provider: self.provider.clone(),
            links: Links::new(1),
            pace: crate::account::pace::Pace::new(&self.limits),
        }
    }

    pub async fn sign_in(&self) -> Result<(Account, Snapshot), ApiError> {
        super::super::open(self.dialer()).await
    }

    /// Signed in, and the connection of that has ended.
    pub async fn account(&self) -> Account {
        let (account, _) = self.sign_in().await.expect("signs in");
        self.until(|heard| heard.iter().any(|line| line.ends_with(" -"))).await;
        account
    }

    /// The lines of one connection.
    pub fn lines(&self, connection: usize) -> Vec<String> {
        let prefix = format!("{connection} ");
        self.state
            .heard
            .borrow()
            .iter()
            .filter_map(|line| line.strip_prefix(&prefix))
            .map(str::to_owned)
            .collect()
    }

    /// Waits until what was heard is as wanted.
    pub async fn until(&self, wanted: impl FnMut(&Vec<String>) -> bool) {
        let mut heard = self.state.heard.subscribe();
        let found = tokio::time::timeout(super::PATIENCE, heard.wait_for(wanted)).await;
        found.expect("in time").expect("the server lives");
    }
}

impl State {
    fn note(&self, connection: usize, line: &str) {
        self.heard.send_modify(|heard| heard.push(format!("{connection} {line}")));
    }

    async fn serve(&self, connection: usize, stream: TcpStream) {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let shown = self.mailbox.lock().expect("mailbox").clone();
        let mut doomed = Vec::new();
        let mut line = "greeting".to_owned();
        loop {
            let usual = || usual(&shown, &line);
            let answer = (self.script.lock().expect("script"))(connection, &line).unwrap_or_else(usual);
            if answer.starts_with("+OK") {
                match line.split_once(' ') {
                    Some(("DELE", number)) => doomed.extend(index(number)),
                    _ if line == "QUIT" => {
                        let names: Vec<&String> =
                            doomed.iter().filter_map(|n| Some(&shown.get(*n)?.0)).collect();
                        self.mailbox.lock().expect("mailbox").retain(|(name, _)| !names.contains(&name));
                    }
                    _ => {}
                }
            }
            let text = answer.strip_suffix(HANG_UP);
            let sent = write.write_all(text.unwrap_or(&answer).as_bytes()).await;
            if sent.is_err() || text.is_some() || line == "QUIT" {
                return;
            }
            let Ok(Some(next)) = lines.next_line().await else { return };
            self.note(connection, if next.starts_with("AUTH") { "AUTH" } else { &next });
            line = next;
        }
    }
}

/// Index of a message number.
fn index(number: &str) -> Option<usize> {
    number.split(' ').next()?.parse::<usize>().ok()?.checked_sub(1)
}

fn usual(mailbox: &[(String, String)], line: &str) -> String {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let list = |show: &dyn Fn(&(String, String)) -> String| {
        let lines: String =
            mailbox.iter().enumerate().map(|(n, m)| format!("{} {}\r\n", n + 1, show(m))).collect();
        format!("+OK\r\n{lines}.\r\n")
    };
    let message = || index(rest).and_then(|n| mailbox.get(n));
    match verb {
        "CAPA" => "+OK\r\nTOP\r\nUIDL\r\nUSER\r\nSASL PLAIN\r\nPIPELINING\r\nRESP-CODES\r\n.\r\n".into(),
        "STAT" => format!("+OK {} {}\r\n", mailbox.len(), mailbox.iter().map(|m| m.1.len()).sum::<usize>()),
        "LIST" => list(&|m| m.1.len().to_string()),
        "UIDL" => list(&|m| m.0.clone()),
        "RETR" => message().map_or("-ERR no such message\r\n".into(), |m| multiline(&m.1)),
        "TOP" => message().map_or("-ERR no such message\r\n".into(), |m| {
            let head = m.1.split_once("\r\n\r\n").map_or(m.1.as_str(), |(head, _)| head);
            multiline(&format!("{head}\r\n\r\n"))
        }),
        _ => "+OK\r\n".into(),
    }
}

pub fn multiline(source: &str) -> String {
    let stuffed = format!("\r\n{source}").replace("\r\n.", "\r\n..");
    format!("+OK{stuffed}.\r\n")
}
