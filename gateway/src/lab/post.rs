//! The two providers, and the way of mail between them: from a device to its provider (RFC 6409), and from that one's server to the
//! other's (RFC 5321), each spoken by the product's dialogue with a session of the sandbox.
use super::device::{Around, Outcome, Refused};
use super::host::Dialled;
use super::letter::Written;
use super::loss::Luck;
use super::wire::{Client, Line, Server, Time, Wire};
use crate::net::Proto;
use crate::net::record::Recorder;
use crate::sandbox::World;
use crate::sandbox::smtp::Session;
use crate::sandbox::smtp::role::Role;
use crate::sandbox::transit::{Parcel, Transit};
use crate::sandbox::world::Account as Mailbox;
use crate::secret::{Credentials, Protocol, Secret};
use crate::smtp::{Dialogue, DialogueOptions, Envelope};
use bytes::Bytes;
use pyeonji_shared::lab::scenario::{Account, Network};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between two servers lines are short and wide.
const HOP: Network = Network::new(10, 10_000);
/// Messages of one submission that wait to be passed on: no letter has more recipients.
const WAITING: usize = 8;
/// What the dialogue waits for an answer; in simulated time nothing is late.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Provider {
    pub world: Arc<World>,
    pub mailbox: Arc<Mailbox>,
    outgoing: Transit,
}

impl Provider {
    /// The provider of a world's first account.
    pub fn new(world: Arc<World>) -> Self {
        let mailbox = world.accounts().first().cloned().unwrap_or_else(|| unreachable!("a provider has one"));
        Self { world, mailbox, outgoing: Transit::shelf(WAITING) }
    }

    fn session(&self, role: Role) -> Session {
        Session::new(self.world.clone(), self.outgoing.clone(), role)
    }
}

pub struct Post {
    blue: Provider,
    green: Provider,
    /// What the servers say to each other.
    pub relay: Recorder,
}

impl Post {
    pub fn new(blue: Provider, green: Provider) -> Self {
        Self { blue, green, relay: Recorder::new(Proto::Smtp) }
    }

    pub fn provider(&self, account: Account) -> &Provider {
        match account {
            Account::Ada => &self.blue,
            Account::Bora => &self.green,
        }
    }

    /// A line to the provider's submission.
    pub fn submission(&self, account: Account) -> Box<dyn Server> {
        Box::new(self.provider(account).session(Role::Submission))
    }

    /// What was submitted: what the provider has for itself is delivered; the rest must be passed on.
    pub fn submitted(&self, from: Account) -> Vec<Parcel> {
        let provider = self.provider(from);
        let (own, others) = provider.outgoing.take().into_iter().partition(|p| p.account.is_some());
        let own: Vec<Parcel> = own;
        own.into_iter().for_each(|parcel| parcel.deliver(&provider.world));
        others
    }

    /// From server to server.
    pub fn pass_on(&mut self, from: Account, parcels: Vec<Parcel>, time: &mut Time) -> Outcome {
        let host = Role::Submission.host(&self.provider(from).world);
        for parcel in parcels {
            self.relay.connect();
            let to = match from.other() {
                Account::Ada => &self.blue,
                Account::Bora => &self.green,
            };
            let nobody = ("", Secret::new(String::new()));
            let options = options(envelope(&parcel.from, vec![parcel.to], &parcel.raw), nobody, &host, false);
            let server = Box::new(to.session(Role::Exchange));
            let line = Line::Simulated { server, network: HOP, luck: Luck::new(HOP.seed) };
            converse(options, &parcel.raw, line, time, &mut self.relay)?;
            to.outgoing.take().into_iter().for_each(|arrived| arrived.deliver(&to.world));
        }
        Ok(())
    }
}

fn envelope(from: &str, to: Vec<String>, message: &Bytes) -> Envelope {
    Envelope { from: from.to_owned(), to, size: message.len() as u64, needs_utf8: false }
}

/// Hands a letter to the writer's provider, as a device does.
pub fn submit(letter: &Written, around: &mut Around<'_>) -> Outcome {
    let Dialled { line, greeting_seen, .. } = around.dial(Proto::Smtp)?;
    let who = around.host.who(around.account);
    let envelope = envelope(&letter.from, letter.to.clone(), &letter.leaves);
    let options = options(envelope, (&who.user, who.password), "device.test", greeting_seen);
    converse(options, &letter.leaves, line, around.time, around.record)
}

fn options(
    envelope: Envelope,
    (user, password): (&str, Secret),
    own_name: &str,
    greeting_seen: bool,
) -> DialogueOptions {
    let (address, login) = (user.to_owned(), user.to_owned());
    let credentials = Credentials { address, login, password, protocol: Protocol::Imap };
    DialogueOptions {
        envelope,
        credentials,
        may_auth: true,
        greeting_seen,
        own_name: own_name.to_owned(),
        greeting_time: PATIENCE,
        command_time: PATIENCE,
        probe: false,
    }
}

fn converse(
    options: DialogueOptions,
    message: &Bytes,
    line: Line,
    time: &mut Time,
    record: &mut Recorder,
) -> Outcome {
    let now = time.instant();
    let body = Some(message.clone());
    let sending = Sending { dialogue: Dialogue::new(options, now), body, now };
    let mut wire = Wire::new(sending, line);
    wire.settle(time, record);
    wire.listen_out(time, record);
    let silent = || Refused::Server("no answer".into());
    let outcome = wire.client.dialogue.take_outcome().ok_or_else(silent)?;
    outcome.map(drop).map_err(|failure| Refused::Server(failure.error.to_string()))
}

/// The dialogue with its message at hand.
struct Sending {
    dialogue: Dialogue,
    body: Option<Bytes>,
    now: Instant,
}

impl Client for Sending {
    fn take(&mut self) -> Vec<u8> {
        if self.dialogue.wants_body()
            && let Some(body) = self.body.take()
        {
            self.dialogue.feed_body(&body, self.now);
            self.dialogue.end_body(self.now);
        }
        self.dialogue.poll_transmit().map(|bytes| bytes.to_vec()).unwrap_or_default()
    }

    fn give(&mut self, bytes: &[u8], now: Instant) {
        self.now = now;
        self.dialogue.handle_input(bytes, now);
    }

    fn is_settled(&self) -> bool {
        self.dialogue.has_outcome()
    }

    fn end(&mut self, _: Instant) {
        self.dialogue.handle_eof();
    }

    fn patience(&self) -> Option<Instant> {
        (!self.dialogue.has_outcome()).then(|| self.dialogue.poll_timeout())
    }

    fn late(&mut self, now: Instant) {
        self.dialogue.handle_timeout(now);
    }
}

impl Server for Session {
    fn take(&mut self, _: Instant) -> Vec<u8> {
        self.advance();
        self.output()
    }

    fn give(&mut self, bytes: &[u8]) {
        self.input(bytes);
    }
}
