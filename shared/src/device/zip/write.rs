//! An archive as it is written: what this returns is the file's next octets, the data itself between them.
use super::*;
use crate::device::civil::Civil;

/// Version 2.0 (folders), 4.5 (ZIP64); made on Unix, so that names are taken for what they are.
const VERSION: u16 = 20;
const VERSION64: u16 = 45;
const MADE_ON_UNIX: u16 = 3 << 8;
/// A file that its owner may write and all may read.
const MODE: u32 = 0o100_644 << 16;

/// Writes entries, stored, one after the other.
///
/// ```text
/// add (or begin) → the data, told by `data` → end → … → finish
/// ```
#[derive(Debug, Default)]
pub struct Writer {
    /// Octets written so far.
    at: u64,
    done: Vec<Done>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Done {
    name: String,
    modified: i64,
    flags: u16,
    crc: u32,
    size: u64,
    /// Where the local header is.
    place: u64,
}

#[derive(Debug)]
struct Open {
    entry: Done,
    crc: Crc32,
    /// The header told size and checksum already.
    told: bool,
}

impl Writer {
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins an entry whose octets are all here. They are to be written after what this returns, and aren't given to
    /// [`data`](Self::data) again.
    pub fn add(&mut self, name: &str, modified: i64, data: &[u8]) -> Result<Vec<u8>, ZipError> {
        self.known(name, modified, data.len() as u64, Crc32::of(data))
    }

    /// Like [`add`](Self::add), for octets that lie elsewhere. Such an entry can be read without the directory, too.
    pub fn known(&mut self, name: &str, modified: i64, size: u64, crc: u32) -> Result<Vec<u8>, ZipError> {
        let out = self.header(name, modified, Some((size, crc)))?;
        self.at += size;
        Ok(out)
    }

    /// Begins an entry whose size isn't known yet.
    pub fn begin(&mut self, name: &str, modified: i64) -> Result<Vec<u8>, ZipError> {
        self.header(name, modified, None)
    }

    /// The next octets of an entry that was begun; they go into the file as they are.
    pub fn data(&mut self, piece: &[u8]) {
        if let Some(open) = self.open.as_mut().filter(|open| !open.told) {
            open.crc.push(piece);
            open.entry.size += piece.len() as u64;
            self.at += piece.len() as u64;
        }
    }

    /// The entry ends.
    pub fn end(&mut self) -> Vec<u8> {
        let Some(Open { mut entry, crc, told }) = self.open.take() else { return Vec::new() };
        let mut out = Vec::new();
        if !told {
            entry.crc = crc.value();
            put32(&mut out, DESCRIPTOR);
            put32(&mut out, entry.crc);
            // Packed and unpacked are the same; of eight octets each where four don't do (APPNOTE 4.3.9.2).
            for _ in 0..2 {
                match u32::try_from(entry.size) {
                    Ok(size) if size != FULL32 => put32(&mut out, size),
                    _ => put64(&mut out, entry.size),
                }
            }
        }
        self.at += out.len() as u64;
        self.done.push(entry);
        out
    }

    /// The directory and the end of the archive.
    pub fn finish(mut self) -> Vec<u8> {
        let mut out = self.end();
        let place = self.at;
        let directory = out.len();
        for entry in &self.done {
            entry.central(&mut out);
        }
        let size = (out.len() - directory) as u64;
        let count = self.done.len() as u64;
        let full = size >= u64::from(FULL32) || place >= u64::from(FULL32) || count >= u64::from(FULL16);
        if full {
            let end64 = place + size;
            put32(&mut out, END64);
            put64(&mut out, END64_SIZE as u64 - 12);
            put16(&mut out, MADE_ON_UNIX | VERSION64);
            put16(&mut out, VERSION64);
            put32(&mut out, 0);
            put32(&mut out, 0);
            put64(&mut out, count);
            put64(&mut out, count);
            put64(&mut out, size);
            put64(&mut out, place);
            put32(&mut out, LOCATOR64);
            put32(&mut out, 0);
            put64(&mut out, end64);
            put32(&mut out, 1);
        }
        put32(&mut out, END);
        put32(&mut out, 0);
        let count = if full { FULL16 } else { low16(count) };
        put16(&mut out, count);
        put16(&mut out, count);
        put32(&mut out, if full { FULL32 } else { low32(size) });
        put32(&mut out, if full { FULL32 } else { low32(place) });
        put16(&mut out, 0);
        out
    }

