//! One POP3 connection: its states, and what is said when (RFC 1939 §3 to §6).
use super::command::{Command, UNKNOWN};
use super::maildrop::{Hold, Pop3Options};
use super::text::{self, Text};
use super::view::View;
use crate::sandbox::world::{Account, World};
use bytes::BytesMut;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) enum State {
    Authorization,
    /// Still before sign-in: AUTH PLAIN waits for its response.
    Credentials,
    Transaction(Mailbox),
}

/// A mailbox that is open.
pub(super) struct Mailbox {
    pub account: Arc<Account>,
    pub options: Pop3Options,
    pub view: View,
    /// Until the connection ends, however it ends.
    pub _hold: Hold,
}

/// An answer under way: it pauses whenever enough output waits.
enum Job {
    /// The lines of LIST or UIDL behind a message number.
    Listing {
        after: u32,
        unique_ids: bool,
    },
    Text(Text),
}

pub struct Session {
    pub(super) world: Arc<World>,
    input: BytesMut,
    out: Vec<u8>,
    /// What APOP's digest is made with, in the greeting.
    pub(super) timestamp: String,
    pub(super) state: State,
    /// From USER, for the very next command.
    pub(super) user: Option<String>,
    job: Option<Job>,
    pub(super) failed_logins: u32,
    /// In a row.
    bad_commands: u32,
    /// When the last command ran or the last part of an answer was made.
    alive: Instant,
    closed: bool,
}

/// What a command is answered with; the error isn't the end of anything.
pub(super) type Outcome = Result<String, String>;

impl Session {
    pub fn new(world: Arc<World>, now: Instant) -> Self {
        // In the form of a Message-ID, different each time (RFC 1939 §7).
        let timestamp = format!("<{}.{}@sandbox.test>", world.serial(), world.clock.now());
        let mut session = Self {
            world,
            input: BytesMut::new(),
            out: Vec::new(),
            timestamp,
            state: State::Authorization,
            user: None,
            job: None,
            failed_logins: 0,
            bad_commands: 0,
            alive: now,
            closed: false,
        };
        let greeting = format!("+OK Sandbox ready {}", session.timestamp);
        session.line(&greeting);
        session
    }

    /// The greeting for one too many (RFC 3206 §4).
    pub const BUSY: &'static [u8] = b"-ERR [SYS/TEMP] Too many connections, try again later\r\n";

