//! The bench: a mail server, devices, the lines between them, and time. A step is done on it, and everybody hears of it who can.
use super::device::{Around, PASSWORD, Refused, USER, named};
use super::imap::Imap;
use super::pop3::Pop3;
use super::wire::{Time, recorder};
use crate::net::record::{Recorder, Totals};
use crate::sandbox::flags::{FLAGGED, Flags, SEEN};
use crate::sandbox::limit::Bounds;
use crate::sandbox::store::Use;
use crate::sandbox::world::Account;
use crate::sandbox::{AccountOptions, Pop3Options, World};
use pyeonji_shared::lab::places::{Held, INBOX, State};
use pyeonji_shared::lab::scenario::{Network, Protocol, Rule, SERVER, Scenario, Step};
use std::fmt::Write;
use std::sync::Arc;

/// When every run begins: Monday 2026-01-05 09:00 UTC.
const BEGAN: i64 = 1_767_603_600;
const HOUR: u64 = 60 * 60 * 1_000;

enum Kind {
    Imap(Imap),
    Pop3(Pop3),
}

struct Slot {
    name: String,
    kind: Kind,
    online: bool,
    record: Recorder,
}

pub struct Bench {
    pub time: Time,
    world: Arc<World>,
    account: Arc<Account>,
    network: Network,
    slots: Vec<Slot>,
}

impl Bench {
    pub fn new(scenario: &Scenario) -> Self {
        let time = Time::new(BEGAN);
        let quota_bytes = u64::from(scenario.server.quota_kilobytes) * 1_000;
        let account =
            AccountOptions { name: "Ada Kim".into(), address: USER.into(), password: PASSWORD.into() };
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
        let slot = |device: &pyeonji_shared::lab::scenario::Device| Slot {
            name: device.name.clone(),
            kind: match device.protocol {
                Protocol::Imap => Kind::Imap(Imap::default()),
                Protocol::Pop3 => Kind::Pop3(Pop3::new(device.rule)),
            },
            online: true,
            record: recorder(device.protocol),
        };
        let slots = scenario.devices.iter().map(slot).collect();
        Self { time, world, account, network: scenario.network, slots }
    }

    /// Does it. `n`: which single step of the run it is, counted from 1; lines that it causes carry that.
    pub fn step(&mut self, n: u32, step: &Step) -> Result<(), Refused> {
        self.slots.iter_mut().for_each(|slot| slot.record.cause = n);
        let outcome = self.act(step);
        self.spread();
        outcome
    }

    fn act(&mut self, step: &Step) -> Result<(), Refused> {
        match step {
            Step::Deliver { message, kilobytes } => {
                let raw = letter(message, *kilobytes).into();
                let done = self.world.deliver(&self.account, "INBOX", Flags::default(), raw);
                done.map(drop).map_err(|error| Refused::Server(error.to_string()))
            }
            Step::Wait { hours } => {
                self.time.pass(u64::from(*hours) * HOUR);
                for slot in &mut self.slots {
                    if let Kind::Imap(imap) = &mut slot.kind {
                        imap.cut();
                    }
                }
                Ok(())
            }
            Step::Check { device } => self.on(device, |kind, around| match kind {
                Kind::Imap(imap) => imap.check(around),
                Kind::Pop3(pop3) => pop3.check(around),
            }),
            Step::Read { device, message } => self.at(device, |kind, around| match kind {
                Kind::Imap(imap) => imap.read(around, message),
                Kind::Pop3(pop3) => pop3.change(message, |state| state.read = true),
            }),
            Step::Star { device, message } => self.at(device, |kind, around| match kind {
                Kind::Imap(imap) => imap.star(around, message),
                Kind::Pop3(pop3) => pop3.change(message, |state| state.starred = true),
            }),
            Step::Delete { device, message } => self.at(device, |kind, around| match kind {
                Kind::Imap(imap) => imap.file(around, message, "Trash"),
                Kind::Pop3(pop3) => pop3.delete(message, around.time.seconds()),
            }),
            Step::Move { device, message, folder } => {
                self.account.with(|store| {
                    // It may be there already.
                    let _ = store.create(folder, None);
                });
                self.at(device, |kind, around| match kind {
                    Kind::Imap(imap) => imap.file(around, message, folder),
                    Kind::Pop3(_) => Err(Refused::NotHere),
                })
            }
            Step::Cut { device } => self.slot(device, |slot| {
                slot.online = false;
                if let Kind::Imap(imap) = &mut slot.kind {
                    imap.cut();
                }
            }),
            Step::Restore { device } => self.slot(device, |slot| slot.online = true),
            Step::Lose { device } => self.slot(device, |slot| {
                slot.kind = match &slot.kind {
                    Kind::Imap(_) => Kind::Imap(Imap::default()),
                    Kind::Pop3(pop3) => Kind::Pop3(Pop3::new(pop3.rule)),
                };
            }),
            Step::Rule { device, rule } => self.rule(device, *rule),
            Step::Send { .. } => Err(Refused::NotHere),
            // Its steps come one by one.
            Step::Repeat { .. } => Ok(()),
        }
    }

