//! What programs write into a message's header when they keep it in a mailbox: flags, labels, its length.
use crate::message::Flags;

/// Octets of a list of labels that are read.
const MAX_LABELS: usize = 8 << 10;

/// Keywords of a message that are read.
const MAX_KEYWORDS: usize = 64;

/// What a mailbox says of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub flags: Flags,
    /// `X-Keywords`, and `X-Mozilla-Keys` of Thunderbird; without those that are flags.
    pub keywords: Vec<String>,
    /// `X-Gmail-Labels` of Google Takeout; the ones that are flags, too.
    pub labels: Vec<String>,
    /// No mail: the pseudo-message in which UW-IMAP and its heirs keep a folder's own data.
    pub internal: bool,
}

/// Reads the header line by line.
#[derive(Debug, Default)]
pub(super) struct Header {
    marks: Marks,
    labels: Option<Vec<u8>>,
    /// The field of the line before is the labels'.
    folds: bool,
    /// `Content-Length`.
    pub length: Option<u64>,
    /// All that the mailbox says is read; whatever follows, a mailbox of long ago said.
    pub complete: bool,
}

impl Header {
    /// A line without its end; of a long one, the beginning.
    pub fn line(&mut self, line: &[u8]) {
        if self.complete {
            return;
        }
        if matches!(line.first(), Some(b' ' | b'\t')) {
            if let Some(labels) = self.labels.as_mut().filter(|_| self.folds) {
                labels.extend(line.iter().take(MAX_LABELS - labels.len().min(MAX_LABELS)));
            }
            return;
        }
        self.folds = false;
        let Some(colon) = line.iter().position(|b| *b == b':') else { return };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        let mut set = |flag: Flags| self.marks.flags = self.marks.flags.with(flag);
        if is("status") {
            value.iter().filter(|letter| **letter == b'R').for_each(|_| set(Flags::SEEN));
        } else if is("x-status") {
            for letter in value {
                match letter {
                    b'A' => set(Flags::ANSWERED),
                    b'F' => set(Flags::FLAGGED),
                    b'D' => set(Flags::DELETED),
                    b'T' => set(Flags::DRAFT),
                    _ => {}
                }
            }
        } else if is("x-mozilla-status") {
            let bits = std::str::from_utf8(value).ok().and_then(|hex| u32::from_str_radix(hex, 16).ok());
            // nsMsgMessageFlags of Thunderbird; what is "expunged" only waits for the folder to be compacted.
            let known = [
                (0x0001, Flags::SEEN),
                (0x0002, Flags::ANSWERED),
                (0x0004, Flags::FLAGGED),
                (0x0008, Flags::DELETED),
                (0x1000, Flags::FORWARDED),
            ];
            known.iter().filter(|(bit, _)| bits.unwrap_or(0) & bit != 0).for_each(|(_, flag)| set(*flag));
        } else if is("x-keywords") || is("x-mozilla-keys") {
            for word in value.split(|b| b.is_ascii_whitespace()) {
                match word {
                    b"$Forwarded" | b"Forwarded" => set(Flags::FORWARDED),
                    b"$Junk" | b"Junk" => set(Flags::JUNK),
                    b"$NotJunk" | b"NonJunk" => set(Flags::NOT_JUNK),
                    b"" => {}
                    word if self.marks.keywords.len() < MAX_KEYWORDS => {
                        self.marks.keywords.push(decode(word))
                    }
                    _ => {}
                }
            }
        } else if is("x-gmail-labels") {
            self.labels = Some(value.get(..MAX_LABELS).unwrap_or(value).to_vec());
            self.folds = true;
        } else if is("content-length") {
            self.length = std::str::from_utf8(value).ok().and_then(|number| number.parse().ok());
        } else if is("subject") {
            self.marks.internal = value.starts_with(b"DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA");
        }
    }

