//! FETCH data → one row of the list. A message the server can't describe becomes a stub, never a hole (R31).
use crate::imap::event::{Envelope, Fetch, RawAddress, Structure};
use crate::mail::header;
use bytes::Bytes;
use pyeonji_shared::message::{Address, Summary};

/// Addresses of a row.
const SHOWN: usize = 4;
/// Characters of a row's subject; the reader shows all.
const SUBJECT: usize = 400;

/// The row of a FETCH that was asked for one; `None` when it lacks a UID.
pub fn summary(fetch: &Fetch) -> Option<Summary> {
    let uid = fetch.uid?;
    let mut row = Summary {
        uid,
        modseq: fetch.modseq.unwrap_or_default(),
        received: fetch.received.unwrap_or_default(),
        size: fetch.size.unwrap_or_default(),
        broken: fetch.broken || fetch.envelope.is_none(),
        attachment: attachment(&fetch.structure),
        ..Summary::default()
    };
    if let Some(list) = &fetch.flags {
        row.flags = list.flags;
        row.keywords = list.keywords.clone();
    }
    if let Some(envelope) = &fetch.envelope {
        describe(&mut row, envelope);
    }
    Some(row)
}

fn describe(row: &mut Summary, envelope: &Envelope) {
    row.subject = envelope.subject.as_deref().map(header::decode_text).unwrap_or_default();
    if row.subject.len() > SUBJECT && row.subject.chars().count() > SUBJECT {
        row.subject = row.subject.chars().take(SUBJECT).collect();
    }
    row.from = addresses(&envelope.from);
    row.to = addresses(&envelope.to);
    row.sent = envelope.date.as_deref().and_then(header::parse_date);
    row.message_id = first_id(envelope.message_id.as_ref());
    row.in_reply_to = first_id(envelope.in_reply_to.as_ref());
}

fn addresses(raw: &[RawAddress]) -> Vec<Address> {
    let real = raw.iter().filter(|a| !header::is_group_mark(a.host.as_deref()));
    let bytes = |b: &Option<Bytes>| b.clone().unwrap_or_default();
    real.take(SHOWN).map(|a| header::address(&bytes(&a.name), &bytes(&a.mailbox), &bytes(&a.host))).collect()
}

fn first_id(raw: Option<&Bytes>) -> Option<String> {
    header::message_ids(raw?).into_iter().next()
}

/// The paper clip: a leaf that is neither shown text nor an inline image.
fn attachment(structure: &Structure) -> bool {
    let Structure::Leaves(leaves) = structure else { return false };
    leaves.iter().any(|leaf| match leaf.disposition.as_deref() {
        Some("attachment") => true,
        _ if leaf.mime.starts_with("text/") || leaf.mime.starts_with("multipart/") => false,
        _ if leaf.content_id.is_some() && leaf.mime.starts_with("image/") => false,
        // Signatures are no files for people.
        _ => !matches!(
            leaf.mime.as_str(),
            "application/pgp-signature"
                | "application/pkcs7-signature"
                | "application/x-pkcs7-signature"
                | "message/delivery-status"
                | "message/disposition-notification"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::request::Leaf;
    use pyeonji_shared::ids::Uid;

    fn leaf(mime: &str, disposition: Option<&str>, cid: Option<&str>) -> Leaf {
        Leaf {
            mime: mime.into(),
            disposition: disposition.map(Into::into),
            content_id: cid.map(Into::into),
            ..Leaf::default()
        }
    }

    #[test]
    fn r31_a_message_without_description_is_a_stub() {
        let fetch = Fetch { uid: Some(Uid(7)), broken: true, ..Fetch::default() };
        let row = summary(&fetch).unwrap();
        assert!(row.broken && row.uid == Uid(7) && row.subject.is_empty());
        assert_eq!(summary(&Fetch::default()), None);
    }

    #[test]
    fn the_paper_clip_means_a_file() {
        let has = |leaves| attachment(&Structure::Leaves(leaves));
        assert!(!has(vec![leaf("text/plain", None, None), leaf("image/png", None, Some("a"))]));
        assert!(!has(vec![leaf("text/plain", None, None), leaf("application/pgp-signature", None, None)]));
        assert!(has(vec![leaf("text/plain", Some("attachment"), None)]));
        assert!(has(vec![leaf("application/pdf", Some("inline"), None)]));
        assert!(!attachment(&Structure::Unreadable));
    }
}
