//! ZIP archives (PKWARE APPNOTE 6.3.10): written as they stream by, and read by their directory. Pure.
//!
//! **Writing** stores: mail in an export is text and pictures that are packed already, and the device has room. Names are
//! UTF-8; ZIP64 is used where a size, a place or the number of entries needs it. **Reading** finds the entries of any
//! archive that isn't split over disks, and where their octets lie; inflating is the browser's affair.
//!
//! What a name may be is the same both ways: a relative path without `..`. An archive from elsewhere may hold others;
//! [`Entry::safe`] tells.
mod crc;
mod read;
mod write;

pub use crc::Crc32;
pub use read::{Entry, Method, Opening};
pub use write::Writer;

use std::fmt;

/// Entries of one archive.
pub const MAX_ENTRIES: u64 = 500_000;
/// Octets of the directory of one archive.
pub const MAX_DIRECTORY: u64 = 128 << 20;
/// Octets of a name.
pub const MAX_NAME: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZipError {
    /// The file is no archive, or its end is missing.
    NotZip,
    /// The directory contradicts itself or the file.
    Broken,
    /// Past [`MAX_ENTRIES`] or [`MAX_DIRECTORY`].
    TooLarge,
    /// The archive is one of several disks.
    Split,
    /// Not a name that may be written.
    Name,
}

impl fmt::Display for ZipError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotZip => "not a ZIP archive",
            Self::Broken => "the archive is damaged",
            Self::TooLarge => "the archive has too many entries",
            Self::Split => "the archive is split over several files",
            Self::Name => "a name that an archive must not hold",
        })
    }
}

impl std::error::Error for ZipError {}

/// Signatures (APPNOTE 4.3).
const LOCAL: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
/// Octets of the records without what follows them.
const LOCAL_SIZE: usize = 30;
const CENTRAL_SIZE: usize = 46;
const END_SIZE: usize = 22;
const END64_SIZE: usize = 56;
const LOCATOR64_SIZE: usize = 20;
/// The extra field of ZIP64 sizes (APPNOTE 4.5.3) and Info-ZIP's of UTC times.
const EXTRA64: u16 = 0x0001;
const EXTRA_TIME: u16 = 0x5455;
/// General purpose bits (APPNOTE 4.4.4): encrypted; sizes follow the data; UTF-8.
const ENCRYPTED: u16 = 1;
const STREAMED: u16 = 1 << 3;
const UTF8: u16 = 1 << 11;
/// A field that says "look into the ZIP64 extra".
const FULL16: u16 = u16::MAX;
const FULL32: u32 = u32::MAX;

/// A relative path that stays below where it is unpacked.
fn is_safe(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME
        && !name.contains(['\\', ':', '\0'])
        && !name.chars().any(char::is_control)
        && name.trim_end_matches('/').split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests;
