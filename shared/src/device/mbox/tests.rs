//! Mailboxes of our own, of other programs, and of Python's `mailbox` both ways.
use super::*;
use crate::message::Flags;
use proptest::prelude::*;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Found {
    envelope: Envelope,
    bytes: Vec<u8>,
    marks: Marks,
}

fn read_in(file: &[u8], size: usize) -> Vec<Found> {
    let mut reader = Reader::new();
    let mut events: Vec<Event> = file.chunks(size.max(1)).flat_map(|piece| reader.push(piece)).collect();
    events.extend(reader.finish());
    let mut list = Vec::new();
    let mut open: Option<Found> = None;
    for event in events {
        match event {
            Event::Begin(envelope) => {
                assert!(open.is_none());
                open = Some(Found { envelope, ..Found::default() });
            }
            Event::Bytes(bytes) => open.as_mut().unwrap().bytes.extend(bytes),
            Event::End(marks) => list.push(Found { marks, ..open.take().unwrap() }),
        }
    }
    assert!(open.is_none());
    list
}

fn read(file: &[u8]) -> Vec<Found> {
    read_in(file, file.len())
}

/// The messages as text.
fn texts(file: &[u8]) -> Vec<String> {
    let list = read(file);
    for size in [1, 2, 3, 7, 64] {
        assert_eq!(read_in(file, size), list, "in pieces of {size}");
    }
    list.into_iter().map(|found| String::from_utf8_lossy(&found.bytes).into_owned()).collect()
}

fn write(messages: &[(Vec<u8>, Flags)], size: usize) -> Vec<u8> {
    let mut writer = Writer::new();
    let mut file = Vec::new();
    for (n, (message, flags)) in messages.iter().enumerate() {
        file.extend(writer.begin("ada@blue.test", 1_700_000_000 + n as i64, *flags, &[]));
        message.chunks(size.max(1)).for_each(|piece| file.extend(writer.push(piece)));
        file.extend(writer.end());
    }
    file
}

#[test]
fn a_file_as_rfc_4155_has_it() {
    let message = b"Subject: a\r\n\r\nFrom here\r\n>From there\r\n>> From\r\nFrom\r\n>".to_vec();
    let file =
        write(&[(message.clone(), Flags::SEEN.with(Flags::FLAGGED)), (Vec::new(), Flags::default())], 3);
    let expected = "From ada@blue.test Tue Nov 14 22:13:20 2023\nStatus: RO\nX-Status: F\nSubject: a\n\n>From here\n\
                    >>From there\n>> From\nFrom\n>\n\nFrom ada@blue.test Tue Nov 14 22:13:21 2023\nStatus: O\nX-Status: \n\n";
    assert_eq!(String::from_utf8_lossy(&file), expected);
    let found = read(&file);
    assert_eq!(found[0].bytes, [message, b"\r\n".to_vec()].concat());
    assert_eq!(found[0].envelope, Envelope { sender: "ada@blue.test".into(), date: Some(1_700_000_000) });
    assert_eq!(found[0].marks.flags, Flags::SEEN.with(Flags::FLAGGED));
    assert_eq!((found[1].bytes.len(), found[1].marks.flags, found.len()), (0, Flags::default(), 2));
}

#[test]
fn senders_that_would_break_the_line() {
    for (sender, shown) in [("", "MAILER-DAEMON"), ("a b\n<c>", "a?b?<c>"), ("가@b", "?@b")] {
        let line = String::from_utf8(Writer::new().begin(sender, -5, Flags::default(), &[])).unwrap();
        assert!(line.starts_with(&format!("From {shown} Thu Jan  1 00:00:00 1970\n")), "{line}");
    }
    assert!(
        Writer::new()
            .begin("a", i64::MAX, Flags::default(), &[])
            .starts_with(b"From a Fri Dec 31 23:59:59 9999\n")
    );
}

