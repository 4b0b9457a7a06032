//! The bench: a mail server, devices, the lines between them, and time. A step is done on it, and everybody hears of it who can.
use super::device::{Around, Refused, SENT, named};
use super::imap::Imap;
use super::letter;
use super::pop3::Pop3;
use super::post::{Post, Provider};
use super::wire::{Time, proto};
use crate::net::Proto;
use crate::net::record::{Recorder, Totals};
use crate::sandbox::Pop3Options;
use crate::sandbox::flags::{FLAGGED, Flags, SEEN};
use crate::sandbox::limit::Bounds;
use crate::sandbox::world::Account as Mailbox;
use pyeonji_shared::lab::places::{Held, INBOX, State};
use pyeonji_shared::lab::scenario::{Account, Network, Protocol, RELAY, Rule, Scenario, Step};

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
    post: Post,
    /// Mail goes between the two people.
    two_sided: bool,
    bcc_self: bool,
    network: Network,
    slots: Vec<Slot>,
}

impl Bench {
    pub fn new(scenario: &Scenario) -> Self {
        let time = Time::new(BEGAN);
        let quota_bytes = u64::from(scenario.server.quota_kilobytes) * 1_000;
        let blue = Provider::new(Account::Ada, quota_bytes, &time);
        let green = Provider::new(Account::Bora, Bounds::default().quota_bytes, &time);
        let (uidl, top) = (scenario.server.uidl, scenario.server.top);
        for provider in [&blue, &green] {
            provider.mailbox.maildrop.set_options(Pop3Options { uidl, top, ..Pop3Options::default() });
        }
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
        let post = Post::new(blue, green);
        Self { time, post, two_sided, bcc_self, network: scenario.network, slots }
    }

    /// Does it. `n`: which single step of the run it is, counted from 1; lines that it causes carry that.
    pub fn step(&mut self, n: u32, step: &Step) -> Result<(), Refused> {
        self.slots.iter_mut().for_each(|slot| slot.record.cause = n);
        self.post.relay.cause = n;
        let outcome = self.act(step);
        self.spread();
        outcome
    }

    fn act(&mut self, step: &Step) -> Result<(), Refused> {
        let bcc_self = self.bcc_self;
        match step {
            Step::Deliver { message, kilobytes } => {
                let raw = letter::arriving(message, *kilobytes).into();
                let to = self.post.provider(Account::Ada);
                let done = to.world.deliver(&to.mailbox, "INBOX", Flags::default(), raw);
                done.map(drop).map_err(|error| Refused::Server(error.to_string()))
            }
            Step::Wait { hours } => {
                self.time.pass(u64::from(*hours) * HOUR);
                for slot in &mut self.slots {
                    slot.cut();
                }
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
                self.post.provider(account.unwrap_or_default()).mailbox.with(|store| {
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
        let Self { time, post, network, slots, .. } = self;
        let slot = slots.iter_mut().find(|s| s.name == device).ok_or(Refused::NotHere)?;
        if !slot.online {
            return Err(Refused::Offline);
        }
        let (account, world) = (slot.account, &post.provider(slot.account).world);
        let letter = letter::write(account, message, kilobytes, copy_to_self, time.seconds())
            .map_err(|error| Refused::Unwritten(error.to_string()))?;
        let mut around = Around { world, account, network: *network, time, record: &mut slot.record };
        if let Kind::Imap(imap) = &mut slot.kind {
            imap.check(&mut around)?;
        }
        let others = post.submit(&letter, &mut around)?;
        around.record.resume(slot.proto);
        // It is on its way, whatever becomes of the copy.
        let filed = match &mut slot.kind {
            Kind::Imap(_) => slot.sent.file_sent(&mut around, &letter),
            Kind::Pop3(pop3) => {
                pop3.file_sent(&letter.kept);
                Ok(())
            }
        };
        post.pass_on(account, others, time)?;
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
        let Self { time, post, network, slots, .. } = self;
        let slot = slots.iter_mut().find(|s| s.name == device).ok_or(Refused::NotHere)?;
        let (account, world) = (slot.account, &post.provider(slot.account).world);
        let mut around = Around { world, account, network: *network, time, record: &mut slot.record };
        // Who takes a device in hand that has a network finds it connected, also after it slept.
        if let (Kind::Imap(imap), true) = (&mut slot.kind, slot.online) {
            imap.check(&mut around)?;
        }
        act(&mut slot.kind, &mut slot.sent, &mut around)
    }

    /// Whoever waits for news gets them.
    fn spread(&mut self) {
        let Self { time, post, network, slots, .. } = self;
        for slot in slots.iter_mut().filter(|s| s.online) {
            if let Kind::Imap(imap) = &mut slot.kind {
                let (account, world) = (slot.account, &post.provider(slot.account).world);
                let mut around = Around { world, account, network: *network, time, record: &mut slot.record };
                imap.hear(&mut around);
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
        let on_server = |account: Account| (account.place(), on_server(&self.post.provider(account).mailbox));
        slots.chain(servers.map(on_server)).collect()
    }

    /// Sources in somebody's Inbox.
    #[cfg(test)]
    pub fn inbox(&self, account: Account) -> Vec<Vec<u8>> {
        self.post.provider(account).mailbox.with(|store| {
            let messages = store.folder("INBOX").into_iter().flat_map(|folder| &folder.messages);
            messages.map(|message| message.content.raw().to_vec()).collect()
        })
    }

    /// The server files a copy itself.
    #[cfg(test)]
    pub fn file_sent(&self, account: Account, message: &str) {
        let provider = self.post.provider(account);
        let raw = letter::arriving(message, 1).into();
        provider.world.deliver(&provider.mailbox, SENT, Flags::default(), raw).expect("room");
    }

    /// Octets of Ada's account on the server.
    pub fn used(&self) -> u64 {
        self.post.provider(Account::Ada).mailbox.with(|store| store.used_bytes())
    }

    /// What each device has spent so far.
    pub fn spent(&self) -> Vec<(&str, Totals)> {
        let devices = self.slots.iter().map(|slot| (slot.name.as_str(), slot.record.totals));
        devices.chain([(RELAY, self.post.relay.totals)]).collect()
    }

    /// What passed on each device's lines, and between the servers.
    pub fn records(self) -> Vec<(String, Recorder)> {
        let devices = self.slots.into_iter().map(|slot| (slot.name, slot.record));
        let relay = self.two_sided.then_some((RELAY.to_owned(), self.post.relay));
        devices.chain(relay).collect()
    }
}

/// What the server truly holds, past any protocol.
fn on_server(mailbox: &Mailbox) -> Vec<Held> {
    mailbox.with(|store| {
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
