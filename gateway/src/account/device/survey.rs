//! Finds out what lies on a connection: sizes, names, and how the server names its messages.
use super::digest::HeadDigest;
use super::link::{Hear, Link};
use super::names::{Names, Place};
use crate::pop3::event::{Completion, Reply};
use crate::pop3::{Command, CommandError, Number};
use pyeonji_shared::call::device::{Listed, Naming};
use pyeonji_shared::device::Uidl;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::limits::MAX_LISTING;
use std::collections::HashMap;

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Names and sizes.
    All,
    /// Names alone, for a removal.
    Names,
}

/// The messages in the server's order, and where their names lead.
pub async fn survey(link: &mut Link, wants: Wants) -> Result<(Vec<Listed>, Names), ApiError> {
    let all = wants == Wants::All;
    let early = link.capabilities();
    let ask = |link: &mut Link| (all.then(|| link.submit(Command::List)), link.submit(Command::Uidl));
    let stat = all.then(|| link.submit(Command::Stat));
    // One flight where the server pipelines; elsewhere an empty mailbox is not asked twice.
    let mut asked = (early.pipelining || !all).then(|| ask(link));
    if let Some(stat) = stat {
        match link.end_of(stat).await {
            Ok(Completion { reply: Reply::Stat { messages, .. }, .. }) => {
                if u64::from(messages) > MAX_LISTING as u64 {
                    let words = format!("{messages} messages lie on the server");
                    return Err(ApiError::new(ErrorKind::TooBig).with_detail(&words));
                }
                if messages == 0 && asked.is_none() {
                    let capabilities = link.capabilities();
                    return Ok((Vec::new(), Names::new(Naming::Server, capabilities.top)));
                }
            }
            Err(error @ CommandError::Lost(_)) => return Err((&error).into()),
            // LIST says the same, if in more words.
            _ => {}
        }
    }
    let (list, uidl) = asked.take().unwrap_or_else(|| ask(link));
    let mut sizes = match list {
        Some(list) => Some(sizes(link.end_of(list).await)?),
        None => None,
    };
    let given = link.end_of(uidl).await;
    let capabilities = link.capabilities();
    let mut heads = capabilities.top;
    let named = match given {
        Ok(Completion { reply: Reply::Names(names), .. }) => Some(names),
        // Names that come and go would make every message look new: where they were promised, this is a fault.
        Err(error) if matches!(error, CommandError::Lost(_)) || capabilities.uidl => {
            return Err((&error).into());
        }
        _ => None,
    };
    if let Some(named) = named {
        if !capabilities.known
            && all
            && let Some((number, _)) = named.first()
        {
            heads = probe(link, *number).await?;
        }
        return Ok(join(named, sizes, Names::new(Naming::Server, heads)));
    }
    if sizes.is_none() {
        sizes = Some(self::sizes(link.run(Command::List).await)?);
    }
    let numbers: Vec<Number> = sizes.iter().flatten().map(|(number, _)| *number).collect();
    if let (false, Some(number)) = (capabilities.known, numbers.first()) {
        heads = probe(link, *number).await?;
    }
    if heads {
        let named = digests(link, &numbers).await?;
        return Ok(join(named, sizes, Names::new(Naming::Digest, heads)));
    }
    let names = Names::new(Naming::Connection, false);
    let named = numbers.into_iter().map(|number| (number, names.made_up(number))).collect();
    Ok(join(named, sizes, names))
}

fn sizes(answer: Result<Completion, CommandError>) -> Result<Vec<(Number, u32)>, ApiError> {
    match answer {
        Ok(Completion { reply: Reply::Sizes(sizes), .. }) => Ok(sizes),
        Ok(_) => Err(ApiError::new(ErrorKind::Internal)),
        Err(error) => Err((&error).into()),
    }
}

/// Whether a server without CAPA knows TOP.
async fn probe(link: &mut Link, number: Number) -> Result<bool, ApiError> {
    match link.run(Command::Top { number, lines: 0 }).await {
        Ok(_) => Ok(true),
        Err(error @ CommandError::Lost(_)) => Err((&error).into()),
        Err(_) => Ok(false),
    }
}

/// Names with their sizes. A message without a name isn't listed: nothing could be said of it again.
fn join(
    named: Vec<(Number, Uidl)>,
    sizes: Option<Vec<(Number, u32)>>,
    mut names: Names,
) -> (Vec<Listed>, Names) {
    let sizes: HashMap<Number, u32> = sizes.unwrap_or_default().into_iter().collect();
    let mut listed = Vec::new();
    for (number, uidl) in named {
        let size = sizes.get(&number).copied().unwrap_or_default();
        names.add(uidl.clone(), Place { number, size });
        listed.push(Listed { uidl, size });
    }
    (listed, names)
}

/// Reads every head and names the messages by them. A message whose head is refused isn't listed.
async fn digests(link: &mut Link, numbers: &[Number]) -> Result<Vec<(Number, Uidl)>, ApiError> {
    struct Heads<'a> {
        numbers: &'a [Number],
        current: HeadDigest,
        named: Vec<(Number, Uidl)>,
    }
    impl Hear for Heads<'_> {
        fn piece(&mut self, _: usize, bytes: &[u8]) {
            self.current.push(bytes);
        }
        fn done(&mut self, index: usize, result: Result<Completion, CommandError>) {
            let name = std::mem::take(&mut self.current).name();
            if let (Ok(_), Some(number)) = (result, self.numbers.get(index)) {
                self.named.push((*number, name));
            }
        }
    }
    let mut heads = Heads { numbers, current: HeadDigest::default(), named: Vec::new() };
    let tops = numbers.iter().map(|number| Command::Top { number: *number, lines: 0 });
    link.run_all(tops, &mut heads).await.map_err(|error| ApiError::from(&error))?;
    Ok(heads.named)
}
