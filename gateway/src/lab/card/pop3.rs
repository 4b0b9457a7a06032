//! Meets a POP3 server.
use super::{Meeting, certificate, judge, outcome, transcript};
use crate::account::Links;
use crate::account::device::link::Link;
use crate::account::device::sign_in::denied;
use crate::net::Proto;
use crate::net::wire::Wire;
use crate::pop3::{Command, CommandError, EngineError, Proof};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::lab::card::{Finding, MAX_WORDS, SignIn};
use pyeonji_shared::lab::report::Direction;
use std::sync::Arc;

pub async fn meet(meeting: &mut Meeting<'_>) -> Result<(), ApiError> {
    let permit = Links::new(1).take().await?;
    let connected = meeting.net.connect(meeting.endpoint, meeting.provider, Proto::Pop3).await?;
    meeting.found.tls = certificate::of(&connected.stream);
    let mut link = Link::new(connected, Arc::new(meeting.net.limits().clone()), permit);
    capabilities(&mut link).await?;
    meeting.found.before = offers(&meeting.wire);
    judge::pop3_sign_in(&mut meeting.found, &link.capabilities());
    if let Some(who) = meeting.credentials {
        let proof = Proof::Password(who.password.clone());
        let signed_in = link.run(Command::SignIn { user: who.login.clone(), proof }).await;
        let capabilities = link.capabilities();
        meeting.found.sign_in =
            outcome(signed_in.map(|_| ()).map_err(|error| denied(&error, &capabilities)))?;
    }
    if meeting.found.sign_in == SignIn::Accepted {
        capabilities(&mut link).await?;
        meeting.found.after = offers(&meeting.wire);
    }
    let known = link.capabilities();
    if !known.known && meeting.found.sign_in == SignIn::Accepted && !has_names(&mut link).await? {
        meeting.found.findings.push(Finding::NoUidl);
    }
    judge::pop3(&mut meeting.found, &known);
    link.farewell().await;
    Ok(())
}

/// A server that doesn't know CAPA says so, and goes on.
async fn capabilities(link: &mut Link) -> Result<(), ApiError> {
    match link.run(Command::Capa).await {
        Err(CommandError::Lost(error)) => Err(lost(&error)),
        _ => Ok(()),
    }
}

/// Only asked of servers that tell nothing: it lists the whole mailbox.
async fn has_names(link: &mut Link) -> Result<bool, ApiError> {
    match link.run(Command::Uidl).await {
        Err(CommandError::Lost(error)) => Err(lost(&error)),
        other => Ok(other.is_ok()),
    }
}

fn lost(error: &EngineError) -> ApiError {
    (&CommandError::Lost(error.clone())).into()
}

/// The lines of the last list that CAPA got.
fn offers(wire: &Wire) -> Vec<String> {
    let lines = transcript(wire);
    let asked = lines.iter().rposition(|l| l.direction == Direction::ToServer && l.text == "CAPA");
    let told = asked.and_then(|at| lines.get(at + 1..)).unwrap_or_default();
    let told = told.iter().map(|line| line.text.as_str());
    match told.clone().next() {
        Some(first) if first.starts_with("+OK") => {
            told.skip(1).take_while(|line| *line != ".").take(MAX_WORDS).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}
