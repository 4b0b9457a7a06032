//! The sandbox in simulated time: its sessions, joined to the devices without sockets, and a look behind the protocols.
use super::device::{PASSWORD, Refused, USER, named};
use super::host::{Dialled, Who};
use super::wire::{Line, Server, Time};
use crate::config::limits::Limits;
use crate::sandbox::flags::{FLAGGED, Flags, SEEN};
use crate::sandbox::imap::session::Session as Imap;
use crate::sandbox::limit::Bounds;
use crate::sandbox::pop3::session::Session as Pop3;
use crate::sandbox::store::{Message, Use};
use crate::sandbox::world::Account;
use crate::sandbox::{AccountOptions, Pop3Options, World};
use crate::secret::Secret;
use pyeonji_shared::lab::places::{Held, INBOX, State};
use pyeonji_shared::lab::scenario::{Network, Protocol, Scenario};
use std::sync::Arc;

pub struct Simulated {
    pub world: Arc<World>,
    account: Arc<Account>,
    network: Network,
}

impl Simulated {
    pub fn new(scenario: &Scenario, time: &Time) -> Self {
        let (world, account) = world(scenario, time);
        Self { world, account, network: scenario.network }
    }

    pub fn who(&self) -> Who {
        let (user, password) = (USER.to_owned(), Secret::new(PASSWORD.to_owned()));
        Who { user, password, limits: Arc::new(Limits::default()) }
    }

    pub fn dial(&self, protocol: Protocol, time: &Time) -> Dialled {
        let server: Box<dyn Server> = match protocol {
            Protocol::Imap => Box::new(Imap::new(self.world.clone())),
            Protocol::Pop3 => Box::new(Pop3::new(self.world.clone(), time.instant())),
        };
        let line = Line::Simulated { server, network: self.network };
        Dialled { line, greeting_seen: false, secure: false }
    }

    pub fn deliver(&self, source: Vec<u8>) -> Result<(), Refused> {
        let done = self.world.deliver(&self.account, "INBOX", Flags::default(), source.into());
        done.map(drop).map_err(|error| Refused::Server(error.to_string()))
    }

    pub fn make_folder(&self, name: &str) {
        self.account.with(|store| {
            // It may be there already.
            let _ = store.create(name, None);
        });
    }

    pub fn holds(&self) -> Vec<Held> {
        self.account.with(|store| {
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
        self.account.with(|store| store.used_bytes())
    }
}

/// A world with one account, as the scenario wants its server.
pub fn world(scenario: &Scenario, time: &Time) -> (Arc<World>, Arc<Account>) {
    let quota_bytes = u64::from(scenario.server.quota_kilobytes) * 1_000;
    let account = AccountOptions { name: "Ada Kim".into(), address: USER.into(), password: PASSWORD.into() };
    let bounds = Bounds { quota_bytes, ..Bounds::default() };
    let world = Arc::new(World::new(vec![account], bounds, time.clock()));
    let account = world.accounts().first().cloned().unwrap_or_else(|| unreachable!("one was given"));
    account.with(|store| {
        for special in Use::ALL {
            // They are new, and few.
            let _ = store.create(special.attribute().trim_start_matches('\\'), Some(special));
        }
    });
    let (uidl, top) = (scenario.server.uidl, scenario.server.top);
    account.maildrop.set_options(Pop3Options { uidl, top, ..Pop3Options::default() });
    (world, account)
}
