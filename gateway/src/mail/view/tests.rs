//! Messages of every sort, built as bytes, and the foreign collections.
use super::*;
use bytes::Bytes;
use encoding_rs::EUC_KR;
use proptest::prelude::*;
use pyeonji_shared::ids::{FolderName, Uid, UidValidity};
use std::path::{Path, PathBuf};

fn at() -> MessageRef {
    MessageRef { folder: FolderName::inbox(), validity: UidValidity(1), uid: Uid(1) }
}

fn whole(source: &[u8]) -> MessageView {
    let raw = RawMessage { whole: Some(Bytes::copy_from_slice(source)), ..RawMessage::default() };
    render(at(), raw)
}

fn leaf(section: &str, mime: &str, parent: &str, body: &[u8]) -> Leaf {
    Leaf {
        section: section.into(),
        mime: mime.into(),
        parent: parent.into(),
        size: body.len() as u32,
        bytes: mime.starts_with("text/").then(|| Bytes::copy_from_slice(body)),
        charset: Some("utf-8".into()),
        ..Leaf::default()
    }
}

fn from_leaves(leaves: Vec<Leaf>) -> MessageView {
    let header = Bytes::from_static(b"From: Ada <ada@blue.test>\r\nSubject: Hi\r\n\r\n");
    render(at(), RawMessage { header, leaves, ..RawMessage::default() })
}

