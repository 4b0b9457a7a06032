//! How a command or a whole connection can fail, and the one conversion to what a person is told.
use super::code::Code;
use pyeonji_shared::error::{ApiError, ErrorKind};

/// The connection is over; nothing more will come.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    #[error("the server closed the connection")]
    Closed,
    #[error("the server closed the connection in the middle of an answer")]
    ClosedInside,
    /// `-ERR` without a question: what servers say before they hang up.
    #[error("the server ended the session: {0}")]
    Bye(String),
    /// The greeting was `-ERR`.
    #[error("the server turned us away: {text}")]
    TurnedAway { code: Option<Code>, text: String },
    #[error("the server did not greet in time")]
    GreetingTimeout,
    #[error("no progress of a command in time")]
    CommandTimeout,
    #[error("the greeting is not POP3")]
    BadGreeting,
    #[error("a line is longer than allowed")]
    LineTooLong,
    #[error("a list has more lines than allowed")]
    ListingTooLong,
    #[error("a message is longer than allowed")]
    MessageTooLong,
    #[error("too much was sent before sign-in")]
    PreAuthFlood,
    /// Somebody feeds us answers to what we haven't asked yet.
    #[error("the server answered before it was asked")]
    Unasked,
    #[error("the server broke the protocol: {0}")]
    Protocol(&'static str),
}

/// Why a command did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// `-ERR`.
    #[error("ERR {text}")]
    Err { code: Option<Code>, text: String },
    /// `+OK` whose content makes no sense.
    #[error("the answer can't be read: {text}")]
    Unreadable { text: String },
    /// It was never sent.
    #[error("not sent: {0}")]
    Refused(#[from] Refusal),
    /// The connection ended before the answer; it isn't known whether the server did it.
    #[error("the connection ended before the answer: {0}")]
    Lost(EngineError),
}

/// Why the engine did not send a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// None of its ways to sign in is one of ours.
    #[error("the server offers no way to sign in that we know")]
    NoWay,
    /// The server, or the kind of credential, wants encryption first.
    #[error("no sign-in without encryption")]
    NotInClear,
    #[error("not signed in")]
    NotSignedIn,
    #[error("signed in already")]
    SignedIn,
    #[error("the text can't be sent to a POP3 server")]
    Unsendable,
    #[error("too many commands are waiting")]
    Busy,
}

/// What a refusal with such a code means, whatever was asked; `None` where it depends on that.
pub fn kind_of(code: Option<&Code>) -> Option<ErrorKind> {
    Some(match code? {
        Code::InUse => ErrorKind::InUse,
        Code::LoginDelay => ErrorKind::TooSoon,
        Code::SysTemp => ErrorKind::Busy,
        Code::SysPerm => ErrorKind::Refused,
        Code::Auth => ErrorKind::WrongPassword,
        Code::Utf8 | Code::Other(_) => return None,
    })
}

impl From<&EngineError> for ApiError {
    fn from(error: &EngineError) -> ApiError {
        let kind = match error {
            EngineError::Closed | EngineError::ClosedInside => ErrorKind::Disconnected,
            EngineError::Bye(text) => return ApiError::new(ErrorKind::Disconnected).with_detail(text),
            EngineError::TurnedAway { code, text } => {
                let kind = kind_of(code.as_ref()).unwrap_or(ErrorKind::Refused);
                return ApiError::new(kind).with_detail(text);
            }
            EngineError::GreetingTimeout | EngineError::CommandTimeout => ErrorKind::ServerTimeout,
            EngineError::ListingTooLong | EngineError::MessageTooLong => ErrorKind::TooBig,
            _ => ErrorKind::Protocol,
        };
        ApiError::new(kind).with_detail(&error.to_string())
    }
}

impl From<&CommandError> for ApiError {
    fn from(error: &CommandError) -> ApiError {
        match error {
            CommandError::Err { code, text } => {
                ApiError::new(kind_of(code.as_ref()).unwrap_or(ErrorKind::Refused)).with_detail(text)
            }
            CommandError::Unreadable { text } => ApiError::new(ErrorKind::Protocol).with_detail(text),
            CommandError::Refused(refusal) => {
                let kind = match refusal {
                    Refusal::NoWay => ErrorKind::Unsupported,
                    Refusal::NotInClear => ErrorKind::InsecureServer,
                    Refusal::NotSignedIn | Refusal::SignedIn => ErrorKind::Internal,
                    Refusal::Unsendable => ErrorKind::BadRequest,
                    Refusal::Busy => ErrorKind::Busy,
                };
                ApiError::new(kind).with_detail(&refusal.to_string())
            }
            CommandError::Lost(error) => error.into(),
        }
    }
}
