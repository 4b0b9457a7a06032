//! One world: the accounts of every domain, who may sign in, and the way of mail between them.
use super::clock::Clock;
use super::date::Moment;
use super::flags::Flags;
use super::limit::Bounds;
use super::message::Content;
use super::pop3::maildrop::{Maildrop, Pop3Options};
use super::store::{NewMessage, Store, StoreError};
use bytes::Bytes;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// An account and its password.
#[derive(Clone)]
pub struct AccountOptions {
    pub name: String,
    pub address: String,
    pub password: String,
}

/// One account. Its store has one lock, held for one step of one command and never across an await.
pub struct Account {
    pub name: String,
    pub address: String,
    password: String,
    pub maildrop: Arc<Maildrop>,
    store: Mutex<Store>,
    changed: watch::Sender<u64>,
}

impl Account {
    fn lock(&self) -> MutexGuard<'_, Store> {
        // A panic under the lock ends that connection; the data stays consistent step by step.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on the store, and wakes those who watch it if something changed.
    pub fn with<T>(&self, work: impl FnOnce(&mut Store) -> T) -> T {
        let mut store = self.lock();
        let before = store.version;
        let result = work(&mut store);
        let after = store.version;
        drop(store);
        if before != after {
            self.changed.send_replace(after);
        }
        result
    }

    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}

pub struct World {
    accounts: Vec<Arc<Account>>,
    pub bounds: Arc<Bounds>,
    pub clock: Clock,
    connections: AtomicUsize,
    serial: AtomicU64,
}

impl World {
    pub fn new(accounts: Vec<AccountOptions>, bounds: Bounds, clock: Clock) -> Self {
        let bounds = Arc::new(bounds);
        let validity = u32::try_from(clock.now()).unwrap_or(1).max(1);
        let account = |options: AccountOptions| {
            Arc::new(Account {
                name: options.name,
                address: options.address.to_lowercase(),
                password: options.password,
                maildrop: Arc::default(),
                store: Mutex::new(Store::new(bounds.clone(), validity)),
                changed: watch::Sender::new(0),
            })
        };
        Self {
            accounts: accounts.into_iter().map(account).collect(),
            bounds: bounds.clone(),
            clock,
            connections: AtomicUsize::new(0),
            serial: AtomicU64::new(1),
        }
    }

    pub fn accounts(&self) -> &[Arc<Account>] {
        &self.accounts
    }

    pub fn account(&self, address: &str) -> Option<&Arc<Account>> {
        let address = address.to_lowercase();
        self.accounts.iter().find(|a| a.address == address)
    }

    /// The account of an address with or without `+tag`, and the tag.
    pub fn recipient(&self, address: &str) -> Option<(&Arc<Account>, String)> {
        let (local, domain) = address.rsplit_once('@')?;
        let (local, tag) = local.split_once('+').unwrap_or((local, ""));
        Some((self.account(&format!("{local}@{domain}"))?, tag.to_lowercase()))
    }

    pub fn serves(&self, domain: &str) -> bool {
        let of = |a: &Arc<Account>| {
            a.address.rsplit_once('@').is_some_and(|(_, d)| d.eq_ignore_ascii_case(domain))
        };
        self.accounts.iter().any(of)
    }

    /// Same time for unknown name and wrong password isn't needed here: the world holds no secrets.
    pub fn sign_in(&self, user: &str, password: &str) -> Option<Arc<Account>> {
        self.sign_in_if(user, |own| own == password)
    }

    /// The same for who proves to know the password without saying it (APOP).
    pub fn sign_in_if(&self, user: &str, knows: impl FnOnce(&str) -> bool) -> Option<Arc<Account>> {
        self.account(user).filter(|a| knows(&a.password)).cloned()
    }

    /// What POP3 can say of every account: abilities that all have, the longest delay.
    pub fn pop3_in_common(&self) -> Pop3Options {
        let all = self.accounts.iter().map(|a| a.maildrop.options());
        all.fold(Pop3Options::default(), |common, one| Pop3Options {
            uidl: common.uidl && one.uidl,
            top: common.top && one.top,
            login_delay: common.login_delay.max(one.login_delay),
            lock: common.lock && one.lock,
        })
    }

    /// Puts a message into a folder as its server would, past any protocol (seeds, tests).
    pub fn deliver(
        &self,
        account: &Account,
        folder: &str,
        flags: Flags,
        raw: Bytes,
    ) -> Result<u32, StoreError> {
        let date = Moment::utc(self.clock.now());
        let new = NewMessage { flags, date, content: Content::new(raw) };
        account.with(|store| store.append(folder, new)).map(|(_, uid)| uid)
    }

    /// A number no other message of this world has.
    pub fn serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed)
    }

    /// A place for one connection, given back when dropped.
    pub fn admit(self: &Arc<Self>) -> Option<Admission> {
        let most = self.bounds.connections;
        let taken = self
            .connections
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < most).then_some(n + 1));
        taken.is_ok().then(|| Admission(self.clone()))
    }
}

/// A connection's place.
pub struct Admission(Arc<World>);

impl Drop for Admission {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::AcqRel);
    }
}
