//! A real account: devices reach its servers over sockets, and the lab looks at the mailbox on a connection of its own, which is no part
//! of any transcript.
use super::device::{Outcome, Refused, SENT, name_of};
use super::host::{Broken, Dialled, Who};
use super::letter::Written;
use super::socket::Socket;
use super::wire::Line;
use crate::account::inspect::{Inspector, Stored};
use crate::config::Provider;
use crate::net::{Net, Proto};
use crate::sandbox;
use crate::secret::Credentials;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::{FolderName, Uid};
use pyeonji_shared::lab::places::{Held, INBOX, State};
use pyeonji_shared::lab::scenario::{Account, Scenario, Step};
use pyeonji_shared::message::Flags;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// How long a letter may be under way.
const ARRIVES: Duration = Duration::from_secs(20);
/// Between two looks for it.
const AGAIN: Duration = Duration::from_millis(50);

/// An account, with the lab's own connection to it.
pub struct Place {
    inspector: Inspector,
    net: Net,
    provider: Arc<Provider>,
    credentials: Credentials,
    // The last one to go: connections end on it.
    runtime: Arc<Runtime>,
}

impl Place {
    pub fn open(
        runtime: Arc<Runtime>,
        net: Net,
        devices: Arc<Provider>,
        observer: Arc<Provider>,
        credentials: Credentials,
    ) -> Result<Self, Broken> {
        let opening = Inspector::open(net.clone(), observer, credentials.clone());
        let inspector = runtime.block_on(opening).map_err(|error| broken("sign in", &error))?;
        Ok(Self { inspector, net, provider: devices, credentials, runtime })
    }

    /// How much is where, in words; nothing of an empty mailbox.
    pub fn found(&mut self) -> Result<String, Broken> {
        let counts = self.runtime.block_on(self.inspector.counts());
        let counts = counts.map_err(|error| broken("count the mail", &error))?;
        Ok(counts
            .iter()
            .map(|(folder, n)| format!("{n} in {}", folder.as_str()))
            .collect::<Vec<_>>()
            .join(", "))
    }

    fn contents(&mut self) -> Result<Vec<Stored>, Broken> {
        let contents = self.runtime.block_on(self.inspector.contents());
        contents.map_err(|error| broken("look at the mailbox", &error))
    }

    fn remove(&mut self, doomed: &[Stored]) -> Result<(), Broken> {
        let removed = self.runtime.block_on(self.inspector.remove(doomed));
        removed.map_err(|error| broken("remove mail", &error))
    }

    /// Everything, for good.
    pub fn erase(&mut self) -> Result<(), Broken> {
        let all = self.contents()?;
        self.remove(&all)?;
        match self.found()? {
            left if left.is_empty() => Ok(()),
            left => Err(Broken(format!("the mailbox can't be emptied; there is still mail: {left}"))),
        }
    }
}

fn broken(what: &str, error: &ApiError) -> Broken {
    Broken(format!("the lab's own connection couldn't {what}: {error}"))
}

/// One person's account in a run.
struct Side {
    place: Place,
    /// Folders that steps name, as the server calls them.
    names: BTreeMap<String, FolderName>,
    /// Those that weren't there.
    made: Vec<FolderName>,
    contents: Vec<Stored>,
}

impl Side {
    /// # Errors
    /// When the mailbox isn't empty.
    fn begin(mut place: Place) -> Result<Self, Broken> {
        let found = place.found()?;
        if !found.is_empty() {
            return Err(Broken(format!("the mailbox isn't empty any more: {found}; the run was given up")));
        }
        Ok(Self { place, names: BTreeMap::new(), made: Vec::new(), contents: Vec::new() })
    }

    fn make(&mut self, name: &str) -> Result<(), Broken> {
        if !self.names.contains_key(name) {
            let Place { runtime, inspector, .. } = &mut self.place;
            let folder = runtime.block_on(inspector.folder(name));
            let (folder, made) = folder.map_err(|error| broken("make a folder", &error))?;
            if made {
                self.made.push(folder.clone());
            }
            self.names.insert(name.to_owned(), folder);
        }
        Ok(())
    }

