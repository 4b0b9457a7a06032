//! What a scenario can be run on: the sandbox in simulated time, the sandbox over sockets, or a real account.
use super::device::{PASSWORD, USER};
use super::host::{Broken, Host};
use super::real::{Place, Real};
use super::simulated::{Simulated, world};
use super::wire::Time;
use crate::config::{Config, Provider};
use crate::net::Net;
use crate::sandbox::{AccountOptions, Ports, Sandbox};
use crate::secret::{Credentials, Protocol, Secret};
use pyeonji_shared::lab::scenario::{Network, Scenario, Server, Step};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::runtime::{Builder, Runtime};

/// When a run in simulated time begins: Monday 2026-01-05 09:00 UTC.
const BEGAN: i64 = 1_767_603_600;

pub enum Backend {
    Simulated,
    /// Everything as in simulated time, but for the lines.
    Sockets,
    Account(Box<Target>),
}

/// An account that is the lab's own: mail in it is delivered, fetched and deleted.
pub struct Target {
    /// What it is called in reports.
    pub name: String,
    /// Egress and limits; the servers are those below.
    pub config: Config,
    /// Whose servers the devices use.
    pub devices: Arc<Provider>,
    /// Where the lab itself looks at the mailbox, by IMAP.
    pub observer: Arc<Provider>,
    pub user: String,
    pub password: Secret,
    /// The account's quota, where it is known.
    pub quota_kilobytes: Option<u32>,
}

/// What can't be had here, of all that a scenario asks for.
#[derive(Debug, Default)]
pub struct Lack {
    /// Said of the run.
    pub notes: Vec<String>,
    /// The server isn't the one that the scenario speaks of: there is no verdict.
    pub of_server: bool,
}

impl Backend {
    /// Looks at the account. Nothing is run where there is mail, unless that may be erased; says what was.
    ///
    /// # Errors
    /// When the account can't be reached, or isn't empty and must not be erased.
    pub fn open(target: Target, erase: bool) -> Result<(Self, String), Broken> {
        if target.devices.imap.is_none() || target.observer.imap.is_none() || target.devices.pop3.is_none() {
            let name = &target.devices.name;
            return Err(Broken(format!(
                "provider \"{name}\" must have `imap` and `pop3`: the lab compares them on one mailbox"
            )));
        }
        let mut place = target.place(runtime()?)?;
        let found = place.found()?;
        if !found.is_empty() && !erase {
            return Err(Broken(format!(
                "the mailbox of {} isn't empty: {found}. The lab delivers, fetches and deletes mail in it, so it needs an account of \
                 its own; --erase deletes what is named here, for good",
                target.user
            )));
        }
        if !found.is_empty() {
            place.erase()?;
        }
        Ok((Self::Account(Box::new(target)), found))
    }

    /// What a run says of it; `None` for simulated time.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Simulated => None,
            Self::Sockets => Some("the sandbox over sockets".into()),
            Self::Account(target) => Some(target.name.clone()),
        }
    }

    /// A server for one run, and its time.
    pub fn host(&self, scenario: &Scenario) -> Result<(Host, Time), Broken> {
        match self {
            Self::Simulated => {
                let time = Time::new(BEGAN);
                Ok((Host::Simulated(Simulated::new(scenario, &time)), time))
            }
            Self::Sockets => {
                let time = Time::flowing(BEGAN);
                let (runtime, (world, _)) = (runtime()?, world(scenario, &time));
                let account =
                    AccountOptions { name: String::new(), address: USER.into(), password: PASSWORD.into() };
                let serve = Sandbox::serve(world, vec![account], Duration::ZERO, Ports::default());
                let sandbox = runtime.block_on(serve).map_err(|error| Broken(error.to_string()))?;
                let provider = sandbox.providers().pop().map(Arc::new);
                let provider = provider.ok_or_else(|| Broken("the sandbox has no provider".into()))?;
                let target = Target {
                    name: String::new(),
                    config: Config::for_tests(vec![provider.clone()]),
                    devices: provider.clone(),
                    observer: provider,
                    user: USER.into(),
                    password: Secret::new(PASSWORD.into()),
                    quota_kilobytes: None,
                };
                let place = target.place(runtime)?;
                Ok((Host::Real(Box::new(Real::begin(place, Some(sandbox), scenario)?)), time))
            }
            Self::Account(target) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
                let time = Time::flowing(i64::try_from(now).unwrap_or(BEGAN));
                let place = target.place(runtime()?)?;
                Ok((Host::Real(Box::new(Real::begin(place, None, scenario)?)), time))
            }
        }
    }

    /// What the scenario asks for and can't have here.
    pub fn lack(&self, scenario: &Scenario) -> Lack {
        let mut lack = Lack::default();
        if matches!(self, Self::Simulated) {
            return lack;
        }
        if scenario.network != Network::default() {
            let Network { latency_ms, kilobytes_per_second } = scenario.network;
            lack.notes.push(format!(
                "not arranged here: a line of {latency_ms} ms each way and {kilobytes_per_second} KB/s; it is as fast as it is"
            ));
        }
        let Self::Account(target) = self else { return lack };
        let Server { uidl, top, quota_kilobytes } = scenario.server;
        let quota = quota_kilobytes != Server::default().quota_kilobytes
            && target.quota_kilobytes != Some(quota_kilobytes);
        let without = [
            (!uidl, "a POP3 server without UIDL".to_owned()),
            (!top, "a POP3 server without TOP".to_owned()),
            (quota, format!("a quota of {quota_kilobytes} KB")),
        ];
        for (_, what) in without.into_iter().filter(|(so, _)| *so) {
            lack.notes.push(format!("not arranged here: {what}; so there is no verdict"));
            lack.of_server = true;
        }
        if scenario.single_steps().iter().any(|(_, step)| matches!(step, Step::Wait { .. })) {
            lack.notes.push(
                "hours pass for the devices alone: nobody waits, and the server's clock isn't moved".into(),
            );
        }
        lack
    }
}

impl Target {
    fn place(&self, runtime: Arc<Runtime>) -> Result<Place, Broken> {
        let credentials = Credentials {
            address: self.user.clone(),
            login: self.devices.login_name(&self.user),
            password: self.password.clone(),
            protocol: Protocol::Imap,
        };
        // Where this machine has DNS, that wants to know its runtime.
        let net = runtime.block_on(async { Net::new(&self.config) });
        Place::open(runtime, net, self.devices.clone(), self.observer.clone(), credentials)
    }
}

fn runtime() -> Result<Arc<Runtime>, Broken> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map(Arc::new).map_err(|error| Broken(format!("can't start: {error}")))
}