    pub fn marks(self) -> Marks {
        let mut marks = self.marks;
        let Some(labels) = self.labels else { return marks };
        let text = decode(&labels);
        let labels =
            text.split(',').map(|label| label.trim().trim_matches('"')).filter(|label| !label.is_empty());
        marks.labels = labels.map(str::to_owned).collect();
        let has = |names: &[&str]| marks.labels.iter().any(|label| names.contains(&label.as_str()));
        // Takeout writes them in the account's language.
        let known = [
            (!has(&["Unread", "읽지않음", "읽지 않음"]), Flags::SEEN),
            (has(&["Starred", "별표편지함", "별표 편지함"]), Flags::FLAGGED),
            (has(&["Drafts", "Draft", "임시보관함"]), Flags::DRAFT),
            (has(&["Spam", "스팸함"]), Flags::JUNK),
        ];
        for (_, flag) in known.iter().filter(|(is, _)| *is) {
            marks.flags = marks.flags.with(*flag);
        }
        marks
    }
}

/// Encoded words (RFC 2047) in UTF-8, the only charset that Takeout uses; others stay as they are.
fn decode(raw: &[u8]) -> String {
    let mut out = Vec::new();
    // Where the text after a word began, to drop white space between two words (RFC 2047 §6.2).
    let mut after_word = None;
    let mut rest = raw;
    while let Some((&first, tail)) = rest.split_first() {
        match word(rest) {
            Some((text, tail)) => {
                let between = after_word.and_then(|at| out.get(at..).map(|text: &[u8]| (at, text.to_vec())));
                if let Some((at, _)) = between.filter(|(_, text)| text.iter().all(u8::is_ascii_whitespace)) {
                    out.truncate(at);
                }
                out.extend(text);
                (after_word, rest) = (Some(out.len()), tail);
            }
            None => {
                out.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The other way: one word, encoded unless it is a plain one.
pub(super) fn encode(text: &str, out: &mut Vec<u8>) {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"$-.".contains(&b);
    if text.bytes().all(plain) {
        return out.extend_from_slice(text.as_bytes());
    }
    out.extend_from_slice(b"=?UTF-8?Q?");
    for byte in text.bytes() {
        if plain(byte) {
            out.push(byte);
        } else {
            out.extend_from_slice(format!("={byte:02X}").as_bytes());
        }
    }
    out.extend_from_slice(b"?=");
}

/// Splits `=?UTF-8?B|Q?text?=` off the start.
fn word(input: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let rest = input.strip_prefix(b"=?")?;
    let (charset, rest) = rest.split_at(rest.iter().position(|b| *b == b'?')?);
    let [_, kind, b'?', rest @ ..] = rest else { return None };
    let end = rest.windows(2).position(|pair| pair == b"?=")?;
    let (text, rest) = (rest.get(..end)?, rest.get(end + 2..)?);
    if !charset.eq_ignore_ascii_case(b"utf-8") {
        return None;
    }
    match kind {
        b'B' | b'b' => Some((base64(text), rest)),
        b'Q' | b'q' => Some((q(text), rest)),
        _ => None,
    }
}

fn q(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match (first, tail) {
            (b'_', _) => out.push(b' '),
            (b'=', [a, b, tail @ ..]) => {
                if let (Some(a), Some(b)) = (digit(*a), digit(*b)) {
                    out.push(u8::try_from(a << 4 | b).unwrap_or(b'?'));
                    rest = tail;
                }
            }
            _ => out.push(first),
        }
    }
    out
}

fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut bits, mut have) = (0u32, 0);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        (bits, have) = (bits << 6 | u32::from(value), have + 6);
        if have >= 8 {
            have -= 8;
            out.push((bits >> have & 0xff) as u8);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{Event, Reader, Writer};
    use super::*;
    use proptest::prelude::*;

    fn marks(header: &str) -> Marks {
        let mut found = Header::default();
        header.lines().for_each(|line| found.line(line.as_bytes()));
        found.marks()
    }

    #[test]
    fn flags_of_each_program() {
        let flags = |header: &str| marks(header).flags;
        assert_eq!(flags("Subject: x"), Flags::default());
        assert_eq!(flags("Status: RO\nX-Status: AF"), Flags::SEEN.with(Flags::ANSWERED).with(Flags::FLAGGED));
        assert_eq!(flags("status: O\nx-status: DT"), Flags::DELETED.with(Flags::DRAFT));
        assert_eq!(flags("X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00800000"), Flags::SEEN);
        assert_eq!(flags("X-Mozilla-Status: 1013"), Flags::SEEN.with(Flags::ANSWERED).with(Flags::FORWARDED));
        assert_eq!(flags("X-Mozilla-Status: 000c"), Flags::FLAGGED.with(Flags::DELETED));
        assert_eq!(flags("X-Mozilla-Status: zz"), Flags::default());
        assert_eq!(flags("X-Keywords: $Forwarded Junk other"), Flags::FORWARDED.with(Flags::JUNK));
    }

    #[test]
    fn labels_of_takeout() {
        let found = marks("X-Gmail-Labels: Inbox,Unread,Category Personal,\n \"My, list\"\nSubject: x\n y");
        assert_eq!(found.labels, ["Inbox", "Unread", "Category Personal", "My", "list"]);
        assert_eq!(found.flags, Flags::default());
        let found = marks(
            "X-Gmail-Labels: =?UTF-8?Q?=EB=B3=84=ED=91=9C=ED=8E=B8=EC=A7=80?=\n =?utf-8?B?7ZWoLOqwgA==?=,a b",
        );
        assert_eq!(found.labels, ["별표편지함", "가", "a b"]);
        assert_eq!(found.flags, Flags::SEEN.with(Flags::FLAGGED));
        assert_eq!(decode(b"=?x?Q?a?= =?utf-8?x?a?= =?utf-8?Q?a_=3D=?= b"), "=?x?Q?a?= =?utf-8?x?a?= a == b");
        let many = format!("X-Gmail-Labels: a\n{}", " ,b\n".repeat(10_000));
        assert!(marks(&many).labels.len() <= MAX_LABELS / 2);
    }

    #[test]
    fn a_folders_own_data() {
        assert!(marks("Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA").internal);
        assert!(!marks("Subject: Don't delete this").internal);
    }

    /// Reads a mailbox of one message.
    fn only(file: &[u8]) -> (String, Marks) {
        let mut reader = Reader::new();
        let mut events = reader.push(file);
        events.extend(reader.finish());
        match events.as_slice() {
            [Event::Begin(_), Event::Bytes(bytes), Event::End(marks)] => {
                (String::from_utf8_lossy(bytes).into_owned(), marks.clone())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_message_of_our_own_file_says_of_itself_is_text() {
        let message = "Status: RO\r\nX-Status: D\r\nX-Mozilla-Status: 0009\r\nX-Keywords: $Junk\r\nX-Gmail-Labels: Trash,Starred\r\n\
                       Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\r\n\r\nx\r\n";
        for flags in [Flags::default(), Flags::ANSWERED] {
            let mut writer = Writer::new();
            let file =
                [writer.begin("a@b", 0, flags, &[]), writer.push(message.as_bytes()), writer.end()].concat();
            assert_eq!(only(&file), (message.to_owned(), Marks { flags, ..Marks::default() }));
        }
        // In another program's file it is that program's word.
        let (_, marks) = only(format!("From - Tue Nov 14 22:13:20 2023\nX: y\n{message}").as_bytes());
        assert!(
            marks.flags.contains(Flags::DELETED) && marks.labels == ["Trash", "Starred"] && marks.internal
        );
    }

    #[test]
    fn keywords_of_other_programs() {
        let found =
            marks("X-Keywords: work $Label1\nX-Mozilla-Keys: later $forwarded NonJunk      \nSubject: x");
        assert_eq!(found.keywords, ["work", "$Label1", "later", "$forwarded"]);
        assert_eq!(found.flags, Flags::NOT_JUNK);
        let many = format!("X-Keywords:{}", " a".repeat(1_000));
        assert_eq!(marks(&many).keywords.len(), MAX_KEYWORDS);
    }

    proptest! {
        #[test]
        fn keywords_come_back_and_the_message_stays(
            keywords in proptest::collection::vec("(\\PC|[ =?_$-]){1,40}", 0..20),
            own in proptest::sample::select(vec!["", "X-Keywords: mine\r\n", "Status: O\r\nX-Status: \r\n"]),
        ) {
            let message = format!("{own}Subject: x\r\n\r\nText\r\n");
            let mut writer = Writer::new();
            let begun = writer.begin("a@b", 0, Flags::SEEN, &keywords);
            let longest = begun.split(|b| *b == b'\n').map(<[u8]>::len).max();
            prop_assert!(longest < Some(super::super::line::MAX_HEAD));
            let file = [begun, writer.push(message.as_bytes()), writer.end()].concat();
            let marks = Marks { flags: Flags::SEEN, keywords, ..Marks::default() };
            prop_assert_eq!(only(&file), (message, marks));
        }
    }
}
