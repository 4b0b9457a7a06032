//! One task that knows who knocks: failed sign-ins, sockets per address, tickets that were signed out (invariant 12).
use super::failure::Failure;
use crate::config::limits::Limits;
use crate::session::LoginTicket;
use crate::throttle::{AccountKey, Throttle, Verdict};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::ids::SessionId;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::Instant;

/// Questions waiting for the task; past it callers wait.
const MAX_QUESTIONS: usize = 256;
/// Signed-out tickets remembered until their cookie would have ended; past it the one that ends first is forgotten.
const MAX_REVOKED: usize = 100_000;
/// Client addresses with counted resources; those without any are forgotten first, then new ones are refused.
const MAX_CLIENTS: usize = 100_000;

/// Messages full of images that a person may open in a minute.
const MESSAGES_PER_MINUTE: u64 = 3;
const MINUTE: Duration = Duration::from_secs(60);

/// Handle to the task; cheap to clone.
#[derive(Clone)]
pub struct Door {
    questions: mpsc::Sender<Question>,
}

/// One try to sign in, counted as failed until it is known to have succeeded.
#[derive(Debug)]
pub struct Attempt {
    pub verdict: Verdict,
    ip: IpAddr,
    account: AccountKey,
    at: Instant,
}

enum Question {
    Attempt { ip: IpAddr, account: AccountKey, at: Instant, reply: oneshot::Sender<Verdict> },
    Succeeded { ip: IpAddr, account: AccountKey, at: Instant },
    Undecided { ip: IpAddr, account: AccountKey, at: Instant },
    Socket { ip: IpAddr, reply: oneshot::Sender<Option<OwnedSemaphorePermit>> },
    Image { session: SessionId, at: Instant, reply: oneshot::Sender<Result<(), &'static str>> },
    ImageGot { session: SessionId, bytes: u64 },
    Revoke { ticket: LoginTicket, expires: i64, now: i64, reply: oneshot::Sender<()> },
    IsRevoked { ticket: LoginTicket, reply: oneshot::Sender<bool> },
}

impl Door {
    pub fn start(limits: &Limits) -> Self {
        let (questions, inbox) = mpsc::channel(MAX_QUESTIONS);
        let state = Keeper {
            throttle: Throttle::new(
                limits.login_failures_per_minute,
                limits.login_failures_per_day,
                Instant::now().into_std(),
            ),
            sockets_per_ip: limits.sockets_per_ip,
            sockets: HashMap::new(),
            revoked: HashMap::new(),
            image_bytes: limits.image_bytes,
            images_per_minute: limits.images_per_message.saturating_mul(MESSAGES_PER_MINUTE),
            image_bytes_per_minute: limits.images_bytes.saturating_mul(MESSAGES_PER_MINUTE),
            images: HashMap::new(),
        };
        tokio::spawn(state.run(inbox));
        Self { questions }
    }

    /// May this address try to sign in to this account, and after what wait?
    pub async fn attempt(&self, ip: IpAddr, address: &str) -> Result<Attempt, Failure> {
        let (account, at) = (AccountKey::of(address), Instant::now());
        let verdict = self.ask(|reply| Question::Attempt { ip, account, at, reply }).await;
        Ok(Attempt { verdict: verdict.ok_or(Failure::new(ErrorKind::Internal))?, ip, account, at })
    }

    pub async fn succeeded(&self, Attempt { ip, account, at, .. }: Attempt) {
        self.questions.send(Question::Succeeded { ip, account, at }).await.ok();
    }

    /// The mail server couldn't say; the attempt counts for nothing.
    pub async fn undecided(&self, Attempt { ip, account, at, .. }: Attempt) {
        self.questions.send(Question::Undecided { ip, account, at }).await.ok();
    }

    /// Room for one more WebSocket of this address; held as long as the socket lives.
    pub async fn socket(&self, ip: IpAddr) -> Option<OwnedSemaphorePermit> {
        self.ask(|reply| Question::Socket { ip, reply }).await.flatten()
    }

    /// May this session have one more remote image now? Room for the largest one is taken; [`Door::image_got`]
    /// gives back what wasn't needed. The error names the limit.
    pub async fn image(&self, session: SessionId) -> Result<(), &'static str> {
        let at = Instant::now();
        self.ask(|reply| Question::Image { session, at, reply }).await.unwrap_or(Err("images_per_message"))
    }

    /// So many bytes came of an image that was admitted.
    pub async fn image_got(&self, session: SessionId, bytes: u64) {
        self.questions.send(Question::ImageGot { session, bytes }).await.ok();
    }

