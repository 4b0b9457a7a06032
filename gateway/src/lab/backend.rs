//! What a scenario can be run on: the sandbox in simulated time, the sandbox over sockets, or a real account.
use super::device::PASSWORD;
use super::host::{Broken, Host};
use super::real::{Place, Real};
use super::simulated::{Simulated, account, quota_bytes, world};
use super::wire::Time;
use crate::config::{Config, Provider};
use crate::net::Net;
use crate::sandbox::{self, Ports, Sandbox};
use crate::secret::{Credentials, Protocol, Secret};
use pyeonji_shared::lab::scenario::{Account, Network, Scenario, Server, Step};
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

/// Accounts that are the lab's own: mail in them is delivered, fetched and deleted.
pub struct Target {
    /// What it is called in reports.
    pub name: String,
    /// Egress and limits; the servers are those below.
    pub config: Config,
    pub ada: Mailbox,
    /// Who mail is sent to, for scenarios in which some is.
    pub bora: Option<Mailbox>,
    /// Ada's quota, where it is known.
    pub quota_kilobytes: Option<u32>,
}

pub struct Mailbox {
    /// Whose servers the devices use.
    pub devices: Arc<Provider>,
    /// Where the lab itself looks at the mailbox, by IMAP.
    pub observer: Arc<Provider>,
    pub user: String,
    pub password: Secret,
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
    /// Looks at the accounts. Nothing is run where there is mail, unless that may be erased; says what was.
    ///
    /// # Errors
    /// When an account can't be reached, or isn't empty and must not be erased.
    pub fn open(target: Target, erase: bool) -> Result<(Self, Vec<String>), Broken> {
        let mailboxes = [Some(&target.ada), target.bora.as_ref()].into_iter().flatten();
        let (mut places, mut full) = (Vec::new(), Vec::new());
        for mailbox in mailboxes {
            let Mailbox { devices, observer, user, .. } = mailbox;
            if devices.imap.is_none() || devices.pop3.is_none() || observer.imap.is_none() {
                return Err(Broken(format!(
                    "provider \"{}\" must have `imap` and `pop3`: the lab compares them on one mailbox",
                    devices.name
                )));
            }
            let mut place = target.place(mailbox, runtime()?)?;
            let found = place.found()?;
            if !found.is_empty() {
                full.push(format!("{found} of {user}"));
                places.push(place);
            }
        }
        if !full.is_empty() && !erase {
            return Err(Broken(format!(
                "there is mail: {}. The lab delivers, fetches and deletes mail, so it needs accounts of its own; --erase deletes what is \
                 named here, for good",
                full.join("; ")
            )));
        }
        places.iter_mut().try_for_each(Place::erase)?;
        Ok((Self::Account(Box::new(target)), full))
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
                Ok((Host::Simulated(Box::new(Simulated::new(scenario, &time))), time))
            }
            Self::Sockets => {
                let time = Time::flowing(BEGAN);
                let people = [Account::Ada, Account::Bora];
                let world = world(&people, quota_bytes(scenario), scenario, &time);
                let runtime = runtime()?;
                let serve =
                    Sandbox::serve(world, people.map(account).into(), Duration::ZERO, Ports::default());
                let sandbox = runtime.block_on(serve).map_err(|error| Broken(error.to_string()))?;
                let providers: Vec<Arc<Provider>> = sandbox.providers().into_iter().map(Arc::new).collect();
                let mailbox = |of: Account| {
                    let provider = providers.iter().find(|p| of.address().ends_with(&p.name)).cloned();
                    let provider = provider.ok_or_else(|| Broken("the sandbox has no provider".into()))?;
                    let (user, password) = (of.address().to_owned(), Secret::new(PASSWORD.into()));
                    Ok(Mailbox { devices: provider.clone(), observer: provider, user, password })
                };
                let (ada, bora) = (mailbox(Account::Ada)?, Some(mailbox(Account::Bora)?));
                let config = Config::for_tests(providers.clone());
                let target = Target { name: String::new(), config, ada, bora, quota_kilobytes: None };
                Ok((target.begin(scenario, runtime, Some(sandbox))?, time))
            }
            Self::Account(target) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
                let time = Time::flowing(i64::try_from(now).unwrap_or(BEGAN));
                Ok((target.begin(scenario, runtime()?, None)?, time))
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
            let Network { latency_ms, kilobytes_per_second, loss_percent, .. } = scenario.network;
            let lost = if loss_percent > 0 { format!(" that loses {loss_percent} %") } else { String::new() };
            lack.notes.push(format!(
                "not arranged here: a line of {latency_ms} ms each way and {kilobytes_per_second} KB/s{lost}; it is as fast as it is"
            ));
        }
        if scenario.is_two_sided() {
            lack.notes.push("what servers say to each other can't be seen here".into());
        }
        let Self::Account(target) = self else { return lack };
        let Server { uidl, top, quota_kilobytes } = scenario.server;
        let quota = quota_kilobytes != Server::default().quota_kilobytes
            && target.quota_kilobytes != Some(quota_kilobytes);
        let without = [
            (!uidl, "a POP3 server without UIDL".to_owned()),
            (!top, "a POP3 server without TOP".to_owned()),
            (scenario.is_two_sided() && target.bora.is_none(), "a second account to send mail to".to_owned()),
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
    fn place(&self, mailbox: &Mailbox, runtime: Arc<Runtime>) -> Result<Place, Broken> {
        let Mailbox { devices, observer, user, password } = mailbox;
        let credentials = Credentials {
            address: user.clone(),
            login: devices.login_name(user),
            password: password.clone(),
            protocol: Protocol::Imap,
        };
        // Where this machine has DNS, that wants to know its runtime.
        let net = runtime.block_on(async { Net::new(&self.config) });
        Place::open(runtime, net, devices.clone(), observer.clone(), credentials)
    }

    fn begin(
        &self,
        scenario: &Scenario,
        runtime: Arc<Runtime>,
        sandbox: Option<sandbox::Running>,
    ) -> Result<Host, Broken> {
        let ada = self.place(&self.ada, runtime.clone())?;
        let bora = self.bora.as_ref().filter(|_| scenario.is_two_sided());
        let bora = bora.map(|bora| self.place(bora, runtime)).transpose()?;
        Ok(Host::Real(Box::new(Real::begin(ada, bora, sandbox, scenario)?)))
    }
}

fn runtime() -> Result<Arc<Runtime>, Broken> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map(Arc::new).map_err(|error| Broken(format!("can't start: {error}")))
}
