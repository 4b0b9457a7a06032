//! imap-codec and our reader agree wherever the codec can read at all; and ours is not the slower one.
use crate::imap::event::{Body, Data, Structure};
use crate::imap::framer::Response as Framed;
use crate::imap::response::{Parsed, parse};
use bytes::Bytes;
use imap_codec::ResponseCodec;
use imap_codec::decode::Decoder;
use imap_codec::imap_types::body::{BodyStructure, SpecificFields};
use imap_codec::imap_types::fetch::MessageDataItem;
use imap_codec::imap_types::response::{Data as CodecData, Response};
use proptest::prelude::*;
use std::time::Instant;

fn ours(text: &str) -> Parsed {
    parse(&Framed { bytes: Bytes::copy_from_slice(text.as_bytes()), streamed: Vec::new(), cut: false })
}

/// `section mime size` of each leaf as the codec sees it.
fn outline(body: &BodyStructure, section: &str, out: &mut Vec<String>) {
    let child = |n: usize| if section.is_empty() { n.to_string() } else { format!("{section}.{n}") };
    match body {
        BodyStructure::Multi { bodies, .. } => {
            for (n, body) in bodies.as_ref().iter().enumerate() {
                outline(body, &child(n + 1), out);
            }
        }
        BodyStructure::Single { body, .. } => {
            let text = |s: &[u8]| String::from_utf8_lossy(s).to_lowercase();
            let own = if section.is_empty() { "1" } else { section };
            let mime = match &body.specific {
                SpecificFields::Basic { r#type, subtype } => {
                    format!("{}/{}", text(r#type.as_ref()), text(subtype.as_ref()))
                }
                SpecificFields::Message { .. } => "message/rfc822".to_owned(),
                SpecificFields::Text { subtype, .. } => format!("text/{}", text(subtype.as_ref())),
            };
            out.push(format!("{own} {mime} {}", body.basic.size));
            if let SpecificFields::Message { body_structure, .. } = &body.specific {
                match body_structure.as_ref() {
                    inner @ BodyStructure::Multi { .. } => outline(inner, own, out),
                    inner => outline(inner, &format!("{own}.1"), out),
                }
            }
        }
    }
}

fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}".prop_map(|s| format!("\"{}\"", s.replace('\\', "\\\\").replace('"', "\\\""))),
        "[a-z]{0,5}".prop_map(|s| format!("{{{}}}\r\n{s}", s.len()))
    ]
}

fn nstring() -> impl Strategy<Value = String> {
    prop_oneof![Just("NIL".to_owned()), string()]
}

fn addresses() -> impl Strategy<Value = String> {
    let one =
        (nstring(), nstring(), nstring(), nstring()).prop_map(|(a, b, c, d)| format!("({a} {b} {c} {d})"));
    prop_oneof![
        Just("NIL".to_owned()),
        prop::collection::vec(one, 1..4).prop_map(|list| format!("({})", list.concat()))
    ]
}

fn envelope() -> impl Strategy<Value = String> {
    (nstring(), nstring(), addresses(), addresses(), nstring()).prop_map(|(date, subject, from, to, id)| {
        format!("({date} {subject} {from} {from} NIL {to} NIL NIL NIL {id})")
    })
}

fn body() -> impl Strategy<Value = String> {
    let leaf = (string(), nstring(), 0u32..100_000, any::<bool>()).prop_map(|(value, id, size, extended)| {
        let ext = if extended { " NIL (\"attachment\" (\"filename\" \"x\")) NIL NIL" } else { "" };
        format!("(\"application\" \"pdf\" (\"name\" {value}) {id} NIL \"base64\" {size}{ext})")
    });
    let text = (0u32..1_000)
        .prop_map(|size| format!("(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"utf-8\") NIL NIL \"7BIT\" {size} 1)"));
    prop_oneof![leaf, text].prop_recursive(3, 12, 3, |inner| {
        let multi = prop::collection::vec(inner.clone(), 1..4)
            .prop_map(|parts| format!("({} \"mixed\")", parts.concat()));
        let message = (inner, envelope()).prop_map(|(body, envelope)| {
            format!("(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 77 {envelope} {body} 3)")
        });
        prop_oneof![multi, message]
    })
}

