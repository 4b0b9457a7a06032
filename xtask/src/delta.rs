//! A module as what it adds to another, for browsers that have that one: RFC 9842, content coding `dcb`.
use crate::sh::Result;
use brotli::enc::{BrotliEncoderParams, StandardAlloc};
use brotli::{IoReaderWrapper, IoWriterWrapper};
use sha2::{Digest, Sha256};
use std::io;

/// How the name of such a file ends; the gateway looks for it.
pub const CODING: &str = "dcb";

/// RFC 9842 §4: then comes the dictionary's SHA-256, then a brotli stream.
const MAGIC: [u8; 4] = *b"\xffDCB";

/// Bytes that are handed over at once.
const PIECE: usize = 64 << 10;

/// Packs `bytes` for who has `dictionary`. It is unpacked again at once: a delta that says something else would break the page of
/// those alone who have been here before.
pub fn pack(dictionary: &[u8], bytes: &[u8], parameters: &BrotliEncoderParams) -> Result<Vec<u8>> {
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&Sha256::digest(dictionary));
    let (mut input, mut output) = (vec![0; PIECE], vec![0; PIECE]);
    brotli::BrotliCompressCustomIoCustomDict(
        &mut IoReaderWrapper(&mut &bytes[..]),
        &mut IoWriterWrapper(&mut out),
        &mut input,
        &mut output,
        parameters,
        StandardAlloc::default(),
        &mut |_, _, _, _| (),
        dictionary,
        io::Error::from(io::ErrorKind::UnexpectedEof),
    )
    .map_err(|e| format!("brotli: {e}"))?;
    match unpack(dictionary, &out) {
        Ok(same) if same == bytes => Ok(out),
        Ok(_) => Err("brotli made a delta that unpacks to something else".into()),
        Err(why) => Err(format!("brotli made a delta that doesn't unpack: {why}")),
    }
}

/// What a browser makes of it.
fn unpack(dictionary: &[u8], delta: &[u8]) -> Result<Vec<u8>> {
    let stream = delta.strip_prefix(&MAGIC).ok_or("it doesn't begin as a delta")?;
    let digest = Sha256::digest(dictionary);
    let mut stream = stream.strip_prefix(&digest[..]).ok_or("it names another dictionary")?;
    let mut out = Vec::new();
    let (mut input, mut output) = (vec![0; PIECE], vec![0; PIECE]);
    brotli::BrotliDecompressCustomIoCustomDict(
        &mut IoReaderWrapper(&mut stream),
        &mut IoWriterWrapper(&mut out),
        &mut input,
        &mut output,
        StandardAlloc::default(),
        StandardAlloc::default(),
        StandardAlloc::default(),
        dictionary.to_vec().into(),
        io::Error::from(io::ErrorKind::UnexpectedEof),
    )
    .map_err(|e| e.to_string())?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that can't be packed by themselves.
    fn noise(seed: u8, blocks: u32) -> Vec<u8> {
        (0..blocks).flat_map(|n| Sha256::digest([&[seed][..], &n.to_be_bytes()].concat())).collect()
    }

    fn parameters() -> BrotliEncoderParams {
        BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() }
    }

    #[test]
    fn a_delta_holds_what_is_new_and_unpacks_to_every_byte() {
        let dictionary = [noise(1, 4_000), noise(2, 4_000)].concat();
        let new = [noise(3, 10), noise(2, 4_000), noise(4, 10), noise(1, 3_999)].concat();
        let delta = pack(&dictionary, &new, &parameters()).unwrap();
        assert_eq!(delta[..4], [0xff, 0x44, 0x43, 0x42]);
        assert_eq!(delta[4..36], Sha256::digest(&dictionary)[..]);
        assert!((640..1_000).contains(&delta.len()), "{}", delta.len());
        assert_eq!(unpack(&dictionary, &delta).unwrap(), new);
    }

    #[test]
    fn a_delta_is_refused_with_another_dictionary_or_a_byte_short() {
        let (dictionary, new) = (noise(1, 100), [noise(1, 100), noise(2, 1)].concat());
        let delta = pack(&dictionary, &new, &parameters()).unwrap();
        assert!(unpack(&noise(2, 100), &delta).is_err());
        assert!(unpack(&dictionary, &delta[..delta.len() - 1]).is_err());
        assert!(unpack(&dictionary, &delta[1..]).is_err());
    }
}
