//! The one task that knows all sessions: who is signed in, which may be resumed, and how many there may be.
//!
//! It never waits: signing in runs in tasks of its own and reports back.
use super::calls::Asker;
use super::rescues::Rescues;
use super::socket::{Conn, Knock};
use super::task::{Session, ToSession};
use super::{LoginTicket, Services, Who};
use crate::account::rescue::{Rescue, Target};
use crate::account::{Account, Links};
use crate::memory::Memory;
use crate::metrics;
use futures_util::future::BoxFuture;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::Snapshot;
use pyeonji_shared::frame::{Bye, Hello};
use pyeonji_shared::ids::SessionId;
use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

/// Questions that wait for the registry; past it askers wait.
const QUEUE: usize = 64;
/// Messages from the registry to one session; a session that doesn't take them in time is as good as dead.
const SESSION_QUEUE: usize = 8;
/// Signed-out tickets that are remembered, so that a stolen cookie doesn't outlive the sign-out on this node.
const MAX_REVOKED: usize = 10_000;
/// Accounts without a session whose sends are still counted; past it they are forgotten.
const MAX_ACCOUNTS: usize = 20_000;
/// For the last words of all sessions when the node drains.
const DRAIN: Duration = Duration::from_secs(10);
const HOUR: Duration = Duration::from_secs(3600);

/// Signs in upstream. A value, so that tests can put a script in its place.
pub type Opener =
    Arc<dyn Fn(Who, Links) -> BoxFuture<'static, Result<(Account, Snapshot), ApiError>> + Send + Sync>;

enum Ask {
    SignIn { who: Who, reply: oneshot::Sender<Result<(), ApiError>> },
    Attach { knock: Box<Knock>, reply: oneshot::Sender<()> },
    Asker { ticket: LoginTicket, session: SessionId, reply: oneshot::Sender<Option<Asker>> },
    Parked(SessionId),
    MaySend { account: AccountKey, reply: oneshot::Sender<bool> },
    Rescue { ticket: LoginTicket, begin: Option<Box<Target>>, reply: oneshot::Sender<Option<Rescue>> },
    EndRescue(LoginTicket),
    SignOut { ticket: LoginTicket, reply: oneshot::Sender<()> },
    Drain { reply: oneshot::Sender<()> },
}

/// Handle that sessions hold; doesn't keep the registry alive.
#[derive(Clone)]
pub struct Registry(mpsc::WeakSender<Ask>);

impl Registry {
    /// The session lost its page. Lossy: then it merely isn't offered to another page of the same person.
    pub fn parked(&self, id: SessionId) {
        if let Some(asks) = self.0.upgrade() {
            asks.try_send(Ask::Parked(id)).ok();
        }
    }

    /// Counts one send; `false` past the quota of the account.
    pub async fn may_send(&self, who: &Who) -> bool {
        let (reply, answer) = oneshot::channel();
        let Some(asks) = self.0.upgrade() else { return false };
        asks.send(Ask::MaySend { account: AccountKey::of(who), reply }).await.ok();
        answer.await.unwrap_or(false)
    }
}

/// Handle that the front holds; the registry and its sessions end with the last one.
#[derive(Clone)]
pub struct Front(mpsc::Sender<Ask>);

impl Front {
    pub fn start(services: Services, opener: Opener) -> Self {
        let (asks, inbox) = mpsc::channel(QUEUE);
        let owner = Owner {
            services,
            opener,
            registry: Registry(asks.downgrade()),
            entries: HashMap::new(),
            accounts: HashMap::new(),
            openings: JoinSet::new(),
            opening: HashMap::new(),
            running: JoinSet::new(),
            rescues: Rescues::default(),
            revoked: Revoked::default(),
            memory: Memory::default(),
            draining: false,
        };
        tokio::spawn(owner.run(inbox));
        Self(asks)
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.0.send(ask(reply)).await.ok()?;
        answer.await.ok()
    }

    pub async fn sign_in(&self, who: Who) -> Result<(), ApiError> {
        self.ask(|reply| Ask::SignIn { who, reply })
            .await
            .unwrap_or_else(|| Err(ApiError::new(ErrorKind::Busy)))
    }

    /// Returns once a session has the connection, or nobody will. The connection itself says what went wrong.
    pub async fn attach(&self, knock: Knock) {
        let knock = Box::new(knock);
        self.ask(|reply| Ask::Attach { knock, reply }).await;
    }

    pub async fn asker(&self, ticket: LoginTicket, session: SessionId) -> Option<Asker> {
        self.ask(|reply| Ask::Asker { ticket, session, reply }).await.flatten()
    }

