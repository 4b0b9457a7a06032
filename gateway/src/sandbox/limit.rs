//! Every bound of the sandbox with its default; past a bound the command or the connection is refused, never the world.

/// Bounds of one world.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Connections at one time, IMAP, POP3 and SMTP together; the next is told to come back later.
    pub connections: usize,
    /// Bytes of one command without its literals, and of one SMTP line.
    pub line_bytes: usize,
    /// Bytes of one POP3 line with its end; past it the connection ends.
    pub pop3_line_bytes: usize,
    /// Bytes of one literal that isn't a message.
    pub literal_bytes: usize,
    /// Bytes of one literal before sign-in.
    pub preauth_literal_bytes: usize,
    /// Bytes of one message (IMAP `APPENDLIMIT`, SMTP `SIZE`).
    pub message_bytes: usize,
    /// Bytes of one account; past it `OVERQUOTA` and 552.
    pub quota_bytes: u64,
    /// Messages of one account; past it as over quota.
    pub account_messages: usize,
    /// Folders of one account.
    pub folders: usize,
    /// Bytes of a folder's name.
    pub folder_name_bytes: usize,
    /// Keywords of one message.
    pub keywords: usize,
    /// Recipients of one message.
    pub recipients: usize,
    /// Messages on their way between domains; past it 452.
    pub in_transit: usize,
    /// Bytes of answers collected before they are written out.
    pub output_bytes: usize,
    /// Seconds a connection may stay silent (RFC 3501 §5.4: at least 30 minutes).
    pub silent_seconds: u64,
    /// The same for POP3, where silence keeps others out (RFC 1939 §3: at least 10 minutes).
    pub pop3_silent_seconds: u64,
    /// Bad POP3 commands in a row before a connection is closed.
    pub bad_commands: u32,
    /// Failed sign-ins before a connection is closed.
    pub failed_logins: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 256,
            line_bytes: 64 << 10,
            pop3_line_bytes: 512,
            literal_bytes: 64 << 10,
            preauth_literal_bytes: 4 << 10,
            message_bytes: 36_700_160,
            quota_bytes: 256 << 20,
            account_messages: 50_000,
            folders: 500,
            folder_name_bytes: 1_000,
            keywords: 64,
            recipients: 100,
            in_transit: 1_000,
            output_bytes: 64 << 10,
            silent_seconds: 31 * 60,
            pop3_silent_seconds: 10 * 60,
            bad_commands: 20,
            failed_logins: 10,
        }
    }
}
