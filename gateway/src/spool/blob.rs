//! One upload: written once chunk by chunk, then readable any number of times.
use super::{BlobMeta, CHUNK, Room, SpoolError, Spools};
use crate::secret::LoginTicket;
use bytes::Bytes;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use pyeonji_shared::ids::BlobId;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

/// Bytes that the cipher adds to a chunk.
const TAG: usize = 16;

/// A file and the key without which it is noise.
struct Vault {
    file: File,
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

impl Vault {
    fn create() -> Result<Self, SpoolError> {
        let key = Zeroizing::new(rand::random::<[u8; 32]>());
        Ok(Self { file: tempfile::tempfile()?, cipher: XChaCha20Poly1305::new((&*key).into()) })
    }

    /// The key serves one blob and each chunk is written once, so its number is nonce enough.
    fn nonce(index: u64) -> XNonce {
        let mut nonce = [0; 24];
        nonce[..8].copy_from_slice(&index.to_be_bytes());
        nonce.into()
    }

    fn write(&self, index: u64, plain: &[u8]) -> Result<(), SpoolError> {
        let payload = Payload { msg: plain, aad: b"pyeonji upload" };
        let sealed = self.cipher.encrypt(&Self::nonce(index), payload).map_err(|_| SpoolError::Altered)?;
        Ok(self.file.write_all_at(&sealed, index * (CHUNK + TAG) as u64)?)
    }

    fn read(&self, index: u64, len: usize) -> Result<Bytes, SpoolError> {
        let mut sealed = vec![0; len + TAG];
        self.file.read_exact_at(&mut sealed, index * (CHUNK + TAG) as u64)?;
        let payload = Payload { msg: &sealed, aad: b"pyeonji upload" };
        let plain = self.cipher.decrypt(&Self::nonce(index), payload).map_err(|_| SpoolError::Altered)?;
        Ok(plain.into())
    }
}

/// Runs file work off the async threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SpoolError> + Send + 'static,
) -> Result<T, SpoolError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| SpoolError::Io(std::io::Error::other(e)))?
}

/// The space that a blob takes up; dropping it gives the space back.
#[derive(Debug)]
struct Held {
    own: Option<OwnedSemaphorePermit>,
    total: Option<OwnedSemaphorePermit>,
    _count: OwnedSemaphorePermit,
}

/// An upload under way. Dropping it unfinished leaves nothing behind.
#[derive(Debug)]
pub struct Upload {
    spools: Spools,
    owner: LoginTicket,
    meta: BlobMeta,
    room: Room,
    held: Held,
    vault: Arc<Vault>,
    /// Less than one chunk between calls.
    pending: Zeroizing<Vec<u8>>,
    written: u64,
    len: u64,
}

impl Upload {
    pub(super) async fn begin(
        spools: Spools,
        owner: LoginTicket,
        meta: BlobMeta,
        room: Room,
        count: OwnedSemaphorePermit,
    ) -> Result<Self, SpoolError> {
        let vault = Arc::new(blocking(Vault::create).await?);
        let held = Held { own: None, total: None, _count: count };
        let pending = Zeroizing::new(Vec::new());
        Ok(Self { spools, owner, meta, room, held, vault, pending, written: 0, len: 0 })
    }

    /// Adds bytes; returns once full chunks are in the file, which is the back-pressure.
    pub async fn append(&mut self, mut bytes: Bytes) -> Result<(), SpoolError> {
        self.len += bytes.len() as u64;
        if self.len > self.room.file_limit {
            return Err(SpoolError::FileTooBig);
        }
        while !bytes.is_empty() {
            let take = (CHUNK - self.pending.len()).min(bytes.len());
            self.pending.extend_from_slice(&bytes.split_to(take));
            if self.pending.len() == CHUNK {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Ends the upload; from now on it can be opened.
    pub async fn finish(mut self) -> Result<Arc<Blob>, SpoolError> {
        if !self.pending.is_empty() {
            self.flush().await?;
        }
        let id = BlobId(rand::random());
        let blob = Arc::new(Blob { id, meta: self.meta, len: self.len, vault: self.vault, held: self.held });
        self.spools.keep(self.owner, blob.clone()).await?;
        Ok(blob)
    }

    async fn flush(&mut self) -> Result<(), SpoolError> {
        grow(&mut self.held.own, &self.room.own, super::OWN)?;
        grow(&mut self.held.total, &self.room.total, super::TOTAL)?;
        let plain = std::mem::replace(&mut self.pending, Zeroizing::new(Vec::with_capacity(CHUNK)));
        let (vault, index) = (self.vault.clone(), self.written);
        self.written += 1;
        blocking(move || vault.write(index, &plain)).await
    }
}

/// One more chunk of space.
fn grow(
    held: &mut Option<OwnedSemaphorePermit>,
    room: &Arc<Semaphore>,
    limit: &'static str,
) -> Result<(), SpoolError> {
    let more = room.clone().try_acquire_owned().map_err(|_| SpoolError::Full(limit))?;
    match held {
        Some(permit) => permit.merge(more),
        None => *held = Some(more),
    }
    Ok(())
}

/// A finished upload.
#[derive(Debug)]
pub struct Blob {
    id: BlobId,
    meta: BlobMeta,
    len: u64,
    vault: Arc<Vault>,
    held: Held,
}

impl Blob {
    pub fn id(&self) -> BlobId {
        self.id
    }
    pub fn meta(&self) -> &BlobMeta {
        &self.meta
    }
    /// Plain bytes.
    pub fn len(&self) -> u64 {
        self.len
    }
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Reads from the start; several readers may run at once.
    pub fn reader(self: &Arc<Self>) -> BlobReader {
        BlobReader { blob: self.clone(), next: 0 }
    }

    #[cfg(test)]
    pub(super) fn raw_file(&self) -> File {
        self.vault.file.try_clone().unwrap()
    }

    /// Whether its space was taken from this semaphore (or it took none).
    pub(super) fn counted_in(&self, room: &Arc<Semaphore>) -> bool {
        self.held.own.as_ref().is_none_or(|permit| Arc::ptr_eq(permit.semaphore(), room))
    }
}

/// Yields a blob's bytes in order, one chunk in memory at a time.
#[derive(Debug)]
pub struct BlobReader {
    blob: Arc<Blob>,
    next: u64,
}

impl BlobReader {
    /// The next bytes (at most [`CHUNK`]), or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, SpoolError>> {
        let left = self.blob.len.checked_sub(self.next * CHUNK as u64).filter(|left| *left > 0)?;
        let len = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let (vault, index) = (self.blob.vault.clone(), self.next);
        self.next += 1;
        Some(blocking(move || vault.read(index, len)).await)
    }
}
