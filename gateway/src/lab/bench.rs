//! The bench: a mail server, devices, the lines between them, and time. A step is done on it, and everybody hears of it who can.
use super::backend::Backend;
use super::device::{Around, Refused, SENT};
use super::host::{Broken, Host};
use super::imap::{Heard, Imap};
use super::letter;
use super::pop3::Pop3;
use super::post;
use super::wire::{Time, proto};
use crate::net::Proto;
use crate::net::record::{Recorder, Totals};
use crate::sandbox::World;
use pyeonji_shared::lab::places::{Held, INBOX};
use pyeonji_shared::lab::scenario::{Account, Protocol, RELAY, Rule, Scenario, Step};
use std::sync::Arc;
use std::time::Duration;

const HOUR: u64 = 60 * 60 * 1_000;
/// How long a device that waits for news may take to hear of a step, on a real server.
const HEAR: Duration = Duration::from_secs(5);
/// The same of all steps of a run together: a server that tells nothing doesn't hold it up for ever.
const HEAR_IN_ALL: Duration = Duration::from_secs(60);

enum Kind {
    Imap(Imap),
    Pop3(Pop3),
}

struct Slot {
    name: String,
    kind: Kind,
    /// What an IMAP device knows of Sent.
    sent: Imap,
    account: Account,
    proto: Proto,
    online: bool,
    record: Recorder,
}

impl Slot {
    /// Connections are gone, whatever was said on them.
    fn cut(&mut self) {
        self.sent.cut();
        if let Kind::Imap(imap) = &mut self.kind {
            imap.cut();
        }
    }
}

pub struct Bench {
    pub time: Time,
    host: Host,
    /// Mail goes between the two people.
    two_sided: bool,
    bcc_self: bool,
    slots: Vec<Slot>,
    /// What is left of [`HEAR_IN_ALL`].
    patience: Duration,
    /// Who didn't hear of a step in time, and which.
    deaf: Vec<(String, u32)>,
}

impl Bench {
    pub fn new(scenario: &Scenario, backend: &Backend) -> Result<Self, Broken> {
        let (host, time) = backend.host(scenario)?;
        let (two_sided, bcc_self) = (scenario.is_two_sided(), scenario.copies_to_self());
        let slot = |device: &pyeonji_shared::lab::scenario::Device| Slot {
            name: device.name.clone(),
            kind: match device.protocol {
                Protocol::Imap => Kind::Imap(Imap::new(INBOX)),
                Protocol::Pop3 => Kind::Pop3(Pop3::new(device.rule, bcc_self)),
            },
            sent: Imap::new(SENT),
            account: device.account,
            proto: proto(device.protocol),
            online: true,
            record: Recorder::new(proto(device.protocol)),
        };
        let slots = scenario.devices.iter().map(slot).collect();
        Ok(Self { time, host, two_sided, bcc_self, slots, patience: HEAR_IN_ALL, deaf: Vec::new() })
    }

    /// Does it. `n`: which single step of the run it is, counted from 1; lines that it causes carry that.
    pub fn step(&mut self, n: u32, step: &Step) -> Result<(), Refused> {
        self.slots.iter_mut().for_each(|slot| slot.record.cause = n);
        self.host.cause(n);
        let before: Vec<Totals> = self.slots.iter().map(|slot| slot.record.totals).collect();
        let outcome = self.act(step);
        let mut spoke = self.slots.iter().zip(before).map(|(slot, before)| slot.record.totals != before);
        if matches!(step, Step::Deliver { .. }) || spoke.any(|spoke| spoke) {
            self.host.look();
        }
        self.spread(n);
        outcome
    }

