//! Meets an IMAP server.
use super::{FAREWELL, Meeting, certificate, clean, judge, outcome};
use crate::account::Links;
use crate::account::connect::denied;
use crate::account::link::Link;
use crate::imap::{Command, CommandError, Event};
use crate::net::Proto;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::lab::card::{Finding, MAX_WORDS, SignIn};
use std::sync::Arc;
use tokio::time::timeout;

pub async fn meet(meeting: &mut Meeting<'_>) -> Result<(), ApiError> {
    let permit = Links::new(1).take().await?;
    let connected = meeting.net.connect(meeting.endpoint, meeting.provider, Proto::Imap).await?;
    meeting.found.tls = certificate::of(&connected.stream);
    let mut link = Link::new(connected, Arc::new(meeting.net.limits().clone()), permit);
    loop {
        match link.next().await {
            Event::Greeting => break,
            Event::Failed(error) => return Err((&error).into()),
            _ => {}
        }
    }
    run(&mut link, Command::Capability).await?.map_err(|error| ApiError::from(&error))?;
    meeting.found.before = offers(&link);
    if let Some(who) = meeting.credentials {
        let command = Command::SignIn { user: who.login.clone(), password: who.password.clone() };
        let signed_in = run(&mut link, command).await?;
        meeting.found.sign_in = outcome(signed_in.map_err(|error| denied(&error)))?;
    }
    if meeting.found.sign_in == SignIn::Accepted {
        run(&mut link, Command::Capability).await?.map_err(|error| ApiError::from(&error))?;
        meeting.found.after = offers(&link);
    }
    judge::imap(&mut meeting.found, meeting.net.limits().poll_seconds);
    if !meeting.found.before.iter().any(|word| word == "AUTH=PLAIN")
        && meeting.found.before.iter().any(|word| word == "LOGINDISABLED")
    {
        meeting.found.findings.push(Finding::NoKnownSignIn);
    }
    link.submit(Command::Logout);
    let goodbye = async { while !matches!(link.next().await, Event::Failed(_)) {} };
    timeout(FAREWELL, goodbye).await.ok();
    Ok(())
}

/// One command; the outer error is the end of the connection.
async fn run(link: &mut Link, command: Command) -> Result<Result<(), CommandError>, ApiError> {
    let id = link.submit(command);
    loop {
        match link.next().await {
            Event::Done { result: Err(CommandError::Lost(error)), .. } | Event::Failed(error) => {
                return Err((&error).into());
            }
            Event::Done { id: done, result } if done == id => return Ok(result.map(|_| ())),
            _ => {}
        }
    }
}

fn offers(link: &Link) -> Vec<String> {
    let names = link.engine().capabilities();
    names.iter().flat_map(|all| all.names()).take(MAX_WORDS).map(clean).collect()
}
