//! RFC 2046 §5.1 line by line, and what broken senders make of it.
use super::*;
use crate::mail::worker::Worker;
use pyeonji_shared::device::POLICY;
use pyeonji_shared::ids::{FolderName, MessageRef, Uid, UidValidity};
use pyeonji_shared::message::ViewNote;

const PLAIN: &str = "text/plain";

fn mixed(body: &str) -> Vec<u8> {
    format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{body}").into_bytes()
}

#[test]
fn a_message_of_one_part() {
    assert_leaves(b"Subject: x\r\n\r\nbody\r\n", &[("1", PLAIN, "body\r\n")]);
    assert_leaves(b"Content-Type: image/png\r\n\r\nx", &[("1", "image/png", "x")]);
    let source =
        b"Subject: x\r\nContent-Type: text/plain; charset=euc-kr; format=flowed; delsp=yes\r\n\
          Content-Transfer-Encoding: Base64\r\nContent-ID: <a@b>\r\nContent-Disposition: Inline; filename=\"a b.txt\"\r\n\r\nYQ==\r\n";
    let found = scan(source);
    let leaf = &found.raw.leaves[0];
    assert_eq!(leaf.charset.as_deref(), Some("euc-kr"));
    assert_eq!((leaf.encoding.as_str(), leaf.flowed, leaf.size), ("base64", Some(true), 6));
    assert_eq!((leaf.name.as_deref(), leaf.disposition.as_deref()), (Some("a b.txt"), Some("inline")));
    assert_eq!(leaf.content_id.as_deref(), Some("<a@b>"));
    assert_eq!(leaf.bytes.as_deref(), Some(&b"YQ==\r\n"[..]));
    assert_eq!(
        (found.size as usize, found.raw.size as usize, found.limited),
        (source.len(), source.len(), false)
    );
    assert!(
        found.raw.header.starts_with(b"Subject: x\r\nContent-Type")
            && found.raw.header.ends_with(b"\r\n\r\n")
    );
}

#[test]
fn sections_are_numbered_as_imap_does() {
    let source = mixed(
        "preamble\r\n--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\none\r\n--c\r\n\
         Content-Type: text/html\r\n\r\ntwo\r\n\r\n--c--\r\nepilogue\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
         Content-Type: multipart/mixed; boundary=d\r\n\r\n--d\r\n\r\nin\r\n--d--\r\n\r\n--b\r\n\
         Content-Type: image/png\r\n\r\nthree\r\n--b--\r\nepilogue\r\n",
    );
    assert_leaves(
        &source,
        &[
            ("1.1", PLAIN, "one"),
            ("1.2", "text/html", "two\r\n"),
            (
                "2",
                "message/rfc822",
                "Content-Type: multipart/mixed; boundary=d\r\n\r\n--d\r\n\r\nin\r\n--d--\r\n",
            ),
            ("3", "image/png", "three"),
        ],
    );
    let parents: Vec<_> = scan(&source).raw.leaves.into_iter().map(|leaf| leaf.parent).collect();
    assert_eq!(parents, ["alternative", "alternative", "mixed", "mixed"]);
}

