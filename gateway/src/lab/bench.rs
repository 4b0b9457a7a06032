//! The bench: a mail server, devices, the lines between them, and time. A step is done on it, and everybody hears of it who can.
use super::backend::Backend;
use super::device::{Around, Refused, USER};
use super::host::{Broken, Host};
use super::imap::{Heard, Imap};
use super::pop3::Pop3;
use super::wire::{Time, recorder};
use crate::net::record::{Recorder, Totals};
use crate::sandbox::World;
use pyeonji_shared::lab::places::Held;
use pyeonji_shared::lab::scenario::{Protocol, Rule, SERVER, Scenario, Step};
use std::fmt::Write;
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
    online: bool,
    record: Recorder,
}

pub struct Bench {
    pub time: Time,
    host: Host,
    slots: Vec<Slot>,
    /// What is left of [`HEAR_IN_ALL`].
    patience: Duration,
    /// Who didn't hear of a step in time, and which.
    deaf: Vec<(String, u32)>,
}

impl Bench {
    pub fn new(scenario: &Scenario, backend: &Backend) -> Result<Self, Broken> {
        let (host, time) = backend.host(scenario)?;
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
        Ok(Self { time, host, slots, patience: HEAR_IN_ALL, deaf: Vec::new() })
    }

    /// Does it. `n`: which single step of the run it is, counted from 1; lines that it causes carry that.
    pub fn step(&mut self, n: u32, step: &Step) -> Result<(), Refused> {
        self.slots.iter_mut().for_each(|slot| slot.record.cause = n);
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
        match step {
            Step::Deliver { message, kilobytes } => self.host.deliver(letter(message, *kilobytes)),
            Step::Wait { hours } => {
                self.time.wait(u64::from(*hours) * HOUR);
                self.sleep();
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
                self.host.make_folder(folder);
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

    /// What was connected isn't any more.
    fn sleep(&mut self) {
        for slot in &mut self.slots {
            if let Kind::Imap(imap) = &mut slot.kind {
                imap.cut();
            }
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
        let Self { time, host, slots, .. } = self;
        let slot = slots.iter_mut().find(|s| s.name == device).ok_or(Refused::NotHere)?;
        let mut around = Around { host, time, record: &mut slot.record };
        // Who takes a device in hand that has a network finds it connected, also after it slept.
        if let (Kind::Imap(imap), true) = (&mut slot.kind, slot.online) {
            imap.check(&mut around)?;
        }
        act(&mut slot.kind, &mut around)
    }

    /// Whoever waits for news gets them.
    fn spread(&mut self, n: u32) {
        let Self { time, host, slots, patience, deaf } = self;
        for slot in slots.iter_mut().filter(|s| s.online) {
            if let Kind::Imap(imap) = &mut slot.kind {
                let mut around = Around { host, time, record: &mut slot.record };
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
            Kind::Imap(imap) => (slot.name.as_str(), imap.holds()),
            Kind::Pop3(pop3) => (slot.name.as_str(), pop3.holds()),
        });
        slots.chain([(SERVER, self.host.holds())]).collect()
    }

    /// Octets of the account on the server.
    pub fn used(&self) -> u64 {
        self.host.used()
    }

    /// The sandbox's world, where it is one.
    pub fn world(&self) -> Option<Arc<World>> {
        match &self.host {
            Host::Simulated(simulated) => Some(simulated.world.clone()),
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
        self.sleep();
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
