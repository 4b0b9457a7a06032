//! `Look`: what lies on the server now, on a connection that stays open for what is fetched next.
use super::Kept;
use super::survey::{Survey, Wants, survey};
use crate::account::connect::Dialer;
use crate::account::request::Answer;
use pyeonji_shared::call::device::{Cost, Listing, Mark};
use pyeonji_shared::error::ApiError;

/// `kept` serves only if nothing was asked on it yet: POP3 shows a mailbox as it was at sign-in.
pub async fn look(
    dialer: &Dialer,
    kept: Option<Kept>,
    seen: Option<Mark>,
) -> Result<(Answer, Option<Kept>), ApiError> {
    let mut link = match kept {
        Some(Kept { link, names: None }) => link,
        Some(Kept { link, .. }) => {
            // The mailbox is locked until this one is gone.
            link.farewell().await;
            dialer.dial_device().await?
        }
        None => dialer.dial_device().await?,
    };
    let Survey { messages, unchanged, mark, names } = survey(&mut link, Wants::All { seen }).await?;
    let (capabilities, cost) = (link.capabilities(), link.cost());
    let listing = Listing {
        messages,
        unchanged,
        mark,
        naming: names.naming,
        heads: names.heads,
        expire: capabilities.expire,
        login_delay: capabilities.login_delay,
        cost: Cost { sent: cost.sent, received: cost.received, round_trips: cost.round_trips },
    };
    Ok((Answer::Listing(Box::new(listing)), Some(Kept { link, names: Some(names) })))
}