#[test]
fn korean_mail_in_its_charsets() {
    for (label, encoding, body) in [
        ("euc-kr", "8bit", EUC_KR.encode("안녕하세요, 똠방각하").0.into_owned()),
        ("ks_c_5601-1987", "base64", b"vsiz58fPvLy/5CwgjGO55rCix88=".to_vec()),
        ("utf-8", "8bit", "안녕하세요, 똠방각하".as_bytes().to_vec()),
        ("utf-8", "base64", b"7JWI64WV7ZWY7IS47JqULCDrmKDrsKnqsIHtlZg=".to_vec()),
    ] {
        let mut source = format!(
            "From: =?euc-kr?B?yKux5rW/?= <hong@green.test>\r\nSubject: =?euc-kr?Q?=C8=B8=C0=C7?=\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=\"{label}\"\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        )
        .into_bytes();
        source.extend(body);
        let view = whole(&source);
        assert_eq!(view.text, "안녕하세요, 똠방각하\n", "{label} {encoding}");
        assert_eq!((view.subject.as_str(), view.from[0].name.as_str()), ("회의", "홍길동"));
        assert!(view.notes.is_empty(), "{:?}", view.notes);
    }
}

#[test]
fn stateful_charsets() {
    let view = whole(b"Subject: \x1b$)C\x0eGQ1[\x0f\r\nContent-Type: text/plain; charset=iso-2022-kr\r\n\r\n\x1b$)C\x0e>H3g\x0f!\r\n");
    assert_eq!((view.subject.as_str(), view.text.as_str()), ("한글", "안녕!\n"));
    let view = whole(b"Content-Type: text/plain; charset=ISO-2022-JP\r\n\r\n\x1b$BF|K\\8l\x1b(B\r\n");
    assert_eq!(view.text, "日本語\n");
}

#[test]
fn a_missing_charset_is_guessed_and_said() {
    let mut source = b"Subject: x\r\n\r\n".to_vec();
    source.extend_from_slice(&EUC_KR.encode("가나다라").0);
    let view = whole(&source);
    assert_eq!(view.text, "가나다라\n");
    assert_eq!(view.notes, [ViewNote::CharsetGuessed]);
}

#[test]
fn alternatives_pictures_and_files() {
    let mut picture = leaf("1.2.2", "image/png", "related", b"x");
    picture.content_id = Some("<logo@x>".into());
    let mut file = leaf("2", "application/pdf", "mixed", b"x");
    file.name = Some("=?utf-8?B?7ZqM7J2YLnBkZg==?=".into());
    file.disposition = Some("attachment".into());
    let view = from_leaves(vec![
        leaf("1.1", "text/plain", "alternative", b"plain"),
        leaf(
            "1.2.1",
            "text/html",
            "related",
            b"<p>rich</p><img src=cid:logo@x><img src=https://x.test/y.png>",
        ),
        picture,
        file,
        leaf("3", "text/plain", "mixed", b"-- \nlist footer"),
    ]);
    assert_eq!(view.text, "plain\n\n-- \nlist footer\n");
    let html = view.html.unwrap().0;
    assert!(
        html.starts_with("<p>rich</p><img src=\"cid:logo@x\">") && html.contains("list footer"),
        "{html}"
    );
    assert_eq!(view.remote_images, 1);
    let parts: Vec<_> =
        view.parts.iter().map(|part| (part.section.as_str(), part.name.as_str(), part.inline)).collect();
    assert_eq!(parts, [("1.2.2", "image-1.2.2.png", true), ("2", "회의.pdf", false)]);
    assert!(view.parts[0].preview && !view.parts[1].preview);
}

#[test]
fn html_alone_yields_text() {
    let view = from_leaves(vec![leaf("1", "text/html", "", b"<h1>Title</h1><p>one<br>two</p>")]);
    assert!(view.text.contains("Title") && view.text.contains("one\ntwo"), "{:?}", view.text);
    assert!(view.html.is_some());
}

/// The text is what the plain view shows and what a reply quotes; the HTML keeps all of it.
#[test]
fn r13_text_of_html_holds_nothing_hidden() {
    let html = "<style>.pre{display:none}</style><div class=pre>preheader</div><p hidden>secret</p>\
                <p style='font-size:0'>tiny</p><div style='max-height:0;overflow:hidden'>shut</div><p>shown</p>";
    let view = from_leaves(vec![leaf("1", "text/html", "", html.as_bytes())]);
    assert_eq!(view.text, "shown\n");
    assert!(view.html.is_some_and(|html| html.0.contains("preheader") && html.0.contains("<p hidden=\"\">")));
    // Past a limit of the sanitiser, and without it.
    let deep = format!("{html}{}", "<div>deep".repeat(400));
    let view = from_leaves(vec![leaf("1", "text/html", "", deep.as_bytes())]);
    assert!(view.text.starts_with("shown\ndeep\n"), "{:.80}", view.text);
    let slow = vec![leaf("1", "text/html", "", html.as_bytes())];
    let view = render_with(at(), RawMessage { leaves: slow, ..RawMessage::default() }, Effort::PlainText);
    assert_eq!(view.text, "shown\n");
}

#[test]
fn r30_html_past_a_limit_becomes_text() {
    let view = from_leaves(vec![leaf("1", "text/html", "", "<div>deep".repeat(400).as_bytes())]);
    assert_eq!((view.html, view.notes), (None, vec![ViewNote::HtmlTooBig]));
    assert!(view.text.starts_with("deep\n"));
    let slow = vec![leaf("1", "text/html", "", b"<p>a</p>")];
    let view = render_with(at(), RawMessage { leaves: slow, ..RawMessage::default() }, Effort::PlainText);
    assert_eq!((view.html, view.text.as_str(), view.notes), (None, "a\n", vec![ViewNote::HtmlTooBig]));
}

#[test]
fn flowed_text_is_put_together() {
    let view = whole(b"Content-Type: text/plain; format=flowed\r\n\r\none \r\ntwo\r\n");
    assert_eq!(view.text, "one two\n");
    let view = from_leaves(vec![Leaf {
        flowed: Some(true),
        ..leaf("1", "text/plain", "mixed", "한 \r\n글".as_bytes())
    }]);
    assert_eq!(view.text, "한글\n");
}

#[test]
fn special_parts_are_listed_and_said() {
    let mut tnef = leaf("2", "application/ms-tnef", "mixed", b"x");
    tnef.name = Some("winmail.dat".into());
    let view = from_leaves(vec![
        leaf("1", "text/plain", "mixed", b"a"),
        tnef,
        leaf("3", "message/rfc822", "mixed", b""),
    ]);
    let names: Vec<_> = view.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["winmail.dat", "message-3.eml"]);

    let view = from_leaves(vec![
        leaf("1", "application/pgp-encrypted", "encrypted", b"Version: 1"),
        leaf("2", "application/octet-stream", "encrypted", b"x"),
    ]);
    assert_eq!(view.notes, [ViewNote::Encrypted]);
    let view = from_leaves(vec![leaf("1", "application/pkcs7-mime", "", b"x")]);
    assert_eq!(
        (view.notes.as_slice(), view.parts[0].name.as_str()),
        (&[ViewNote::Encrypted][..], "smime.p7m")
    );
}

