//! Frame <-> bytes. Byte 0: 0 = plain postcard, 1 = postcard compressed with raw deflate (from the gateway only).
use crate::frame::{ClientFrame, ServerFrame};
use postcard::ser_flavors::{AllocVec, Flavor};
use serde::{Deserialize, Serialize};

pub const PLAIN: u8 = 0;
pub const DEFLATE: u8 = 1;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodecError {
    Empty,
    /// Longer than the bound for its direction.
    TooLong(usize),
    /// The flag byte isn't known here.
    Flag(u8),
    /// Not a frame of this version, or bytes left over.
    Malformed,
}

impl core::fmt::Display for CodecError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            CodecError::Empty => f.write_str("empty frame"),
            CodecError::TooLong(n) => write!(f, "frame of {n} bytes is too long"),
            CodecError::Flag(b) => write!(f, "unknown frame flag {b}"),
            CodecError::Malformed => f.write_str("malformed frame"),
        }
    }
}

impl std::error::Error for CodecError {}

pub fn encode_client(frame: &ClientFrame) -> Vec<u8> {
    encode(frame)
}

pub fn encode_server(frame: &ServerFrame) -> Vec<u8> {
    encode(frame)
}

/// For the gateway. Bounded by `MAX_CLIENT_MESSAGE`.
pub fn decode_client(bytes: &[u8]) -> Result<ClientFrame, CodecError> {
    decode(bytes, crate::limits::MAX_CLIENT_MESSAGE)
}

/// For the page, after inflating. Bounded by `MAX_SERVER_MESSAGE`.
pub fn decode_server(bytes: &[u8]) -> Result<ServerFrame, CodecError> {
    decode(bytes, crate::limits::MAX_SERVER_MESSAGE)
}

fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    // Into what `postcard::to_allocvec` writes into, so that the page has the code for it once.
    let mut out = AllocVec::new();
    // Serialising into a growing vector fails only for types without a known length; ours have one.
    match out.try_push(PLAIN) {
        Ok(()) => postcard::serialize_with_flavor(value, out).unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}

fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8], bound: usize) -> Result<T, CodecError> {
    if bytes.len() > bound {
        return Err(CodecError::TooLong(bytes.len()));
    }
    let (flag, rest) = bytes.split_first().ok_or(CodecError::Empty)?;
    if *flag != PLAIN {
        return Err(CodecError::Flag(*flag));
    }
    match postcard::take_from_bytes(rest) {
        Ok((value, [])) => Ok(value),
        _ => Err(CodecError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::RequestId;

    #[test]
    fn round_trip_and_refusals() {
        let frame = ClientFrame::Cancel { id: RequestId(7) };
        let bytes = encode_client(&frame);
        assert_eq!(decode_client(&bytes), Ok(frame));
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(decode_client(&longer), Err(CodecError::Malformed));
        assert_eq!(decode_client(&[9, 1]), Err(CodecError::Flag(9)));
        assert_eq!(decode_client(&[]), Err(CodecError::Empty));
        let long = vec![0; crate::limits::MAX_CLIENT_MESSAGE + 1];
        assert_eq!(decode_client(&long), Err(CodecError::TooLong(long.len())));
    }
}
