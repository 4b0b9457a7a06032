//! Connecting and signing in, for the main link and for the short-lived ones.
use crate::account::Links;
use crate::account::driver::Driver;
use crate::account::link::Link;
use crate::config::Provider;
use crate::config::limits::Limits;
use crate::imap::command::Command;
use crate::imap::error::CommandError;
use crate::net::{Net, Proto};
use crate::secret::Credentials;
use pyeonji_shared::error::{ApiError, ErrorKind};
use std::sync::Arc;

/// All it takes to reach an account.
pub struct Access {
    pub net: Net,
    pub provider: Arc<Provider>,
    pub credentials: Credentials,
    pub limits: Arc<Limits>,
    pub links: Links,
}

/// A signed-in link with nothing selected.
pub async fn connect(access: &Access) -> Result<Driver, ApiError> {
    let endpoint = access.provider.imap.as_ref().ok_or_else(|| ApiError::new(ErrorKind::Unsupported))?;
    let permit = access.links.take()?;
    let connected = access.net.connect(endpoint, &access.provider, Proto::Imap).await?;
    let mut driver = Driver::new(Link::new(connected, access.limits.clone()), permit);
    let sign_in = driver.submit(Command::SignIn {
        user: access.credentials.login.clone(),
        password: access.credentials.password.clone(),
    });
    match driver.wait(sign_in, &mut |_| {}).await {
        Ok(_) => Ok(driver),
        Err(error) => Err(refused(&error)),
    }
}

/// A NO to a sign-in means the password unless the server says that it is about something else.
fn refused(error: &CommandError) -> ApiError {
    let plain = ApiError::from(error);
    match error {
        CommandError::No { .. } if matches!(plain.kind, ErrorKind::Refused) => ApiError {
            kind: ErrorKind::WrongPassword,
            retry: ErrorKind::WrongPassword.usual_retry(),
            ..plain
        },
        _ => plain,
    }
}
