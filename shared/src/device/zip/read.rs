//! What lies in an archive, found by its directory: asks for ranges of the file and is given their octets.
use super::*;
use crate::device::civil::Civil;
use crate::device::order;
use std::ops::Range;

/// Octets at the file's end in which the archive's end must lie: a comment, the record, and ZIP64's locator.
const MAX_TAIL: u64 = 0xffff + (END_SIZE + LOCATOR64_SIZE) as u64;

/// How an entry's octets are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Stored,
    /// Raw deflate (RFC 1951).
    Deflated,
    /// Another one, which nobody here can unpack.
    Other(u16),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As the archive has it; `/` between folders. Names that are not UTF-8 have lost those characters.
    pub name: String,
    pub method: Method,
    pub encrypted: bool,
    /// Octets as packed and unpacked, as the directory says.
    pub packed: u64,
    pub size: u64,
    pub crc: u32,
    /// Seconds since 1970, as far as the archive tells; without a zone it is taken for UTC.
    pub modified: i64,
    /// Where the local header is.
    place: u64,
    /// Where the entries end.
    end: u64,
}

impl Entry {
    /// A folder, which has no octets.
    pub fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    /// The name is a path below where it is unpacked.
    pub fn safe(&self) -> bool {
        is_safe(&self.name)
    }

    /// The range of the file that tells where the data begins.
    pub fn header(&self) -> Range<u64> {
        self.place..(self.place + LOCAL_SIZE as u64).min(self.end)
    }

    /// Where the packed octets lie; `header` are the octets of that range.
    pub fn data(&self, header: &[u8]) -> Result<Range<u64>, ZipError> {
        let mut fields = Fields(header);
        if fields.u32()? != LOCAL {
            return Err(ZipError::Broken);
        }
        fields.skip(22)?;
        let start = self.place + LOCAL_SIZE as u64 + u64::from(fields.u16()?) + u64::from(fields.u16()?);
        let end = start.checked_add(self.packed).filter(|end| *end <= self.end).ok_or(ZipError::Broken)?;
        Ok(start..end)
    }
}

/// Finds the entries step by step: [`wants`](Self::wants) a range of the file, is [given](Self::give) it, until it has
/// the entries.
#[derive(Clone, Debug)]
pub struct Opening {
    size: u64,
    step: Step,
}

#[derive(Clone, Debug)]
enum Step {
    Tail,
    End64 { place: u64 },
    Directory { place: u64, size: u64, count: u64, shift: u64 },
}

impl Opening {
    /// For a file of so many octets.
    pub fn new(size: u64) -> Self {
        Self { size, step: Step::Tail }
    }

    pub fn wants(&self) -> Range<u64> {
        match self.step {
            Step::Tail => self.size.saturating_sub(MAX_TAIL)..self.size,
            Step::End64 { place } => place..place + END64_SIZE as u64,
            Step::Directory { place, size, .. } => place..place + size,
        }
    }

    /// Takes the octets of the range wanted; the entries in the directory's order, or `None` if it wants another range.
    pub fn give(&mut self, bytes: &[u8]) -> Result<Option<Vec<Entry>>, ZipError> {
        let wanted = self.wants();
        if bytes.len() as u64 != wanted.end - wanted.start {
            return Err(ZipError::Broken);
        }
        self.step = match self.step {
            Step::Tail => self.tail(bytes, wanted.start)?,
            Step::End64 { place } => self.end64(bytes, place)?,
            Step::Directory { place, count, shift, .. } => {
                return entries(bytes, count, shift, place).map(Some);
            }
        };
        Ok(None)
    }

    fn tail(&self, bytes: &[u8], start: u64) -> Result<Step, ZipError> {
        // The comment may hold the signature as well: the last one whose comment ends with the file is it.
        let found = bytes.windows(4).enumerate().rev().find(|(at, window)| {
            *window == END.to_le_bytes()
                && bytes.get(at + 20..at + 22).is_some_and(|len| {
                    at + END_SIZE + usize::from(u16::from_le_bytes([len[0], len[1]])) == bytes.len()
                })
        });
        let (at, _) = found.ok_or(ZipError::NotZip)?;
        if let Some(locator) = at.checked_sub(LOCATOR64_SIZE).and_then(|from| bytes.get(from..at)) {
            let mut fields = Fields(locator);
            if fields.u32()? == LOCATOR64 {
                fields.skip(4)?;
                let place = fields.u64()?;
                let fits = place.checked_add(END64_SIZE as u64).is_some_and(|end| end <= start + at as u64);
                return if fits { Ok(Step::End64 { place }) } else { Err(ZipError::Broken) };
            }
        }
        let mut fields = Fields(bytes.get(at + 4..).unwrap_or_default());
        let (disk, first) = (fields.u16()?, fields.u16()?);
        let (here, count) = (fields.u16()?, fields.u16()?);
        let (size, place) = (u64::from(fields.u32()?), u64::from(fields.u32()?));
        if disk != 0 || first != 0 || here != count {
            return Err(ZipError::Split);
        }
        self.directory(place, size, u64::from(count), start + at as u64)
    }

