//! The sandbox's submission server (RFC 6409, RFC 5321): bytes in, bytes out, no socket.
//!
//! It takes mail from signed-in accounts for accounts of its own domains and for nobody else (R44). Addresses with a
//! tag misbehave on purpose: `ada+550@` is refused, `+451@` is asked to come back, `+timeout@` gets no answer at all,
//! `+drop@` loses the connection after the data without delivery, `+dropsent@` the same with delivery.
mod address;
mod command;
mod data;
pub mod role;
#[cfg(test)]
mod tests;

use super::transit::{Parcel, Transit};
use super::world::{Account, World};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::BytesMut;
use command::Command;
use data::Data;
use role::{Hop, Role};
use std::sync::Arc;

/// What the driver of a session does after writing the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Read,
    Close,
    /// Never answer again.
    Silence,
}

enum State {
    Command,
    /// AUTH PLAIN waits for its response.
    AuthPlain,
    /// AUTH LOGIN waits for the name, then for the password.
    AuthLogin {
        user: Option<String>,
    },
    Data(Data),
}

#[derive(Default)]
struct Envelope {
    from: String,
    /// None: of another server.
    to: Vec<(String, Option<Arc<Account>>)>,
    /// Connection lost after the data, with or without delivery.
    drop: Option<bool>,
}

pub struct Session {
    world: Arc<World>,
    transit: Transit,
    role: Role,
    input: BytesMut,
    out: Vec<u8>,
    state: State,
    helo: Option<String>,
    account: Option<Arc<Account>>,
    envelope: Option<Envelope>,
    failed_logins: u32,
    next: Next,
}

impl Session {
    pub fn new(world: Arc<World>, transit: Transit, role: Role) -> Self {
        let host = role.host(&world);
        let mut session = Self {
            world,
            transit,
            role,
            input: BytesMut::new(),
            out: Vec::new(),
            state: State::Command,
            helo: None,
            account: None,
            envelope: None,
            failed_logins: 0,
            next: Next::Read,
        };
        session.say(&format!("220 {host} ESMTP ready"));
        session
    }

    /// The greeting for one too many.
    pub const BUSY: &'static [u8] = b"421 4.3.2 Too many connections, try again later\r\n";

