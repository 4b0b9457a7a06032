//! A session of POP3 as a device uses it, from sign-in to QUIT.
use super::device::{Around, Outcome, Refused};
use super::host::{Dialled, Who};
use super::wire::Wire;
use crate::account::HeadDigest;
use crate::net::Proto;
use crate::pop3;
use pyeonji_shared::call::device::{Listed, Listing, Naming};
use pyeonji_shared::device::Uidl;
use std::collections::{BTreeMap, BTreeSet};

/// Commands given to an engine at once.
const AT_ONCE: usize = 256;

/// A session of POP3, from sign-in to QUIT.
pub struct Visit<'a, 'b> {
    wire: Wire<pop3::Engine>,
    pub around: &'a mut Around<'b>,
}

impl<'a, 'b> Visit<'a, 'b> {
    pub fn begin(around: &'a mut Around<'b>) -> Result<Self, Refused> {
        let Dialled { line, greeting_seen, secure } = around.dial(Proto::Pop3)?;
        let Who { user, password, limits } = around.host.who(around.account);
        let greeting = if greeting_seen { pop3::Greeting::AlreadySeen } else { pop3::Greeting::Expected };
        let engine = pop3::Engine::new(pop3::Options { limits, greeting, secure }, around.time.instant());
        let mut visit = Self { wire: Wire::new(engine, line), around };
        visit.run(pop3::Command::SignIn { user, proof: pop3::Proof::Password(password) })?;
        Ok(visit)
    }

    pub fn run(&mut self, command: pop3::Command) -> Result<pop3::event::Reply, Refused> {
        self.ask(vec![command]).pop().map_or(Err(Refused::NotHere), |(reply, _)| reply)
    }

    /// Several commands, in one flight where the server pipelines; each one's answer, and the source that came with it.
    pub fn ask(
        &mut self,
        commands: Vec<pop3::Command>,
    ) -> Vec<(Result<pop3::event::Reply, Refused>, Vec<u8>)> {
        let mut answers = Vec::new();
        let mut commands = commands.into_iter().peekable();
        while commands.peek().is_some() {
            let now = self.around.time.instant();
            let some = commands.by_ref().take(AT_ONCE);
            let flight: Vec<_> = some.map(|command| self.wire.client.submit(command, now)).collect();
            self.wire.settle(self.around.time, self.around.record);
            let mut source = Vec::new();
            let mut got = BTreeMap::new();
            while let Some(event) = self.wire.client.poll_event() {
                match event {
                    pop3::Event::Piece { bytes, .. } => source.extend_from_slice(&bytes),
                    pop3::Event::Done { id, result } => {
                        let reply = result.map(|d| d.reply).map_err(|e| Refused::Server(e.to_string()));
                        got.insert(id, (reply, std::mem::take(&mut source)));
                    }
                    _ => {}
                }
            }
            let silent = || (Err(Refused::Server("no answer".into())), Vec::new());
            answers.extend(flight.iter().map(|id| got.remove(id).unwrap_or_else(silent)));
        }
        answers
    }

    /// Sources of these messages, whole or their heads alone.
    pub fn sources(
        &mut self,
        numbers: impl Iterator<Item = pop3::Number>,
        heads: bool,
    ) -> Result<Vec<Vec<u8>>, Refused> {
        let command = |number| match heads {
            true => pop3::Command::Top { number, lines: 0 },
            false => pop3::Command::Retr { number },
        };
        let answers = self.ask(numbers.map(command).collect());
        answers.into_iter().map(|(reply, source)| reply.map(|_| source)).collect()
    }

    /// What lies on the server, named as the page names it: by UIDL, or by a digest of each head, or for this connection alone.
    ///
    /// For a removal the names are enough (`sizes` is false), where the server has some.
    pub fn list(&mut self, sizes: bool) -> Result<(Listing, BTreeMap<Uidl, pop3::Number>), Refused> {
        let commands = match sizes {
            true => vec![pop3::Command::Stat, pop3::Command::List, pop3::Command::Uidl],
            false => vec![pop3::Command::Uidl],
        };
        let mut asked = self.ask(commands);
        let names = asked.pop().map(|(reply, _)| reply);
        if !sizes && !matches!(names, Some(Ok(_))) {
            return self.list(true);
        }
        let sizes = match asked.pop().map(|(reply, _)| reply) {
            Some(Ok(pop3::event::Reply::Sizes(sizes))) => sizes,
            Some(Err(error)) => return Err(error),
            _ => Vec::new(),
        };
        let heads = self.wire.client.capabilities().is_some_and(|c| c.top);
        let (naming, names) = match names {
            Some(Ok(pop3::event::Reply::Names(names))) => (Naming::Server, names),
            _ if heads => {
                let heads = self.sources(sizes.iter().map(|(number, _)| *number), true)?;
                let digest = |head: &Vec<u8>| {
                    let mut digest = HeadDigest::default();
                    digest.push(head);
                    digest.name()
                };
                let numbers = sizes.iter().map(|(number, _)| *number);
                (Naming::Digest, numbers.zip(heads.iter().map(digest)).collect())
            }
            _ => {
                let visit = self.around.record.totals.connections;
                let name = |n: pop3::Number| Uidl(format!("number:{visit:016x}:{}", n.0));
                (Naming::Connection, sizes.iter().map(|(n, _)| (*n, name(*n))).collect())
            }
        };
        let sizes: BTreeMap<u32, u32> = sizes.into_iter().map(|(n, size)| (n.0, size)).collect();
        let row = |(number, uidl): &(pop3::Number, Uidl)| Listed {
            uidl: uidl.clone(),
            size: sizes.get(&number.0).copied().unwrap_or_default(),
        };
        let messages = names.iter().map(row).collect();
        let mut seen = BTreeSet::new();
        let first = names.into_iter().filter(|(_, uidl)| seen.insert(uidl.clone()));
        let numbers = first.map(|(number, uidl)| (uidl, number)).collect();
        Ok((Listing { messages, naming, heads, ..Listing::default() }, numbers))
    }

    pub fn quit(mut self) -> Outcome {
        let outcome = self.run(pop3::Command::Quit).map(drop);
        self.wire.listen_out(self.around.time, self.around.record);
        outcome
    }
}
