//! What is planned is what a parser reads back.
use super::*;
use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;
use pyeonji_shared::draft::{Attachment, AttachmentSource, Origin, OriginKind};
use pyeonji_shared::ids::{BlobId, FolderName, MessageRef, Uid, UidValidity};

fn to(name: &str, email: &str) -> Address {
    Address { name: name.into(), email: email.into(), suspicious: false }
}

fn draft() -> Draft {
    Draft {
        message_id: "<1.abc@blue.test>".into(),
        from_name: "에이다 러브레이스".into(),
        to: vec![to("보라", "bora@green.test")],
        subject: "회의 자료 보냅니다".into(),
        text: "안녕하세요.\n\n자료를 보냅니다.\n".into(),
        ..Draft::default()
    }
}

fn with_parts(names: &[(&str, &str, usize)]) -> (Draft, Vec<PartMeta>, Vec<Vec<u8>>) {
    let mut draft = draft();
    let mut metas = Vec::new();
    let mut bodies = Vec::new();
    for (name, mime, len) in names {
        draft.attachments.push(Attachment {
            name: (*name).into(),
            mime: (*mime).into(),
            source: AttachmentSource::Upload(BlobId::default()),
        });
        metas.push(PartMeta { name: (*name).into(), mime: (*mime).into(), len: *len as u64 });
        bodies.push((0..*len).map(|n| n as u8).collect());
    }
    (draft, metas, bodies)
}

fn assemble(plan: &Plan, bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in &plan.pieces {
        match piece {
            Piece::Bytes(bytes) => out.extend_from_slice(bytes),
            Piece::Attachment(index) => {
                let mut lines = Base64Lines::new();
                for chunk in bodies[*index].chunks(1_000) {
                    out.extend(lines.feed(chunk));
                }
                out.extend(lines.finish());
            }
        }
    }
    out
}

fn compose(draft: &Draft, metas: &[PartMeta], bodies: &[Vec<u8>], keep_bcc: bool) -> Vec<u8> {
    let plan = plan(draft, &to("", "ada@blue.test"), 1_795_478_706, metas, keep_bcc).unwrap();
    let out = assemble(&plan, bodies);
    assert_eq!(out.len() as u64, plan.size);
    out
}

#[test]
fn a_korean_message_reads_back() {
    let raw = compose(&draft(), &[], &[], false);
    assert!(raw.is_ascii());
    assert!(
        raw.split(|b| *b == b'\n').all(|line| line.len() <= 79 && (line.is_empty() || line.ends_with(b"\r")))
    );
    let found = MessageParser::new().parse(&raw).unwrap();
    assert_eq!(found.subject(), Some("회의 자료 보냅니다"));
    assert_eq!(found.from().unwrap().first().unwrap().name(), Some("에이다 러브레이스"));
    assert_eq!(found.to().unwrap().first().unwrap().address(), Some("bora@green.test"));
    assert_eq!(found.message_id(), Some("1.abc@blue.test"));
    assert_eq!(found.date().unwrap().to_timestamp(), 1_795_478_706);
    assert_eq!(found.body_text(0).unwrap(), "안녕하세요.\r\n\r\n자료를 보냅니다.\r\n");
    let text = String::from_utf8(raw).unwrap();
    assert!(!text.contains("User-Agent") && !text.contains("X-Mailer") && !text.contains("Received"));
}

#[test]
fn attachments_read_back_with_their_names() {
    let (draft, metas, bodies) = with_parts(&[
        ("회의록.pdf", "application/pdf", 100_000),
        ("a \"b\".txt", "text/plain", 57),
        ("m", "message/rfc822", 0),
    ]);
    let raw = compose(&draft, &metas, &bodies, false);
    let found = MessageParser::new().parse(&raw).unwrap();
    let names: Vec<_> = found.attachments().map(|part| part.attachment_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["회의록.pdf", "a _b_.txt", "m.eml"]);
    let contents: Vec<_> = found.attachments().map(|part| part.contents().to_vec()).collect();
    assert_eq!(contents, bodies);
    assert!(!String::from_utf8_lossy(&raw).contains("message/rfc822"));
}

#[test]
fn r15_line_breaks_in_headers_are_errors() {
    let from = to("", "ada@blue.test");
    let evil = "x\r\nBcc: spy@evil.test";
    let mut cases = Vec::new();
    for n in 0..6 {
        let mut draft = draft();
        match n {
            0 => draft.subject = evil.into(),
            1 => draft.from_name = evil.into(),
            2 => draft.to[0].name = "a\nb".into(),
            3 => draft.to[0].email = "a@b.test\r\nBcc: c@d.test".into(),
            4 => draft.message_id = "<a@b>\r\nBcc: c@d.test".into(),
            _ => draft.subject = "nul\0".into(),
        }
        cases.push(draft);
    }
    for draft in cases {
        assert!(plan(&draft, &from, 0, &[], false).is_err(), "{draft:?}");
    }
    let (draft, mut metas, _) = with_parts(&[("a", "text/plain", 1)]);
    metas[0].name = evil.into();
    assert!(plan(&draft, &from, 0, &metas, false).is_err());
    metas[0].name = "a".into();
    metas[0].mime = "text/plain\r\nX: y".into();
    assert!(plan(&draft, &from, 0, &metas, false).is_err());
}

