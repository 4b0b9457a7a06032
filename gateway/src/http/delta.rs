//! A file as what it adds to another that the browser has: Compression Dictionary Transport (RFC 9842) with `dcb`.
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;

/// The content coding, and how the name of such a file ends.
pub const CODING: &str = "dcb";

pub const USE_AS_DICTIONARY: HeaderName = HeaderName::from_static("use-as-dictionary");

/// What a dictionary is good for (§2.1.1): every module of the page, this version's and the next one's. A browser keeps one
/// dictionary for one pattern, the newest.
pub const MATCH: HeaderValue = HeaderValue::from_static("match=\"/assets/pyeonji_*_bg.*.wasm\"");

const AVAILABLE_DICTIONARY: HeaderName = HeaderName::from_static("available-dictionary");

/// §4: how every stream begins, before the dictionary's SHA-256.
const MAGIC: &[u8] = b"\xffDCB";
const DIGEST: usize = 32;

#[derive(Clone, Debug)]
pub struct Delta {
    pub bytes: Bytes,
    /// The dictionary as a request names it.
    dictionary: String,
}

impl Delta {
    /// `None` where it doesn't begin as a delta does.
    pub fn new(bytes: Bytes) -> Option<Self> {
        let digest = bytes.strip_prefix(MAGIC)?.get(..DIGEST)?;
        let dictionary = named(digest);
        Some(Self { bytes, dictionary })
    }

    /// Whether the file with this SHA-256 is its dictionary.
    pub fn is_to(&self, digest: &[u8]) -> bool {
        self.dictionary == named(digest)
    }

    /// §2.2: the request has exactly this dictionary. Only what is equal to the octet counts, so that nothing is parsed.
    pub fn suits(&self, headers: &HeaderMap) -> bool {
        let mut lines = headers.get_all(AVAILABLE_DICTIONARY).iter();
        match (lines.next(), lines.next()) {
            (Some(line), None) => line.as_bytes().trim_ascii() == self.dictionary.as_bytes(),
            _ => false,
        }
    }
}

/// A byte sequence of RFC 9651, as `Available-Dictionary` has it.
fn named(digest: &[u8]) -> String {
    format!(":{}:", BASE64_STANDARD.encode(digest))
}
