//! What was done, as the report of a run: the page shows its wire and its meters like any other's.
use super::Account;
use super::claims::Looked;
use super::device::{Device, Recorded};
use pyeonji_shared::lab::call::{Answer, MAX_LINES};
use pyeonji_shared::lab::places::INBOX;
use pyeonji_shared::lab::report::{Count, Done, Report, Run, Spent, Totals};
use pyeonji_shared::lab::scenario::{
    Account as Person, Device as Named, FORMAT, Network, Protocol, Rule, SERVER, Scenario, Server, Step,
    Words,
};
use std::time::Instant;

pub const IMAP: &str = "imap-a";
pub const POP3: &str = "pop3-a";

/// The steps of a run on one's own mailbox, with its devices.
pub struct Steps {
    pub imap: Recorded,
    pub pop3: Recorded,
    began: Instant,
    provider: String,
    done: Vec<Done>,
}

impl Steps {
    pub fn new(account: &Account<'_>) -> Self {
        Self {
            imap: Recorded::new(account.net, IMAP),
            pop3: Recorded::new(account.net, POP3),
            began: Instant::now(),
            provider: account.provider.name.clone(),
            done: Vec::new(),
        }
    }

    /// Whatever passed since the last step was for this one.
    pub fn done(&mut self, step: Step, by: Device) {
        let number = self.done.len() + 1;
        let n = u32::try_from(number).unwrap_or(u32::MAX);
        let (name, totals) = match by {
            Device::Imap => (IMAP, self.imap.take(n)),
            Device::Pop3 => (POP3, self.pop3.take(n)),
        };
        let from = self.done.last().map_or(0, |before| before.to);
        self.done.push(Done {
            number,
            step,
            skipped: false,
            from,
            to: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            refused: None,
            changes: Vec::new(),
            used: 0,
            spent: vec![Spent { device: name.to_owned(), totals }],
        });
    }

    /// What a device has spent so far.
    pub fn spent(&self, name: &str) -> Totals {
        let mut all = Totals::default();
        let own = self.done.iter().flat_map(|done| &done.spent).filter(|spent| spent.device == name);
        own.for_each(|spent| all.add(spent.totals));
        all
    }

    pub fn answer(mut self, title: Words, seen: &Looked) -> Answer {
        let used = seen.used();
        self.done.iter_mut().for_each(|done| done.used = used);
        let device = |name: &str, protocol| Named {
            name: name.to_owned(),
            protocol,
            account: Person::default(),
            rule: Rule::default(),
        };
        let scenario = Scenario {
            format: FORMAT,
            id: "own-mailbox".into(),
            title: title.clone(),
            claim: Words::default(),
            network: Network::default(),
            server: Server::default(),
            devices: vec![device(IMAP, Protocol::Imap), device(POP3, Protocol::Pop3)],
            variants: Vec::new(),
            steps: self.done.iter().map(|done| done.step.clone()).collect(),
            expect: Vec::new(),
            measure: Vec::new(),
        };
        let most = MAX_LINES / 2;
        let run = Run {
            variant: None,
            backend: Some(self.provider),
            notes: Vec::new(),
            held: false,
            judged: Vec::new(),
            measured: Vec::new(),
            steps: self.done,
            devices: vec![self.imap.transcript(most), self.pop3.transcript(most)],
            stored: Vec::new(),
            end: end(seen),
        };
        let (id, claim) = (scenario.id.clone(), Words::default());
        let report = Report { id, title, claim, verdict: None, runs: vec![run] };
        Answer { scenario, report, show: 0 }
    }
}

/// Who sees how many messages.
fn end(seen: &Looked) -> Vec<Count> {
    let count = |place: &str, folder: &str, messages| Count {
        place: place.to_owned(),
        folder: folder.to_owned(),
        messages,
    };
    let mut all = Vec::new();
    for (folder, messages) in seen.imap.iter().flat_map(|folders| &folders.counts) {
        let folder = if folder.is_inbox() { INBOX } else { folder.as_str() };
        for place in [IMAP, SERVER] {
            all.push(count(place, folder, messages.unwrap_or_default()));
        }
    }
    all.extend(seen.pop3.map(|maildrop| count(POP3, INBOX, maildrop.messages)));
    all
}
