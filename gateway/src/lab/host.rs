//! Where devices connect to: the sandbox in simulated time, or real accounts. What is asked of either is the same.
use super::device::{Outcome, Refused};
use super::letter::{Parties, Written};
use super::real::Real;
use super::simulated::Simulated;
use super::wire::{Line, Time};
use crate::config::limits::Limits;
use crate::net::Proto;
use crate::net::record::Recorder;
use crate::sandbox::transit::Parcel;
use crate::secret::Secret;
use pyeonji_shared::ids::{FolderName, Uid};
use pyeonji_shared::lab::places::{Held, State};
use pyeonji_shared::lab::scenario::Account;
use std::sync::Arc;

/// The lab can't go on: what was found so far means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

/// Who signs in.
pub struct Who {
    pub user: String,
    pub password: Secret,
    pub limits: Arc<Limits>,
}

/// A line on which credentials may be written.
pub struct Dialled {
    pub line: Line,
    /// It was read before TLS, and won't come again.
    pub greeting_seen: bool,
    pub secure: bool,
}

pub enum Host {
    Simulated(Box<Simulated>),
    Real(Box<Real>),
}

impl Host {
    pub fn who(&self, account: Account) -> Who {
        match self {
            Host::Simulated(simulated) => simulated.who(account),
            Host::Real(real) => real.who(account),
        }
    }

    pub fn address(&self, account: Account) -> String {
        match self {
            Host::Simulated(_) => account.address().to_owned(),
            Host::Real(real) => real.address(account),
        }
    }

    /// Somebody, and the other one.
    pub fn parties(&self, from: Account) -> Parties {
        let party = |of: Account| (of.name().to_owned(), self.address(of));
        Parties { from: party(from), to: party(from.other()) }
    }

    pub fn dial(&self, account: Account, proto: Proto, time: &Time) -> Result<Dialled, Refused> {
        match self {
            Host::Simulated(simulated) => Ok(simulated.dial(account, proto, time)),
            Host::Real(real) => real.dial(account, proto),
        }
    }

    /// A message arrives in Ada's Inbox.
    pub fn deliver(&mut self, source: Vec<u8>) -> Outcome {
        match self {
            Host::Simulated(simulated) => simulated.deliver(source),
            Host::Real(real) => real.deliver(source),
        }
    }

    /// What the provider of a letter's writer does when it has the letter. What must be passed on comes back.
    pub fn submitted(&self, from: Account) -> Vec<Parcel> {
        match self {
            Host::Simulated(simulated) => simulated.post.submitted(from),
            Host::Real(_) => Vec::new(),
        }
    }

    /// The letter goes its way, until it is where it should be.
    pub fn pass_on(
        &mut self,
        from: Account,
        letter: &Written,
        parcels: Vec<Parcel>,
        time: &mut Time,
    ) -> Outcome {
        match self {
            Host::Simulated(simulated) => simulated.post.pass_on(from, parcels, time),
            Host::Real(real) => real.arrives(letter),
        }
    }

    /// Lines between servers belong to this step.
    pub fn cause(&mut self, n: u32) {
        if let Host::Simulated(simulated) = self {
            simulated.post.relay.cause = n;
        }
    }

    /// What passed between servers, where that can be seen.
    pub fn relay(&self) -> Option<&Recorder> {
        match self {
            Host::Simulated(simulated) => Some(&simulated.post.relay),
            Host::Real(_) => None,
        }
    }

    pub fn into_relay(self) -> Option<Recorder> {
        match self {
            Host::Simulated(simulated) => Some(simulated.post.relay),
            Host::Real(_) => None,
        }
    }

    /// There is a folder of this name.
    pub fn make_folder(&mut self, account: Account, name: &str) {
        match self {
            Host::Simulated(simulated) => simulated.make_folder(account, name),
            // Before the first step.
            Host::Real(_) => {}
        }
    }

    /// Its name there.
    pub fn folder(&self, account: Account, name: &str) -> FolderName {
        match self {
            Host::Simulated(_) => FolderName(name.to_owned()),
            Host::Real(real) => real.folder(account, name),
        }
    }

    /// Something may have changed on the server.
    pub fn look(&mut self) {
        match self {
            Host::Simulated(_) => {}
            Host::Real(real) => real.look(),
        }
    }

    /// What a device that waits for news should know of the Inbox. `None`: whoever is told hears everything at once.
    pub fn inbox(&self, account: Account) -> Option<Vec<(Uid, State)>> {
        match self {
            Host::Simulated(_) => None,
            Host::Real(real) => Some(real.inbox(account)),
        }
    }

    /// What a mailbox truly holds, past what devices are told.
    pub fn holds(&self, account: Account) -> Vec<Held> {
        match self {
            Host::Simulated(simulated) => simulated.holds(account),
            Host::Real(real) => real.holds(account),
        }
    }

    /// Octets of Ada's account on the server.
    pub fn used(&self) -> u64 {
        match self {
            Host::Simulated(simulated) => simulated.used(),
            Host::Real(real) => real.used(),
        }
    }

    /// Whether the server could still be looked into.
    pub fn trouble(&self) -> Result<(), Broken> {
        match self {
            Host::Simulated(_) => Ok(()),
            Host::Real(real) => real.trouble(),
        }
    }

    /// The run is over: real accounts are left as they were found.
    pub fn end(&mut self) -> Result<(), Broken> {
        match self {
            Host::Simulated(_) => Ok(()),
            Host::Real(real) => real.end(),
        }
    }
}
