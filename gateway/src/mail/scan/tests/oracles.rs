//! What others found in the same messages: Dovecot's BODYSTRUCTURE, mime4j's descriptions, MimeKit's offsets.
use super::corpora::{folder, messages};
use super::*;

/// Made by Dovecot 2.3.19: path, then section, type, octets and encoding of each leaf, for the messages that have line
/// feeds, with CRLF line ends.
const DOVECOT: &str = include_str!("dovecot.tsv");

/// Where Dovecot describes something else.
const NOT_DOVECOT: &[(&str, &str)] = &[
    ("mime4j/mimetools-testmsgs/hdr-fakeout.msg", HEADER_END),
    ("mime4j/testmsgs/basic-plain-with-bad-header-separator.msg", HEADER_END),
    ("mime4j/testmsgs/malformedHeaderStartsBody-noheader.msg", HEADER_END),
    ("mime4j/testmsgs/missing-boundary.msg", NO_PARTS),
    ("mime4j/testmsgs/missing-inner-boundary.msg", NO_PARTS),
    ("mime4j/testmsgs/missing-inner-start-boundary.msg", NO_PARTS),
    ("mime4j/testmsgs/multipartnopart.msg", NO_PARTS),
    ("mime4j/testmsgs/very-long-boundary.msg", BOUNDARY_END),
    ("mime4j/testmsgs/very-very-long-boundary.msg", BOUNDARY_END),
    ("mime4j/testmsgs/weird-boundary.msg", BOUNDARY_END),
    ("mimekit/empty-multipart.txt", NO_PARTS),
    ("mimekit/missing-subtype.txt", "what isn't a type is plain text; Dovecot sends an empty one"),
    ("mimekit/rfc2060.txt", EMBEDDED),
    ("mikel-mail/attachment_emails/attachment_message_rfc822_inline_image.eml", EMBEDDED),
    ("mikel-mail/error_emails/content_transfer_encoding_qp_with_space.eml", ENCODING),
    ("mikel-mail/error_emails/content_transfer_encoding_text-html.eml", ENCODING),
    ("mikel-mail/error_emails/missing_body.eml", NO_PARTS),
    ("mikel-mail/error_emails/must_supply_encoding.eml", NO_PARTS),
    ("mikel-mail/mime_emails/raw_email_with_binary_encoded.eml", EQUALS),
    ("mikel-mail/mime_emails/raw_email_with_illegal_boundary.eml", EQUALS),
    ("mikel-mail/plain_emails/raw_email_bad_time.eml", EQUALS),
    ("mail-parser-malformed/002.eml", NO_PARTS),
    ("mail-parser-malformed/007.eml", "Dovecot takes a nested boundary for the outer one that it begins as"),
    ("mail-parser-malformed/017.eml", "the semicolon before the boundary is missing"),
    ("mail-parser-malformed/019.eml", HEADER_END),
    ("mail-parser-malformed/022.eml", EMBEDDED),
    ("mail-parser-thirdparty/004.eml", ENCODING),
    ("mail-parser-thirdparty/007.eml", EMBEDDED),
    ("sisimai/bsd/lhost-courier-01.eml", EMBEDDED),
];
const NO_PARTS: &str = "a multipart without parts is the text it holds; Dovecot drops it";
const HEADER_END: &str = "text behind a header without an empty line is shown; Dovecot drops it";
const BOUNDARY_END: &str = "white space at the end of a boundary is not significant";
const EMBEDDED: &str =
    "Dovecot counts the break before a delimiter to an embedded message that ends without a body of its own";
const EQUALS: &str = "Dovecot ends a boundary without quotes at its equals sign";
const ENCODING: &str = "an encoding that isn't a token; either way nothing is decoded";