#[test]
fn from_lines_of_other_programs() {
    let date = |line: &str| line::envelope(line.as_bytes()).map(|found| (found.sender, found.date));
    let at = |sender: &str, date| Some((sender.to_owned(), Some(date)));
    for (line, expected) in [
        ("From a@b Tue Nov 14 22:13:20 2023", at("a@b", 1_700_000_000)),
        ("From - Tue Nov 14 22:13:20 2023", at("-", 1_700_000_000)),
        ("From 1782@xxx Wed Nov 15 07:13:20 +0900 2023", at("1782@xxx", 1_700_000_000)),
        ("From a@b  Tue Nov 14 22:13 2023 remote from host", at("a@b", 1_699_999_980)),
        ("From a b Tue Nov 14 14:13:20 PST 2023", at("a b", 1_699_971_200)),
        ("From a Tue Nov  4 14:13:20 2023 -0100", at("a", 1_699_110_800)),
        ("From - ", Some(("-".to_owned(), None))),
        ("From here on it is Nov 14 and no time", None),
        ("From a Tue Nov 31 22:13:20 2023", None),
        ("From a Tue Nov 14 22:13:20", None),
        ("From a", None),
        ("From: a@b", None),
    ] {
        assert_eq!(date(line), expected, "{line}");
    }
}

#[test]
fn quoted_by_one_or_by_each() {
    // mboxo quotes `From ` alone, mboxrd each level; both lose one.
    let file = b"From a Tue Nov 14 22:13:20 2023\nA: b\n\n>From x\n>>From y\n> From z\n\n\nFrom a Tue Nov 14 22:13:20 2023\nA: c\n";
    assert_eq!(texts(file), ["A: b\r\n\r\nFrom x\r\n>From y\r\n> From z\r\n\r\n", "A: c\r\n"]);
    // An unquoted line that only begins as one stays. The empty line before one may be missing.
    let file = b"From - \nA: b\n\nFrom the start\n\nFrom then - on\nFrom -\nA: c\n\nd";
    assert_eq!(texts(file), ["A: b\r\n\r\nFrom the start\r\n\r\nFrom then - on\r\n", "A: c\r\n\r\nd\r\n"]);
}

#[test]
fn what_begins_without_a_from_line() {
    assert_eq!(texts(b"Subject: a\r\n\r\nb\r\n"), ["Subject: a\r\n\r\nb\r\n"]);
    assert_eq!(texts(b"\n\nFrom - \nA: b\n"), ["A: b\r\n"]);
    assert_eq!(texts(b""), [""; 0]);
    assert_eq!(texts(b"\r\n\n"), [""; 0]);
    assert_eq!(texts(b"From a Tue Nov 14 22:13:20 2023"), [""]);
}

#[test]
fn line_ends_of_all_kinds() {
    let file = b"From - \r\nA: b\r\n\r\nc\r\r\nd\re\r\n\r\nFrom - \nA: d\n\ne";
    assert_eq!(texts(file), ["A: b\r\n\r\nc\r\nd\re\r\n", "A: d\r\n\r\ne\r\n"]);
}

#[test]
fn claimed_lengths() {
    let from = "From a Tue Nov 14 22:13:20 2023\n";
    let body = format!("x\n\n{from}\n>From y\n");
    let message = format!("{from}Content-Length: {}\n\n{body}", body.len());
    let right = body.replace('\n', "\r\n");
    let head = format!("Content-Length: {}\r\n\r\n", body.len());
    // Right: the unquoted line is text, and so is what looks quoted.
    for end in ["", "\n", "\r\n"] {
        assert_eq!(texts(format!("{message}{end}").as_bytes()), [format!("{head}{right}")]);
    }
    // Some don't count the last line's end, some count the empty line behind.
    for length in [body.len() - 1, body.len() + 1] {
        let file = format!("{from}Content-Length: {length}\n\n{body}\n{from}A: b\n");
        assert_eq!(
            texts(file.as_bytes()),
            [format!("Content-Length: {length}\r\n\r\n{right}"), "A: b\r\n".to_owned()]
        );
    }
    for between in ["", "\n"] {
        let file = format!("{message}{between}{from}A: b\n");
        assert_eq!(texts(file.as_bytes()), [format!("{head}{right}"), "A: b\r\n".to_owned()]);
    }
    // Wrong, by one octet or by many, or past the end: the line begins a message, and later claims are not believed.
    for length in [body.len() - 2, body.len() + 2, body.len() + 10_000, 40] {
        let file = format!("{from}Content-Length: {length}\n\n{body}\n{message}\n{from}A: b\n");
        let found = texts(file.as_bytes());
        assert_eq!(found.len(), 5, "{length} {found:?}");
        assert_eq!(found[0], format!("Content-Length: {length}\r\n\r\nx\r\n"));
        assert_eq!(found[1], "\r\nFrom y\r\n");
    }
    // No claim at all, or one that ends before: nothing to wait for.
    for length in ["", "x", "0", "1", "3", "99999999999999999999999"] {
        let file = format!("{from}Content-Length: {length}\n\nx\n\n{from}A: b\n");
        assert_eq!(texts(file.as_bytes()).len(), 2, "{length}");
    }
}

