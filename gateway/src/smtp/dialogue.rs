//! The submission dialogue as a state machine: no I/O, time is an argument (invariant 10).
//!
//! Round trips: EHLO, AUTH, MAIL with all RCPT (one write where the server pipelines, RFC 2920), DATA, end of data.
//! DATA waits until every recipient was accepted: all or none.
use super::SendFailure;
use super::classify::{Stage, refusal};
use super::dot::DotStuffer;
use super::envelope::Envelope;
use super::extensions::Extensions;
use super::reply::{Reader, Reply};
use crate::secret::Credentials;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pyeonji_shared::draft::RecipientResult;
use pyeonji_shared::error::{ApiError, ErrorKind};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// RFC 5321 §4.5.3.2.6: the reply to the end of data may take this long, and giving up early makes duplicates.
const FINAL_REPLY: Duration = Duration::from_secs(600);
/// Bytes of one command line with its argument (RFC 4954 §4): a longer initial response waits for 334.
const MAX_COMMAND: usize = 512;

pub struct Options {
    pub envelope: Envelope,
    pub credentials: Credentials,
    /// Credentials may be written: the stream is encrypted, or the operator configured it as it is.
    pub may_auth: bool,
    /// The greeting came before STARTTLS.
    pub greeting_seen: bool,
    pub own_name: String,
    pub greeting_time: Duration,
    pub command_time: Duration,
    /// Stop after EHLO: only the server's offers are wanted.
    pub probe: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Greeting,
    Ehlo,
    /// AUTH PLAIN written; the response went along or waits for 334.
    Plain {
        sent: bool,
    },
    /// AUTH LOGIN: how many answers were given.
    Login {
        step: u8,
    },
    Mail,
    /// Reply to which recipient is due.
    Rcpt(usize),
    Data,
    Body,
    /// The end of data has left, or may have.
    Final,
    Over,
}

pub struct Dialogue {
    options: Options,
    state: State,
    reader: Reader,
    out: Zeroizing<Vec<u8>>,
    deadline: Instant,
    extensions: Extensions,
    /// MAIL and all RCPT were written at once.
    pipelined: bool,
    /// A refused MAIL whose pipelined RCPT replies are still to come.
    refused: Option<ApiError>,
    recipients: Vec<RecipientResult>,
    stuffer: DotStuffer,
    /// Bytes of the message taken so far.
    taken: u64,
    outcome: Option<Result<(), SendFailure>>,
}

impl Dialogue {
    pub fn new(options: Options, now: Instant) -> Self {
        let mut dialogue = Self {
            deadline: now + options.greeting_time,
            state: State::Greeting,
            reader: Reader::default(),
            out: Zeroizing::default(),
            extensions: Extensions::default(),
            pipelined: false,
            refused: None,
            recipients: Vec::new(),
            stuffer: DotStuffer::default(),
            taken: 0,
            outcome: None,
            options,
        };
        if dialogue.options.greeting_seen {
            dialogue.ehlo(now);
        }
        dialogue
    }

    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// Bytes to write now. From the moment the end of data is handed out, the outcome may be unknown.
    pub fn poll_transmit(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        (!self.out.is_empty()).then(|| std::mem::take(&mut self.out))
    }

    pub fn poll_timeout(&self) -> Instant {
        self.deadline
    }

    /// The server asked for the message and more of it may be fed.
    pub fn wants_body(&self) -> bool {
        self.state == State::Body && self.outcome.is_none()
    }

    /// Set once; then write what is left and close.
    pub fn take_outcome(&mut self) -> Option<Result<Vec<RecipientResult>, SendFailure>> {
        let outcome = self.outcome.take()?;
        Some(outcome.map(|()| std::mem::take(&mut self.recipients)))
    }

    /// [`Self::take_outcome`] has something to give.
    pub fn has_outcome(&self) -> bool {
        self.outcome.is_some()
    }