    pub fn input(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    pub fn output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    fn say(&mut self, line: &str) {
        self.out.extend_from_slice(line.as_bytes());
        self.out.extend_from_slice(b"\r\n");
    }

    /// Works on every whole line that came in.
    pub fn advance(&mut self) -> Next {
        while self.next == Next::Read {
            if let State::Data(data) = &mut self.state {
                if !data.feed(&mut self.input) {
                    break;
                }
                if let State::Data(data) = std::mem::replace(&mut self.state, State::Command) {
                    self.end_of_data(data);
                }
                continue;
            }
            let most = self.world.bounds.line_bytes;
            let Some(end) = self.input.iter().position(|b| *b == b'\n') else {
                if self.input.len() > most {
                    self.say("500 5.5.2 Line too long");
                    self.next = Next::Close;
                }
                break;
            };
            let line = self.input.split_to(end + 1);
            let line = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
            match std::mem::replace(&mut self.state, State::Command) {
                State::AuthPlain => self.auth_plain(&line),
                State::AuthLogin { user } => self.auth_login(user, &line),
                State::Command | State::Data(_) => self.command(&line),
            }
        }
        self.next
    }

    fn command(&mut self, line: &str) {
        match Command::read(line) {
            Err(reply) => self.say(reply),
            Ok(Command::Ehlo(name)) => {
                self.helo = Some(name);
                self.envelope = None;
                let size = self.world.bounds.message_bytes;
                let host = self.role.host(&self.world);
                let auth = self.role.wants_sign_in().then_some("AUTH PLAIN LOGIN");
                for line in [&host, "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
                    .into_iter()
                    .chain(auth)
                {
                    self.say(&format!("250-{line}"));
                }
                self.say(&format!("250 SIZE {size}"));
            }
            Ok(Command::Helo(name)) => {
                self.helo = Some(name);
                self.envelope = None;
                let host = self.role.host(&self.world);
                self.say(&format!("250 {host}"));
            }
            Ok(Command::Auth { mechanism, initial }) => self.auth(&mechanism, initial),
            Ok(Command::Mail { from, size }) => self.mail(from, size),
            Ok(Command::Rcpt { to }) => self.rcpt(&to),
            Ok(Command::Data) => self.data(),
            Ok(Command::Rset) => {
                self.envelope = None;
                self.say("250 2.0.0 Forgotten");
            }
            Ok(Command::Noop) => self.say("250 2.0.0 Still here"),
            Ok(Command::Vrfy) => self.say("252 2.5.0 Send a message and see"),
            Ok(Command::Quit) => {
                self.say("221 2.0.0 Until next time");
                self.next = Next::Close;
            }
        }
    }

    fn auth(&mut self, mechanism: &str, initial: Option<String>) {
        if !self.role.wants_sign_in() {
            return self.say("502 5.5.1 Nobody signs in here");
        }
        if self.helo.is_none() {
            return self.say("503 5.5.1 Say EHLO first");
        }
        if self.account.is_some() || self.envelope.is_some() {
            return self.say("503 5.5.1 Signed in already");
        }
        // RFC 4954 §4: "=" is an empty initial response.
        let initial = initial.map(|i| if i == "=" { String::new() } else { i });
        match (mechanism, initial) {
            ("PLAIN", Some(initial)) => self.auth_plain(&initial),
            ("PLAIN", None) => {
                self.state = State::AuthPlain;
                self.say("334 ");
            }
            ("LOGIN", Some(initial)) => self.auth_login(None, &initial),
            ("LOGIN", None) => {
                self.state = State::AuthLogin { user: None };
                self.say("334 VXNlcm5hbWU6");
            }
            _ => self.say("504 5.5.4 Only PLAIN and LOGIN"),
        }
    }

    fn auth_plain(&mut self, line: &str) {
        let Some(text) = self.decoded(line) else { return };
        let mut parts = text.split('\0').skip(1);
        match (parts.next(), parts.next()) {
            (Some(user), Some(password)) => self.check_password(user, password),
            _ => self.say("501 5.5.2 Not a PLAIN response"),
        }
    }

    fn auth_login(&mut self, user: Option<String>, line: &str) {
        let Some(text) = self.decoded(line) else { return };
        match user {
            Some(user) => self.check_password(&user, &text),
            None => {
                self.state = State::AuthLogin { user: Some(text) };
                self.say("334 UGFzc3dvcmQ6");
            }
        }
    }

    fn decoded(&mut self, line: &str) -> Option<String> {
        if line == "*" {
            self.say("501 5.7.0 Cancelled");
            return None;
        }
        let text = BASE64_STANDARD.decode(line.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        if text.is_none() {
            self.say("501 5.5.2 Not base64");
        }
        text
    }

    fn check_password(&mut self, user: &str, password: &str) {
        self.account = self.world.sign_in(user, password);
        if self.account.is_some() {
            return self.say("235 2.7.0 Signed in");
        }
        self.say("535 5.7.8 Wrong name or password");
        self.failed_logins += 1;
        if self.failed_logins >= self.world.bounds.failed_logins {
            self.say("421 4.7.0 Too many failed sign-ins");
            self.next = Next::Close;
        }
    }

    fn mail(&mut self, from: String, size: Option<u64>) {
        let signs_in = self.role.wants_sign_in();
        if signs_in && self.account.is_none() {
            return self.say("530 5.7.0 Sign in first");
        }
        if self.envelope.is_some() {
            return self.say("503 5.5.1 One message at a time");
        }
        let is_own = |owner| self.account.as_ref().is_some_and(|account| Arc::ptr_eq(account, owner));
        let own = !signs_in || self.world.recipient(&from).is_some_and(|(owner, _)| is_own(owner));
        if !own && !from.is_empty() {
            return self.say("553 5.7.1 That isn't your address");
        }
        if size.is_some_and(|size| size > self.world.bounds.message_bytes as u64) {
            return self.say("552 5.3.4 The message is too large");
        }
        self.envelope = Some(Envelope { from, ..Envelope::default() });
        self.say("250 2.1.0 Sender fine");
    }

    fn rcpt(&mut self, to: &str) {
        let most = self.world.bounds.recipients;
        let Some(envelope) = &mut self.envelope else { return self.say("503 5.5.1 Say MAIL first") };
        if envelope.to.len() >= most {
            return self.say("452 4.5.3 Too many recipients");
        }
        let domain = to.rsplit_once('@').map_or("", |(_, domain)| domain);
        if !self.world.serves(domain) {
            if self.role == Role::Submission {
                envelope.to.push((to.to_owned(), None));
                return self.say("250 2.1.5 It will be passed on");
            }
            return self.say(&format!("550 5.7.1 <{to}>: this server delivers only to its own domains"));
        }
        let Some((account, tag)) = self.world.recipient(to) else {
            return self.say(&format!("550 5.1.1 <{to}>: there is no such mailbox here"));
        };
        match tag.as_str() {
            "451" => return self.say(&format!("451 4.3.0 <{to}>: please try again later")),
            "550" => return self.say(&format!("550 5.7.1 <{to}>: this mailbox takes no mail")),
            "timeout" => {
                self.next = Next::Silence;
                return;
            }
            "drop" => envelope.drop = Some(false),
            "dropsent" => envelope.drop = Some(true),
            _ => {}
        }
        let full = account.with(|store| {
            let room = store.reserve(1);
            store.unreserve(u64::from(room.is_ok()));
            room.is_err()
        });
        if full || tag == "552" {
            return self.say(&format!("552 5.2.2 <{to}>: the mailbox is full"));
        }
        envelope.to.push((to.to_owned(), Some(account.clone())));
        self.say("250 2.1.5 Recipient fine");
    }

    fn data(&mut self) {
        if self.envelope.as_ref().is_none_or(|e| e.to.is_empty()) {
            return self.say("503 5.5.1 Say RCPT first");
        }
        self.say("354 Go ahead, end with a line of one dot");
        self.state = State::Data(Data::new(self.world.bounds.message_bytes));
    }

    fn end_of_data(&mut self, data: Data) {
        let Some(envelope) = self.envelope.take() else { return };
        let serial = self.world.serial();
        let Some(message) = data.finish() else {
            return self.say("552 5.3.4 The message is too large");
        };
        if envelope.drop == Some(false) {
            self.next = Next::Close;
            return;
        }
        let now = self.world.clock.now();
        let helo = self.helo.as_deref().unwrap_or("unknown");
        let mut parcels: Vec<Parcel> = Vec::new();
        for (to, account) in &envelope.to {
            // One copy for an account that was named twice.
            let same = |p: &Parcel| matches!((&p.account, account), (Some(a), Some(b)) if Arc::ptr_eq(a, b));
            if parcels.iter().any(same) {
                continue;
            }
            let hop = Hop { from: &envelope.from, to, helo, serial, now };
            let raw = bytes::Bytes::from([&self.role.trace(&hop, account.is_some()), &message[..]].concat());
            let parcel =
                Parcel { account: account.clone(), from: envelope.from.clone(), to: to.clone(), raw };
            if !parcel.reserve() {
                parcels.iter().for_each(Parcel::unreserve);
                return self.say(&format!("552 5.2.2 <{to}>: the mailbox is full"));
            }
            parcels.push(parcel);
        }
        if let Err(parcels) = self.transit.send(parcels) {
            parcels.iter().for_each(Parcel::unreserve);
            return self.say("452 4.3.1 Too much mail on its way, try again later");
        }
        if envelope.drop == Some(true) {
            self.next = Next::Close;
            return;
        }
        self.say(&format!("250 2.0.0 Accepted as {serial}"));
    }
}
