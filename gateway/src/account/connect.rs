//! From nothing to a signed-in link. The same way for the first link, a second one and a reconnect.
use super::Links;
use super::link::Link;
use super::pace::Pace;
use crate::config::Provider;
use crate::config::limits::Limits;
use crate::imap::event::Code;
use crate::imap::{Command, CommandError, Event};
use crate::net::{Net, Proto};
use crate::secret::Credentials;
use pyeonji_shared::error::{ApiError, ErrorKind};
use std::sync::Arc;

/// What connecting needs.
#[derive(Clone)]
pub struct Dialer {
    pub net: Net,
    pub limits: Arc<Limits>,
    pub credentials: Credentials,
    pub provider: Arc<Provider>,
    pub links: Links,
    /// For everything that this session downloads.
    pub pace: Pace,
}

impl Dialer {
    /// For errands outside of any session, on links of their own.
    pub fn alone(net: Net, provider: Arc<Provider>, credentials: Credentials, links: u64) -> Self {
        let limits = Arc::new(net.limits().clone());
        let (links, pace) = (Links::new(links), Pace::new(&limits));
        Self { net, limits, credentials, provider, links, pace }
    }

    /// A link that is signed in. `alert` hears what the server insists on saying.
    pub async fn dial(&self, alerts: &mut Vec<String>) -> Result<Link, ApiError> {
        let endpoint = self.provider.imap.as_ref().ok_or_else(|| ApiError::new(ErrorKind::Unsupported))?;
        let permit = self.links.take().await?;
        let connected = self.net.connect(endpoint, &self.provider, Proto::Imap).await?;
        let mut link = Link::new(connected, self.limits.clone(), permit);
        loop {
            match link.next().await {
                Event::Greeting => break,
                Event::Failed(error) => return Err((&error).into()),
                _ => {}
            }
        }
        let Credentials { login, password, .. } = &self.credentials;
        let id = link.submit(Command::SignIn { user: login.clone(), password: password.clone() });
        loop {
            match link.next().await {
                Event::Done { id: done, result } if done == id => {
                    return match result {
                        Ok(_) => Ok(link),
                        Err(error) => Err(denied(&error)),
                    };
                }
                Event::Failed(error) => return Err((&error).into()),
                Event::Alert(text) => alerts.push(text),
                _ => {}
            }
        }
    }
}

/// A NO to a sign-in means the password unless its code says otherwise (RFC 5530).
pub fn denied(error: &CommandError) -> ApiError {
    match error {
        CommandError::No { code: Some(Code::Unavailable | Code::InUse | Code::Limit), text } => {
            ApiError::new(ErrorKind::Busy).with_detail(text)
        }
        CommandError::No { code: Some(Code::Other(name)), text }
            if name == "PRIVACYREQUIRED" || name == "CONTACTADMIN" =>
        {
            ApiError::new(ErrorKind::Refused).with_detail(text)
        }
        CommandError::No { text, .. } => ApiError::new(ErrorKind::WrongPassword).with_detail(text),
        other => other.into(),
    }
}