    fn end64(&self, bytes: &[u8], place: u64) -> Result<Step, ZipError> {
        let mut fields = Fields(bytes);
        if fields.u32()? != END64 {
            return Err(ZipError::Broken);
        }
        fields.skip(12)?;
        let (disk, first) = (fields.u32()?, fields.u32()?);
        let (here, count) = (fields.u64()?, fields.u64()?);
        let (size, from) = (fields.u64()?, fields.u64()?);
        if disk != 0 || first != 0 || here != count {
            return Err(ZipError::Split);
        }
        self.directory(from, size, count, place)
    }

    /// `end`: where the directory ends. What stands before the archive (a program that unpacks itself) shifts it all.
    fn directory(&self, place: u64, size: u64, count: u64, end: u64) -> Result<Step, ZipError> {
        if count > MAX_ENTRIES || size > MAX_DIRECTORY {
            return Err(ZipError::TooLarge);
        }
        let real = end.checked_sub(size).ok_or(ZipError::Broken)?;
        let shift = real.checked_sub(place).ok_or(ZipError::Broken)?;
        if count.saturating_mul(CENTRAL_SIZE as u64) > size {
            return Err(ZipError::Broken);
        }
        Ok(Step::Directory { place: real, size, count, shift })
    }
}

fn entries(bytes: &[u8], count: u64, shift: u64, end: u64) -> Result<Vec<Entry>, ZipError> {
    let mut fields = Fields(bytes);
    let mut list = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    for _ in 0..count {
        list.push(entry(&mut fields, shift, end)?);
    }
    // Entries that share their octets would unpack to more than any archive can hold.
    let place = |n: usize| list.get(n).map_or(0, |entry| entry.place);
    let mut behind = 0;
    for n in order(list.len(), &|a, b| place(a).cmp(&place(b))) {
        let Some(entry) = list.get(n).filter(|entry| entry.place >= behind) else {
            return Err(ZipError::Broken);
        };
        behind = entry.place.saturating_add(LOCAL_SIZE as u64).saturating_add(entry.packed);
    }
    if behind <= end { Ok(list) } else { Err(ZipError::Broken) }
}

/// One entry of the directory (APPNOTE 4.3.12).
fn entry(fields: &mut Fields<'_>, shift: u64, end: u64) -> Result<Entry, ZipError> {
    if fields.u32()? != CENTRAL {
        return Err(ZipError::Broken);
    }
    fields.skip(4)?;
    let (flags, method, time, date) = (fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?);
    let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
    let (name, extra, comment, disk) = (fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?);
    fields.skip(6)?;
    let place = fields.u32()?;
    let name = String::from_utf8_lossy(fields.take(usize::from(name))?).into_owned();
    let mut extras = Fields(fields.take(usize::from(extra))?);
    fields.skip(usize::from(comment))?;
    if disk != 0 && disk != FULL16 {
        return Err(ZipError::Split);
    }
    let mut modified = dos_time(date, time);
    let (mut packed64, mut size64, mut place64) = (u64::from(packed), u64::from(size), u64::from(place));
    while let (Ok(kind), Ok(len)) = (extras.u16(), extras.u16()) {
        // Some programs write extra fields that don't fit; what they say isn't needed.
        let Ok(content) = extras.take(usize::from(len)) else { break };
        let mut content = Fields(content);
        if kind == EXTRA64 {
            // Only those whose own field is full stand here, in this order.
            for (field, value) in [(size, &mut size64), (packed, &mut packed64), (place, &mut place64)] {
                if field == FULL32 {
                    *value = content.u64()?;
                }
            }
        } else if kind == EXTRA_TIME
            && content.take(1).is_ok_and(|flags| flags[0] & 1 == 1)
            && let Ok(seconds) = content.u32()
        {
            modified = i64::from(seconds);
        }
    }
    let method = match method {
        0 => Method::Stored,
        8 => Method::Deflated,
        other => Method::Other(other),
    };
    let place = place64.checked_add(shift).filter(|place| *place < end).ok_or(ZipError::Broken)?;
    let encrypted = flags & ENCRYPTED != 0;
    Ok(Entry { name, method, encrypted, packed: packed64, size: size64, crc, modified, place, end })
}

fn dos_time(date: u16, time: u16) -> i64 {
    let (date, time) = (i64::from(date), i64::from(time));
    let civil = Civil {
        year: 1980 + (date >> 9),
        month: date >> 5 & 15,
        day: date & 31,
        hour: time >> 11,
        minute: time >> 5 & 63,
        second: time % 32 * 2,
    };
    civil.to_seconds().unwrap_or(0)
}

/// Little-endian fields, read one after the other.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], ZipError> {
        let (found, rest) = self.0.split_at_checked(len).ok_or(ZipError::Broken)?;
        self.0 = rest;
        Ok(found)
    }

    fn skip(&mut self, len: usize) -> Result<(), ZipError> {
        self.take(len).map(drop)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], ZipError> {
        self.take(N)?.try_into().map_err(|_| ZipError::Broken)
    }

    fn u16(&mut self) -> Result<u16, ZipError> {
        self.number().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, ZipError> {
        self.number().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, ZipError> {
        self.number().map(u64::from_le_bytes)
    }
}
