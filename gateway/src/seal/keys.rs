//! The key ring: which keys seal and open, how they rotate, and the file that nodes share.
use super::{Claims, SealError};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use thiserror::Error;
use tokio::sync::watch;
use zeroize::Zeroizing;

/// A key seals for a day, then a new one does (R22).
const ROTATE_SECONDS: i64 = 24 * 3600;
/// A new key is in the file so long before it seals: every node has read it by then.
const ANNOUNCE_SECONDS: i64 = 600;
/// How often a node looks at the file.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Keys in one file; more is a mistake, not a ring.
const MAX_KEYS: usize = 400;
/// Bytes of the file that are read.
const MAX_FILE: u64 = 64 << 10;

#[derive(Debug, Error)]
pub enum KeyError {
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
    #[error("{0}: line {1} is not a key")]
    Line(PathBuf, usize),
    #[error("{0}: readable by others; run chmod 600")]
    Open(PathBuf),
}

/// One key. `from` is when it begins to seal; opening works always.
#[derive(Clone)]
pub struct Key {
    pub id: u32,
    pub from: i64,
    bytes: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:08x})", self.id)
    }
}

impl Key {
    fn random(from: i64) -> Self {
        Self { id: rand::random(), from, bytes: Zeroizing::new(rand::random()) }
    }

    pub(super) fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.bytes).into())
    }

    fn line(&self) -> Zeroizing<String> {
        let hex: Zeroizing<String> = Zeroizing::new(self.bytes.iter().map(|b| format!("{b:02x}")).collect());
        Zeroizing::new(format!("{:08x} {} {}\n", self.id, self.from, &*hex))
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let id = u32::from_str_radix(words.next()?, 16).ok()?;
        let from = words.next()?.parse().ok()?;
        let hex = words.next()?;
        if hex.len() != 64 || !hex.is_ascii() || words.next().is_some() {
            return None;
        }
        let mut bytes = Zeroizing::new([0; 32]);
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(hex.get(2 * i..2 * i + 2)?, 16).ok()?;
        }
        Some(Self { id, from, bytes })
    }
}

/// Keys, oldest first.
#[derive(Clone, Debug, Default)]
pub struct KeyRing {
    keys: Vec<Key>,
}

impl KeyRing {
    /// One fresh key that seals at once.
    pub fn fresh(now: i64) -> Self {
        Self { keys: vec![Key::random(now)] }
    }

    /// What a key file says; `Err` is the number of the first bad line.
    pub fn parse(text: &str) -> Result<Self, usize> {
        let lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#'));
        let mut keys = Vec::new();
        for (number, line) in lines {
            match Key::parse(line) {
                Some(key) if keys.len() < MAX_KEYS => keys.push(key),
                _ => return Err(number + 1),
            }
        }
        keys.sort_by_key(|key| key.from);
        Ok(Self { keys })
    }

    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(128 * (self.keys.len() + 1)));
        text.push_str(
            "# Sign-in keys of Pyeonji. Whoever has these and a cookie has the password: keep mode 600.\n",
        );
        self.keys.iter().for_each(|key| text.push_str(&key.line()));
        text
    }

    pub(super) fn by_id(&self, id: u32) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// The newest key that has begun; at the very start the first one.
    pub(super) fn sealing_key(&self, now: i64) -> Option<&Key> {
        self.keys.iter().rev().find(|key| key.from <= now).or(self.keys.first())
    }

    /// The ring as it should be now, or `None` when it is so already: one key a day, announced before it seals;
    /// a key leaves once the last cookie that it sealed has ended.
    pub fn rotated(&self, now: i64, max_days: u32) -> Option<Self> {
        let mut keys = self.keys.clone();
        match keys.last().map(|key| key.from) {
            None => keys.push(Key::random(now)),
            Some(newest) if newest + ROTATE_SECONDS - ANNOUNCE_SECONDS <= now => {
                keys.push(Key::random(now + ANNOUNCE_SECONDS));
            }
            Some(_) => {}
        }
        let life = (i64::from(max_days) * 24 * 3600).max(super::LIFE_SECONDS);
        // A key's last cookie was sealed when its successor began.
        let ends: Vec<i64> = keys.iter().skip(1).map(|next| next.from + life).chain([i64::MAX]).collect();
        let mut ends = ends.into_iter();
        keys.retain(|_| ends.next().is_some_and(|end| end > now));
        (keys.len() != self.keys.len() || keys.last().map(|k| k.id) != self.keys.last().map(|k| k.id))
            .then_some(Self { keys })
    }
}

