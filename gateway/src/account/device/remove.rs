//! `Remove`: one short connection, DELE for each message that is found by its name, QUIT; where the server wants sign-ins to be
//! apart (LOGIN-DELAY, RFC 2449 §6.5), on the connection that listed them, because a new one would be refused. Nothing is claimed before the server
//! has answered that (RFC 1939 §6).
use super::Kept;
use super::link::{Hear, Link};
use super::names::{Found, Names, is_made_up};
use super::survey::{Survey, Wants, survey};
use crate::account::connect::Dialer;
use crate::account::request::Answer;
use crate::pop3::event::Completion;
use crate::pop3::{Command, CommandError, Number};
use pyeonji_shared::call::device::{Naming, Removed};
use pyeonji_shared::device::Uidl;
use pyeonji_shared::error::{ApiError, ErrorKind};
use std::collections::HashSet;

pub async fn remove(dialer: &Dialer, kept: Option<Kept>, uidls: Vec<Uidl>) -> Result<Answer, ApiError> {
    let gone = |words: &str| Err(ApiError::new(ErrorKind::Gone).with_detail(words));
    if uidls.iter().any(is_made_up) {
        return match kept {
            Some(Kept { link, names: Some(names) }) if names.naming == Naming::Connection => {
                carry_out(link, &names, uidls).await
            }
            kept => {
                if let Some(kept) = kept {
                    kept.link.farewell().await;
                }
                gone("the connection on which these names were good has ended")
            }
        };
    }
    match kept {
        Some(Kept { link, names: Some(names) })
            if link.is_delayed() && names.naming != Naming::Connection =>
        {
            return carry_out(link, &names, uidls).await;
        }
        // The mailbox is locked until this one is gone.
        Some(kept) => kept.link.farewell().await,
        None => {}
    }
    let mut link = dialer.dial_device().await?;
    let Survey { names, .. } = survey(&mut link, Wants::Names).await?;
    if names.naming == Naming::Connection {
        link.farewell().await;
        return gone("the server names no messages any more");
    }
    carry_out(link, &names, uidls).await
}

async fn carry_out(mut link: Link, names: &Names, uidls: Vec<Uidl>) -> Result<Answer, ApiError> {
    let mut removed = Removed::default();
    let mut doomed: Vec<(Number, Uidl)> = Vec::new();
    let mut refused: Option<ApiError> = None;
    let mut seen = HashSet::new();
    for uidl in uidls {
        if !seen.insert(uidl.clone()) {
            continue;
        }
        match names.find(&uidl) {
            Some(Found::One(place)) => doomed.push((place.number, uidl)),
            Some(Found::First(_)) => {
                let words = "several messages on the server have the same name";
                refused.get_or_insert(ApiError::new(ErrorKind::Unsupported).with_detail(words));
            }
            None => removed.missing.push(uidl),
        }
    }
    let mut marks = Marks { doomed: &doomed, marked: Vec::new(), refused };
    let deles = doomed.iter().map(|(number, _)| Command::Dele { number: *number });
    // RFC 1939 §6: without QUIT nothing is removed. That the connection ended is all there is to say.
    link.run_all(deles, &mut marks).await.map_err(|error| lost(&error.to_string()))?;
    let Marks { marked, refused, .. } = marks;
    if marked.is_empty() {
        link.farewell().await;
        return match refused {
            Some(error) if removed.missing.is_empty() => Err(error),
            _ => Ok(Answer::Removed(removed)),
        };
    }
    match link.run(Command::Quit).await {
        Ok(_) => {
            removed.removed = marked;
            Ok(Answer::Removed(removed))
        }
        // Some may be gone, some not; only another look tells.
        Err(error @ CommandError::Err { .. }) => Err((&error).into()),
        Err(error) => Err(lost(&error.to_string())),
    }
}

struct Marks<'a> {
    doomed: &'a [(Number, Uidl)],
    marked: Vec<Uidl>,
    refused: Option<ApiError>,
}

impl Hear for Marks<'_> {
    fn done(&mut self, index: usize, result: Result<Completion, CommandError>) {
        match (result, self.doomed.get(index)) {
            (Ok(_), Some((_, uidl))) => self.marked.push(uidl.clone()),
            (Err(error), _) => {
                self.refused.get_or_insert((&error).into());
            }
            _ => {}
        }
    }
}

fn lost(words: &str) -> ApiError {
    ApiError::new(ErrorKind::Disconnected).with_detail(words)
}
