//! One's own mailbox by POP3. A look asks for STAT, LIST and UIDL, and leaves by QUIT: nothing is fetched, marked or deleted (RFC 1939 §5).
use super::device::Recorded;
use super::{Account, MAX_LISTED, Offered};
use crate::account::connect::Dialer;
use crate::account::device::link::Link;
use crate::mail::header::{Fields, message_ids};
use crate::pop3::event::Reply;
use crate::pop3::{Command, CommandError, Event, Number};
use pyeonji_shared::error::{ApiError, ErrorKind};

/// Heads that are looked at to find the message that was agreed on.
const MAX_HEADS: usize = 20;
/// Bytes of a head that are read.
const MAX_HEAD: usize = 256 << 10;

/// What POP3 shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maildrop {
    pub messages: u32,
    pub octets: u64,
    /// LIST and UIDL were asked for.
    pub listed: bool,
    /// The server has lasting names.
    pub names: bool,
}

async fn open(account: &Account<'_>, device: &Recorded) -> Result<Link, ApiError> {
    let (provider, who) = (account.provider.clone(), account.who.clone());
    Dialer::alone(device.net.clone(), provider, who, 1).dial_device().await
}

pub async fn look(account: &Account<'_>, device: &Recorded) -> Result<Maildrop, ApiError> {
    let mut link = open(account, device).await?;
    let found = maildrop(&mut link).await;
    link.farewell().await;
    found
}

async fn maildrop(link: &mut Link) -> Result<Maildrop, ApiError> {
    let (messages, octets) = stat(link).await?;
    let mut found = Maildrop { messages, octets, listed: messages <= MAX_LISTED, names: false };
    if found.listed {
        // One flight, where the server takes that.
        let (list, uidl) = (link.submit(Command::List), link.submit(Command::Uidl));
        let sizes = link.end_of(list).await;
        let names = link.end_of(uidl).await;
        for error in [sizes.as_ref().err(), names.as_ref().err()].into_iter().flatten() {
            if let CommandError::Lost(_) = error {
                return Err(error.into());
            }
        }
        if let Ok(Reply::Sizes(sizes)) = sizes.map(|done| done.reply) {
            found.octets = sizes.iter().map(|(_, size)| u64::from(*size)).sum();
        }
        found.names = names.is_ok();
    }
    Ok(found)
}

async fn stat(link: &mut Link) -> Result<(u32, u64), ApiError> {
    match link.run(Command::Stat).await.map_err(|error| ApiError::from(&error))?.reply {
        Reply::Stat { messages, octets } => Ok((messages, octets)),
        _ => Err(ApiError::new(ErrorKind::Protocol)),
    }
}

/// Fetches the offered message, and no other: it is known by its Message-ID before it is fetched. Its octets.
pub async fn fetch(account: &Account<'_>, device: &Recorded, offered: &Offered) -> Result<u64, ApiError> {
    let mut link = open(account, device).await?;
    let found = fetched(&mut link, offered).await;
    // Servers may mark what they gave only now.
    link.farewell().await;
    found
}

async fn fetched(link: &mut Link, offered: &Offered) -> Result<u64, ApiError> {
    let (messages, _) = stat(link).await?;
    let number = find(link, messages, offered).await?;
    let done = link.run(Command::Retr { number }).await.map_err(|error| ApiError::from(&error))?;
    match done.reply {
        Reply::Message { size } => Ok(size),
        _ => Err(ApiError::new(ErrorKind::Protocol)),
    }
}

/// By heads (TOP, RFC 1939 §7), the likeliest first: most servers number by arrival.
async fn find(link: &mut Link, messages: u32, offered: &Offered) -> Result<Number, ApiError> {
    let likely = messages.saturating_sub(offered.newer);
    for number in around(likely, messages).take(MAX_HEADS) {
        let head = head(link, Number(number)).await?;
        let ids = Fields::parse(&head).first("Message-ID").map(message_ids).unwrap_or_default();
        if ids.first() == Some(&offered.message_id) {
            return Ok(Number(number));
        }
    }
    Err(ApiError::new(ErrorKind::Gone))
}

/// Message numbers, from this one outwards.
fn around(likely: u32, messages: u32) -> impl Iterator<Item = u32> {
    let steps = (0..=messages).flat_map(move |n| [likely.checked_sub(n), likely.checked_add(n)]);
    let mut first = true;
    steps.flatten().filter(move |n| {
        // The first comes twice, from either side.
        let again = *n == likely && !std::mem::replace(&mut first, false);
        (1..=messages).contains(n) && !again
    })
}

async fn head(link: &mut Link, number: Number) -> Result<Vec<u8>, ApiError> {
    let id = link.submit(Command::Top { number, lines: 0 });
    let mut head = Vec::new();
    loop {
        match link.next().await {
            Event::Piece { bytes, .. } if head.len() < MAX_HEAD => head.extend_from_slice(&bytes),
            Event::Done { id: done, result } if done == id => {
                return match result {
                    Ok(_) => Ok(head),
                    Err(error @ CommandError::Lost(_)) => Err((&error).into()),
                    // Without TOP it can't be told which message is meant before it is fetched.
                    Err(_) => Err(ApiError::new(ErrorKind::Unsupported)),
                };
            }
            Event::Failed(error) => return Err((&CommandError::Lost(error)).into()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn numbers_from_the_likeliest_outwards() {
        let numbers = |likely, messages| around(likely, messages).collect::<Vec<u32>>();
        assert_eq!(numbers(3, 5), [3, 2, 4, 1, 5]);
        assert_eq!(numbers(5, 5), [5, 4, 3, 2, 1]);
        assert_eq!(numbers(0, 2), [1, 2]);
        assert_eq!(numbers(1, 1), [1]);
        assert!(numbers(0, 0).is_empty());
    }
}
