//! Brings messages to the device out of files and archives, or from a folder of an account, a batch at a time. What the gateway
//! makes of a source is asked for here; whether it is stored is the state's to say.
mod open;

use super::{all, ends_it, goes_on, reach, tell};
use crate::device::store;
use crate::device::takeout::{File, digest, no_pieces, with_piece};
use crate::dom::http;
use crate::link::urls;
use crate::mailbox::Origin;
use crate::mailbox::brought::Along;
use crate::runtime::read;
use crate::state::mail::takeout::{Account, Batch, Got, Item, Mark, Told, Why};
use crate::state::mail::{Change, Key, Shelf, lost};
use open::Open;
use pyeonji_shared::call::device::Fetched;
use pyeonji_shared::device::Sum;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, OpId};
use pyeonji_shared::limits::MAX_PIECE;
use pyeonji_shared::rescue::Remote;
use std::ops::Range;
use std::pin::Pin;

/// Messages of one batch, and how many of those that are here already are passed over before it is told.
const BATCH: usize = 16;
const PASSED: usize = 200;
/// Messages fetched at once.
const AT_ONCE: usize = 4;
/// Bytes of one source; a larger one is left where it is.
const MAX_SOURCE: u64 = 64 << 20;
/// Uids taken at a time; those that aren't used are nobody's.
const UIDS: u32 = 64;

pub struct Bringing {
    /// Whose mail is on this device.
    own: String,
    /// The next one last.
    files: Vec<File>,
    /// What is open; the last one is read.
    open: Vec<Open>,
    /// The folder that is fetched, the next row last.
    remote: Option<(FolderName, Vec<Remote>)>,
    of: Sum,
    uids: Range<u32>,
    /// Since the last batch.
    folders: Vec<String>,
    left_out: u32,
    read: u64,
}

/// A source on its way into the store: full pieces are stored as they come.
#[derive(Default)]
pub struct Assembly {
    uid: u32,
    piece: u32,
    bytes: Vec<u8>,
    size: u64,
}

/// One message as it was found.
pub struct Raw {
    along: Along,
    source: Result<Assembly, Why>,
    fetched: Option<Box<Fetched>>,
}

impl Raw {
    fn failed(name: &str, why: Why) -> Self {
        let along = Along { name: name.to_owned(), ..Along::default() };
        Self { along, source: Err(why), fetched: None }
    }
}

fn internal() -> ApiError {
    ApiError::new(ErrorKind::Internal)
}

impl Assembly {
    /// The next bytes. Past the bound nothing of it is kept.
    async fn push(&mut self, bytes: &[u8]) -> Result<(), ApiError> {
        self.size += bytes.len() as u64;
        if self.is_big() {
            self.bytes = Vec::new();
            return Ok(());
        }
        self.bytes.extend_from_slice(bytes);
        while self.bytes.len() > MAX_PIECE {
            let rest = self.bytes.split_off(MAX_PIECE);
            let piece = std::mem::replace(&mut self.bytes, rest);
            let change = Change::Put(Shelf::Sources, Key::Piece(self.uid, self.piece), piece);
            store::commit(&[change]).await.map_err(ApiError::from)?;
            self.piece += 1;
        }
        Ok(())
    }

    fn is_big(&self) -> bool {
        self.size > MAX_SOURCE
    }

    /// Nothing of it stays.
    async fn drop_pieces(&self) {
        if self.piece > 0 {
            let _ = store::commit(&[Change::Delete(Shelf::Sources, Key::Number(self.uid))]).await;
        }
    }
}

impl Bringing {
    pub fn files(keys: Vec<OpId>, own: String) -> Self {
        let mut files: Vec<File> = keys.into_iter().filter_map(File::held).collect();
        files.reverse();
        let bytes = files.iter().map(File::size).sum();
        Self { own, files, ..Self::new(Sum { messages: 0, bytes }) }
    }

    pub async fn folder(account: Account, folder: FolderName) -> Result<Self, ApiError> {
        reach(account).await?;
        let list = http::get(&urls::remote("list", &folder, 0)).await?;
        let bytes = File::new(list).bytes().await.ok_or_else(internal)?;
        let (mut rest, mut rows, mut of) = (bytes.as_slice(), Vec::new(), Sum::default());
        while !rest.is_empty() {
            let (row, tail): (Remote, &[u8]) = postcard::take_from_bytes(rest).map_err(|_| internal())?;
            of.add(row.size);
            rows.push(row);
            rest = tail;
        }
        rows.reverse();
        Ok(Self { remote: Some((folder, rows)), ..Self::new(of) })
    }

    fn new(of: Sum) -> Self {
        Self {
            own: String::new(),
            files: Vec::new(),
            open: Vec::new(),
            remote: None,
            of,
            uids: 0..0,
            folders: Vec::new(),
            left_out: 0,
            read: 0,
        }
    }

    pub fn of(&self) -> Sum {
        self.of
    }

    pub async fn batch(&mut self, number: u32) -> Result<Batch, ApiError> {
        let (mut raws, mut passed, mut last) = (Vec::new(), 0, false);
        while raws.len() < BATCH && passed < PASSED && goes_on(number) {
            if self.remote.is_some() {
                match self.fetch(number, &mut passed).await? {
                    Some(some) => raws.extend(some),
                    None => last = true,
                }
            } else {
                match self.next().await? {
                    Some(raw) if here(number, &raw).await => passed += 1,
                    Some(raw) => raws.push(raw),
                    None => last = true,
                }
            }
            if last {
                break;
            }
        }
        let reading = |raw| -> Pin<Box<dyn Future<Output = Result<Item, ApiError>>>> { Box::pin(item(raw)) };
        let items = all(raws.into_iter().map(reading).collect()).await;
        Ok(Batch {
            folders: std::mem::take(&mut self.folders),
            items: items.into_iter().collect::<Result<_, _>>()?,
            read: self.read,
            left_out: std::mem::take(&mut self.left_out),
            last,
        })
    }