fn with_crlf(source: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(source.len());
    for &byte in source {
        if byte == b'\n' && out.last() != Some(&b'\r') {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}

#[test]
fn dovecot_describes_the_same() {
    let Some(root) = folder("mime4j").and_then(|folder| folder.parent().map(Into::into)) else { return };
    let root: std::path::PathBuf = root;
    let (mut agree, mut wrong) = (0, Vec::new());
    for line in DOVECOT.lines() {
        let mut cells = line.split('\t');
        let name = cells.next().unwrap();
        let expected: Vec<&str> = cells.collect();
        let source = with_crlf(&std::fs::read(root.join(name)).unwrap());
        let found: Vec<String> = scan(&source)
            .raw
            .leaves
            .iter()
            .map(|leaf| {
                let encoding = if leaf.encoding.is_empty() { "7bit" } else { &leaf.encoding };
                format!("{} {} {} {encoding}", leaf.section, leaf.mime, leaf.size)
            })
            .collect();
        let why = NOT_DOVECOT.iter().find(|(file, _)| *file == name).map(|(_, why)| *why);
        match (found == expected, why) {
            (true, None) => agree += 1,
            (false, Some(_)) => {}
            _ => wrong.push(format!("{name}: {found:?}, Dovecot {expected:?}, {why:?}")),
        }
    }
    println!("Dovecot: {agree} agree, {} differ with a reason", NOT_DOVECOT.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The bodies of the leaves that an XML description of mime4j tells; `None` for one that it keeps elsewhere or splits
/// further.
fn described(xml: &str) -> Vec<Option<String>> {
    let plain = |text: &str| {
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    };
    let mut found = Vec::new();
    // For each part that is open: its body, and whether it is a multipart.
    let mut parts: Vec<(Option<String>, bool)> = vec![(None, false)];
    let mut messages = 0;
    for piece in xml.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        match tag {
            "message" => messages += 1,
            "/message" => messages -= 1,
            // A message within a message is one part.
            _ if messages > 1 => {}
            "multipart" => parts.iter_mut().last().into_iter().for_each(|part| part.1 = true),
            "body" => {
                let text = text.strip_prefix("\r\n").or(text.strip_prefix('\n')).unwrap_or(text);
                parts.iter_mut().last().into_iter().for_each(|part| part.0 = Some(plain(text)));
            }
            "body-part" => parts.push((None, false)),
            "/body-part" => found.extend(parts.pop().filter(|part| !part.1).map(|part| part.0)),
            _ => {}
        }
    }
    found.extend(parts.pop().filter(|part| !part.1).map(|part| part.0));
    found
}

#[test]
fn mime4j_describes_the_same() {
    /// Where we differ on purpose.
    const DIFFERENT: &[(&str, &str)] = &[
        ("basic-plain-with-bad-header-separator", HEADER_END),
        ("malformedHeaderStartsBody-noheader", "mime4j drops the first line"),
        (
            "malformedHeaderStartsBody-nocrlfcrlf",
            "one odd line among fields is one of them, as by mime4j's default",
        ),
        ("missing-boundary", NO_PARTS),
        ("missing-inner-boundary", NO_PARTS),
        ("missing-inner-start-boundary", NO_PARTS),
        ("multipartnopart", NO_PARTS),
        ("very-long-boundary", BOUNDARY_END),
        ("weird-boundary", BOUNDARY_END),
    ];
    let Some(folder) = folder("mime4j") else { return };
    let (mut agree, mut bodies, mut without, mut wrong) = (0, 0, 0, Vec::new());
    for path in messages(&folder) {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let Ok(xml) = std::fs::read(path.with_extension("xml")) else {
            without += 1;
            continue;
        };
        // Bytes stand for characters on both sides.
        let latin = |bytes: &[u8]| bytes.iter().map(|b| char::from(*b)).collect::<String>();
        let source = std::fs::read(&path).unwrap();
        let found = scan(&source);
        let found: Vec<_> = found.spans.iter().map(|span| latin(span_of(&source, span))).collect();
        let expected = described(&latin(&xml));
        let same = expected.len() == found.len()
            && expected
                .iter()
                .zip(&found)
                .all(|(body, found)| body.as_ref().is_none_or(|body| body == found));
        match (same, DIFFERENT.iter().find(|(file, _)| *file == name)) {
            (true, None) => {
                agree += 1;
                bodies += expected.iter().filter(|body| body.is_some()).count();
            }
            (false, Some(_)) => {}
            (_, why) => wrong.push(format!("{name}: {expected:?}\n  {found:?}\n  {why:?}")),
        }
    }
    println!(
        "mime4j: {agree} agree with {bodies} bodies, {} differ with a reason, {without} without a description",
        DIFFERENT.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn mimekit_has_the_same_offsets() {
    let Some(folder) = folder("mimekit-mbox") else { return };
    let source = std::fs::read(folder.join("content-length.mbox.txt")).unwrap();
    let offsets = std::fs::read(folder.join("content-length.unix-offsets.json")).unwrap();
    let offsets: Vec<serde_json::Value> = serde_json::from_slice(&offsets).unwrap();
    let number = |value: &serde_json::Value, key: &str| value.get(key).and_then(|n| n.as_u64()).unwrap();
    let mut leaves = 0;
    for (n, message) in offsets.iter().enumerate() {
        let begin = number(message, "beginOffset");
        let bytes = source.get(begin as usize..number(message, "endOffset") as usize).unwrap();
        let mut expected = Vec::new();
        let mut open = vec![message.get("body").unwrap()];
        while let Some(part) = open.pop() {
            match part.get("children").and_then(|children| children.as_array()) {
                Some(children) => open.extend(children.iter().rev()),
                None => expected
                    .push((number(part, "headersEndOffset") - begin, number(part, "endOffset") - begin)),
            }
        }
        let found: Vec<_> = scan(bytes).spans.iter().map(|span| (span.start, span.end)).collect();
        assert_eq!(found, expected, "message {n}");
        leaves += found.len();
    }
    println!("MimeKit: {} messages, {leaves} leaves", offsets.len());
    assert!(leaves > 0);
}
