//! Where devices connect to: the sandbox in simulated time, or a real account. What is asked of either is the same.
use super::device::Refused;
use super::real::Real;
use super::simulated::Simulated;
use super::wire::{Line, Time};
use crate::config::limits::Limits;
use crate::secret::Secret;
use pyeonji_shared::ids::{FolderName, Uid};
use pyeonji_shared::lab::places::{Held, State};
use pyeonji_shared::lab::scenario::Protocol;
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
    Simulated(Simulated),
    Real(Box<Real>),
}

impl Host {
    pub fn who(&self) -> Who {
        match self {
            Host::Simulated(simulated) => simulated.who(),
            Host::Real(real) => real.who(),
        }
    }

    pub fn dial(&self, protocol: Protocol, time: &Time) -> Result<Dialled, Refused> {
        match self {
            Host::Simulated(simulated) => Ok(simulated.dial(protocol, time)),
            Host::Real(real) => real.dial(protocol),
        }
    }

    /// A message arrives in the Inbox.
    pub fn deliver(&mut self, source: Vec<u8>) -> Result<(), Refused> {
        match self {
            Host::Simulated(simulated) => simulated.deliver(source),
            Host::Real(real) => real.deliver(source),
        }
    }

    /// There is a folder of this name.
    pub fn make_folder(&mut self, name: &str) {
        match self {
            Host::Simulated(simulated) => simulated.make_folder(name),
            // Before the first step.
            Host::Real(_) => {}
        }
    }

    /// Its name there.
    pub fn folder(&self, name: &str) -> FolderName {
        match self {
            Host::Simulated(_) => FolderName(name.to_owned()),
            Host::Real(real) => real.folder(name),
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
    pub fn inbox(&self) -> Option<Vec<(Uid, State)>> {
        match self {
            Host::Simulated(_) => None,
            Host::Real(real) => Some(real.inbox()),
        }
    }

    /// What the server truly holds, past what devices are told.
    pub fn holds(&self) -> Vec<Held> {
        match self {
            Host::Simulated(simulated) => simulated.holds(),
            Host::Real(real) => real.holds(),
        }
    }

    /// Octets of the account on the server.
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

    /// The run is over: a real account is left as it was found.
    pub fn end(&mut self) -> Result<(), Broken> {
        match self {
            Host::Simulated(_) => Ok(()),
            Host::Real(real) => real.end(),
        }
    }
}