    pub fn handle_input(&mut self, bytes: &[u8], now: Instant) {
        self.reader.push(bytes);
        while self.outcome.is_none() {
            match self.reader.next_reply() {
                Ok(Some(reply)) => self.handle_reply(&reply, now),
                Ok(None) => return,
                Err(_) => return self.broken("a malformed reply"),
            }
        }
    }

    /// The connection ended, or can't be written to.
    pub fn handle_eof(&mut self) {
        let greeting = self.state == State::Greeting;
        self.lost(if greeting { ErrorKind::ServerDown } else { ErrorKind::Disconnected });
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if now >= self.deadline {
            self.lost(ErrorKind::ServerTimeout);
        }
    }

    /// Takes the next bytes of the message.
    pub fn feed_body(&mut self, bytes: &[u8], now: Instant) {
        if !self.wants_body() {
            return;
        }
        self.taken += bytes.len() as u64;
        if self.taken > self.options.envelope.size {
            return self.fail_here("the message is longer than announced");
        }
        self.stuffer.push(bytes, &mut self.out);
        self.deadline = now + self.options.command_time;
    }

    /// The message is complete. A shorter one than announced is never ended: half a message must not arrive.
    pub fn end_body(&mut self, now: Instant) {
        if !self.wants_body() {
            return;
        }
        if self.taken != self.options.envelope.size {
            return self.fail_here("the message is shorter than announced");
        }
        std::mem::take(&mut self.stuffer).finish(&mut self.out);
        self.state = State::Final;
        self.deadline = now + FINAL_REPLY.max(self.options.command_time);
    }

    /// The message can't be completed; nothing has been sent.
    pub fn abort_body(&mut self, error: ApiError) {
        self.out.clear();
        self.fail(error);
    }

    fn handle_reply(&mut self, reply: &Reply, now: Instant) {
        if !matches!(self.state, State::Rcpt(_)) && !self.reader.is_empty() && self.state != State::Mail {
            // Answers before their questions: somebody is feeding us a script.
            return self.broken("more replies than commands");
        }
        match self.state {
            State::Greeting if reply.code == 220 => self.ehlo(now),
            State::Ehlo if reply.code == 250 => self.greeted(reply, now),
            State::Greeting | State::Ehlo => self.refused_by(Stage::Greeting, reply),
            State::Plain { sent } => self.plain(sent, reply, now),
            State::Login { step } => self.login(step, reply, now),
            State::Mail => self.mail_answered(reply, now),
            State::Rcpt(n) => self.rcpt_answered(n, reply, now),
            State::Data if reply.code == 354 => {
                self.state = State::Body;
                self.deadline = now + self.options.command_time;
            }
            State::Data => self.refused_by(Stage::Data, reply),
            // Nothing is due while we talk: a refusal in the middle, or nonsense.
            State::Body if reply.code >= 400 => self.refused_by(Stage::Body, reply),
            State::Body => self.broken("a reply in the middle of the message"),
            State::Final if reply.is_positive() => {
                self.state = State::Over;
                self.outcome = Some(Ok(()));
                self.write("QUIT\r\n", now);
            }
            State::Final if reply.code >= 400 => self.refused_by(Stage::Body, reply),
            State::Final => self.broken("not a reply to the message"),
            State::Over => {}
        }
    }

    fn ehlo(&mut self, now: Instant) {
        let line = format!("EHLO {}\r\n", self.options.own_name);
        self.write(&line, now);
        self.state = State::Ehlo;
    }