    fn rule(&mut self, device: &str, rule: Rule) -> Result<(), Refused> {
        self.slot(device, |slot| {
            if let Kind::Pop3(pop3) = &mut slot.kind {
                pop3.rule = rule;
            }
        })
    }

    fn slot(&mut self, device: &str, change: impl FnOnce(&mut Slot)) -> Result<(), Refused> {
        self.slots.iter_mut().find(|s| s.name == device).map(change).ok_or(Refused::NotHere)
    }

    /// Something that needs the network.
    fn on(
        &mut self,
        device: &str,
        act: impl FnOnce(&mut Kind, &mut Around<'_>) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let offline = self.slots.iter().any(|s| s.name == device && !s.online);
        if offline { Err(Refused::Offline) } else { self.at(device, act) }
    }

    fn at(
        &mut self,
        device: &str,
        act: impl FnOnce(&mut Kind, &mut Around<'_>) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let Self { time, world, network, slots, .. } = self;
        let slot = slots.iter_mut().find(|s| s.name == device).ok_or(Refused::NotHere)?;
        let mut around = Around { world, network: *network, time, record: &mut slot.record };
        // Who takes a device in hand that has a network finds it connected, also after it slept.
        if let (Kind::Imap(imap), true) = (&mut slot.kind, slot.online) {
            imap.check(&mut around)?;
        }
        act(&mut slot.kind, &mut around)
    }

    /// Whoever waits for news gets them.
    fn spread(&mut self) {
        let Self { time, world, network, slots, .. } = self;
        for slot in slots.iter_mut().filter(|s| s.online) {
            if let Kind::Imap(imap) = &mut slot.kind {
                let mut around = Around { world, network: *network, time, record: &mut slot.record };
                imap.hear(&mut around);
            }
        }
    }

    /// What every place holds now: the devices, and the server.
    pub fn places(&self) -> Vec<(&str, Vec<Held>)> {
        let slots = self.slots.iter().map(|slot| match &slot.kind {
            Kind::Imap(imap) => (slot.name.as_str(), imap.holds()),
            Kind::Pop3(pop3) => (slot.name.as_str(), pop3.holds()),
        });
        slots.chain([(SERVER, self.on_server())]).collect()
    }

    /// What the server truly holds, past any protocol.
    fn on_server(&self) -> Vec<Held> {
        self.account.with(|store| {
            let folders = store.folders.iter().map(|(name, folder)| {
                let shown = if name == "INBOX" { INBOX } else { name.as_str() };
                (shown.to_owned(), folder)
            });
            let held = |folder: &str, m: &crate::sandbox::store::Message| Held {
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

    /// Octets of the account on the server.
    pub fn used(&self) -> u64 {
        self.account.with(|store| store.used_bytes())
    }

    /// What each device has spent so far.
    pub fn spent(&self) -> Vec<(&str, Totals)> {
        self.slots.iter().map(|slot| (slot.name.as_str(), slot.record.totals)).collect()
    }

    /// What passed on each device's lines.
    pub fn records(self) -> Vec<(String, Recorder)> {
        self.slots.into_iter().map(|slot| (slot.name, slot.record)).collect()
    }
}

/// A letter of so many KB, about, the same each time.
fn letter(name: &str, kilobytes: u32) -> Vec<u8> {
    let mut out = format!(
        "Date: Mon, 5 Jan 2026 09:00:00 +0000\r\nFrom: Bora Lee <bora@green.test>\r\nTo: {USER}\r\nSubject: {name}\r\n\
         Message-ID: <{name}{}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
        super::device::DOMAIN
    );
    let mut n = 0;
    while out.len() < kilobytes as usize * 1_000 {
        n += 1;
        let _ = write!(
            out,
            "Line {n} of {name}: the ferry leaves at noon, and the tide table is on the wall.\r\n"
        );
    }
    out.into_bytes()
}
