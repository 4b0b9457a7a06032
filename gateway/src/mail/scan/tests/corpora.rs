//! The foreign collections, read both ways: by the scanner, and whole by mail-parser as `view` does it.
use super::*;
use crate::mail::encoding::Decoder;
use crate::mail::header::Fields;
use crate::mail::view::render;
use bytes::Bytes;
use mail_parser::{MessageParser, PartType};
use pyeonji_shared::ids::{FolderName, MessageRef, Uid, UidValidity};
use pyeonji_shared::message::ViewNote;
use std::path::{Path, PathBuf};

const CORPORA: &[&str] = &[
    "mime4j",
    "mimekit",
    "mimekit-mbox",
    "mikel-mail",
    "mail-parser-malformed",
    "mail-parser-rfc",
    "mail-parser-thirdparty",
    "sisimai",
];

/// Why a message is read differently. In each case the scanner's reading is the one that RFC 2046 or IMAP has, or shows
/// text that the other one drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// mail-parser takes a boundary within a line, or as the beginning of a longer word.
    MidLine,
    /// mail-parser runs past an outer delimiter where something inside isn't closed, or stops before it.
    OuterDelimiter,
    /// mail-parser leaves out parts without header and body, or takes what follows for them.
    EmptyPart,
    /// mail-parser knows no bare CR as a line's end.
    BareCr,
    /// The text of a multipart without parts: mail-parser shows its epilogue or drops it.
    NoParts,
    /// A type that IMAP's reader doesn't fetch for showing: a part to save.
    NotFetched,
    /// Two Content-Types: the first counts, mail-parser takes the last.
    TwoTypes,
    /// Where a header without its empty line ends: text behind it is shown, mail-parser drops it or shows the source.
    HeaderEnd,
    /// mail-parser keeps the white space at the end of a boundary.
    BoundaryEnd,
}

const DIFFERENT: &[(&str, Why)] = &[
    ("mime4j/mimetools-testmsgs/double-bound.msg", Why::EmptyPart),
    ("mime4j/mimetools-testmsgs/hdr-fakeout.msg", Why::HeaderEnd),
    ("mime4j/mimetools-testmsgs/multi-bad.msg", Why::TwoTypes),
    ("mime4j/mimetools-testmsgs/multi-frag.msg", Why::MidLine),
    ("mime4j/mimetools-testmsgs/multi-nested.msg", Why::NotFetched),
    ("mime4j/mimetools-testmsgs/multi-nested2.msg", Why::NotFetched),
    ("mime4j/mimetools-testmsgs/multi-nested3.msg", Why::NotFetched),
    ("mime4j/testmsgs/basic-plain-with-bad-header-separator.msg", Why::HeaderEnd),
    ("mime4j/testmsgs/malformedHeaderStartsBody-noheader.msg", Why::HeaderEnd),
    ("mime4j/testmsgs/misplaced-boundary.msg", Why::MidLine),
    ("mime4j/testmsgs/missing-inner-start-boundary.msg", Why::NoParts),
    ("mime4j/testmsgs/multipartemptypart.msg", Why::EmptyPart),
    ("mime4j/testmsgs/multipartnopart.msg", Why::NoParts),
    ("mime4j/testmsgs/very-long-boundary.msg", Why::BoundaryEnd),
    ("mime4j/testmsgs/very-very-long-boundary.msg", Why::BoundaryEnd),
    ("mime4j/testmsgs/weird-boundary.msg", Why::BoundaryEnd),
    ("mimekit-mbox/jwz-summary.txt", Why::HeaderEnd),
    ("mikel-mail/error_emails/multiple_content_types.eml", Why::TwoTypes),
    ("mail-parser-malformed/007.eml", Why::EmptyPart),
    ("mail-parser-malformed/009.eml", Why::OuterDelimiter),
    ("mail-parser-malformed/011.eml", Why::OuterDelimiter),
    ("mail-parser-malformed/012.eml", Why::OuterDelimiter),
    ("mail-parser-malformed/013.eml", Why::EmptyPart),
    ("mail-parser-malformed/014.eml", Why::EmptyPart),
    ("mail-parser-malformed/019.eml", Why::HeaderEnd),
    ("mail-parser-malformed/021.eml", Why::TwoTypes),
    ("mail-parser-malformed/022.eml", Why::OuterDelimiter),
    ("mail-parser-thirdparty/005.eml", Why::MidLine),
    ("sisimai/bsd/lhost-office365-01.eml", Why::OuterDelimiter),
    ("sisimai/bsd/lhost-postfix-64.eml", Why::OuterDelimiter),
    ("sisimai/bsd/rhost-gsuite-12.eml", Why::OuterDelimiter),
    ("sisimai/mac/arf-01.eml", Why::BareCr),
    ("sisimai/mac/lhost-amazonses-01.eml", Why::BareCr),
    ("sisimai/mac/lhost-amazonworkmail-01.eml", Why::BareCr),
    ("sisimai/mac/lhost-apachejames-01.eml", Why::BareCr),
    ("sisimai/mac/lhost-facebook-01.eml", Why::BareCr),
    ("sisimai/mac/lhost-gmail-01.eml", Why::BareCr),
    ("sisimai/mac/lhost-googleworkspace-01.eml", Why::BareCr),
    ("sisimai/mac/lhost-kddi-01.eml", Why::BareCr),
    ("sisimai/mac/lhost-sendgrid-01.eml", Why::BareCr),
    ("sisimai/mac/rfc3464-01.eml", Why::BareCr),
    ("sisimai/mac/rhost-googleapps-01.eml", Why::BareCr),
    ("sisimai/mac/rhost-iua-01.eml", Why::BareCr),
];

