//! Header fields: encoded words, addresses, dates, parameters (RFC 5322, 2047, 2231), decoded and bounded.
mod address;
mod date;
mod domain;
mod fields;
mod ids;
mod names;
mod params;
mod words;

pub use address::{address, is_group_mark, parse_address_list};
pub use date::parse_date;
pub use fields::Fields;
pub use ids::message_ids;
pub use names::file_name;
pub use params::Parameters;
pub use words::decode_text;

/// Octets of one field that are read; the rest is ignored (SECURITY.md).
pub const MAX_FIELD: usize = 100 << 10;
/// Fields of one header block.
pub const MAX_FIELDS: usize = 1_000;
/// Octets of one header block.
pub const MAX_BLOCK: usize = 1 << 20;
/// Addresses of one field that are kept; the rest is counted.
pub const MAX_ADDRESSES: usize = pyeonji_shared::limits::MAX_SHOWN_ADDRESSES;
