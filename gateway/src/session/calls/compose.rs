//! Sending, saving drafts, and finding what was sent. "Sent" is said only after SMTP 250 (invariant 3), and never twice
//! for one Message-ID (invariant 1).
use super::body::{self, Source};
use super::{Context, Work, bad};
use crate::account::request::{Answer, Request};
use crate::mail::compose::{self as mime, Plan};
use crate::metrics;
use crate::session::ops::Outcome;
use crate::smtp;
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::call::Reply;
use pyeonji_shared::call::compose::{DraftSaved, FindSent, SaveDraft, Send, Sent};
use pyeonji_shared::call::organise::Destination;
use pyeonji_shared::draft::{Draft, OriginKind, SentCopy};
use pyeonji_shared::error::{ApiError, ErrorKind, Retry};
use pyeonji_shared::ids::{MessageRef, MessageSet, OpId};
use pyeonji_shared::limits::{MAX_ATTACHMENTS, MAX_RECIPIENTS, MAX_SUBJECT_CHARS, MAX_TEXT};
use pyeonji_shared::message::{Address, Flags};
use tokio::sync::mpsc;

/// Pieces of a message on their way to a server.
const PIECES_AHEAD: usize = 2;
/// Characters of a Message-ID that is looked up.
const MAX_MESSAGE_ID: usize = 500;

pub fn send(context: Context, op: OpId, call: Send) -> Result<Work, ApiError> {
    check(&call.draft)?;
    let recipients = call.draft.to.len() + call.draft.cc.len() + call.draft.bcc.len();
    if recipients == 0 {
        return Err(ApiError::new(ErrorKind::BadAddress));
    }
    if recipients as u64 > context.services.config.limits.recipients || recipients > MAX_RECIPIENTS {
        metrics::limit_hit("recipients");
        return Err(ApiError::new(ErrorKind::RateLimited));
    }
    Ok(Work::Task(Box::pin(async move { send_now(context, op, call).await })))
}

pub fn save_draft(context: Context, call: SaveDraft) -> Result<Work, ApiError> {
    check(&call.draft)?;
    Ok(Work::Task(Box::pin(async move { save_now(context, call).await })))
}

pub fn find_sent(FindSent { message_id }: FindSent) -> Result<Work, ApiError> {
    check_id(&message_id)?;
    Ok(Work::Request(find(message_id)))
}

pub fn check(draft: &Draft) -> Result<(), ApiError> {
    check_id(&draft.message_id)?;
    if draft.text.len() > MAX_TEXT || draft.subject.chars().count() > MAX_SUBJECT_CHARS {
        return Err(ApiError::new(ErrorKind::TooBig));
    }
    if draft.attachments.len() > MAX_ATTACHMENTS {
        return Err(bad("attachments"));
    }
    Ok(())
}

fn check_id(id: &str) -> Result<(), ApiError> {
    let inner = id.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
    let sound = inner.is_some_and(|i| {
        i.contains('@') && i.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"' | b'\\'))
    });
    if !sound || id.len() > MAX_MESSAGE_ID {
        return Err(bad("message id"));
    }
    Ok(())
}

fn find(message_id: String) -> Request {
    Request::Find { to: Destination::Special(SpecialUse::Sent), message_id }
}

async fn send_now(context: Context, op: OpId, call: Send) -> Outcome {
    let Send { draft, again, replaces } = call;
    let on_device = context.who.credentials.on_device();
    if again && on_device {
        // There is no Sent on the server to look into. What this session remembers of the first try was asked before.
        return Err(ApiError::new(ErrorKind::SendUnknown));
    }
    if again {
        // An earlier try may have gone out. If that can't be found out, nothing is sent: the person decides.
        match context.asker.ask(find(draft.message_id.clone())).await {
            Ok(Answer::Found(Some(at))) => {
                afterwards(&context, &draft, replaces).await;
                let copy = SentCopy::Filed { at: Some(at) };
                return Ok(Reply::Sent(Sent { recipients: Vec::new(), copy, already: true, date: 0 }));
            }
            Ok(_) => {}
            Err(error) => {
                return Err(ApiError::new(ErrorKind::SendUnknown).with_detail(&error.to_string()));
            }
        }
    }
    let sources = body::gather(&context, &draft).await?;
    let plans = Plans::new(&context, &draft, &sources, None)?;
    if plans.outgoing.size > context.services.config.limits.message_bytes {
        metrics::limit_hit("message_bytes");
        return Err(ApiError::new(ErrorKind::TooBig));
    }
    if !context.may_send().await {
        return Err(ApiError { retry: Retry::ByHand, ..ApiError::new(ErrorKind::RateLimited) });
    }
    if on_device {
        let recipients = submit(&context, op, &plans.outgoing, &sources).await?;
        let copy = SentCopy::OnDevice;
        return Ok(Reply::Sent(Sent { recipients, copy, already: false, date: plans.date }));
    }
    // The link that files the copy is opened while SMTP talks, so that nobody waits for it afterwards.
    let warm = context.asker.start(Request::Warm).await.is_ok();
    let recipients = submit(&context, op, &plans.outgoing, &sources).await?;
    tracing::debug!(warm, "sent");
    let (copy, date) = (file(&context, &draft, plans.copy, sources).await, plans.date);
    afterwards(&context, &draft, replaces).await;
    Ok(Reply::Sent(Sent { recipients, copy, already: false, date }))
}

