//! What the page of the report card knows. A password goes through it into the question, and is in nothing that stays.
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::lab::card::{Ask, Card};
use std::rc::Rc;

// Cards are compared by tests alone.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(PartialEq, Eq))]
pub enum Shown {
    #[default]
    Nothing,
    Busy,
    Failed(ApiError),
    Card(Rc<Card>),
}

#[derive(Debug)]
pub enum Msg {
    /// The form as it was filled in.
    Make {
        address: String,
        password: String,
    },
    Own,
    /// A server that nobody configured, and who signs in there.
    Host {
        host: String,
        login: String,
        password: String,
    },
    Answered(Result<Card, ApiError>),
}

/// The question that is to be asked now, if any.
pub fn reduce(shown: &mut Shown, msg: Msg) -> Option<Ask> {
    let asked = match msg {
        Msg::Answered(outcome) => {
            *shown = outcome.map_or_else(Shown::Failed, |card| Shown::Card(Rc::new(card)));
            return None;
        }
        // One after the other.
        _ if matches!(shown, Shown::Busy) => return None,
        Msg::Own => Ok(Ask::Own),
        Msg::Make { address, password } => question(address.trim(), password),
        Msg::Host { host, login, password } => elsewhere(host.trim(), login.trim(), password),
    };
    match asked {
        Ok(ask) => {
            *shown = Shown::Busy;
            Some(ask)
        }
        Err(error) => {
            *shown = Shown::Failed(error);
            None
        }
    }
}

/// A password belongs to a whole address: with a domain alone it isn't sent.
fn question(address: &str, password: String) -> Result<Ask, ApiError> {
    let (name, domain) = address.rsplit_once('@').unwrap_or(("", address));
    if domain.is_empty() || (!password.is_empty() && name.is_empty()) {
        return Err(ApiError::new(ErrorKind::BadAddress));
    }
    let password = (!password.is_empty()).then_some(password);
    Ok(Ask::Provider { address: address.to_owned(), password })
}

/// A password belongs to a name: both are sent, or neither.
fn elsewhere(host: &str, login: &str, password: String) -> Result<Ask, ApiError> {
    if host.is_empty() || login.is_empty() != password.is_empty() {
        return Err(ApiError::new(ErrorKind::BadAddress));
    }
    let user = (!login.is_empty()).then(|| (login.to_owned(), password));
    Ok(Ask::Host { host: host.to_owned(), user })
}