#[test]
fn a_length_in_our_own_file_is_the_messages_own_affair() {
    let file = |length: usize| {
        let messages =
            [format!("Content-Length: {length:04}\r\n\r\nx\r\n"), "A: b\r\n".into(), "A: c\r\n".into()];
        write(&messages.map(|message| (message.into_bytes(), Flags::default())), 100)
    };
    let plain = String::from_utf8(file(0)).unwrap();
    // As if the first message went on to the third.
    let third = plain.rfind("From ").unwrap();
    let length = third - (plain.find("\n\nx").unwrap() + 2);
    assert_eq!(texts(&file(length)).len(), 3);
    // In another program's file it does.
    let foreign = String::from_utf8(file(length)).unwrap().replace("Status: O\nX-Status: \n", "");
    let shorter = length - "Status: O\nX-Status: \n".len();
    let foreign = foreign.replace(&format!("{length:04}"), &format!("{shorter:04}"));
    assert_eq!(texts(foreign.as_bytes()).len(), 2, "{foreign}");
}

#[test]
fn what_is_held_is_bounded() {
    let from = "From a Tue Nov 14 22:13:20 2023\n";
    let mut reader = Reader::new();
    let head = format!("{from}Content-Length: {}\n\nx\n\n{from}", 1u64 << 40);
    // A claim that is never reached isn't waited for.
    let events = reader.push(head.as_bytes());
    assert_eq!(events.iter().filter(|event| matches!(event, Event::Begin(_))).count(), 2);
    // Lines of any length and marks pass through.
    for piece in [vec![b'>'; 1 << 16], vec![b'x'; 1 << 16]] {
        for _ in 0..20 {
            let passed: usize = reader
                .push(&piece)
                .iter()
                .map(|event| if let Event::Bytes(bytes) = event { bytes.len() } else { 0 })
                .sum();
            assert!(passed + MAX_PASSING > piece.len(), "{passed}");
        }
    }
    assert!(Writer::new().push(&vec![b'>'; 1 << 16]).len() == 1 << 16);
}

/// What a line's start may hold back.
const MAX_PASSING: usize = line::MAX_HEAD + 2;

#[test]
fn thunderbird_and_takeout() {
    let thunderbird = b"From - Tue Nov 14 22:13:20 2023\r\nX-Mozilla-Status: 0003\r\nX-Mozilla-Status2: 00000000\r\n\
        X-Mozilla-Keys:                                                                                 \r\nSubject: a\r\n\r\nb\r\n\r\n\
        From - Tue Nov 14 22:13:20 2023\r\nX-Mozilla-Status: 0009\r\n\r\nc\r\n\r\n";
    let found = read(thunderbird);
    assert_eq!(
        found.iter().map(|f| f.marks.flags).collect::<Vec<_>>(),
        [Flags::SEEN.with(Flags::ANSWERED), Flags::SEEN.with(Flags::DELETED)]
    );
    assert!(found[0].bytes.ends_with(b"Subject: a\r\n\r\nb\r\n"));
    let takeout = b"From 1782@xxx Tue Nov 14 22:13:20 +0000 2023\r\nX-GM-THRID: 1782\r\nX-Gmail-Labels: Inbox,Unread,\r\n Starred\r\n\
        Subject: a\r\n\r\n>From b\r\n\r\nFrom 1783@xxx Tue Nov 14 22:13:20 +0000 2023\r\nX-Gmail-Labels: Sent\r\n\r\nc\r\n";
    let found = read(takeout);
    assert_eq!(found[0].marks.labels, ["Inbox", "Unread", "Starred"]);
    assert_eq!((found[0].marks.flags, found[1].marks.flags), (Flags::FLAGGED, Flags::SEEN));
    assert!(found[0].bytes.ends_with(b"\r\n\r\nFrom b\r\n"));
}