    /// From now on this cookie is worth nothing on this node, whoever kept a copy.
    pub async fn revoke(&self, ticket: LoginTicket, expires: i64, now: i64) {
        self.ask(|reply| Question::Revoke { ticket, expires, now, reply }).await;
    }

    pub async fn is_revoked(&self, ticket: LoginTicket) -> bool {
        self.ask(|reply| Question::IsRevoked { ticket, reply }).await.unwrap_or(true)
    }

    async fn ask<T>(&self, question: impl FnOnce(oneshot::Sender<T>) -> Question) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.questions.send(question(reply)).await.ok()?;
        answer.await.ok()
    }
}

struct Keeper {
    throttle: Throttle,
    sockets_per_ip: u64,
    sockets: HashMap<IpAddr, Arc<Semaphore>>,
    revoked: HashMap<LoginTicket, i64>,
    image_bytes: u64,
    images_per_minute: u64,
    image_bytes_per_minute: u64,
    images: HashMap<SessionId, Images>,
}

/// Remote images of one session: when this minute began, how many were fetched in it, and how many bytes.
struct Images {
    began: Instant,
    count: u64,
    bytes: u64,
}

impl Keeper {
    async fn run(mut self, mut inbox: mpsc::Receiver<Question>) {
        while let Some(question) = inbox.recv().await {
            self.answer(question);
        }
    }

    // A reply nobody waits for any more is no fault: the request was dropped.
    fn answer(&mut self, question: Question) {
        match question {
            Question::Attempt { ip, account, at, reply } => {
                reply.send(self.throttle.begin(ip, account, at.into_std())).ok();
            }
            Question::Succeeded { ip, account, at } => self.throttle.succeeded(ip, account, at.into_std()),
            Question::Undecided { ip, account, at } => self.throttle.undecided(ip, account, at.into_std()),
            Question::Socket { ip, reply } => {
                reply.send(self.socket(ip)).ok();
            }
            Question::Image { session, at, reply } => {
                reply.send(self.image(session, at)).ok();
            }
            Question::ImageGot { session, bytes } => {
                if let Some(images) = self.images.get_mut(&session) {
                    images.bytes = images.bytes.saturating_sub(self.image_bytes.saturating_sub(bytes));
                }
            }
            Question::Revoke { ticket, expires, now, reply } => {
                self.revoke(ticket, expires, now);
                reply.send(()).ok();
            }
            Question::IsRevoked { ticket, reply } => {
                reply.send(self.revoked.contains_key(&ticket)).ok();
            }
        }
    }

    fn socket(&mut self, ip: IpAddr) -> Option<OwnedSemaphorePermit> {
        let most = usize::try_from(self.sockets_per_ip).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        if self.sockets.len() >= MAX_CLIENTS && !self.sockets.contains_key(&ip) {
            self.sockets.retain(|_, room| room.available_permits() < most);
            if self.sockets.len() >= MAX_CLIENTS {
                return None;
            }
        }
        let room = self.sockets.entry(ip).or_insert_with(|| Arc::new(Semaphore::new(most)));
        room.clone().try_acquire_owned().ok()
    }

    fn image(&mut self, session: SessionId, at: Instant) -> Result<(), &'static str> {
        if self.images.len() >= MAX_CLIENTS {
            self.images.retain(|_, images| at.duration_since(images.began) < MINUTE);
        }
        if self.images.len() >= MAX_CLIENTS && !self.images.contains_key(&session) {
            return Err("images_per_message");
        }
        let images = self.images.entry(session).or_insert(Images { began: at, count: 0, bytes: 0 });
        if at.duration_since(images.began) >= MINUTE {
            *images = Images { began: at, count: 0, bytes: 0 };
        }
        if images.count >= self.images_per_minute {
            return Err("images_per_message");
        }
        if images.bytes + self.image_bytes > self.image_bytes_per_minute {
            return Err("images_bytes");
        }
        images.count += 1;
        images.bytes += self.image_bytes;
        Ok(())
    }

    fn revoke(&mut self, ticket: LoginTicket, expires: i64, now: i64) {
        if self.revoked.len() >= MAX_REVOKED {
            self.revoked.retain(|_, end| *end > now);
            let first = self.revoked.iter().min_by_key(|(_, end)| **end).map(|(ticket, _)| *ticket);
            if let Some(first) = first.filter(|_| self.revoked.len() >= MAX_REVOKED) {
                self.revoked.remove(&first);
            }
        }
        self.revoked.insert(ticket, expires);
    }
}