/// The message as it leaves, and as it is kept (with Bcc).
pub struct Plans {
    outgoing: Plan,
    pub copy: Plan,
    /// `Date:`, seconds since 1970-01-01 UTC.
    date: i64,
}

impl Plans {
    /// `date`: of a message that was sent before; now without.
    pub fn new(
        context: &Context,
        draft: &Draft,
        sources: &[Source],
        date: Option<i64>,
    ) -> Result<Self, ApiError> {
        let from = from(context, draft);
        let parts: Vec<_> = sources.iter().map(Source::meta).collect();
        let date = date.unwrap_or_else(now);
        let outgoing = mime::plan(draft, &from, date, &parts, false)?;
        let copy = if draft.bcc.is_empty() {
            outgoing.clone()
        } else {
            mime::plan(draft, &from, date, &parts, true)?
        };
        Ok(Self { outgoing, copy, date })
    }
}

fn from(context: &Context, draft: &Draft) -> Address {
    let email = context.who.credentials.address.clone();
    Address { name: draft.from_name.clone(), email, suspicious: false }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(0))
}

async fn submit(
    context: &Context,
    op: OpId,
    plan: &Plan,
    sources: &[Source],
) -> Result<Vec<pyeonji_shared::draft::RecipientResult>, ApiError> {
    let credentials = &context.who.credentials;
    let envelope = smtp::Envelope {
        from: credentials.address.clone(),
        to: plan.envelope_to.clone(),
        size: plan.size,
        needs_utf8: plan.needs_utf8,
    };
    let (pieces, body) = mpsc::channel(PIECES_AHEAD);
    let (total, progress) = (plan.size, context.progress.clone());
    let tell = move |done: u64| {
        progress.try_send(super::Progress { op, done, total }).ok();
    };
    let sending =
        smtp::submit(&context.services.net, &context.who.provider, credentials, &envelope, body, &tell);
    let (result, ()) = tokio::join!(sending, body::produce(plan.clone(), sources.to_vec(), pieces));
    result.map_err(|failure| {
        if failure.maybe_sent {
            ApiError::new(ErrorKind::SendUnknown).with_detail(&failure.error.detail)
        } else {
            failure.error
        }
    })
}

/// Keeps the copy in Sent, once: some servers file it themselves.
async fn file(context: &Context, draft: &Draft, plan: Plan, sources: Vec<Source>) -> SentCopy {
    match context.asker.ask(find(draft.message_id.clone())).await {
        Ok(Answer::Found(Some(at))) => return SentCopy::FiledByServer { at },
        Ok(_) => {}
        // Without knowing, a second copy could be made by appending; a missing one is said and can be tried again.
        Err(error) => return SentCopy::Failed { error },
    }
    match append(context, SpecialUse::Sent, Flags::SEEN, plan, sources).await {
        Ok(at) => SentCopy::Filed { at },
        Err(error) => SentCopy::Failed { error },
    }
}

async fn append(
    context: &Context,
    to: SpecialUse,
    flags: Flags,
    plan: Plan,
    sources: Vec<Source>,
) -> Result<Option<MessageRef>, ApiError> {
    let (pieces, body) = mpsc::channel(PIECES_AHEAD);
    let request = Request::Append { to: Destination::Special(to), flags, size: plan.size, body };
    let (answer, ()) = tokio::join!(context.asker.ask(request), body::produce(plan, sources, pieces));
    match answer? {
        Answer::Appended(at) => Ok(at),
        _ => Err(ApiError::new(ErrorKind::Internal)),
    }
}

/// Marks what was answered or forwarded and removes the draft. The message is out: failures here change nothing about that.
async fn afterwards(context: &Context, draft: &Draft, replaces: Option<MessageRef>) {
    let mut gone = replaces;
    if let Some(origin) = &draft.origin {
        let mark = match origin.kind {
            OriginKind::Reply => Some(Flags::ANSWERED),
            OriginKind::Forward => Some(Flags::FORWARDED),
            OriginKind::Draft => {
                gone = gone.or_else(|| Some(origin.at.clone()));
                None
            }
        };
        if let Some(add) = mark {
            let request = Request::SetFlags { set: only(origin.at.clone()), add, remove: Flags::default() };
            context.asker.start(request).await.ok();
        }
    }
    if let Some(at) = gone {
        context.asker.start(Request::Delete { set: only(at) }).await.ok();
    }
}

fn only(at: MessageRef) -> MessageSet {
    MessageSet { folder: at.folder, validity: at.validity, uids: vec![at.uid] }
}

async fn save_now(context: Context, SaveDraft { draft, replaces }: SaveDraft) -> Outcome {
    let sources = body::gather(&context, &draft).await?;
    let plan = Plans::new(&context, &draft, &sources, None)?.copy;
    let at = append(&context, SpecialUse::Drafts, Flags::SEEN.with(Flags::DRAFT), plan, sources).await?;
    // Only now: at every moment at least one version is on the server.
    if let Some(old) = replaces.filter(|old| Some(old) != at.as_ref()) {
        context.asker.start(Request::Delete { set: only(old) }).await.ok();
    }
    Ok(Reply::DraftSaved(DraftSaved { at }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_ids_are_checked_before_they_travel() {
        assert!(check_id("<a.b-c@blue.test>").is_ok());
        for bad in
            ["", "a@b", "<a b@c>", "<a@b\r\n>", "<@", "<ab>", "<a\"@b>", &format!("<{}@b>", "x".repeat(600))]
        {
            assert!(check_id(bad).is_err(), "{bad:?}");
        }
    }
}
