//! A POP3 device: it keeps mail itself, with the ledger and the plan of the product.
use super::device::{Around, Mail, Outcome, Refused, SENT, named};
use super::visit::Visit;
use crate::mail::header::{Fields, parse_address_list};
use crate::pop3;
use pyeonji_shared::call::device::{Listed, Naming};
use pyeonji_shared::device::entry::Here;
use pyeonji_shared::device::ledger::Ledger;
use pyeonji_shared::device::plan::{Settings, plan};
use pyeonji_shared::device::{LocalId, Uidl, is_own_copy};
use pyeonji_shared::lab::places::{Held, INBOX, State};
use pyeonji_shared::lab::scenario::Rule;
use std::collections::BTreeMap;

pub struct Pop3 {
    ledger: Ledger,
    mail: BTreeMap<u32, Mail>,
    next: u32,
    pub rule: Rule,
    /// A blind copy of what is sent goes to oneself.
    bcc_self: bool,
}

impl Pop3 {
    pub fn new(rule: Rule, bcc_self: bool) -> Self {
        Self { ledger: Ledger::default(), mail: BTreeMap::new(), next: 1, rule, bcc_self }
    }

    pub fn holds(&self) -> Vec<Held> {
        self.mail.values().map(Mail::held).collect()
    }

    fn settings(&self) -> Settings {
        Settings { rule: self.rule, size_limit: None }
    }

    /// A whole check, as the page does it: list, fetch and keep, and in a session of its own remove what the rule says.
    pub fn check(&mut self, around: &mut Around<'_>) -> Outcome {
        let own = around.host.address(around.account);
        let mut visit = Visit::begin(around)?;
        let (listing, numbers) = visit.list(true)?;
        self.ledger.listed(&listing, visit.around.time.seconds());
        // Comparing by heads may leave something to be fetched.
        for _ in 0..2 {
            let now = visit.around.time.seconds();
            let todo = plan(&self.ledger, &listing, &self.settings(), u64::MAX, now);
            let of = |rows: &[Listed]| -> Vec<pop3::Number> {
                rows.iter().filter_map(|row| numbers.get(&row.uidl).copied()).collect()
            };
            let heads = visit.sources(of(&todo.compare).into_iter(), true)?;
            for (row, head) in todo.compare.iter().zip(heads) {
                let name = named(&head);
                let same = self.mail.iter().find(|(_, h)| Some(&h.message) == name.as_ref());
                self.ledger.compared(&row.uidl, same.map(|(local, _)| LocalId(*local)), now);
            }
            let sources = visit.sources(of(&todo.whole).into_iter(), false)?;
            for (row, source) in todo.whole.iter().zip(sources) {
                let sent = is_own_copy(sender(&source).as_deref(), &own, self.bcc_self);
                let local = self.keep(&source, sent);
                self.ledger.committed(row, Here::Whole(LocalId(local)), visit.around.time.seconds());
            }
        }
        let now = visit.around.time.seconds();
        let doomed = plan(&self.ledger, &listing, &self.settings(), u64::MAX, now).delete;
        let uidls: Vec<Uidl> = doomed.into_iter().map(|r| r.uidl).collect();
        // Names of one connection are good on that one alone.
        if listing.naming == Naming::Connection {
            return self.remove(visit, &numbers, uidls);
        }
        visit.quit()?;
        if uidls.is_empty() {
            return Ok(());
        }
        let mut visit = Visit::begin(around)?;
        let (_, numbers) = visit.list(false)?;
        self.remove(visit, &numbers, uidls)
    }

    fn remove(
        &mut self,
        mut visit: Visit<'_, '_>,
        numbers: &BTreeMap<Uidl, pop3::Number>,
        uidls: Vec<Uidl>,
    ) -> Outcome {
        self.ledger.tried(&uidls, visit.around.time.seconds());
        let doomed = uidls.iter().filter_map(|u| numbers.get(u));
        for (reply, _) in visit.ask(doomed.map(|number| pop3::Command::Dele { number: *number }).collect()) {
            reply?;
        }
        let now = visit.around.time.seconds();
        visit.quit()?;
        self.ledger.removed(&uidls, now);
        Ok(())
    }

    /// Keeps what was fetched, or what was sent from here.
    fn keep(&mut self, source: &[u8], sent: bool) -> u32 {
        let (local, message) = (self.next, named(source).unwrap_or_default());
        self.next += 1;
        // What one wrote oneself is read.
        let state = State { read: sent, starred: false, readable: true };
        self.mail.insert(local, Mail { folder: if sent { SENT } else { INBOX }, message, state });
        local
    }

    /// The copy of what was sent: only on this device.
    pub fn file_sent(&mut self, source: &[u8]) {
        self.keep(source, true);
    }

    fn local(&self, message: &str) -> Result<u32, Refused> {
        let found = self.mail.iter().rev().find(|(_, held)| held.message == message);
        found.map(|(local, _)| *local).ok_or(Refused::NotHere)
    }

    pub fn change(&mut self, message: &str, change: impl FnOnce(&mut State)) -> Outcome {
        let local = self.local(message)?;
        self.mail.get_mut(&local).map(|mail| change(&mut mail.state)).ok_or(Refused::NotHere)
    }

    pub fn delete(&mut self, message: &str, now: i64) -> Outcome {
        let local = self.local(message)?;
        self.mail.remove(&local);
        self.ledger.deleted_here(&[LocalId(local)], self.settings().rule, now);
        Ok(())
    }
}

/// The first sender that a message names.
fn sender(source: &[u8]) -> Option<String> {
    let (all, _) = parse_address_list(Fields::parse(source).first("From")?);
    all.into_iter().next().map(|address| address.email)
}
