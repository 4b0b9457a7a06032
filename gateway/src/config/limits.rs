//! The bounds that an operator may move, in one table: name, default, unit, and what happens at each.
use std::time::Duration;

macro_rules! limits {
    ($($(#[doc = $doc:literal])* $name:ident: $default:expr,)*) => {
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Limits { $($(#[doc = $doc])* pub $name: u64,)* }

        impl Default for Limits {
            fn default() -> Self { Self { $($name: $default,)* } }
        }

        impl Limits {
            /// (name, default, description) of every limit, for the reference and for `check`.
            pub const TABLE: &[(&str, u64, &str)] = &[$((stringify!($name), $default, concat!($($doc,)*)),)*];

            /// Sets one by name; `false` if there is none of that name.
            pub fn set(&mut self, name: &str, value: u64) -> bool {
                match name { $(stringify!($name) => self.$name = value,)* _ => return false }
                true
            }
        }
    };
}

limits! {
    /// Bytes of one WebSocket frame from the client; larger closes that session.
    ws_frame_bytes: 256 << 10,
    /// Bytes of one WebSocket message from the client; larger closes that session.
    ws_message_bytes: 1 << 20,
    /// Bytes waiting for one browser; past it reading from the mail server stops.
    outbox_bytes: 1 << 20,
    /// Seconds an outbox may stay full before the socket is closed.
    outbox_stall_seconds: 30,
    /// Bytes of one uploaded file.
    upload_bytes: 25 << 20,
    /// Bytes of one outgoing message, encoded.
    message_bytes: 35 << 20,
    /// Bytes of uploads that one session may have waiting.
    spool_bytes: 100 << 20,
    /// Bytes of uploads that all sessions together may have waiting.
    spool_total_bytes: 4 << 30,
    /// Bytes of one IMAP response (literals streamed apart).
    imap_response_bytes: 2 << 20,
    /// Bytes of one IMAP line.
    imap_line_bytes: 64 << 10,
    /// Bytes of one IMAP line before sign-in.
    imap_preauth_line_bytes: 8 << 10,
    /// Bytes an IMAP server may send before sign-in.
    imap_preauth_bytes: 64 << 10,
    /// Bytes of one partial body FETCH.
    imap_partial_bytes: 256 << 10,
    /// Bytes of one message that is shown; larger is offered as a download.
    shown_message_bytes: 50 << 20,
    /// Failed sign-ins a minute from one address block.
    login_failures_per_minute: 10,
    /// Failed sign-ins a day from one address block.
    login_failures_per_day: 50,
    /// WebSockets from one address.
    sockets_per_ip: 100,
    /// Sessions of one account.
    sessions_per_account: 10,
    /// Sessions in all; new ones are told to wait.
    sessions: 10_000,
    /// Bytes that the whole gateway may hold in memory; at 85 % of it new sessions are told to wait.
    memory_bytes: 4 << 30,
    /// Visitors of the lab at once; more are told to wait.
    lab_visitors: 200,
    /// Of these from one address.
    lab_visitors_per_ip: 100,
    /// Upstream links of one account.
    links_per_account: 8,
    /// Bytes a second that one session downloads from the mail server; past it its downloads wait.
    bulk_bytes_per_second: 64 << 20,
    /// Seconds for a TCP connection.
    connect_seconds: 10,
    /// Seconds for a TLS handshake.
    tls_seconds: 10,
    /// Seconds for a server's greeting.
    greeting_seconds: 15,
    /// Seconds without progress of a command.
    command_seconds: 60,
    /// Minutes after which IDLE is renewed (RFC 2177: below 29).
    idle_renew_minutes: 28,
    /// Seconds between looks for new mail where the server has no IDLE, and at folders that are not open.
    poll_seconds: 60,
    /// Seconds a session without a socket is kept.
    park_seconds: 60,
    /// Recipients of one message.
    recipients: 100,
    /// Messages an account may send in an hour.
    sends_per_hour: 60,
    /// Messages an account may send in a day.
    sends_per_day: 500,
    /// Bytes of one remote image.
    image_bytes: 5 << 20,
    /// Remote images of one message.
    images_per_message: 100,
    /// Bytes of all remote images of one message.
    images_bytes: 25 << 20,
}

impl Limits {
    pub fn seconds(value: u64) -> Duration {
        Duration::from_secs(value)
    }
}