pub(super) fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("{name}: skipped, no corpora at {}", path.display());
    None
}

/// Every message below a folder.
pub(super) fn messages(folder: &Path) -> Vec<PathBuf> {
    let mut list = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list.extend(messages(&path));
        } else if !path.extension().is_some_and(|e| e == "xml" || e == "json") {
            list.push(path);
        }
    }
    list.sort();
    list
}

/// The decoded bodies of all leaves as mail-parser cuts them.
fn parsed(source: &[u8]) -> Vec<Vec<u8>> {
    let Some(message) = MessageParser::new().with_mime_headers().parse(source) else { return Vec::new() };
    let leaves = message.parts.iter().filter(|part| !matches!(part.body, PartType::Multipart(_)));
    leaves
        .map(|part| {
            let (header, body, end) = (part.offset_header, part.offset_body, part.offset_end);
            let slice = |from: u32, to: u32| source.get(from as usize..to as usize).unwrap_or_default();
            let fields = Fields::parse(slice(header, body));
            let encoding = fields.first("content-transfer-encoding").unwrap_or_default();
            Decoder::decode(&String::from_utf8_lossy(encoding), slice(body, end))
        })
        .collect()
}

/// What differs between the two readings.
fn differences(source: &Bytes) -> Vec<String> {
    let found = scan(source);
    let ours: Vec<_> = found.spans.iter().map(|s| Decoder::decode(&s.encoding, span_of(source, s))).collect();
    let theirs = parsed(source);
    let sizes = |bodies: &[Vec<u8>]| bodies.iter().map(Vec::len).collect::<Vec<_>>();
    let bodies = (ours != theirs).then(|| format!("bodies {:?}, {:?}", sizes(&ours), sizes(&theirs)));
    let limited = found.limited.then(|| "limited".to_owned());
    let at = MessageRef { folder: FolderName::inbox(), validity: UidValidity(1), uid: Uid(1) };
    let ours = render(at.clone(), found.raw);
    let theirs = render(at, RawMessage { whole: Some(source.clone()), ..RawMessage::default() });
    let mut list: Vec<String> = bodies.into_iter().chain(limited).collect();
    if ours.subject != theirs.subject {
        list.push(format!("subject {:?}, {:?}", ours.subject, theirs.subject));
    }
    if ours.text != theirs.text {
        list.push(format!("text {}, {}", ours.text.len(), theirs.text.len()));
    }
    if ours.html != theirs.html {
        list.push("html".to_owned());
    }
    if ours.parts != theirs.parts {
        list.push(format!("parts {}, {}", ours.parts.len(), theirs.parts.len()));
    }
    if ours.notes != theirs.notes {
        list.push(format!("notes {:?}, {:?}", ours.notes, theirs.notes));
    }
    assert!(!ours.notes.contains(&ViewNote::ShownRaw), "the scanner always finds leaves");
    list
}

#[test]
fn corpora_read_both_ways() {
    let mut unexplained = Vec::new();
    for corpus in CORPORA {
        let Some(folder) = folder(corpus) else { continue };
        let (mut agree, mut whys) = (0, std::collections::BTreeMap::<Why, u32>::new());
        for path in messages(&folder) {
            let name = path.strip_prefix(folder.parent().unwrap()).unwrap().display().to_string();
            let found = differences(&std::fs::read(&path).unwrap().into());
            let why = DIFFERENT.iter().find(|(file, _)| *file == name).map(|(_, why)| *why);
            match (found.is_empty(), why) {
                (true, None) => agree += 1,
                (false, Some(why)) => *whys.entry(why).or_default() += 1,
                (_, why) => unexplained.push(format!("{name}: {found:?}, {why:?}")),
            }
        }
        println!("{corpus}: {agree} agree, {} differ: {whys:?}", whys.values().sum::<u32>());
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
}