    async fn assembly(&mut self) -> Result<Assembly, ApiError> {
        if self.uids.is_empty() {
            let first = store::reserve(UIDS).await.map_err(|_| lost())?;
            self.uids = first..first.saturating_add(UIDS);
        }
        Ok(Assembly { uid: self.uids.next().ok_or_else(lost)?, ..Assembly::default() })
    }

    /// What was read of a message, unless it is too large.
    async fn whole(&mut self, along: Along, source: Assembly, fetched: Option<Box<Fetched>>) -> Raw {
        if source.is_big() {
            source.drop_pieces().await;
            return Raw { along, source: Err(Why::TooBig), fetched };
        }
        Raw { along, source: Ok(source), fetched }
    }

    /// The next messages of the account's folder, fewer those that are here; `None` at its end.
    async fn fetch(&mut self, number: u32, passed: &mut usize) -> Result<Option<Vec<Raw>>, ApiError> {
        let Some((folder, rows)) = self.remote.as_mut().filter(|(_, rows)| !rows.is_empty()) else {
            return Ok(None);
        };
        let (mut group, mut raws) = (Vec::new(), Vec::new());
        while group.len() < AT_ONCE
            && *passed < PASSED
            && let Some(row) = rows.pop()
        {
            self.read += u64::from(row.size);
            let size = u64::from(row.size);
            if let Some(message_id) = row.message_id.clone()
                && asked(number, Mark::Id { message_id, size })
            {
                *passed += 1;
            } else if size > MAX_SOURCE {
                raws.push(Raw::failed(row.message_id.as_deref().unwrap_or_default(), Why::TooBig));
            } else {
                group.push(row);
            }
        }
        let one = |row: &Remote| -> Pin<Box<dyn Future<Output = Result<_, ApiError>>>> {
            Box::pin(message(urls::remote("message", folder, row.uid.0)))
        };
        let found = all(group.iter().map(one).collect()).await;
        for (row, found) in group.into_iter().zip(found) {
            let along = Along {
                name: row.message_id.unwrap_or_default(),
                flags: row.flags,
                keywords: row.keywords,
                received: Some(row.received),
                origin: Origin::Rescued,
                ..Along::default()
            };
            match found {
                Ok((source, fetched)) => {
                    let mut assembly = self.assembly().await?;
                    let stream = source.stream(false).ok_or_else(lost)?;
                    while let Some(bytes) = stream.next().await.map_err(|_| lost())? {
                        assembly.push(&bytes).await?;
                    }
                    raws.push(self.whole(along, assembly, Some(fetched)).await);
                }
                Err(error) if ends_it(&error) => return Err(error),
                Err(error) => raws.push(Raw { along, source: Err(Why::Error(error)), fetched: None }),
            }
        }
        Ok(Some(raws))
    }
}

/// Whether the state knows a message to be here.
fn asked(number: u32, mark: Mark) -> bool {
    tell(Told::Asked(number, mark));
    read(|m| {
        m.mail.as_ref().and_then(|mail| mail.takeout.running.as_ref()).is_some_and(|running| running.here)
    })
}

/// A message that needn't be read by the gateway, because it is here.
async fn here(number: u32, raw: &Raw) -> bool {
    match &raw.source {
        Ok(source) if source.piece == 0 && raw.along.head_of.is_none() => match digest(&source.bytes).await {
            Some(digest) => asked(number, Mark::Digest { digest, exact: raw.along.exact }),
            None => false,
        },
        _ => false,
    }
}

/// A message of the account: its source, and what it says.
async fn message(url: String) -> Result<(File, Box<Fetched>), ApiError> {
    let file = File::new(http::get(&url).await?);
    let cut = async |range| file.slice(range)?.bytes().await;
    let end = file.size().saturating_sub(4);
    let length = cut(end..file.size()).await.and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    let source = end.saturating_sub(u64::from(length.ok_or_else(internal)?));
    let said = cut(source..end).await.ok_or_else(internal)?;
    let fetched = postcard::from_bytes(&said).map_err(|_| internal())?;
    Ok((file.slice(0..source).ok_or_else(internal)?, Box::new(fetched)))
}

/// Has a message read by the gateway, unless it was.
async fn item(raw: Raw) -> Result<Item, ApiError> {
    let Raw { along, source, fetched } = raw;
    let source = match source {
        Ok(source) => source,
        Err(why) => return Ok(Item { along, got: Err(why) }),
    };
    let fetched = match fetched {
        Some(fetched) => Ok(*fetched),
        None => rendered(&source).await,
    };
    let got = match fetched {
        Ok(fetched) => {
            Ok(Box::new(Got { uid: source.uid, piece: source.piece, bytes: source.bytes, fetched }))
        }
        Err(error) => {
            source.drop_pieces().await;
            match error.kind {
                _ if ends_it(&error) => return Err(error),
                ErrorKind::TooBig => Err(Why::TooBig),
                _ => Err(Why::Error(error)),
            }
        }
    };
    Ok(Item { along, got })
}

async fn rendered(source: &Assembly) -> Result<Fetched, ApiError> {
    let before =
        if source.piece > 0 { store::source(source.uid).await.map_err(|_| lost())? } else { no_pieces() };
    let bytes = http::render(&with_piece(before, &source.bytes)).await?;
    postcard::from_bytes(&bytes).map_err(|_| internal())
}
