//! A FETCH answer as a list row: decoded, bounded, and a stub where the server's words couldn't be read.
use crate::account::request::Leaf;
use crate::imap::event::{Fetch, FlagList, RawAddress, Structure};
use crate::mail::header;
use pyeonji_shared::folder::FlagChange;
use pyeonji_shared::ids::Uid;
use pyeonji_shared::message::{Address, Row, Summary};

/// Addresses of a row's From and To.
const SHOWN: usize = 4;
/// Characters of a subject kept for a row.
const SUBJECT_CHARS: usize = 1_000;

/// `None` when it isn't a row: without UID nothing can be done with it, without envelope it is news about flags.
pub fn row(fetch: &Fetch) -> Option<Row> {
    let uid = fetch.uid.filter(|uid| uid.0 != 0)?;
    if fetch.envelope.is_none() && !fetch.broken {
        return None;
    }
    let FlagList { flags, keywords } = fetch.flags.clone().unwrap_or_default();
    let envelope = fetch.envelope.as_deref().cloned().unwrap_or_default();
    let first_id = |raw: &Option<bytes::Bytes>| {
        raw.as_deref().and_then(|bytes| header::message_ids(bytes).into_iter().next())
    };
    let summary = Summary {
        uid,
        modseq: fetch.modseq.unwrap_or_default(),
        flags,
        keywords,
        received: fetch.received.unwrap_or_default(),
        sent: envelope.date.as_deref().and_then(header::parse_date),
        size: fetch.size.unwrap_or_default(),
        from: addresses(if envelope.from.is_empty() { &envelope.sender } else { &envelope.from }),
        to: addresses(&envelope.to),
        subject: envelope.subject.as_deref().map(subject).unwrap_or_default(),
        message_id: first_id(&envelope.message_id),
        in_reply_to: first_id(&envelope.in_reply_to),
        attachment: matches!(&fetch.structure, Structure::Leaves(leaves) if leaves.iter().any(is_attachment)),
        broken: fetch.broken,
    };
    Some(Row { seq: fetch.seq, summary })
}

/// News about flags, if the server said any.
pub fn flags(fetch: &Fetch) -> Option<FlagChange> {
    let FlagList { flags, keywords } = fetch.flags.clone()?;
    Some(FlagChange {
        seq: fetch.seq,
        uid: fetch.uid.unwrap_or(Uid(0)),
        flags,
        keywords,
        modseq: fetch.modseq.unwrap_or_default(),
    })
}

/// What a person would call an attachment: named or said to be one, and not an image inside the text.
pub fn is_attachment(leaf: &Leaf) -> bool {
    match leaf.disposition.as_deref() {
        Some("attachment") => true,
        _ if leaf.content_id.is_some() && leaf.mime.starts_with("image/") => false,
        _ if leaf.mime.ends_with("-signature") => false,
        _ => {
            leaf.name.is_some() && !leaf.mime.starts_with("text/")
                || leaf.mime == "message/rfc822"
                || leaf.mime.starts_with("application/") && !leaf.mime.starts_with("application/pgp")
        }
    }
}

fn addresses(raw: &[RawAddress]) -> Vec<Address> {
    let part = |bytes: &Option<bytes::Bytes>| bytes.clone().unwrap_or_default();
    raw.iter()
        .filter(|a| !header::is_group_mark(a.host.as_deref()))
        .take(SHOWN)
        .map(|a| header::address(&part(&a.name), &part(&a.mailbox), &part(&a.host)))
        .collect()
}

fn subject(raw: &[u8]) -> String {
    header::decode_text(raw).chars().take(SUBJECT_CHARS).collect()
}