    fn act(&mut self, step: &Step) -> Result<(), Refused> {
        let bcc_self = self.bcc_self;
        match step {
            Step::Deliver { message, kilobytes } => self.host.deliver(letter::arriving(message, *kilobytes)),
            Step::Wait { hours } => {
                self.time.wait(u64::from(*hours) * HOUR);
                self.slots.iter_mut().for_each(Slot::cut);
                Ok(())
            }
            Step::Check { device } => self.check(device),
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
                let account = self.slots.iter().find(|s| s.name == *device).map(|s| s.account);
                self.host.make_folder(account.unwrap_or_default(), folder);
                self.at(device, |kind, around| match kind {
                    Kind::Imap(imap) => imap.file(around, message, folder),
                    Kind::Pop3(_) => Err(Refused::NotHere),
                })
            }
            Step::Cut { device } => self.slot(device, |slot| {
                slot.online = false;
                slot.cut();
            }),
            Step::Restore { device } => self.slot(device, |slot| slot.online = true),
            Step::Lose { device } => self.slot(device, |slot| {
                slot.sent = Imap::new(SENT);
                slot.kind = match &slot.kind {
                    Kind::Imap(_) => Kind::Imap(Imap::new(INBOX)),
                    Kind::Pop3(pop3) => Kind::Pop3(Pop3::new(pop3.rule, bcc_self)),
                };
            }),
            Step::Rule { device, rule } => self.rule(device, *rule),
            Step::Send { device, message, kilobytes, copy_to_self } => {
                self.send(device, message, *kilobytes, *copy_to_self)
            }
            // Its steps come one by one.
            Step::Repeat { .. } => Ok(()),
        }
    }

    fn check(&mut self, device: &str) -> Result<(), Refused> {
        // Where nothing is sent nobody looks into Sent.
        let two_sided = self.two_sided;
        self.on(device, |kind, sent, around| match kind {
            Kind::Imap(imap) => {
                imap.check(around)?;
                if two_sided { sent.look(around) } else { Ok(()) }
            }
            Kind::Pop3(pop3) => pop3.check(around),
        })
    }

    fn send(
        &mut self,
        device: &str,
        message: &str,
        kilobytes: u32,
        copy_to_self: bool,
    ) -> Result<(), Refused> {
        let Self { time, host, slots, .. } = self;
        let slot = slots.iter_mut().find(|s| s.name == device).ok_or(Refused::NotHere)?;
        if !slot.online {
            return Err(Refused::Offline);
        }
        let account = slot.account;
        let parties = host.parties(account);
        let letter = letter::write(&parties, message, kilobytes, copy_to_self, time.seconds())
            .map_err(|error| Refused::Unwritten(error.to_string()))?;
        let mut around = Around { host, account, time, record: &mut slot.record };
        if let Kind::Imap(imap) = &mut slot.kind {
            imap.check(&mut around)?;
        }
        post::submit(&letter, &mut around)?;
        let others = host.submitted(account);
        around.record.resume(slot.proto);
        // It is on its way, whatever becomes of the copy.
        let filed = match &mut slot.kind {
            Kind::Imap(_) => slot.sent.file_sent(&mut around, &letter),
            Kind::Pop3(pop3) => {
                pop3.file_sent(&letter.kept);
                Ok(())
            }
        };
        host.pass_on(account, &letter, others, time)?;
        filed
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
        act: impl FnOnce(&mut Kind, &mut Imap, &mut Around<'_>) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let offline = self.slots.iter().any(|s| s.name == device && !s.online);
        if offline { Err(Refused::Offline) } else { self.with(device, act) }
    }

    fn at(
        &mut self,
        device: &str,
        act: impl FnOnce(&mut Kind, &mut Around<'_>) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        self.with(device, |kind, _, around| act(kind, around))
    }

    fn with(
        &mut self,
        device: &str,
        act: impl FnOnce(&mut Kind, &mut Imap, &mut Around<'_>) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let Self { time, host, slots, .. } = self;
        let slot = slots.iter_mut().find(|s| s.name == device).ok_or(Refused::NotHere)?;
        let mut around = Around { host, account: slot.account, time, record: &mut slot.record };
        // Who takes a device in hand that has a network finds it connected, also after it slept.
        if let (Kind::Imap(imap), true) = (&mut slot.kind, slot.online) {
            imap.check(&mut around)?;
        }
        act(&mut slot.kind, &mut slot.sent, &mut around)
    }

    /// Whoever waits for news gets them.
    fn spread(&mut self, n: u32) {
        let Self { time, host, slots, patience, deaf, .. } = self;
        for slot in slots.iter_mut().filter(|s| s.online) {
            if let Kind::Imap(imap) = &mut slot.kind {
                let mut around = Around { host, account: slot.account, time, record: &mut slot.record };
                if let Heard::Late { waited } = imap.hear(&mut around, HEAR.min(*patience)) {
                    *patience = patience.saturating_sub(waited);
                    deaf.push((slot.name.clone(), n));
                }
            }
        }
    }

    /// What every place holds now: the devices, and the server.
    pub fn places(&self) -> Vec<(&str, Vec<Held>)> {
        let slots = self.slots.iter().map(|slot| match &slot.kind {
            Kind::Imap(imap) => (slot.name.as_str(), [imap.holds(), slot.sent.holds()].concat()),
            Kind::Pop3(pop3) => (slot.name.as_str(), pop3.holds()),
        });
        let accounts = [Some(Account::Ada), self.two_sided.then_some(Account::Bora)];
        let servers = accounts.into_iter().flatten();
        let on_server = |account: Account| (account.place(), self.host.holds(account));
        slots.chain(servers.map(on_server)).collect()
    }

    /// Sources in somebody's Inbox.
    #[cfg(test)]
    pub fn inbox(&self, account: Account) -> Vec<Vec<u8>> {
        let Host::Simulated(simulated) = &self.host else { return Vec::new() };
        simulated.post.provider(account).mailbox.with(|store| {
            let messages = store.folder("INBOX").into_iter().flat_map(|folder| &folder.messages);
            messages.map(|message| message.content.raw().to_vec()).collect()
        })
    }

    /// The server files a copy itself.
    #[cfg(test)]
    pub fn file_sent(&self, account: Account, message: &str) {
        let Host::Simulated(simulated) = &self.host else { return };
        let provider = simulated.post.provider(account);
        let raw = letter::arriving(message, 1).into();
        provider
            .world
            .deliver(&provider.mailbox, SENT, crate::sandbox::flags::Flags::default(), raw)
            .expect("room");
    }

    /// Octets of Ada's account on the server.
    pub fn used(&self) -> u64 {
        self.host.used()
    }

    /// Ada's provider, where it is the sandbox in simulated time.
    pub fn world(&self) -> Option<Arc<World>> {
        match &self.host {
            Host::Simulated(simulated) => Some(simulated.post.provider(Account::Ada).world.clone()),
            Host::Real(_) => None,
        }
    }

    /// Whether what was found means anything.
    pub fn trouble(&self) -> Result<(), Broken> {
        self.host.trouble()
    }

    /// The run is over. What must be said of it.
    pub fn end(&mut self) -> Result<Vec<String>, Broken> {
        // Nobody hears of what is tidied up.
        self.slots.iter_mut().for_each(Slot::cut);
        self.host.end()?;
        let Some((name, n)) = self.deaf.first() else { return Ok(Vec::new()) };
        let more = match self.deaf.len() {
            1 => String::new(),
            times => format!("; {times} times in all"),
        };
        Ok(vec![format!("{name} waited for news and wasn't told all of step {n} in time{more}")])
    }

    /// What each device has spent so far.
    pub fn spent(&self) -> Vec<(&str, Totals)> {
        let devices = self.slots.iter().map(|slot| (slot.name.as_str(), slot.record.totals));
        devices.chain(self.host.relay().map(|relay| (RELAY, relay.totals))).collect()
    }

    /// What passed on each device's lines, and between the servers.
    pub fn records(self) -> Vec<(String, Recorder)> {
        let devices = self.slots.into_iter().map(|slot| (slot.name, slot.record));
        let relay = self.host.into_relay().filter(|_| self.two_sided).map(|relay| (RELAY.to_owned(), relay));
        devices.chain(relay).collect()
    }
}
