//! The two providers, and the way of mail between them: from a device to its provider (RFC 6409), and from that one's server to the
//! other's (RFC 5321), each spoken by the product's dialogue with a session of the sandbox.
use super::device::{Around, Outcome, PASSWORD, Refused};
use super::letter::Written;
use super::wire::{Client, Server, Time, Wire};
use crate::net::Proto;
use crate::net::record::Recorder;
use crate::sandbox::limit::Bounds;
use crate::sandbox::smtp::Session;
use crate::sandbox::smtp::role::Role;
use crate::sandbox::store::Use;
use crate::sandbox::transit::{Parcel, Transit};
use crate::sandbox::world::Account as Mailbox;
use crate::sandbox::{AccountOptions, World};
use crate::secret::{Credentials, Protocol, Secret};
use crate::smtp::{Dialogue, DialogueOptions, Envelope};
use bytes::Bytes;
use pyeonji_shared::lab::scenario::{Account, Network};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between two servers lines are short and wide.
const HOP: Network = Network { latency_ms: 10, kilobytes_per_second: 10_000 };
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
    /// A provider with one account and its folders.
    pub fn new(account: Account, quota_bytes: u64, time: &Time) -> Self {
        let options = AccountOptions {
            name: account.name().into(),
            address: account.address().into(),
            password: PASSWORD.into(),
        };
        let bounds = Bounds { quota_bytes, ..Bounds::default() };
        let world = Arc::new(World::new(vec![options], bounds, time.clock()));
        let mailbox = world.accounts().first().cloned().unwrap_or_else(|| unreachable!("one was given"));
        mailbox.with(|store| {
            for special in Use::ALL {
                // They are new, and few.
                let _ = store.create(special.attribute().trim_start_matches('\\'), Some(special));
            }
        });
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

    /// Hands a letter to the writer's provider. What that one has for itself is delivered; the rest must be passed on.
    pub fn submit(&self, letter: &Written, around: &mut Around<'_>) -> Result<Vec<Parcel>, Refused> {
        let provider = self.provider(letter.from);
        around.record.connect_to(Proto::Smtp);
        let envelope = envelope(letter.from.address(), letter.to.clone(), &letter.leaves);
        let options = options(envelope, letter.from.address(), PASSWORD, "device.test");
        let session = provider.session(Role::Submission);
        converse(options, &letter.leaves, session, around.network, around.time, around.record)?;
        let (own, others) = provider.outgoing.take().into_iter().partition(|p| p.account.is_some());
        let own: Vec<Parcel> = own;
        own.into_iter().for_each(|parcel| parcel.deliver(&provider.world));
        Ok(others)
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
            let options = options(envelope(&parcel.from, vec![parcel.to], &parcel.raw), "", "", &host);
            let session = to.session(Role::Exchange);
            converse(options, &parcel.raw, session, HOP, time, &mut self.relay)?;
            to.outgoing.take().into_iter().for_each(|arrived| arrived.deliver(&to.world));
        }
        Ok(())
    }
}

fn envelope(from: &str, to: Vec<String>, message: &Bytes) -> Envelope {
    Envelope { from: from.to_owned(), to, size: message.len() as u64, needs_utf8: false }
}

fn options(envelope: Envelope, user: &str, password: &str, own_name: &str) -> DialogueOptions {
    let credentials = Credentials {
        address: user.to_owned(),
        login: user.to_owned(),
        password: Secret::new(password.to_owned()),
        protocol: Protocol::Imap,
    };
    DialogueOptions {
        envelope,
        credentials,
        may_auth: true,
        greeting_seen: false,
        own_name: own_name.to_owned(),
        greeting_time: PATIENCE,
        command_time: PATIENCE,
        probe: false,
    }
}

fn converse(
    options: DialogueOptions,
    message: &Bytes,
    session: Session,
    network: Network,
    time: &mut Time,
    record: &mut Recorder,
) -> Outcome {
    let now = time.instant();
    let sending = Sending { dialogue: Dialogue::new(options, now), body: Some(message.clone()), now };
    let mut wire = Wire::new(sending, session, network);
    wire.settle(time, record);
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
