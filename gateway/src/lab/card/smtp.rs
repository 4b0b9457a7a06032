//! Meets a submission server.
use super::{Meeting, certificate, judge, outcome, transcript};
use crate::net::Proto;
use crate::net::wire::Wire;
use crate::smtp;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::lab::card::MAX_WORDS;
use pyeonji_shared::lab::report::Direction;

pub async fn meet(meeting: &mut Meeting<'_>) -> Result<(), ApiError> {
    // The dialogue keeps its stream to itself, so what TLS agreed on is looked at on a connection of its own.
    let looked = meeting.net.recorded(&Wire::default());
    let connected = looked.connect(meeting.endpoint, meeting.provider, Proto::Smtp).await?;
    meeting.found.tls = certificate::of(&connected.stream);
    drop(connected);
    let met = match meeting.credentials {
        None => smtp::size_limit(&meeting.net, meeting.provider).await.map(|_| ()),
        Some(who) => {
            let signed_in = smtp::sign_in(&meeting.net, meeting.provider, who).await;
            outcome(signed_in).map(|outcome| meeting.found.sign_in = outcome)
        }
    };
    meeting.found.before = offers(&meeting.wire);
    judge::smtp(&mut meeting.found);
    met
}

/// The lines of the last answer to EHLO, behind the server's name.
fn offers(wire: &Wire) -> Vec<String> {
    let lines = transcript(wire);
    let asked = lines.iter().rposition(|l| l.direction == Direction::ToServer && l.text.starts_with("EHLO "));
    let told = asked.and_then(|at| lines.get(at + 1..)).unwrap_or_default();
    let told = told.iter().map_while(|line| line.text.strip_prefix("250"));
    let mut all = Vec::new();
    for line in told.take(MAX_WORDS) {
        all.push(line.get(1..).unwrap_or_default().to_owned());
        if !line.starts_with('-') {
            break;
        }
    }
    all.into_iter().skip(1).collect()
}