    /// The rescue of this sign-in, or with `begin` a new one; `None` if there is none, or at a bound.
    pub async fn rescue(&self, ticket: LoginTicket, begin: Option<Target>) -> Option<Rescue> {
        let begin = begin.map(Box::new);
        self.ask(|reply| Ask::Rescue { ticket, begin, reply }).await.flatten()
    }

    pub async fn end_rescue(&self, ticket: LoginTicket) {
        self.0.send(Ask::EndRescue(ticket)).await.ok();
    }

    pub async fn sign_out(&self, ticket: LoginTicket) {
        self.ask(|reply| Ask::SignOut { ticket, reply }).await;
    }

    pub async fn drain(&self) {
        self.ask(|reply| Ask::Drain { reply }).await;
    }
}

/// Sessions of one person at one provider share its bounds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct AccountKey(String, String);

impl AccountKey {
    fn of(who: &Who) -> Self {
        Self::named(&who.provider.name, &who.credentials.address)
    }

    fn named(provider: &str, address: &str) -> Self {
        Self(provider.to_owned(), address.to_lowercase())
    }
}

struct Entry {
    ticket: LoginTicket,
    account: AccountKey,
    to: mpsc::Sender<Box<ToSession>>,
    asker: Asker,
    /// Without a page since.
    parked: Option<Instant>,
}

struct PerAccount {
    links: Links,
    /// When messages were sent, oldest first; bounded by the daily quota.
    sends: VecDeque<Instant>,
    sessions: usize,
}

/// Why somebody is being signed in.
enum Purpose {
    SignIn(oneshot::Sender<Result<(), ApiError>>),
    Attach { hello: Hello, conn: Conn, _waits: oneshot::Sender<()> },
}

type Opened = (Who, Purpose, Result<(Account, Snapshot), ApiError>);

struct Owner {
    services: Services,
    opener: Opener,
    registry: Registry,
    entries: HashMap<SessionId, Entry>,
    accounts: HashMap<AccountKey, PerAccount>,
    openings: JoinSet<Opened>,
    /// Sign-ins under way, so that a sign-out can stop them and bounds count them.
    opening: HashMap<tokio::task::Id, (LoginTicket, AccountKey, AbortHandle)>,
    running: JoinSet<()>,
    rescues: Rescues,
    revoked: Revoked,
    memory: Memory,
    draining: bool,
}

impl Owner {
    async fn run(mut self, mut inbox: mpsc::Receiver<Ask>) {
        loop {
            tokio::select! {
                ask = inbox.recv() => match ask {
                    Some(ask) => self.handle(ask).await,
                    None => break,
                },
                Some(opened) = self.openings.join_next_with_id() => match opened {
                    Ok((id, opened)) => self.opened(id, opened),
                    Err(error) => {
                        self.forget_opening(error.id());
                    }
                },
                Some(_) = self.running.join_next() => self.sweep(),
            }
        }
    }

    async fn handle(&mut self, ask: Ask) {
        match ask {
            Ask::SignIn { who, reply } => self.open(who, Purpose::SignIn(reply)),
            Ask::Attach { knock, reply } => self.attach(*knock, reply),
            Ask::Asker { ticket, session, reply } => {
                let entry = self.entries.get(&session).filter(|e| e.ticket == ticket);
                reply.send(entry.map(|e| e.asker.clone())).ok();
            }
            Ask::Parked(id) => {
                if let Some(entry) = self.entries.get_mut(&id) {
                    entry.parked = Some(Instant::now());
                }
            }
            Ask::MaySend { account, reply } => {
                reply.send(self.may_send(&account)).ok();
            }
            Ask::Rescue { ticket, begin, reply } => {
                reply.send(self.rescue(ticket, begin.map(|target| *target))).ok();
            }
            Ask::EndRescue(ticket) => self.rescues.end(ticket),
            Ask::SignOut { ticket, reply } => {
                self.revoked.add(ticket);
                self.rescues.end(ticket);
                self.opening.retain(|_, (of, _, abort)| {
                    if *of == ticket {
                        abort.abort();
                    }
                    true
                });
                let ids = self.entries.iter().filter(|(_, e)| e.ticket == ticket).map(|(id, _)| *id);
                for id in ids.collect::<Vec<_>>() {
                    self.end(id, Bye::SignedOut);
                }
                self.services.spools.remove_all(ticket).await;
                reply.send(()).ok();
            }
            Ask::Drain { reply } => {
                self.openings.abort_all();
                self.rescues.end_all();
                for id in self.entries.keys().copied().collect::<Vec<_>>() {
                    self.end(id, Bye::Draining);
                }
                self.draining = true;
                let all = async { while self.running.join_next().await.is_some() {} };
                tokio::time::timeout(DRAIN, all).await.ok();
                self.running.abort_all();
                reply.send(()).ok();
            }
        }
    }