/// Owns the ring of this node: rotates it, and reads the file again when another node changed it.
#[derive(Clone)]
pub struct Keeper {
    ring: watch::Receiver<Arc<KeyRing>>,
}

impl Keeper {
    /// `file`: shared by the nodes, made with mode 0600 if absent; `None`: keys for this run only.
    pub fn start(file: Option<PathBuf>, max_days: u32) -> Result<Self, KeyError> {
        let now = unix_now();
        let ring = match &file {
            Some(path) => refresh(path, max_days, now)?,
            None => KeyRing::fresh(now),
        };
        let (publish, ring) = watch::channel(Arc::new(ring));
        tokio::spawn(keep(publish, file, max_days));
        Ok(Self { ring })
    }

    pub fn seal(&self, claims: &Claims, now: i64) -> Result<String, SealError> {
        let ring = self.ring.borrow().clone();
        ring.seal(claims, now)
    }

    pub fn open(&self, cookie: &str) -> Result<Claims, SealError> {
        let ring = self.ring.borrow().clone();
        ring.open(cookie)
    }
}

/// Runs until the last [`Keeper`] is gone.
async fn keep(publish: watch::Sender<Arc<KeyRing>>, file: Option<PathBuf>, max_days: u32) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            _ = publish.closed() => return,
            _ = look.tick() => {}
        }
        let now = unix_now();
        let next = match &file {
            None => Ok(publish.borrow().rotated(now, max_days)),
            Some(path) => {
                let path = path.clone();
                let work = tokio::task::spawn_blocking(move || refresh(&path, max_days, now)).await;
                work.map_or(Ok(None), |ring| ring.map(Some))
            }
        };
        match next {
            Ok(Some(ring)) => {
                publish.send_replace(Arc::new(ring));
            }
            Ok(None) => {}
            // The keys in memory go on working.
            Err(error) => tracing::warn!(%error, "key file"),
        }
    }
}

/// Reads the file, rotates what it holds and writes it back if that changed anything; one node at a time.
pub(super) fn refresh(path: &Path, max_days: u32, now: i64) -> Result<KeyRing, KeyError> {
    let io = |e| KeyError::Io(path.to_owned(), e);
    let private = |options: &mut std::fs::OpenOptions| options.mode(0o600).open(path);
    let mut file = private(std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false))
        .map_err(io)?;
    file.lock().map_err(io)?;
    if file.metadata().map_err(io)?.permissions().mode() & 0o077 != 0 {
        return Err(KeyError::Open(path.to_owned()));
    }
    let mut text = Zeroizing::new(String::new());
    (&mut file).take(MAX_FILE).read_to_string(&mut text).map_err(io)?;
    let ring = KeyRing::parse(&text).map_err(|line| KeyError::Line(path.to_owned(), line))?;
    let Some(next) = ring.rotated(now, max_days) else { return Ok(ring) };
    // Appended to or rewritten in place under the lock: a rename would leave other nodes locking a dead file.
    use std::io::Seek;
    let next_text = next.text();
    file.rewind().map_err(io)?;
    file.write_all(next_text.as_bytes()).map_err(io)?;
    file.set_len(next_text.len() as u64).map_err(io)?;
    file.sync_all().map_err(io)?;
    Ok(next)
}

fn unix_now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs().cast_signed())
}
