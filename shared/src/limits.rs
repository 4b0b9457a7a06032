//! Bounds that both sides must know. The gateway's own, configurable ones are in its `config::limits`.

/// Largest binary message the client may send.
pub const MAX_CLIENT_MESSAGE: usize = 1 << 20;
/// Largest binary message the gateway sends; larger answers are chunked.
pub const MAX_SERVER_MESSAGE: usize = 4 << 20;
/// Rows in the first answer of an opened folder.
pub const FIRST_ROWS: u32 = 50;
/// Rows in one window request.
pub const MAX_WINDOW: u32 = 500;
/// Messages in one mutation; larger selections are split by the page.
pub const MAX_UIDS_PER_CALL: usize = 10_000;
/// Hits of one search that the page can hold; past it the answer says `truncated`.
pub const MAX_SEARCH_HITS: usize = 20_000;
/// Characters in a search.
pub const MAX_QUERY_CHARS: usize = 1_000;
/// Rows of one folder kept in a [`crate::folder::FolderState`]; the farthest from the viewport go first.
pub const MAX_CACHED_ROWS: usize = 5_000;
/// Requests in flight on one connection.
pub const MAX_IN_FLIGHT: usize = 64;
/// Mutations whose outcome a session remembers.
pub const MAX_REMEMBERED_OPS: usize = 256;
/// Recipients of one message.
pub const MAX_RECIPIENTS: usize = 100;
/// Attachments of one message.
pub const MAX_ATTACHMENTS: usize = 100;
/// Bytes of one uploaded file (default; the gateway's own is in `Welcome.limits`).
pub const MAX_UPLOAD: u64 = 25 << 20;
/// Bytes of typed text in one message.
pub const MAX_TEXT: usize = 512 << 10;
/// Characters in a subject.
pub const MAX_SUBJECT_CHARS: usize = 2_000;
/// Folders in one account.
pub const MAX_FOLDERS: usize = 5_000;
/// Addresses of one field that are shown; the rest is counted ("and n more").
pub const MAX_SHOWN_ADDRESSES: usize = 1_000;
/// Messages of one POP3 mailbox that are listed (SECURITY.md).
pub const MAX_LISTING: usize = 200_000;
/// Messages of one `Retrieve` or `Remove`; the device asks again for more.
pub const MAX_RETRIEVE: usize = 2_000;
/// Bytes of one piece of a message's source.
pub const MAX_PIECE: usize = 256 << 10;
/// Seconds that a session without a socket is kept.
pub const PARK_SECONDS: u64 = 60;
/// Seconds between pings, and of silence after which the link counts as dead.
pub const PING_SECONDS: u64 = 20;
pub const DEAD_SECONDS: u64 = 45;