    fn greeted(&mut self, reply: &Reply, now: Instant) {
        self.extensions = Extensions::of(reply);
        let size = self.options.envelope.size;
        if self.options.probe {
            self.state = State::Over;
            self.outcome = Some(Ok(()));
            return self.write("QUIT\r\n", now);
        }
        if let Some(max) = self.extensions.max_size.filter(|&max| size > max) {
            let words = format!("the server takes at most {max} bytes, this message has {size}");
            return self.quit(ApiError::new(ErrorKind::TooBig).with_detail(&words), now);
        }
        if self.options.envelope.needs_utf8() && !self.extensions.utf8 {
            let words = "the server can't send to or from addresses with letters beyond ASCII (no SMTPUTF8)";
            return self.quit(ApiError::new(ErrorKind::Unsupported).with_detail(words), now);
        }
        let (plain, login) = (self.extensions.plain, self.extensions.login);
        if self.extensions.mechanisms.is_empty() {
            // A relay that knows us by address; if not, it says so to MAIL.
            return self.mail(now);
        }
        if !self.options.may_auth {
            let words = "the server wants a password without encryption";
            return self.quit(ApiError::new(ErrorKind::InsecureServer).with_detail(words), now);
        }
        if plain {
            let sent = 13 + self.plain_response().len() <= MAX_COMMAND;
            let response = self.plain_response();
            match sent {
                true => self.write_secret(&["AUTH PLAIN ", &response, "\r\n"], now),
                false => self.write("AUTH PLAIN\r\n", now),
            }
            self.state = State::Plain { sent };
        } else if login {
            self.write("AUTH LOGIN\r\n", now);
            self.state = State::Login { step: 0 };
        } else {
            let words = format!("the server signs in by {} only", self.extensions.mechanisms.join(", "));
            self.quit(ApiError::new(ErrorKind::Unsupported).with_detail(&words), now);
        }
    }

    /// RFC 4616: NUL, user name, NUL, password.
    fn plain_response(&self) -> Zeroizing<String> {
        let Credentials { login, password, .. } = &self.options.credentials;
        let clear = Zeroizing::new(format!("\0{login}\0{}", password.expose()));
        Zeroizing::new(STANDARD.encode(clear.as_bytes()))
    }

    fn plain(&mut self, sent: bool, reply: &Reply, now: Instant) {
        match (reply.code, sent) {
            (235, _) => self.mail(now),
            (334, false) => {
                let response = self.plain_response();
                self.write_secret(&[&response, "\r\n"], now);
                self.state = State::Plain { sent: true };
            }
            (504 | 534, _) if self.extensions.login => {
                self.write("AUTH LOGIN\r\n", now);
                self.state = State::Login { step: 0 };
            }
            (400.., _) => self.refused_by(Stage::Auth, reply),
            _ => self.broken("not a reply to AUTH"),
        }
    }

    fn login(&mut self, step: u8, reply: &Reply, now: Instant) {
        match (reply.code, step) {
            (235, _) => self.mail(now),
            (334, 0 | 1) => {
                let Credentials { login, password, .. } = &self.options.credentials;
                let clear = if step == 0 { login } else { password.expose() };
                let answer = Zeroizing::new(STANDARD.encode(clear));
                self.write_secret(&[&answer, "\r\n"], now);
                self.state = State::Login { step: step + 1 };
            }
            (400.., _) => self.refused_by(Stage::Auth, reply),
            _ => self.broken("not a reply to AUTH"),
        }
    }

    fn mail(&mut self, now: Instant) {
        if self.options.envelope.to.is_empty() {
            // Nothing is to be sent: whether signing in works is all that was asked.
            self.state = State::Over;
            self.outcome = Some(Ok(()));
            return self.write("QUIT\r\n", now);
        }
        let Envelope { from, to, size, .. } = &self.options.envelope;
        let mut line = format!("MAIL FROM:<{from}>");
        if self.extensions.size {
            line.push_str(&format!(" SIZE={size}"));
        }
        if self.options.envelope.needs_utf8() {
            // RFC 6531 §3.6: UTF-8 header fields are 8-bit content.
            line.push_str(if self.extensions.eight_bit { " BODY=8BITMIME SMTPUTF8" } else { " SMTPUTF8" });
        }
        line.push_str("\r\n");
        self.pipelined = self.extensions.pipelining;
        if self.pipelined {
            to.iter().for_each(|to| line.push_str(&format!("RCPT TO:<{to}>\r\n")));
        }
        self.write(&line, now);
        self.state = State::Mail;
    }