#[test]
fn mimekit_finds_the_same_messages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora/mimekit-mbox");
    let Ok(file) = std::fs::read(folder.join("content-length.mbox.txt")) else {
        println!("skipped: no corpora at {}", folder.display());
        return;
    };
    let offsets = std::fs::read_to_string(folder.join("content-length.unix-offsets.json")).unwrap();
    // The top level's fields are indented by four.
    let number = |line: &str, name: &str| {
        let rest = line.strip_prefix(&format!("    \"{name}\": "))?;
        rest.trim_end_matches(',').parse::<usize>().ok()
    };
    let all =
        |name: &str| offsets.lines().filter_map(|line| number(line.trim_end(), name)).collect::<Vec<_>>();
    let expected: Vec<Vec<u8>> = all("beginOffset")
        .into_iter()
        .zip(all("endOffset"))
        .map(|(begin, end)| normal(&file[begin..end]))
        .collect();
    let found = read(&file);
    assert_eq!((found.len(), expected.len()), (29, 29));
    for (n, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let unquoted = String::from_utf8_lossy(expected).replace("\r\n>From ", "\r\nFrom ");
        assert_eq!(String::from_utf8_lossy(&found.bytes), unquoted, "message {n}");
    }
}

/// Runs a script with a file of that content as its argument; `None` without Python.
fn python(name: &str, content: &[u8], script: &str) -> Option<Vec<u8>> {
    let path: PathBuf = std::env::temp_dir().join(format!("pyeonji-{}-{name}", std::process::id()));
    std::fs::write(&path, content).unwrap();
    let output = Command::new("python3").args(["-c", script]).arg(&path).output();
    let file = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let Ok(output) = output else {
        println!("skipped: python3 is not installed");
        return None;
    };
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("all fine"), "{text}");
    Some(file)
}

#[test]
fn python_reads_what_we_write() {
    let messages = [
        (b"Subject: one\r\n\r\nFrom me\r\nto you\r\n".to_vec(), Flags::SEEN.with(Flags::ANSWERED)),
        ("Subject: 둘\r\n\r\n\r\n\r\n".as_bytes().to_vec(), Flags::FLAGGED.with(Flags::DRAFT)),
        (b"Subject: three\r\n\r\nno end".to_vec(), Flags::DELETED.with(Flags::SEEN)),
    ];
    let script = r#"
import mailbox, sys
box = mailbox.mbox(sys.argv[1], create=False)
own = b'Status: %s\nX-Status: %s\n'
expected = [
    (own % (b'RO', b'A') + b'Subject: one\n\n>From me\nto you\n', 'ROA'),
    (own % (b'O', b'FT') + 'Subject: 둘\n\n\n\n'.encode(), 'OFT'),
    (own % (b'RO', b'D') + b'Subject: three\n\nno end\n', 'ROD'),
]
assert len(box) == 3, len(box)
for key, (text, flags) in enumerate(expected):
    assert box.get_bytes(key) == text, (box.get_bytes(key), text)
    assert set(box[key].get_flags()) == set(flags), (box[key].get_flags(), flags)
    assert box[key].get_from() == 'ada@blue.test Tue Nov 14 22:13:2%d 2023' % key, box[key].get_from()
print('all fine')
"#;
    python("written.mbox", &write(&messages, 5), script);
}