#[test]
fn every_kind_of_line_end() {
    let source =
        String::from_utf8(mixed("p\r\n--b\r\n\r\none\r\ntwo\r\n--b\r\n\r\nthree\r\n--b--\r\n")).unwrap();
    for (line_break, end) in [("\r\n", "\r\n"), ("\n", "\n"), ("\r", "\r")] {
        let source = source.replace("\r\n", line_break);
        assert_leaves(source.as_bytes(), &[("1", PLAIN, &format!("one{end}two")), ("2", PLAIN, "three")]);
        assert_eq!(
            scan(source.as_bytes()).raw.header,
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"[..]
        );
    }
    // Line ends doubled by a gateway: the last CR is the break's, those before it are text.
    let source = source.replace("\r\n", "\r\r\n");
    assert_leaves(source.as_bytes(), &[("1", PLAIN, "one\r\r\ntwo\r"), ("2", PLAIN, "three\r")]);
    assert_eq!(scan(source.as_bytes()).raw.header, b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"[..]);
}

#[test]
fn delimiters() {
    // White space may follow; anything else may not; within a line it is text.
    assert_leaves(
        &mixed("--b \t\r\n\r\na\r\n--bc\r\nx--b\r\n --b\r\n--b-\r\n--b-- \r\nend"),
        &[("1", PLAIN, "a\r\n--bc\r\nx--b\r\n --b\r\n--b-")],
    );
    // White space at the boundary's end is not significant.
    let source =
        b"Content-Type: multipart/mixed; boundary=\"b \"\r\n\r\n--b\r\n\r\n1\r\n--b \r\n\r\n2\r\n--b --\r\n";
    assert_leaves(source, &[("1", PLAIN, "1"), ("2", PLAIN, "2")]);
    // A boundary may end as a closing delimiter does, and the body may have no text before it.
    let source =
        b"Content-Type: multipart/mixed; boundary=\"b--\"\r\n\r\n--b--\r\n\r\n1\r\n--b--\r\n\r\n--b----\r\n";
    assert_leaves(source, &[("1", PLAIN, "1"), ("2", PLAIN, "")]);
}

#[test]
fn one_boundary_may_begin_as_another() {
    for (outer, inner) in [("ab", "a"), ("a", "ab"), ("a", "a--")] {
        let source = format!(
            "Content-Type: multipart/mixed; boundary=\"{outer}\"\r\n\r\n--{outer}\r\n\
             Content-Type: multipart/mixed; boundary=\"{inner}\"\r\n\r\n--{inner}\r\n\r\n1\r\n--{inner}\r\n\r\n2\r\n--{outer}\r\n\r\n3\r\n"
        );
        assert_leaves(source.as_bytes(), &[("1.1", PLAIN, "1"), ("1.2", PLAIN, "2"), ("2", PLAIN, "3\r\n")]);
    }
    // The same boundary twice: the inner multipart has it until it is closed.
    let inner =
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n1\r\n--b--\r\n--b\r\n\r\n2\r\n--b--\r\n";
    assert_leaves(&mixed(&format!("--b\r\n{inner}")), &[("1.1", PLAIN, "1"), ("2", PLAIN, "2")]);
}

#[test]
fn ends_that_are_missing() {
    // No closing delimiter, and none of the inner multipart either.
    assert_leaves(&mixed("--b\r\n\r\na\r\n"), &[("1", PLAIN, "a\r\n")]);
    let inner = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n1\r\n--b\r\n\r\n2\r\n--c\r\n\r\n3";
    assert_leaves(&mixed(inner), &[("1.1", PLAIN, "1"), ("2", PLAIN, "2\r\n--c\r\n\r\n3")]);
    // A closed multipart stays closed.
    assert_leaves(&mixed("--b\r\n\r\na\r\n--b--\r\n--b\r\n\r\nno\r\n"), &[("1", PLAIN, "a")]);
    // Truncated within a header, a delimiter, a line.
    assert_leaves(&mixed("--b\r\nContent-Type: image/p"), &[("1", "image/p", "")]);
    assert_leaves(&mixed("--b\r\n\r\na\r\n--b"), &[("1", PLAIN, "a"), ("2", PLAIN, "")]);
    assert_leaves(&mixed("--b\r\n\r\na\r\n-"), &[("1", PLAIN, "a\r\n-")]);
    assert_leaves(b"Subject: x\r\n", &[("1", PLAIN, "")]);
    assert_leaves(b"", &[("1", PLAIN, "")]);
}

#[test]
fn empty_parts() {
    assert_leaves(
        &mixed("--b\r\n--b\r\n\r\n--b\r\n\r\n\r\n--b\r\nX: y\r\n--b--\r\n"),
        &[("1", PLAIN, ""), ("2", PLAIN, ""), ("3", PLAIN, ""), ("4", PLAIN, "")],
    );
}

#[test]
fn a_multipart_without_parts_is_the_text_it_holds() {
    assert_leaves(
        b"Content-Type: multipart/mixed\r\n\r\n--b\r\n\r\na\r\n",
        &[("1", PLAIN, "--b\r\n\r\na\r\n")],
    );
    assert_leaves(&mixed("a\r\nb\r\n"), &[("1", PLAIN, "a\r\nb\r\n")]);
    assert_leaves(&mixed("a\r\n--b--\r\nend\r\n"), &[("1", PLAIN, "a")]);
    let inner =
        "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\na\r\n\r\n--b\r\n\r\n2\r\n--b--\r\n";
    assert_leaves(&mixed(inner), &[("1", PLAIN, "a\r\n"), ("2", PLAIN, "2")]);
    // The header itself ends at the outer delimiter.
    let inner = "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n--b\r\n\r\n2\r\n--b--\r\n";
    assert_leaves(&mixed(inner), &[("1", PLAIN, ""), ("2", PLAIN, "2")]);
    assert_eq!(scan(&mixed("a\r\nb\r\n")).raw.leaves[0].bytes.as_deref(), Some(&b"a\r\nb\r\n"[..]));
}

#[test]
fn a_digest_holds_messages() {
    let source = "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: 1\r\n\r\none\r\n--b\r\n\
                  Content-Type: text/plain\r\n\r\ntwo\r\n--b\r\nSubject: 3\r\n\r\nthree\r\n--b--\r\n";
    assert_leaves(
        source.as_bytes(),
        &[
            ("1", "message/rfc822", "Subject: 1\r\n\r\none"),
            ("2", PLAIN, "two"),
            ("3", "message/rfc822", "three"),
        ],
    );
}

#[test]
fn headers_without_their_empty_line() {
    // No header at all.
    assert_leaves(
        b"Just text.\r\nAnd more: text.\r\nEnd.\r\n",
        &[("1", PLAIN, "Just text.\r\nAnd more: text.\r\nEnd.\r\n")],
    );
    assert_leaves(b"One line.\r\n\r\nAnother.\r\n", &[("1", PLAIN, "One line.\r\n\r\nAnother.\r\n")]);
    assert_leaves(b" indented", &[("1", PLAIN, " indented")]);
    // Text right behind the fields.
    let found = scan(b"Subject: x\r\nHello,\r\n  indented\r\nhow are you?\r\n");
    assert_eq!(found.raw.leaves[0].bytes.as_deref(), Some(&b"Hello,\r\n  indented\r\nhow are you?\r\n"[..]));
    assert_eq!(found.raw.header, b"Subject: x\r\n"[..]);
    // One odd line among fields, or at their end, is a field that something broke.
    assert_leaves(b"From x Mon 12:00\r\nSubject: x\r\n\r\nbody", &[("1", PLAIN, "body")]);
    assert_leaves(b"Subject: x\r\nodd\r\n more\r\nContent-Type: a/b\r\n\r\nbody", &[("1", "a/b", "body")]);
    assert_leaves(b"Content-Type: a/b;\r\nc=d\r\n\r\nbody", &[("1", "a/b", "body")]);
    // A delimiter right behind the header, and behind an odd line.
    let parts = "--b\r\nContent-Type: a/b\r\n--c\r\nx\r\n--b--\r\n";
    let source = format!("Content-Type: multipart/mixed; boundary=b\r\n{parts}");
    assert_leaves(source.as_bytes(), &[("1", "a/b", "--c\r\nx")]);
    let source = format!("Content-Type: multipart/mixed; boundary=b\r\nodd\r\n{parts}");
    assert_leaves(source.as_bytes(), &[("1", "a/b", "--c\r\nx")]);
    // Parts, too.
    assert_leaves(
        &mixed("--b\r\none\r\ntwo\r\n--b\r\nthree\r\n--b--\r\n"),
        &[("1", PLAIN, "one\r\ntwo"), ("2", PLAIN, "three")],
    );
}

#[test]
fn text_is_kept_and_files_are_not() {
    let source = mixed(
        "--b\r\n\r\ntext\r\n--b\r\nContent-Type: text/html\r\n\r\nhtml\r\n--b\r\nContent-Disposition: attachment\r\n\r\n\
         file\r\n--b\r\nContent-Type: text/csv\r\n\r\ntable\r\n--b--\r\n",
    );
    let kept: Vec<_> =
        scan(&source).raw.leaves.into_iter().map(|leaf| leaf.bytes.map(|b| b.to_vec())).collect();
    assert_eq!(kept, [Some(b"text".to_vec()), Some(b"html".to_vec()), None, None]);
}

#[tokio::test]
async fn what_the_device_gets() {
    let worker = Worker::start(1).unwrap();
    let at = MessageRef { folder: FolderName::inbox(), validity: UidValidity(1), uid: Uid(7) };
    let source = [
        &b"Subject: =?utf-8?q?=ED=8E=B8?=\r\n"[..],
        &mixed(
            "--b\r\n\r\nhello\r\n--b\r\nContent-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: BASE64\r\n\r\n\
             aGk=\r\n--b--\r\n",
        ),
    ]
    .concat();
    let got = fetched(&worker, at.clone(), scan(&source)).await;
    assert_eq!((got.size, got.policy, &got.view.at), (source.len() as u64, POLICY, &at));
    assert_eq!((got.view.subject.as_str(), got.view.text.as_str()), ("편", "hello\n"));
    assert_eq!(got.view.parts.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["a.png"]);
    // The text's own span isn't needed.
    let [span] = got.spans.as_slice() else { panic!("{:?}", got.spans) };
    assert_eq!((span.section.as_str(), span.encoding.as_str()), ("2", "base64"));
    assert_eq!(span_of(&source, span), b"aGk=");
    assert!(got.view.notes.is_empty());

    let long = fetched(&worker, at, scan(&[&b"\r\n"[..], &vec![b'x'; MAX_TEXT + 1]].concat())).await;
    assert_eq!(long.view.notes, [ViewNote::Truncated]);
}