#[test]
fn too_big_is_said_and_the_header_shown() {
    let header = Bytes::from_static(b"Subject: big\r\n\r\n");
    let view = render(at(), RawMessage { header, too_big: true, ..RawMessage::default() });
    assert_eq!((view.subject.as_str(), view.notes), ("big", vec![ViewNote::TooBigToShow]));
}

#[test]
fn a_source_that_was_cut_off_says_so() {
    let whole = Some(Bytes::from_static(b"Subject: long\r\n\r\nbegin"));
    let view = render(at(), RawMessage { whole, cut: true, ..RawMessage::default() });
    assert_eq!((view.text.as_str(), view.notes), ("begin\n", vec![ViewNote::Truncated]));
}

#[test]
fn r29_a_poison_mail_is_shown_raw() {
    let mut bomb = b"Subject: poison\r\n".to_vec();
    bomb.extend(b"Content-Type: message/rfc822\r\n\r\n".repeat(20_000));
    let view = whole(&bomb);
    assert!(view.notes.contains(&ViewNote::ShownRaw));
    assert_eq!(view.subject, "poison");
    assert!(view.text.starts_with("Subject: poison\n"));
    assert!(view.html.is_none());
}

#[test]
fn r30_mime_limits() {
    // Embedded messages: 10 are read, 11 shown raw.
    let nested = |n: usize| {
        [b"Content-Type: message/rfc822\r\n\r\n".repeat(n), b"Subject: x\r\n\r\nend".to_vec()].concat()
    };
    assert!(!whole(&nested(10)).notes.contains(&ViewNote::ShownRaw));
    assert!(whole(&nested(11)).notes.contains(&ViewNote::ShownRaw));

    // Multiparts within one another: 20 and 21.
    let deep = |n: usize| {
        let open: String = (0..n)
            .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}x\r\n\r\n--b{n}x\r\n"))
            .collect();
        whole(format!("{open}Content-Type: text/plain\r\n\r\nend\r\n").as_bytes())
    };
    assert_eq!(deep(20).text, "end\n");
    assert!(deep(21).notes.contains(&ViewNote::ShownRaw));

    // Parts.
    let wide = |n: usize| {
        let parts = "--b\r\nContent-Type: image/png\r\n\r\nx\r\n".repeat(n);
        whole(format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n").as_bytes())
    };
    assert_eq!(wide(900).parts.len(), 900);
    assert!(wide(1_100).notes.contains(&ViewNote::ShownRaw));
    let many = (1..=MAX_PARTS + 1).map(|n| leaf(&n.to_string(), "image/png", "mixed", b"")).collect();
    let view = from_leaves(many);
    assert_eq!((view.parts.len(), view.notes.as_slice()), (MAX_PARTS, &[ViewNote::Truncated][..]));
}

#[test]
fn long_text_is_cut() {
    let view = from_leaves(vec![leaf("1", "text/plain", "", "가".repeat(MAX_TEXT / 3 + 10).as_bytes())]);
    assert!(view.text.len() <= MAX_TEXT && view.notes.contains(&ViewNote::Truncated));
}

#[test]
fn an_embedded_message_is_one_part() {
    let view = from_leaves(vec![
        leaf("1", "text/plain", "mixed", b"see below"),
        leaf("2", "message/rfc822", "mixed", b""),
        leaf("2.1", "text/plain", "rfc822", b"inner"),
        leaf("2.2", "image/png", "mixed", b""),
        leaf("21", "image/png", "mixed", b""),
    ]);
    assert_eq!(view.text, "see below\n");
    assert_eq!(view.parts.iter().map(|part| part.section.as_str()).collect::<Vec<_>>(), ["2", "21"]);
}