    fn mail_answered(&mut self, reply: &Reply, now: Instant) {
        if !reply.is_positive() {
            let error = refusal(Stage::Mail, reply);
            if !self.pipelined || reply.code == 421 {
                return self.quit(error, now);
            }
            self.refused = Some(error);
        }
        self.state = State::Rcpt(0);
        if !self.pipelined {
            self.rcpt(0, now);
        }
    }

    fn rcpt(&mut self, n: usize, now: Instant) {
        if let Some(to) = self.options.envelope.to.get(n) {
            let line = format!("RCPT TO:<{to}>\r\n");
            self.write(&line, now);
        }
    }

    fn rcpt_answered(&mut self, n: usize, reply: &Reply, now: Instant) {
        if reply.code == 421 && self.refused.is_none() {
            return self.refused_by(Stage::Rcpt, reply);
        }
        let email = self.options.envelope.to.get(n).cloned().unwrap_or_default();
        let accepted = reply.is_positive();
        if !accepted && self.refused.is_none() {
            let mut error = refusal(Stage::Rcpt, reply);
            error = ApiError::new(error.kind).with_detail(&format!("{email}: {}", reply.quoted()));
            self.refused = Some(error);
        }
        self.recipients.push(RecipientResult { email, accepted, code: reply.code, words: reply.words() });
        let next = n + 1;
        if next < self.options.envelope.to.len() {
            self.state = State::Rcpt(next);
            if !self.pipelined {
                self.rcpt(next, now);
            }
        } else if !self.reader.is_empty() {
            self.broken("more replies than commands");
        } else if let Some(error) = self.refused.take() {
            self.write("RSET\r\n", now);
            self.quit(error, now);
        } else {
            self.write("DATA\r\n", now);
            self.state = State::Data;
        }
    }

    fn refused_by(&mut self, stage: Stage, reply: &Reply) {
        // 3yz to a command that has no such reply is no refusal, but it can't go on either.
        match reply.code {
            400.. => self.fail(refusal(stage, reply)),
            _ => self.broken("a reply that doesn't fit"),
        }
    }

    fn quit(&mut self, error: ApiError, now: Instant) {
        self.write("QUIT\r\n", now);
        self.fail(error);
    }

    fn broken(&mut self, what: &str) {
        match self.state {
            State::Final => self.lost(ErrorKind::SendUnknown),
            _ => {
                self.fail(ApiError::new(ErrorKind::Protocol).with_detail(&format!("the server sent {what}")))
            }
        }
    }

    /// Silence or the end of the connection. Behind the end of data nobody knows what became of the message.
    fn lost(&mut self, kind: ErrorKind) {
        let maybe_sent = self.state == State::Final;
        let kind = if maybe_sent { ErrorKind::SendUnknown } else { kind };
        self.finish(ApiError::new(kind), maybe_sent);
    }

    fn fail_here(&mut self, what: &str) {
        self.abort_body(ApiError::new(ErrorKind::Internal).with_detail(what));
    }

    fn fail(&mut self, error: ApiError) {
        self.finish(error, false);
    }

    fn finish(&mut self, error: ApiError, maybe_sent: bool) {
        if self.outcome.is_none() && self.state != State::Over {
            self.state = State::Over;
            let recipients = std::mem::take(&mut self.recipients);
            self.outcome = Some(Err(SendFailure { error, recipients, maybe_sent }));
        }
    }

    fn write(&mut self, line: &str, now: Instant) {
        self.write_secret(&[line], now);
    }

    fn write_secret(&mut self, parts: &[&str], now: Instant) {
        // One allocation of the right size: a growing buffer would leave copies of a password behind.
        let mut out =
            Zeroizing::new(Vec::with_capacity(self.out.len() + parts.iter().map(|p| p.len()).sum::<usize>()));
        out.extend_from_slice(&self.out);
        parts.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
        self.out = out;
        self.deadline = now + self.options.command_time;
    }
}