    pub fn input(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    pub fn output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// When silence ends the connection. Only commands count: bytes without an end keep nobody's lock.
    pub fn poll_timeout(&self) -> Instant {
        self.alive + Duration::from_secs(self.world.bounds.pop3_silent_seconds)
    }

    /// Call at or after [`Self::poll_timeout`]. No UPDATE and not a word (RFC 1939 §3).
    pub fn handle_timeout(&mut self, now: Instant) {
        if now >= self.poll_timeout() {
            self.close();
        }
    }

    /// Works on what came in, until no whole line is left or enough output waits. `true`: call again after writing.
    pub fn advance(&mut self, now: Instant) -> bool {
        while !self.closed {
            if self.out.len() >= self.world.bounds.output_bytes {
                return true;
            }
            if let Some(job) = self.job.take() {
                self.alive = now;
                self.job = self.step(job);
                continue;
            }
            let most = self.world.bounds.pop3_line_bytes;
            let end = self.input.iter().position(|byte| *byte == b'\n');
            if end.map_or(self.input.len(), |end| end + 1) > most {
                self.line("-ERR Line too long");
                self.close();
            }
            let Some(end) = end.filter(|_| !self.closed) else { return false };
            let line = self.input.split_to(end + 1);
            let line = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
            self.alive = now;
            if matches!(self.state, State::Credentials) {
                self.state = State::Authorization;
                let outcome = self.response(&line, now);
                self.answer(outcome);
            } else {
                self.command(&line, now);
            }
        }
        false
    }

    /// Ends the connection and gives the mailbox back at once, whatever becomes of the socket.
    pub(super) fn close(&mut self) {
        self.state = State::Authorization;
        self.job = None;
        self.closed = true;
    }

    pub(super) fn line(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    pub(super) fn answer(&mut self, outcome: Outcome) {
        match outcome {
            Ok(text) => self.line(&format!("+OK {text}")),
            Err(text) => self.line(&format!("-ERR {text}")),
        }
    }

    fn command(&mut self, line: &str, now: Instant) {
        // RFC 1939 §7: PASS follows right upon USER.
        let user = self.user.take();
        match Command::read(line) {
            Ok(command) => self.run(command, user, now),
            Err(text) => self.bad(text),
        }
    }

    /// Not a command, or not one of this state.
    fn bad(&mut self, text: &str) {
        self.line(&format!("-ERR {text}"));
        self.bad_commands += 1;
        if self.bad_commands >= self.world.bounds.bad_commands {
            self.line("-ERR Too many bad commands");
            self.close();
        }
    }

    fn run(&mut self, command: Command, user: Option<String>, now: Instant) {
        match (&self.state, &command) {
            (_, Command::Capa | Command::Quit) => {}
            (
                State::Transaction(_),
                Command::User(_) | Command::Pass(_) | Command::Apop { .. } | Command::Auth { .. },
            ) => return self.bad("Signed in already"),
            (State::Transaction(mailbox), Command::Top(..)) if !mailbox.options.top => {
                return self.bad(UNKNOWN);
            }
            (State::Transaction(mailbox), Command::Uidl(_)) if !mailbox.options.uidl => {
                return self.bad(UNKNOWN);
            }
            (State::Transaction(_), _)
            | (_, Command::User(_) | Command::Pass(_) | Command::Apop { .. } | Command::Auth { .. }) => {}
            _ => return self.bad("Sign in first"),
        }
        self.bad_commands = 0;
        match command {
            Command::Capa => self.capabilities(),
            Command::Quit => self.quit(),
            Command::User(_) | Command::Pass(_) | Command::Apop { .. } | Command::Auth { .. } => {
                self.sign_in(command, user, now);
            }
            _ => {
                if let State::Transaction(mailbox) = &mut self.state {
                    let (outcome, job) = match transaction(mailbox, command) {
                        Ok((text, job)) => (Ok(text), job),
                        Err(text) => (Err(text.to_owned()), None),
                    };
                    self.job = job;
                    self.answer(outcome);
                }
            }
        }
    }

    /// Before sign-in what all accounts have in common is told (RFC 2449 §5).
    fn capabilities(&mut self) {
        let (options, varies) = match &self.state {
            State::Transaction(mailbox) => (mailbox.options, ""),
            // RFC 2449 §6.5: the longest delay, which may be another for the one who signs in.
            _ => (self.world.pop3_in_common(), " USER"),
        };
        self.line("+OK This is what there is");
        for (there, name) in [(options.top, "TOP"), (options.uidl, "UIDL")] {
            if there {
                self.line(name);
            }
        }
        for name in ["USER", "SASL PLAIN", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER"] {
            self.line(name);
        }
        if let Some(seconds) = options.login_delay {
            self.line(&format!("LOGIN-DELAY {seconds}{varies}"));
        }
        self.line("IMPLEMENTATION Pyeonji-sandbox");
        self.line(".");
    }

    /// RFC 1939 §6: deletions happen here and nowhere else.
    fn quit(&mut self) {
        let deleted = match &self.state {
            State::Transaction(mailbox) => mailbox.view.update(&mailbox.account),
            _ => 0,
        };
        self.close();
        self.line(&format!("+OK Until next time ({deleted} deleted)"));
    }

    /// Does a part of an answer; gives the job back unless it is finished.
    fn step(&mut self, mut job: Job) -> Option<Job> {
        let most = self.world.bounds.output_bytes;
        match &mut job {
            Job::Text(text) => {
                if text.write(&mut self.out, most) {
                    return None;
                }
            }
            Job::Listing { after, unique_ids } => {
                let State::Transaction(Mailbox { view, .. }) = &self.state else { return None };
                for (number, entry) in view.after(*after) {
                    if self.out.len() >= most {
                        return Some(job);
                    }
                    let line = match unique_ids {
                        true => format!("{number} {}\r\n", view.unique_id(entry)),
                        false => format!("{number} {}\r\n", entry.size),
                    };
                    self.out.extend_from_slice(line.as_bytes());
                    *after = number;
                }
                self.out.extend_from_slice(b".\r\n");
                return None;
            }
        }
        Some(job)
    }
}

/// A command on an open mailbox: its first line, and what follows it.
fn transaction(mailbox: &mut Mailbox, command: Command) -> Result<(String, Option<Job>), &'static str> {
    let view = &mut mailbox.view;
    let (count, octets) = view.totals();
    Ok(match command {
        Command::Stat => (format!("{count} {octets}"), None),
        Command::List(None) => {
            let job = Job::Listing { after: 0, unique_ids: false };
            (format!("{count} messages ({octets} octets)"), Some(job))
        }
        Command::List(Some(number)) => (format!("{number} {}", view.get(number)?.size), None),
        Command::Uidl(None) => {
            (format!("{count} messages"), Some(Job::Listing { after: 0, unique_ids: true }))
        }
        Command::Uidl(Some(number)) => (format!("{number} {}", view.unique_id(view.get(number)?)), None),
        Command::Retr(number) => {
            let raw = view.content(&mailbox.account, number)?.raw();
            (format!("{} octets", view.get(number)?.size), Some(Job::Text(Text::new(raw))))
        }
        Command::Top(number, lines) => {
            let raw = view.content(&mailbox.account, number)?.raw();
            ("The top of it".to_owned(), Some(Job::Text(Text::new(text::top(&raw, lines)))))
        }
        Command::Dele(number) => {
            view.delete(number)?;
            (format!("Message {number} will be deleted"), None)
        }
        Command::Rset => {
            view.undelete();
            let (count, octets) = view.totals();
            (format!("{count} messages ({octets} octets)"), None)
        }
        Command::Noop => ("Still here".to_owned(), None),
        _ => return Err(UNKNOWN),
    })
}