#[test]
fn r30_text_of_html_is_bounded_by_its_size() {
    // Quotes within quotes are the worst: each level is a mark on every line.
    const MOST_PER_BYTE: usize = 64;
    let bombs = [
        ("nested tables", "<table><tr><td>a".repeat(60)),
        ("nested tables, two cells", "<table><tr><td>a<td>b".repeat(60)),
        ("wide table", format!("<table>{}</table>", "<tr><td>a<td>b<td>c".repeat(4_000))),
        ("one row", format!("<table><tr>{}</table>", "<td>a".repeat(9_000))),
        ("spans", format!("<table>{}</table>", "<tr><td colspan=1000000 rowspan=65534>a".repeat(2_000))),
        ("lists", "<ul><li>a".repeat(100)),
        ("ordered", format!("<ol start=2147483647>{}</ol>", "<li>a".repeat(5_000))),
        ("quotes", "<blockquote>a ".repeat(250)),
        ("one word", "x".repeat(250 << 10)),
        ("breaks", "<br>".repeat(15_000)),
        ("pre", format!("<pre>{}</pre>", " \t\n".repeat(50_000))),
        ("rules", "<hr>".repeat(9_000)),
        ("wide characters", "가\u{300}\u{200d}".repeat(30_000)),
    ];
    for (name, html) in bombs {
        let view = from_leaves(vec![leaf("1", "text/html", "", html.as_bytes())]);
        println!("{name}: {} bytes, {} of text, {:?}", html.len(), view.text.len(), view.notes);
        assert!(view.text.len() <= html.len() * MOST_PER_BYTE, "{name}");
        // A cell that covers thousands of columns costs the layout its time: `policy` cuts it.
        let spans = view.html.iter().flat_map(|html| html.0.split("colspan=\"").skip(1));
        assert!(spans.clone().all(|rest| rest.starts_with("50\"")), "{name}");
        assert_eq!(spans.count() > 0, name == "spans", "{name}");
    }
}

/// Every file below the folder.
fn files(folder: &Path, list: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, list) } else { list.push(path) }
    }
}

/// Shows every message of a collection; nothing panics and every view has its invariants.
fn run(corpus: &str, wanted: fn(&Path) -> bool) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora").join(corpus);
    if !folder.exists() {
        println!("counts: {corpus}: skipped, no corpora at {}", folder.display());
        return;
    }
    let mut list = Vec::new();
    files(&folder, &mut list);
    list.sort();
    let (mut rendered, mut raw, mut refused, mut with_html, mut with_parts, mut other) = (0, 0, 0, 0, 0, 0);
    for path in list {
        if !wanted(&path) {
            other += 1;
            continue;
        }
        let view = whole(&std::fs::read(&path).unwrap());
        assert!(
            view.parts.iter().all(|part| !part.name.is_empty() && !part.name.contains(['/', '\\'])),
            "{}",
            path.display()
        );
        assert!(!view.text.contains(['\r', '\0']), "{}", path.display());
        if view.notes.contains(&ViewNote::ShownRaw) {
            println!("  shown raw, its parts can't be read: {}", path.display());
            raw += 1;
        } else if view.notes.contains(&ViewNote::TooBigToShow) {
            println!("  refused, larger than what is shown: {}", path.display());
            refused += 1;
        } else {
            rendered += 1;
            with_html += usize::from(view.html.is_some());
            with_parts += usize::from(!view.parts.is_empty());
        }
    }
    println!(
        "counts: {corpus}: {} messages: {rendered} rendered ({with_html} with HTML, {with_parts} with parts), \
         {raw} shown raw, {refused} refused; {other} other files",
        rendered + raw + refused
    );
    assert!(rendered > 0);
}