proptest! {
    #[test]
    fn fetch_means_the_same(envelope in envelope(), body in body(), content in nstring(), uid in 1u32..) {
        let text = format!("* 12 FETCH (UID {uid} FLAGS (\\Seen $Junk) RFC822.SIZE 44 ENVELOPE {envelope} BODYSTRUCTURE {body} BODY[1.2] {content})\r\n");
        let Ok((_, Response::Data(CodecData::Fetch { items, .. }))) = ResponseCodec::default().decode(text.as_bytes()) else {
            // The codec is the stricter one.
            return Ok(());
        };
        let Parsed::Data(Data::Fetch(fetch)) = ours(&text) else { panic!("{text}") };
        prop_assert!(!fetch.broken, "{}", text);
        for item in items {
            match item {
                MessageDataItem::Uid(n) => prop_assert_eq!(fetch.uid.unwrap().0, n.get()),
                MessageDataItem::Envelope(e) => {
                    let mine = fetch.envelope.as_ref().unwrap();
                    prop_assert_eq!(mine.subject.as_deref(), e.subject.0.as_ref().map(|s| s.as_ref()));
                    prop_assert_eq!(mine.message_id.as_deref(), e.message_id.0.as_ref().map(|s| s.as_ref()));
                    prop_assert_eq!(mine.to.len(), e.to.len());
                    for (a, b) in mine.to.iter().zip(&e.to) {
                        prop_assert_eq!(a.name.as_deref(), b.name.0.as_ref().map(|s| s.as_ref()));
                        prop_assert_eq!(a.mailbox.as_deref(), b.mailbox.0.as_ref().map(|s| s.as_ref()));
                        prop_assert_eq!(a.host.as_deref(), b.host.0.as_ref().map(|s| s.as_ref()));
                    }
                }
                MessageDataItem::BodyStructure(b) => {
                    let mut theirs = Vec::new();
                    outline(&b, "", &mut theirs);
                    let Structure::Leaves(leaves) = &fetch.structure else { panic!("{text}") };
                    let mine: Vec<String> = leaves.iter().map(|l| format!("{} {} {}", l.section, l.mime, l.size)).collect();
                    prop_assert_eq!(mine, theirs);
                }
                MessageDataItem::BodyExt { data, .. } => {
                    let mine = match &fetch.sections[0].body {
                        Some(Body::Inline(bytes)) => Some(bytes.to_vec()),
                        _ => None,
                    };
                    prop_assert_eq!(mine, data.0.map(|s| s.into_inner().into_owned()));
                }
                _ => {}
            }
        }
    }
}

/// Prints what a row costs in both readers: the reason why FETCH does not go through the codec first.
#[test]
fn cost_of_a_row() {
    let address = "((\"Ada Lovelace\" NIL \"ada\" \"blue.test\"))";
    let text = format!(
        "* 12 FETCH (UID 12 FLAGS (\\Seen) INTERNALDATE \"17-Jul-2024 02:44:25 +0900\" RFC822.SIZE 4286 ENVELOPE (\"Wed, 17 Jul 2024 02:23:25 +0900\" \"Minutes of the meeting\" {address} {address} {address} {address} NIL NIL NIL \"<b27397@blue.test>\") BODYSTRUCTURE ((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"quoted-printable\" 3028 92 NIL NIL NIL NIL)(\"text\" \"html\" (\"charset\" \"utf-8\") NIL NIL \"quoted-printable\" 8028 192 NIL NIL NIL NIL) \"alternative\" (\"boundary\" \"xyz\") NIL NIL NIL) MODSEQ (55))\r\n"
    );
    let framed = Framed { bytes: Bytes::from(text.clone()), streamed: Vec::new(), cut: false };
    let runs = 2_000;
    let start = Instant::now();
    for _ in 0..runs {
        assert!(matches!(parse(&framed), Parsed::Data(Data::Fetch(_))));
    }
    let mine = start.elapsed() / runs;
    let start = Instant::now();
    for _ in 0..runs {
        assert!(ResponseCodec::default().decode(text.as_bytes()).is_ok());
    }
    println!("one row: our reader {mine:?}, imap-codec {:?} (this build)", start.elapsed() / runs);
}