#[test]
fn we_read_what_python_writes() {
    let script = r#"
import mailbox, os, sys
os.remove(sys.argv[1])
box = mailbox.mbox(sys.argv[1])
for n, body in enumerate([b'From me\n>From you\n\n', b'', b'a\n\nFrom a Tue Nov 14 22:13:20 2023\n']):
    message = mailbox.mboxMessage(b'Subject: %d\n\n' % n + body)
    message.set_from('eve@red.test', (2023, 11, 14, 22, 13, 20, 1, 318, 0))
    message.set_flags(['RF', 'A', ''][n])
    box.add(message)
box.flush()
print('all fine')
"#;
    let Some(file) = python("read.mbox", b"", script) else { return };
    let found = read(&file);
    let body =
        |n: usize| String::from_utf8_lossy(&found[n].bytes).split_once("\r\n\r\n").unwrap().1.to_owned();
    assert_eq!(found.len(), 3, "{}", String::from_utf8_lossy(&file));
    // Python is mboxo: what was quoted before loses a level.
    assert_eq!(body(0), "From me\r\nFrom you\r\n\r\n");
    assert_eq!(
        (body(1), body(2)),
        (String::new(), "a\r\n\r\nFrom a Tue Nov 14 22:13:20 2023\r\n".to_owned())
    );
    let flags: Vec<_> = found.iter().map(|found| found.marks.flags).collect();
    assert_eq!(flags, [Flags::SEEN.with(Flags::FLAGGED), Flags::ANSWERED, Flags::default()]);
    assert_eq!(found[0].envelope, Envelope { sender: "eve@red.test".into(), date: Some(1_700_000_000) });
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    let line = proptest::sample::select(vec![
        "From ",
        "From",
        "From a Tue Nov 14 22:13:20 2023",
        "From - ",
        ">From x",
        ">>>From y",
        "> From",
        ">",
        "",
        "",
        "Subject: x",
        "Status: RO",
        "X-Status: D",
        "Content-Length: 40",
        "Content-Length: 7",
        " folded",
        "\r",
        "a\rb",
        "\u{0}",
    ]);
    let end = proptest::sample::select(vec!["\r\n", "\r\n", "\r\n", "\n", "\r\r\n", ""]);
    proptest::collection::vec((line, end), 0..20).prop_map(|lines| {
        lines.into_iter().flat_map(|(line, end)| [line, end]).collect::<String>().into_bytes()
    })
}

fn flags() -> impl Strategy<Value = Flags> {
    // The ones that a mailbox can tell.
    (0u16..32).prop_map(Flags)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn there_and_back(messages in proptest::collection::vec((message(), flags()), 0..5), size in 1usize..40) {
        let file = write(&messages, size);
        let found = read_in(&file, size);
        prop_assert_eq!(found.len(), messages.len());
        for ((message, flags), found) in messages.iter().zip(&found) {
            let expected = normal(message);
            prop_assert_eq!(String::from_utf8_lossy(&found.bytes), String::from_utf8_lossy(&expected));
            prop_assert_eq!(normal(&expected), expected);
            prop_assert_eq!(&found.marks, &Marks { flags: *flags, ..Marks::default() });
        }
        // Cut anywhere.
        prop_assert_eq!(read_in(&file, 1), found);
        prop_assert_eq!(write(&messages, 1), file);
    }

    #[test]
    fn canonical_messages_are_unchanged(lines in proptest::collection::vec("[^\r\n]{0,20}|[>]{0,2}From .{0,5}", 0..10)) {
        let message: Vec<u8> = lines.iter().flat_map(|line| [line.replace('\r', "").as_bytes(), b"\r\n"].concat()).collect();
        let found = read(&write(&[(message.clone(), Flags::default())], 100));
        prop_assert_eq!(&found[0].bytes, &message);
    }

    #[test]
    fn any_bytes_are_read(file in proptest::collection::vec(any::<u8>(), 0..500), size in 1usize..20) {
        prop_assert_eq!(read_in(&file, size), read(&file));
    }

    #[test]
    fn any_mailbox_is_read(file in message(), size in 1usize..20) {
        prop_assert_eq!(read_in(&file, size), read(&file));
    }
}
