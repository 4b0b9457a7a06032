//! QUOTA responses (RFC 9208 §4.2.1): how full the storage behind a folder is.
use crate::imap::event::QuotaItem;
use crate::imap::reader::{Read, Reader};

/// Resources of one root that are read: four are registered.
const MAX_RESOURCES: usize = 16;

/// `"" (STORAGE 10 512 MESSAGE 3 100)`; `None` where no storage is named.
pub fn read(r: &mut Reader) -> Read<Option<QuotaItem>> {
    r.astring()?;
    r.spaces();
    r.expect(b'(')?;
    let mut storage = None;
    for _ in 0..MAX_RESOURCES {
        r.spaces();
        if r.eat(b')') {
            break;
        }
        let name = r.atom()?;
        r.spaces();
        let used = r.number()?;
        r.spaces();
        let limit = r.number()?;
        if name.eq_ignore_ascii_case(b"STORAGE") {
            storage = Some(QuotaItem { used, limit });
        }
    }
    Ok(storage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn storage_among_other_resources() {
        let read = |text: &str| read(&mut Reader::of(&Bytes::copy_from_slice(text.as_bytes()))).ok();
        let storage = |used, limit| Some(Some(QuotaItem { used, limit }));
        assert_eq!(read("\"\" (STORAGE 10 512)"), storage(10, 512));
        assert_eq!(read("\"User quota\" (MESSAGE 3 100 STORAGE 10 512)"), storage(10, 512));
        assert_eq!(read("user.ada (storage 1 99999999999999999999)"), storage(1, u64::MAX));
        assert_eq!(read("\"\" (MESSAGE 3 100)"), Some(None));
        assert_eq!(read("\"\" ()"), Some(None));
        assert_eq!(read("\"\" (STORAGE ten 512)"), None);
        assert_eq!(read("\"\""), None);
    }
}
