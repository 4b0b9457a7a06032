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
        size: fetch.size.unwrap_or_else(|| parts_size(&fetch.structure)),
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

fn parts_size(structure: &Structure) -> u32 {
    let Structure::Leaves(leaves) = structure else { return 0 };
    let mut size = 0_u32;
    // A message in the message is a leaf itself, and its own leaves follow it.
    let mut inside: Option<String> = None;
    for leaf in leaves {
        if inside.as_ref().is_some_and(|outer| leaf.section.starts_with(outer)) {
            continue;
        }
        size = size.saturating_add(leaf.size);
        inside = leaf.mime.starts_with("message/").then(|| format!("{}.", leaf.section));
    }
    size
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
    fn a_row_is_as_large_as_its_parts() {
        let part = |size| Leaf { size, ..Leaf::default() };
        let structure = Structure::Leaves(vec![part(1_000), part(u32::MAX - 2_000), part(500)]);
        let fetch = Fetch { uid: Some(Uid(7)), structure, ..Fetch::default() };
        assert_eq!(summary(&fetch).unwrap().size, u32::MAX - 500);
        let said = Fetch { size: Some(12), ..fetch };
        assert_eq!(summary(&said).unwrap().size, 12);
        let inner = |section: &str, mime: &str, size| Leaf {
            section: section.into(),
            size,
            ..leaf(mime, None, None)
        };
        let forwarded = vec![
            inner("1", "text/plain", 10),
            inner("2", "message/rfc822", 900),
            inner("2.1", "text/plain", 500),
            inner("2.2", "text/plain", 300),
            inner("3", "image/png", 1),
        ];
        assert_eq!(parts_size(&Structure::Leaves(forwarded)), 911);
        let many = Structure::Leaves(vec![part(u32::MAX), part(u32::MAX)]);
        assert_eq!(parts_size(&many), u32::MAX);
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
