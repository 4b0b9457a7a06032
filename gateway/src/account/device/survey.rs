//! Finds out what lies on a connection: sizes, names, and how the server names its messages.
use super::digest::HeadDigest;
use super::link::{Hear, Link};
use super::names::{Names, Place};
use crate::pop3::event::{Completion, Reply};
use crate::pop3::{Command, CommandError, Number};
use pyeonji_shared::call::device::{Listed, Mark, Naming};
use pyeonji_shared::device::Uidl;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::limits::{MAX_LISTING, MAX_SERVER_MESSAGE};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// Octets of an answer beside the names in it.
const BESIDE: usize = 64 << 10;
/// Octets of one message in it beside its name: the name's length and the size (postcard: up to 2 and 5).
const OF_ONE: usize = 7;

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Names and sizes; neither is listed where the mailbox is as it was `seen`.
    All { seen: Option<Mark> },
    /// Names alone, for a removal.
    Names,
}

/// What was found.
pub struct Survey {
    /// In the server's order.
    pub messages: Vec<Listed>,
    /// The mailbox is as it was seen, with so many messages, and `messages` is empty.
    pub unchanged: Option<u32>,
    pub mark: Option<Mark>,
    /// Where the names lead.
    pub names: Names,
}

impl Survey {
    fn empty(names: Names) -> Self {
        Self { messages: Vec::new(), unchanged: None, mark: None, names }
    }
}

/// Asks for names and sizes, in one flight where the server pipelines.
pub async fn survey(link: &mut Link, wants: Wants) -> Result<Survey, ApiError> {
    let (all, seen) = match wants {
        Wants::All { seen } => (true, seen),
        Wants::Names => (false, None),
    };
    let early = link.capabilities();
    // Sizes aren't asked for before it is known that something is new.
    let ask = |link: &mut Link| {
        ((all && seen.is_none()).then(|| link.submit(Command::List)), link.submit(Command::Uidl))
    };
    let stat = all.then(|| link.submit(Command::Stat));
    // Where the server doesn't pipeline an empty mailbox is not asked twice.
    let mut asked = (early.pipelining || !all).then(|| ask(link));
    let mut total = None;
    if let Some(stat) = stat {
        match link.end_of(stat).await {
            Ok(Completion { reply: Reply::Stat { messages, octets }, .. }) => {
                if u64::from(messages) > MAX_LISTING as u64 {
                    let words = format!("{messages} messages lie on the server");
                    return Err(ApiError::new(ErrorKind::TooBig).with_detail(&words));
                }
                if messages == 0 && asked.is_none() {
                    return Ok(Survey::empty(Names::new(Naming::Server, link.capabilities().top)));
                }
                total = Some((messages, octets));
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
        let names = Names::new(Naming::Server, heads);
        let mark = total.filter(|_| all).and_then(|total| mark(total, &named));
        if seen.is_some() && seen == mark {
            let unchanged = u32::try_from(named.len()).ok();
            let (_, names) = join(named, None, names);
            return Ok(Survey { unchanged, mark, ..Survey::empty(names) });
        }
        if all && sizes.is_none() {
            sizes = Some(self::sizes(link.run(Command::List).await)?);
        }
        let (messages, names) = join(named, sizes, names);
        fits(&messages)?;
        return Ok(Survey { messages, unchanged: None, mark, names });
    }
    if sizes.is_none() {
        sizes = Some(self::sizes(link.run(Command::List).await)?);
    }
    let numbers: Vec<Number> = sizes.iter().flatten().map(|(number, _)| *number).collect();
    if let (false, Some(number)) = (capabilities.known, numbers.first()) {
        heads = probe(link, *number).await?;
    }
    let (named, names) = if heads {
        (digests(link, &numbers).await?, Names::new(Naming::Digest, heads))
    } else {
        let names = Names::new(Naming::Connection, false);
        (numbers.into_iter().map(|number| (number, names.made_up(number))).collect(), names)
    };
    let (messages, names) = join(named, sizes, names);
    fits(&messages)?;
    Ok(Survey { messages, unchanged: None, mark: None, names })
}

/// A listing is one answer: names that are too long for it, of too many messages, are refused as too many messages are.
fn fits(messages: &[Listed]) -> Result<(), ApiError> {
    let octets: usize = messages.iter().map(|message| message.uidl.0.len() + OF_ONE).sum();
    match octets + BESIDE > MAX_SERVER_MESSAGE {
        true => {
            let words = format!("{} messages with long names lie on the server", messages.len());
            Err(ApiError::new(ErrorKind::TooBig).with_detail(&words))
        }
        false => Ok(()),
    }
}

/// `None` where a name stands for several messages, or STAT and UIDL count differently: such a mailbox is listed each time.
fn mark((messages, octets): (u32, u64), named: &[(Number, Uidl)]) -> Option<Mark> {
    let distinct: HashSet<&Uidl> = named.iter().map(|(_, uidl)| uidl).collect();
    if distinct.len() != named.len() || usize::try_from(messages) != Ok(named.len()) {
        return None;
    }
    let mut hash = Sha256::new();
    hash.update(octets.to_be_bytes());
    for (number, uidl) in named {
        hash.update(number.0.to_be_bytes());
        // A name holds no line break (RFC 1939 §7).
        hash.update(uidl.0.as_bytes());
        hash.update(b"\n");
    }
    Some(Mark(hash.finalize().into()))
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