    fn attach(&mut self, knock: Knock, reply: oneshot::Sender<()>) {
        let Knock { who, hello, conn } = knock;
        let Some(id) = self.session_for(&who, &hello) else {
            return self.open(who, Purpose::Attach { hello, conn, _waits: reply });
        };
        let Some(mut entry) = self.entries.remove(&id) else { return };
        // A page that resumes keeps the name; any other page gets a new one, so that the old name is no key to it.
        let resuming = hello.resume.as_ref().is_some_and(|r| r.session == id);
        let id = if resuming { id } else { SessionId(rand::random()) };
        match entry.to.try_send(Box::new(ToSession::Attach { id, hello, conn })) {
            Ok(()) => {
                entry.parked = None;
                self.entries.insert(id, entry);
            }
            Err(error) => {
                // It just ended, or hangs: the page gets a new one.
                self.release(&entry.account);
                if let ToSession::Attach { hello, conn, .. } = *error.into_inner() {
                    self.open(who, Purpose::Attach { hello, conn, _waits: reply });
                }
            }
        }
    }

    /// The session a page goes on with: the one it names, else one of the same sign-in that nobody uses.
    fn session_for(&self, who: &Who, hello: &Hello) -> Option<SessionId> {
        let named = hello.resume.as_ref().map(|r| r.session);
        let mine = |id: &SessionId| self.entries.get(id).is_some_and(|e| e.ticket == who.ticket);
        named.filter(mine).or_else(|| {
            let idle = self.entries.iter().filter(|(_, e)| e.ticket == who.ticket);
            idle.filter_map(|(id, e)| Some((e.parked?, *id))).max().map(|(_, id)| id)
        })
    }

    fn open(&mut self, who: Who, purpose: Purpose) {
        if let Err(error) = self.admit(&who) {
            return refuse(purpose, error);
        }
        let key = AccountKey::of(&who);
        let account = self.account(&key);
        account.sessions += 1;
        let links = account.links.clone();
        let (work, ticket) = ((self.opener)(who.clone(), links), who.ticket);
        let abort = self.openings.spawn(async move { (who, purpose, work.await) });
        self.opening.insert(abort.id(), (ticket, key, abort));
    }

    fn account(&mut self, key: &AccountKey) -> &mut PerAccount {
        if self.accounts.len() > MAX_ACCOUNTS {
            self.accounts.retain(|_, a| a.sessions > 0);
        }
        self.accounts.entry(key.clone()).or_insert_with(|| PerAccount {
            links: Links::new(self.services.config.limits.links_per_account),
            sends: VecDeque::new(),
            sessions: 0,
        })
    }

    /// A rescue's link counts among those of the account that it reaches.
    fn rescue(&mut self, ticket: LoginTicket, begin: Option<Target>) -> Option<Rescue> {
        let Some(target) = begin else { return self.rescues.get(ticket) };
        if self.draining || self.revoked.has(ticket) {
            return None;
        }
        let key = AccountKey::named(&target.provider.name, &target.credentials.address);
        let links = self.account(&key).links.clone();
        let (net, limits) = (self.services.net.clone(), self.services.config.limits.clone());
        self.rescues.start(ticket, net, limits, target, links)
    }

    /// Whether one more session may be. Sessions that nobody uses give way, the longest unused first.
    fn admit(&mut self, who: &Who) -> Result<(), ApiError> {
        if self.draining {
            return Err(ApiError::new(ErrorKind::Busy));
        }
        if self.revoked.has(who.ticket) {
            return Err(ApiError::new(ErrorKind::SignedOut));
        }
        let limits = self.services.config.limits.clone();
        let all = self.entries.len() + self.opening.len();
        if all as u64 >= limits.sessions {
            metrics::limit_hit("sessions");
            return Err(ApiError::new(ErrorKind::Busy));
        }
        if self.memory.is_full(limits.memory_bytes, Instant::now().into_std()) {
            metrics::limit_hit("memory_bytes");
            return Err(ApiError::new(ErrorKind::Busy));
        }
        let key = AccountKey::of(who);
        let own = self.accounts.get(&key).map_or(0, |a| a.sessions);
        // Each session holds a link.
        if own as u64 >= limits.sessions_per_account.min(limits.links_per_account) {
            let unused = self.entries.iter().filter(|(_, e)| e.account == key);
            let oldest = unused.filter_map(|(id, e)| Some((e.parked?, *id))).min();
            match oldest {
                Some((_, id)) => self.end(id, Bye::Overloaded),
                None if own as u64 >= limits.sessions_per_account => {
                    metrics::limit_hit("sessions_per_account");
                    return Err(ApiError::new(ErrorKind::Busy));
                }
                None => {}
            }
        }
        Ok(())
    }