    fn header(&mut self, name: &str, modified: i64, known: Option<(u64, u32)>) -> Result<Vec<u8>, ZipError> {
        if !is_safe(name) {
            return Err(ZipError::Name);
        }
        if self.done.len() as u64 + u64::from(self.open.is_some()) >= MAX_ENTRIES {
            return Err(ZipError::TooLarge);
        }
        let mut out = self.end();
        let (size, crc) = known.unwrap_or_default();
        let flags = if known.is_some() { UTF8 } else { UTF8 | STREAMED };
        let entry = Done { name: name.to_owned(), modified, flags, crc, size, place: self.at };
        let begun = out.len();
        let mut extra = Vec::new();
        if size >= u64::from(FULL32) {
            put16(&mut extra, EXTRA64);
            put16(&mut extra, 16);
            put64(&mut extra, size);
            put64(&mut extra, size);
        }
        put32(&mut out, LOCAL);
        entry.shared(&mut out, size >= u64::from(FULL32), extra.len());
        out.extend_from_slice(name.as_bytes());
        entry.time(&mut extra);
        out.append(&mut extra);
        self.at += (out.len() - begun) as u64;
        self.open = Some(Open { entry, crc: Crc32::default(), told: known.is_some() });
        Ok(out)
    }
}

#[cfg(test)]
impl Writer {
    /// As if so many octets had been given as `data`.
    pub(super) fn pretend(&mut self, octets: u64) {
        self.at += octets;
        self.open.iter_mut().for_each(|open| open.entry.size += octets);
    }
}

impl Done {
    /// What a local header and the directory have in common (APPNOTE 4.3.7, 4.3.12), up to the extra field's length;
    /// `extra` octets of it stand beside the time.
    fn shared(&self, out: &mut Vec<u8>, full: bool, extra: usize) {
        put16(out, if full || extra > 0 { VERSION64 } else { VERSION });
        put16(out, self.flags);
        put16(out, 0);
        let civil = Civil::from_seconds(self.modified);
        let (date, time) = match civil.year {
            1980..=2107 => (
                (civil.year - 1980) << 9 | civil.month << 5 | civil.day,
                civil.hour << 11 | civil.minute << 5 | civil.second >> 1,
            ),
            // 1980-01-01.
            _ => (1 << 5 | 1, 0),
        };
        put16(out, low16(time.unsigned_abs()));
        put16(out, low16(date.unsigned_abs()));
        put32(out, self.crc);
        let size = if full { FULL32 } else { low32(self.size) };
        put32(out, size);
        put32(out, size);
        put16(out, low16(self.name.len() as u64));
        put16(out, low16((extra + TIME_SIZE) as u64));
    }

    /// The time in UTC; the old field is in whatever zone the reader takes it to be.
    fn time(&self, extra: &mut Vec<u8>) {
        put16(extra, EXTRA_TIME);
        put16(extra, 5);
        extra.push(1);
        let seconds = self.modified.clamp(0, i64::from(i32::MAX));
        put32(extra, low32(seconds.unsigned_abs()));
    }

    fn central(&self, out: &mut Vec<u8>) {
        let full = self.size >= u64::from(FULL32);
        let far = self.place >= u64::from(FULL32);
        let mut extra = Vec::new();
        if full || far {
            put16(&mut extra, EXTRA64);
            put16(&mut extra, 16 * u16::from(full) + 8 * u16::from(far));
            if full {
                put64(&mut extra, self.size);
                put64(&mut extra, self.size);
            }
            if far {
                put64(&mut extra, self.place);
            }
        }
        put32(out, CENTRAL);
        put16(out, MADE_ON_UNIX | if extra.is_empty() { VERSION } else { VERSION64 });
        self.shared(out, full, extra.len());
        // No comment, the first disk, no text mark.
        put16(out, 0);
        put16(out, 0);
        put16(out, 0);
        put32(out, MODE);
        put32(out, if far { FULL32 } else { low32(self.place) });
        out.extend_from_slice(self.name.as_bytes());
        self.time(&mut extra);
        out.append(&mut extra);
    }
}

/// Octets of the extra field with the time.
const TIME_SIZE: usize = 9;

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn low16(value: u64) -> u16 {
    u16::try_from(value).unwrap_or(FULL16)
}

fn low32(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(FULL32)
}