/// The media types of the leaves that an XML description of mime4j tells; an embedded message is one.
fn expected_leaves(xml: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut parts, mut messages) = (Vec::<(bool, bool)>::new(), 0);
    let mut field = String::new();
    let mut types: Vec<String> = Vec::new();
    for piece in xml.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        match tag.split(' ').next().unwrap_or_default() {
            "message" => messages += 1,
            "/message" => messages -= 1,
            // A message within a message has been counted where it began.
            _ if messages > 1 => {}
            "header" => types.push(String::new()),
            "field" => field = text.to_owned(),
            "/field" => {
                let value = field.trim_start();
                if value.get(..13).is_some_and(|name| name.eq_ignore_ascii_case("content-type:"))
                    && let (Some(last), Some(value)) = (types.last_mut(), value.get(13..))
                    && last.is_empty()
                {
                    *last = super::super::header::Parameters::parse(value.as_bytes()).value;
                }
            }
            "multipart" => {
                if let Some(part) = parts.last_mut() {
                    part.0 = true;
                }
            }
            "body-part" => parts.push((false, false)),
            "/body-part" => {
                let ended = parts.pop();
                if ended == Some((false, false)) {
                    found.push(types.last().cloned().unwrap_or_default());
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn mime4j_structures_agree() {
    // Where we differ on purpose or by the parser's own reading; none loses text.
    const DIFFERENT: &[(&str, &str)] = &[
        ("double-bound", "the parser leaves out the empty parts between doubled boundaries"),
        ("malformedHeaderStartsBody-noheader", "no header at all: shown raw, which is its text"),
        (
            "misplaced-boundary",
            "the parser takes a boundary within a line; both halves of the text are shown",
        ),
        ("missing-inner-boundary", "a multipart without parts is shown as the text it holds"),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora/mime4j");
    if !folder.exists() {
        println!("counts: mime4j structures: skipped, no corpora at {}", folder.display());
        return;
    }
    let mut list = Vec::new();
    files(&folder, &mut list);
    list.sort();
    let (mut same, mut different, mut without) = (0, 0, 0);
    for path in list.iter().filter(|path| ends(path, &[".msg"])) {
        let stem = path.with_extension("");
        let name = stem.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let xml = [format!("{name}.xml"), format!("{name}_decoded.xml")]
            .iter()
            .find_map(|file| std::fs::read(path.with_file_name(file)).ok());
        let Some(xml) = xml else {
            without += 1;
            continue;
        };
        let expected = expected_leaves(&String::from_utf8_lossy(&xml));
        let source = Bytes::from(std::fs::read(path).unwrap());
        let found: Vec<String> =
            whole::leaves(&source).unwrap_or_default().into_iter().map(|leaf| leaf.mime).collect();
        // A message of one part has no part in the description.
        let count = expected.len().max(1);
        if found.len() == count {
            same += 1;
        } else {
            different += 1;
            let reason = DIFFERENT.iter().find(|(file, _)| *file == name).map(|(_, reason)| *reason);
            println!("  {name}: expected {expected:?}, found {found:?}: {reason:?}");
            assert!(reason.is_some(), "{name}");
        }
    }
    println!(
        "counts: mime4j structures: {same} agree, {different} differ with a reason, {without} without a description"
    );
}

fn ends(path: &Path, endings: &[&str]) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| endings.iter().any(|end| name.ends_with(end)))
}

#[test]
fn r29_corpus_mime4j() {
    run("mime4j", |path| ends(path, &[".msg"]));
}

#[test]
fn r29_corpus_mimekit() {
    run("mimekit", |path| ends(path, &[".eml", ".txt"]));
    run("mimekit-mbox", |path| ends(path, &[".mbox.txt"]));
}

#[test]
fn r29_corpus_mikel_mail() {
    run("mikel-mail", |_| true);
}

#[test]
fn r29_corpus_mail_parser() {
    for corpus in ["mail-parser-rfc", "mail-parser-malformed", "mail-parser-thirdparty"] {
        run(corpus, |path| ends(path, &[".eml"]));
    }
}

#[test]
fn r29_corpus_sisimai() {
    run("sisimai", |_| true);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn r29_any_bytes_are_shown(source in proptest::collection::vec(any::<u8>(), 0..600)) {
        whole(&source);
    }

    #[test]
    fn r29_any_structure_is_shown(lines in proptest::collection::vec(proptest::sample::select(vec![
        "Content-Type: multipart/mixed; boundary=a", "Content-Type: multipart/alternative; boundary=\"b\"",
        "Content-Type: message/rfc822", "Content-Type: text/html", "Content-Type: text/plain; charset=euc-kr",
        "Content-Transfer-Encoding: base64", "Content-Transfer-Encoding: quoted-printable", "", "--a", "--b", "--a--",
        "--b--", "<p>x<table>", "aGk=", "=C7=D1", "Content-Disposition: attachment; filename*=x'y'%00", "Subject: x",
    ]), 0..40)) {
        let source = lines.join("\r\n");
        whole(source.as_bytes());
    }
}