    fn forget_opening(&mut self, id: tokio::task::Id) -> bool {
        let Some((_, key, _)) = self.opening.remove(&id) else { return false };
        self.release(&key);
        true
    }

    fn opened(&mut self, task: tokio::task::Id, (who, purpose, result): Opened) {
        let (account, snapshot) = match result {
            Ok(opened) if !self.revoked.has(who.ticket) => opened,
            Ok(_) => {
                self.forget_opening(task);
                return refuse(purpose, ApiError::new(ErrorKind::SignedOut));
            }
            Err(error) => {
                self.forget_opening(task);
                return refuse(purpose, error);
            }
        };
        // The count goes over to the session.
        self.opening.remove(&task);
        let id = SessionId(rand::random());
        let (ticket, key) = (who.ticket, AccountKey::of(&who));
        let (to, inbox) = mpsc::channel(SESSION_QUEUE);
        let (session, asker) =
            Session::new(id, who, self.services.clone(), self.registry.clone(), account, snapshot);
        let parked = match purpose {
            Purpose::SignIn(reply) => {
                reply.send(Ok(())).ok();
                Some(Instant::now())
            }
            Purpose::Attach { hello, conn, .. } => {
                // The queue is new and empty.
                to.try_send(Box::new(ToSession::Attach { id, hello, conn })).ok();
                None
            }
        };
        self.entries.insert(id, Entry { ticket, account: key, to, asker, parked });
        self.running.spawn(async move {
            let quiet = AssertUnwindSafe(session.run(inbox));
            // R32: a panic ends this session; what it held is dropped, its page connects again.
            if futures_util::FutureExt::catch_unwind(quiet).await.is_err() {
                tracing::error!("a session panicked");
            }
        });
    }

    fn end(&mut self, id: SessionId, bye: Bye) {
        if let Some(entry) = self.entries.remove(&id) {
            entry.to.try_send(Box::new(ToSession::End(bye))).ok();
            self.release(&entry.account);
        }
    }

    /// A session ended by itself. It is found by its channel, since its name may have changed.
    fn sweep(&mut self) {
        let gone: Vec<_> = self.entries.iter().filter(|(_, e)| e.to.is_closed()).map(|(id, _)| *id).collect();
        for id in gone {
            if let Some(entry) = self.entries.remove(&id) {
                self.release(&entry.account);
            }
        }
    }

    fn release(&mut self, key: &AccountKey) {
        if let Some(account) = self.accounts.get_mut(key) {
            account.sessions = account.sessions.saturating_sub(1);
            // The count of sends outlives the sessions, or signing out would reset it.
            if account.sessions == 0 && account.sends.back().is_none_or(|t| t.elapsed() > 24 * HOUR) {
                self.accounts.remove(key);
            }
        }
    }

    fn may_send(&mut self, key: &AccountKey) -> bool {
        let limits = &self.services.config.limits;
        let Some(account) = self.accounts.get_mut(key) else { return false };
        while account.sends.front().is_some_and(|t| t.elapsed() > 24 * HOUR) {
            account.sends.pop_front();
        }
        let hour = account.sends.iter().rev().take_while(|t| t.elapsed() <= HOUR).count() as u64;
        let day = account.sends.len() as u64;
        for (sent, limit, name) in
            [(hour, limits.sends_per_hour, "sends_per_hour"), (day, limits.sends_per_day, "sends_per_day")]
        {
            if sent >= limit {
                metrics::limit_hit(name);
                return false;
            }
        }
        account.sends.push_back(Instant::now());
        true
    }
}

fn refuse(purpose: Purpose, error: ApiError) {
    match purpose {
        Purpose::SignIn(reply) => {
            reply.send(Err(error)).ok();
        }
        Purpose::Attach { conn, .. } => conn.bye(Bye::Failed(error)),
    }
}

/// Tickets that were signed out, the latest [`MAX_REVOKED`].
#[derive(Default)]
struct Revoked {
    order: VecDeque<LoginTicket>,
    set: HashSet<LoginTicket>,
}

impl Revoked {
    fn add(&mut self, ticket: LoginTicket) {
        if self.set.insert(ticket) {
            self.order.push_back(ticket);
        }
        if self.order.len() > MAX_REVOKED
            && let Some(old) = self.order.pop_front()
        {
            self.set.remove(&old);
        }
    }

    fn has(&self, ticket: LoginTicket) -> bool {
        self.set.contains(&ticket)
    }
}
