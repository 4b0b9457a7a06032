//! The sandbox in simulated time: its sessions, joined to the devices without sockets, and a look behind the protocols.
use super::device::{Outcome, PASSWORD, Refused, named};
use super::host::{Dialled, Who};
use super::loss::Luck;
use super::post::{Post, Provider};
use super::wire::{Line, Server, Time};
use crate::config::limits::Limits;
use crate::net::Proto;
use crate::sandbox::flags::{FLAGGED, Flags, SEEN};
use crate::sandbox::imap::session::Session as Imap;
use crate::sandbox::limit::Bounds;
use crate::sandbox::pop3::session::Session as Pop3;
use crate::sandbox::store::{Message, Use};
use crate::sandbox::world::Account as Mailbox;
use crate::sandbox::{AccountOptions, Pop3Options, World};
use crate::secret::Secret;
use pyeonji_shared::lab::places::{Held, INBOX, State};
use pyeonji_shared::lab::scenario::{Account, Network, Scenario};
use std::sync::Arc;

pub struct Simulated {
    pub post: Post,
    network: Network,
    luck: Luck,
}

impl Simulated {
    pub fn new(scenario: &Scenario, time: &Time) -> Self {
        let (quota, usual) = (quota_bytes(scenario), Bounds::default().quota_bytes);
        let blue = Provider::new(world(&[Account::Ada], quota, scenario, time));
        let green = Provider::new(world(&[Account::Bora], usual, scenario, time));
        Self {
            post: Post::new(blue, green),
            network: scenario.network,
            luck: Luck::new(scenario.network.seed),
        }
    }

    fn mailbox(&self, account: Account) -> &Mailbox {
        &self.post.provider(account).mailbox
    }

    pub fn who(&self, account: Account) -> Who {
        let (user, password) = (account.address().to_owned(), Secret::new(PASSWORD.to_owned()));
        Who { user, password, limits: Arc::new(Limits::default()) }
    }

    pub fn dial(&self, account: Account, proto: Proto, time: &Time) -> Dialled {
        let world = &self.post.provider(account).world;
        let server: Box<dyn Server> = match proto {
            Proto::Imap => Box::new(Imap::new(world.clone())),
            Proto::Pop3 => Box::new(Pop3::new(world.clone(), time.instant())),
            Proto::Smtp => self.post.submission(account),
        };
        let line = Line::Simulated { server, network: self.network, luck: self.luck.clone() };
        Dialled { line, greeting_seen: false, secure: false }
    }

    pub fn deliver(&self, source: Vec<u8>) -> Outcome {
        let to = self.post.provider(Account::Ada);
        let done = to.world.deliver(&to.mailbox, "INBOX", Flags::default(), source.into());
        done.map(drop).map_err(|error| Refused::Server(error.to_string()))
    }

    pub fn make_folder(&self, account: Account, name: &str) {
        self.mailbox(account).with(|store| {
            // It may be there already.
            let _ = store.create(name, None);
        });
    }

    pub fn holds(&self, account: Account) -> Vec<Held> {
        self.mailbox(account).with(|store| {
            let folders = store.folders.iter().map(|(name, folder)| {
                let shown = if name == "INBOX" { INBOX } else { name.as_str() };
                (shown.to_owned(), folder)
            });
            let held = |folder: &str, m: &Message| Held {
                folder: folder.to_owned(),
                message: named(&m.content.raw()).unwrap_or_default(),
                state: State { read: m.flags.has(SEEN), starred: m.flags.has(FLAGGED), readable: true },
            };
            folders
                .flat_map(|(name, folder)| {
                    folder.messages.iter().map(move |m| held(&name, m)).collect::<Vec<_>>()
                })
                .collect()
        })
    }

    pub fn used(&self) -> u64 {
        self.mailbox(Account::Ada).with(|store| store.used_bytes())
    }
}

pub fn quota_bytes(scenario: &Scenario) -> u64 {
    u64::from(scenario.server.quota_kilobytes) * 1_000
}

/// A world with these people and their folders, as the scenario wants its server.
pub fn world(people: &[Account], quota_bytes: u64, scenario: &Scenario, time: &Time) -> Arc<World> {
    let bounds = Bounds { quota_bytes, ..Bounds::default() };
    let world = Arc::new(World::new(people.iter().copied().map(account).collect(), bounds, time.clock()));
    let (uidl, top) = (scenario.server.uidl, scenario.server.top);
    for mailbox in world.accounts() {
        mailbox.maildrop.set_options(Pop3Options { uidl, top, ..Pop3Options::default() });
        mailbox.with(|store| {
            for special in Use::ALL {
                // They are new, and few.
                let _ = store.create(special.attribute().trim_start_matches('\\'), Some(special));
            }
        });
    }
    world
}

/// Somebody's account on the sandbox.
pub fn account(of: Account) -> AccountOptions {
    AccountOptions { name: of.name().into(), address: of.address().into(), password: PASSWORD.into() }
}
