//! How a command or a whole link can fail, and the one conversion to what a person is told.
use crate::imap::event::Code;
use pyeonji_shared::error::{ApiError, ErrorKind};

/// The link is over; nothing more will come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    #[error("the server closed the connection")]
    Closed,
    #[error("the server closed the connection in the middle of a response")]
    ClosedInside,
    #[error("the server ended the session: {0}")]
    Bye(String),
    #[error("the server did not greet in time")]
    GreetingTimeout,
    #[error("no progress of a command in time")]
    CommandTimeout,
    #[error("the greeting is not IMAP")]
    BadGreeting,
    /// R16: a session that is signed in as somebody before we said who we are.
    #[error("the server claims to be signed in already (PREAUTH)")]
    PreAuth,
    #[error("a line is longer than allowed")]
    LineTooLong,
    #[error("a line before sign-in is longer than allowed")]
    EarlyLineTooLong,
    #[error("a response is longer than allowed")]
    ResponseTooLong,
    #[error("a literal is longer than what was asked for")]
    LiteralTooLong,
    #[error("too much was sent before sign-in")]
    PreAuthFlood,
    #[error("endless responses")]
    Flood,
    #[error("the server broke the protocol: {0}")]
    Protocol(&'static str),
    /// An APPEND body was given up half-way; only closing the link ends it.
    #[error("an upload was abandoned")]
    Abandoned,
}

/// Why a command did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    #[error("NO {text}")]
    No { code: Option<Code>, text: String },
    #[error("BAD {text}")]
    Bad { code: Option<Code>, text: String },
    /// It was never sent.
    #[error("not sent: {0}")]
    Refused(#[from] Refusal),
    /// The link ended before the answer; unless it was already over, it isn't known whether the server did it.
    #[error("the link ended before the answer: {0}")]
    Lost(EngineError),
}

/// Why the engine did not send a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the server does not offer this")]
    Unsupported,
    /// LOGINDISABLED (RFC 9051 §6.2.3) and no other way.
    #[error("the server does not accept a sign-in on this connection")]
    LoginDisabled,
    #[error("the text can't be sent to an IMAP server")]
    Unsendable,
    #[error("nothing to do")]
    Empty,
    #[error("too many commands are waiting")]
    Busy,
}

impl EngineError {
    /// The limit that was reached, by its name in the configuration.
    pub fn limit(&self) -> Option<&'static str> {
        Some(match self {
            EngineError::LineTooLong => "imap_line_bytes",
            EngineError::EarlyLineTooLong => "imap_preauth_line_bytes",
            EngineError::PreAuthFlood => "imap_preauth_bytes",
            EngineError::ResponseTooLong | EngineError::LiteralTooLong => "imap_response_bytes",
            EngineError::GreetingTimeout => "greeting_seconds",
            EngineError::CommandTimeout => "command_seconds",
            _ => return None,
        })
    }
}

impl From<&EngineError> for ApiError {
    fn from(error: &EngineError) -> ApiError {
        let kind = match error {
            EngineError::Closed | EngineError::ClosedInside | EngineError::Abandoned => {
                ErrorKind::Disconnected
            }
            EngineError::Bye(text) => return ApiError::new(ErrorKind::Disconnected).with_detail(text),
            EngineError::GreetingTimeout | EngineError::CommandTimeout => ErrorKind::ServerTimeout,
            EngineError::PreAuth => ErrorKind::InsecureServer,
            _ => ErrorKind::Protocol,
        };
        ApiError::new(kind).with_detail(&error.to_string())
    }
}

impl From<&CommandError> for ApiError {
    fn from(error: &CommandError) -> ApiError {
        match error {
            CommandError::No { code, text } => {
                let kind = match code {
                    Some(Code::OverQuota) => ErrorKind::OverQuota,
                    Some(Code::TooBig) => ErrorKind::TooBig,
                    Some(Code::AuthenticationFailed | Code::Expired | Code::AuthorizationFailed) => {
                        ErrorKind::WrongPassword
                    }
                    Some(Code::NonExistent | Code::TryCreate) => ErrorKind::Gone,
                    Some(Code::Unavailable | Code::InUse | Code::Limit) => ErrorKind::Busy,
                    _ => ErrorKind::Refused,
                };
                ApiError::new(kind).with_detail(text)
            }
            CommandError::Bad { text, .. } => ApiError::new(ErrorKind::Protocol).with_detail(text),
            CommandError::Refused(refusal) => {
                let kind = match refusal {
                    Refusal::Unsupported => ErrorKind::Unsupported,
                    Refusal::LoginDisabled => ErrorKind::InsecureServer,
                    Refusal::Unsendable | Refusal::Empty => ErrorKind::BadRequest,
                    Refusal::Busy => ErrorKind::Busy,
                };
                ApiError::new(kind).with_detail(&refusal.to_string())
            }
            CommandError::Lost(error) => error.into(),
        }
    }
}