    fn look(&mut self) -> Result<(), Broken> {
        // A connection that was closed meanwhile is made again.
        self.contents = self.place.contents().or_else(|_| self.place.contents())?;
        foreign(&self.contents)
    }

    fn holds(&self) -> Vec<Held> {
        let shown = |folder: &FolderName| {
            let own = self.names.iter().find(|(_, real)| *real == folder).map(|(name, _)| name.clone());
            if folder.is_inbox() { INBOX.to_owned() } else { own.unwrap_or_else(|| folder.0.clone()) }
        };
        let held = |stored: &Stored| Held {
            folder: shown(&stored.folder),
            message: name(stored).unwrap_or_default(),
            state: state(stored),
        };
        self.contents.iter().map(held).collect()
    }

    fn inbox(&self) -> impl Iterator<Item = &Stored> {
        self.contents.iter().filter(|stored| stored.folder.is_inbox())
    }

    /// Removes what the lab brought, and nothing else.
    fn end(&mut self) -> Result<(), Broken> {
        let all = self.place.contents()?;
        let (own, others): (Vec<Stored>, Vec<Stored>) = all.into_iter().partition(|s| name(s).is_some());
        self.place.remove(&own)?;
        for folder in self.made.iter().filter(|made| others.iter().all(|s| s.folder != **made)) {
            let Place { runtime, inspector, .. } = &mut self.place;
            let removed = runtime.block_on(inspector.remove_folder(folder));
            removed.map_err(|error| broken("remove a folder", &error))?;
        }
        foreign(&others)
    }
}

/// A run on real accounts.
pub struct Real {
    /// Whose accounts they are, if they are the sandbox's.
    sandbox: Option<sandbox::Running>,
    ada: Side,
    /// Where a scenario needs two.
    bora: Option<Side>,
    trouble: Option<Broken>,
}

impl Real {
    /// # Errors
    /// When a mailbox isn't empty.
    pub fn begin(
        ada: Place,
        bora: Option<Place>,
        sandbox: Option<sandbox::Running>,
        scenario: &Scenario,
    ) -> Result<Self, Broken> {
        let mut ada = Side::begin(ada)?;
        let mut bora = bora.map(Side::begin).transpose()?;
        for side in [Some(&mut ada), bora.as_mut()].into_iter().flatten() {
            for (_, step) in scenario.single_steps() {
                match step {
                    Step::Move { folder, .. } => side.make(&folder)?,
                    // Of IMAP devices; POP3 knows no folders.
                    Step::Delete { .. } => side.make("Trash")?,
                    Step::Send { .. } => side.make(SENT)?,
                    _ => {}
                }
            }
        }
        Ok(Self { sandbox, ada, bora, trouble: None })
    }

    fn side(&self, account: Account) -> Option<&Side> {
        match account {
            Account::Ada => Some(&self.ada),
            Account::Bora => self.bora.as_ref(),
        }
    }

    fn sides(&mut self) -> impl Iterator<Item = &mut Side> {
        [Some(&mut self.ada), self.bora.as_mut()].into_iter().flatten()
    }

    /// Whoever has no account here signs in nowhere.
    fn place(&self, account: Account) -> &Place {
        &self.side(account).unwrap_or(&self.ada).place
    }

    pub fn who(&self, account: Account) -> Who {
        let place = self.place(account);
        let Credentials { login, password, .. } = &place.credentials;
        let limits = Arc::new(place.net.limits().clone());
        Who { user: login.clone(), password: password.clone(), limits }
    }

    pub fn address(&self, account: Account) -> String {
        let address = |side: &Side| side.place.credentials.address.clone();
        self.side(account).map_or_else(|| account.address().to_owned(), address)
    }