#[test]
fn r15_bcc_is_only_in_the_kept_copy() {
    let mut draft = draft();
    draft.bcc = vec![to("", "secret@green.test")];
    let sent = String::from_utf8(compose(&draft, &[], &[], false)).unwrap();
    assert!(!sent.contains("secret") && !sent.contains("Bcc"));
    let kept = String::from_utf8(compose(&draft, &[], &[], true)).unwrap();
    assert!(kept.contains("Bcc: <secret@green.test>"));
    let plan = plan(&draft, &to("", "ada@blue.test"), 0, &[], false).unwrap();
    assert_eq!(plan.envelope_to, ["bora@green.test", "secret@green.test"]);
}

#[test]
fn replies_name_their_ancestors_within_bounds() {
    let mut draft = draft();
    let at = MessageRef { folder: FolderName::inbox(), validity: UidValidity(1), uid: Uid(1) };
    draft.origin = Some(Origin {
        kind: OriginKind::Reply,
        at,
        message_id: Some("<last@x>".into()),
        references: (0..50).map(|n| format!("<{n}@x>")).collect(),
    });
    let raw = compose(&draft, &[], &[], false);
    let found = MessageParser::new().parse(&raw).unwrap();
    assert_eq!(found.in_reply_to().as_text(), Some("last@x"));
    let references = found.references().as_text_list().unwrap();
    assert_eq!(references.len(), 20);
    assert_eq!((references[0].as_ref(), references[19].as_ref()), ("0@x", "last@x"));
    draft.origin.as_mut().unwrap().kind = OriginKind::Forward;
    assert!(!String::from_utf8(compose(&draft, &[], &[], false)).unwrap().contains("References"));
}

#[test]
fn addresses_are_checked_and_domains_encoded() {
    assert_eq!(super::header::email("a@한국.kr").unwrap(), "a@xn--3e0b707e.kr");
    assert_eq!(super::header::email(" a.b+c@x.test ").unwrap(), "a.b+c@x.test");
    for bad in
        ["", "a", "@b.test", "a@", "a b@c.test", "a@b c", "<a@b.test>", "a@b@c.test", "a@b,c", "a@-.x_y z"]
    {
        assert!(super::header::email(bad).is_err(), "{bad}");
    }
    let mut draft = draft();
    draft.to[0].email = "보라@green.test".into();
    assert!(plan(&draft, &to("", "ada@blue.test"), 0, &[], false).unwrap().needs_utf8);
}

#[test]
fn smuggling_sequences_stay_inside_the_text() {
    for evil in ["a\n.\nb", "a\r\n.\r\nb", "a\r.\rb", "a\n.\r\nb", "a\r\n.\nb", "a\r\n.\rb", "\0.\r\n"] {
        let mut draft = draft();
        draft.text = evil.into();
        let raw = compose(&draft, &[], &[], false);
        for (at, byte) in raw.iter().enumerate() {
            match byte {
                b'\n' => assert_eq!(raw[at - 1], b'\r'),
                b'\r' => assert_eq!(raw[at + 1], b'\n'),
                0 => panic!("a NUL"),
                _ => {}
            }
        }
    }
}

proptest! {
    #[test]
    fn exact_size_and_length(lens in proptest::collection::vec(0usize..500, 0..4)) {
        let names: Vec<_> = lens.iter().map(|len| ("f.bin", "application/x-y", *len)).collect();
        let (draft, metas, bodies) = with_parts(&names);
        let raw = compose(&draft, &metas, &bodies, true);
        let found = MessageParser::new().parse(&raw).unwrap();
        prop_assert_eq!(found.attachments().map(|part| part.contents().to_vec()).collect::<Vec<_>>(), bodies);
    }

    #[test]
    fn any_subject_and_text_read_back(subject in "[^\\p{C}]{0,200}", text in "([^\\p{C}]{0,100}\n){0,6}") {
        let mut draft = draft();
        draft.subject = subject;
        draft.text = text;
        let raw = compose(&draft, &[], &[], false);
        prop_assert!(raw.split(|b| *b == b'\n').all(|line| line.len() <= 1_000));
        let fields = crate::mail::header::Fields::parse(&raw);
        let read = crate::mail::header::decode_text(fields.first("subject").unwrap_or_default());
        let squeeze = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(squeeze(&read), squeeze(&crate::mail::header::decode_text(draft.subject.as_bytes())));
    }
}
