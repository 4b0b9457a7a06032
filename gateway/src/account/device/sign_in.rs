//! From nothing to a signed-in connection.
use super::link::Link;
use crate::account::connect::Dialer;
use crate::net::Proto;
use crate::pop3::code::Code;
use crate::pop3::error::kind_of;
use crate::pop3::{Capabilities, Command, CommandError, Proof};
use crate::secret::Credentials;
use pyeonji_shared::error::{ApiError, ErrorKind, Retry};

/// How servers without response codes say that the mailbox is locked (RFC 1939 §7 gives the first). Elsewhere, a refused
/// password is taken at its word: "locked" alone may be the account.
const LOCKED: &[&str] = &[
    "maildrop already locked",
    "maildrop is locked",
    "maildrop locked",
    "mailbox is locked",
    "mailbox locked",
    "mailbox in use",
    "in use by another",
    "lock busy",
    "another session",
    "another pop",
];

impl Dialer {
    /// A connection that is signed in.
    pub async fn dial_device(&self) -> Result<Link, ApiError> {
        self.sign_in_device().await.map_err(|denied| denied.error)
    }

    /// The same, telling whether it was for the password that there is none.
    pub async fn sign_in_device(&self) -> Result<Link, Denied> {
        let endpoint = self.provider.pop3.as_ref().ok_or_else(|| ApiError::new(ErrorKind::Unsupported))?;
        let permit = self.links.take().await?;
        let connected =
            self.net.connect(endpoint, &self.provider, Proto::Pop3).await.map_err(ApiError::from)?;
        let mut link = Link::new(connected, self.limits.clone(), permit);
        let Credentials { login, password, .. } = &self.credentials;
        let proof = Proof::Password(password.clone());
        match link.run(Command::SignIn { user: login.clone(), proof }).await {
            Ok(_) => Ok(link),
            Err(error) => {
                let in_use = matches!(&error, CommandError::Err { code: Some(Code::InUse), .. });
                let error = denied(&error, &link.capabilities());
                if !matches!(error.kind, ErrorKind::Disconnected) {
                    // A server that waits for another try keeps its process, and may count it.
                    link.farewell().await;
                }
                Err(Denied { error, in_use })
            }
        }
    }
}

/// Why nobody is signed in.
pub struct Denied {
    pub error: ApiError,
    /// The password is right, and another program has the mailbox: a server that answers with this code has looked at the password
    /// before (RFC 2449 §8.1.2). One that only says so in words may not have.
    pub in_use: bool,
}

impl From<ApiError> for Denied {
    fn from(error: ApiError) -> Self {
        Self { error, in_use: false }
    }
}

/// `-ERR` at sign-in means the password unless its code (RFC 2449 §8, RFC 3206), or its words, say otherwise.
pub fn denied(error: &CommandError, capabilities: &Capabilities) -> ApiError {
    let CommandError::Err { code, text } = error else { return told(error.into(), capabilities) };
    let words = text.to_ascii_lowercase();
    let kind = match kind_of(code.as_ref()) {
        Some(kind) => kind,
        None if LOCKED.iter().any(|locked| words.contains(locked)) => ErrorKind::InUse,
        None => ErrorKind::WrongPassword,
    };
    told(ApiError::new(kind).with_detail(text), capabilities)
}

/// How long LOGIN-DELAY asks to wait, where the server has said it.
pub fn told(error: ApiError, capabilities: &Capabilities) -> ApiError {
    match (error.kind, capabilities.login_delay) {
        (ErrorKind::TooSoon, Some(seconds)) => ApiError { retry: Retry::After(seconds.max(1)), ..error },
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pop3::EngineError;

    #[test]
    fn what_a_refused_sign_in_means() {
        use ErrorKind::*;
        let capabilities = Capabilities { login_delay: Some(900), ..Capabilities::default() };
        for (code, text, kind, retry) in [
            (Some(Code::Auth), "no", WrongPassword, Retry::ByHand),
            (Some(Code::InUse), "no", InUse, Retry::After(60)),
            (Some(Code::LoginDelay), "no", TooSoon, Retry::After(900)),
            (Some(Code::SysTemp), "no", Busy, Retry::After(5)),
            (Some(Code::SysPerm), "no", Refused, Retry::ByHand),
            (Some(Code::Other("X".into())), "no", WrongPassword, Retry::ByHand),
            (None, "invalid password", WrongPassword, Retry::ByHand),
            (None, "Maildrop already locked", InUse, Retry::After(60)),
            (None, "POP lock busy! Is another session active?", InUse, Retry::After(60)),
            (None, "account locked after too many failures", WrongPassword, Retry::ByHand),
            // The code counts, not the words.
            (Some(Code::Auth), "another session", WrongPassword, Retry::ByHand),
        ] {
            let got = denied(&CommandError::Err { code: code.clone(), text: text.into() }, &capabilities);
            assert_eq!((got.kind, got.retry, got.detail.as_str()), (kind, retry, text), "{code:?}");
        }
        let none = Capabilities::default();
        let delay = CommandError::Err { code: Some(Code::LoginDelay), text: String::new() };
        assert_eq!(denied(&delay, &none).retry, Retry::After(60));
        let early = EngineError::TurnedAway { code: Some(Code::InUse), text: "x".into() };
        assert_eq!(denied(&CommandError::Lost(early), &none).kind, InUse);
    }
}