    pub fn dial(&self, account: Account, proto: Proto) -> Result<Dialled, Refused> {
        let Place { net, provider, runtime, .. } = &self.side(account).ok_or(Refused::NotHere)?.place;
        let endpoint = match proto {
            Proto::Imap => &provider.imap,
            Proto::Pop3 => &provider.pop3,
            Proto::Smtp => &provider.smtp,
        };
        let endpoint = endpoint.as_ref().ok_or(Refused::NotHere)?;
        let connected = runtime.block_on(net.connect(endpoint, provider, proto));
        let connected = connected.map_err(|error| Refused::Server(error.to_string()))?;
        let line = Line::Real(Socket::new(runtime.clone(), connected.stream));
        Ok(Dialled { line, greeting_seen: connected.greeting_seen, secure: connected.secure })
    }

    /// By APPEND: every IMAP server has it, and says why if it refuses.
    pub fn deliver(&mut self, source: Vec<u8>) -> Outcome {
        let Place { runtime, inspector, .. } = &mut self.ada.place;
        let done = runtime.block_on(inspector.deliver(&FolderName::inbox(), source.into()));
        done.map_err(|error| {
            Refused::Server(if error.detail.is_empty() { error.to_string() } else { error.detail })
        })
    }

    /// Waits for a letter that was submitted: servers pass it on by themselves.
    pub fn arrives(&mut self, letter: &Written) -> Outcome {
        let begun = Instant::now();
        let message = name_of(letter.message_id.as_bytes());
        for side in self.sides().filter(|side| letter.to.contains(&side.place.credentials.address)) {
            while !side.inbox().any(|stored| name(stored) == message) {
                if begun.elapsed() > ARRIVES {
                    return Err(Refused::Server(format!("it didn't arrive in {} s", ARRIVES.as_secs())));
                }
                side.place.runtime.block_on(async { tokio::time::sleep(AGAIN).await });
                side.look().map_err(|broken| Refused::Server(broken.to_string()))?;
            }
        }
        Ok(())
    }

    pub fn folder(&self, account: Account, name: &str) -> FolderName {
        let known = self.side(account).and_then(|side| side.names.get(name)).cloned();
        known.unwrap_or_else(|| FolderName(name.to_owned()))
    }

    pub fn look(&mut self) {
        let trouble = self.sides().find_map(|side| side.look().err());
        self.trouble = trouble;
    }

    pub fn inbox(&self, account: Account) -> Vec<(Uid, State)> {
        let inbox = self.side(account).into_iter().flat_map(Side::inbox);
        inbox.map(|stored| (stored.uid, state(stored))).collect()
    }

    pub fn holds(&self, account: Account) -> Vec<Held> {
        self.side(account).map(Side::holds).unwrap_or_default()
    }

    pub fn used(&self) -> u64 {
        self.ada.contents.iter().map(|stored| u64::from(stored.size)).sum()
    }

    pub fn trouble(&self) -> Result<(), Broken> {
        self.trouble.clone().map_or(Ok(()), Err)
    }

    pub fn end(&mut self) -> Result<(), Broken> {
        if self.sandbox.is_some() {
            return Ok(());
        }
        let ends: Vec<_> = self.sides().map(Side::end).collect();
        ends.into_iter().collect()
    }
}

/// Somebody else's mail: a device would fetch and perhaps delete it, and nothing would be as the scenario says.
fn foreign(contents: &[Stored]) -> Result<(), Broken> {
    match contents.iter().filter(|stored| name(stored).is_none()).count() {
        0 => Ok(()),
        n => Err(Broken(format!(
            "mail that isn't the lab's came into the mailbox ({n}); the run was given up"
        ))),
    }
}

fn name(stored: &Stored) -> Option<String> {
    name_of(stored.message_id.as_deref()?)
}

fn state(stored: &Stored) -> State {
    State {
        read: stored.flags.contains(Flags::SEEN),
        starred: stored.flags.contains(Flags::FLAGGED),
        readable: true,
    }
}
