//! Addresses: from the raw strings of an ENVELOPE and from header text (RFC 5322 §3.4), bounded.
use super::words::{clean, decode_words, word_len};
use super::{MAX_ADDRESSES, MAX_FIELD, domain, names};
use crate::mail::charset;
use pyeonji_shared::message::Address;

/// Characters of an address that are shown; RFC 5321 §4.5.3.1 allows 254.
const MAX_EMAIL: usize = 500;

/// An address from the raw strings of an ENVELOPE (RFC 9051 §7.5.2); NIL is the empty slice.
pub fn address(name: &[u8], mailbox: &[u8], host: &[u8]) -> Address {
    let name = name.get(..MAX_FIELD).unwrap_or(name);
    build(&decode_words(name), &part(mailbox), &part(host))
}

/// The ENVELOPE's start or end of a group rather than a mailbox: its host is NIL (RFC 9051 §7.5.2).
pub fn is_group_mark(host: Option<&[u8]>) -> bool {
    host.is_none()
}

/// One side of an address as text: no white space, no control or bidi characters.
fn part(raw: &[u8]) -> String {
    let text = charset::decode_unlabelled(raw.get(..MAX_EMAIL).unwrap_or(raw));
    names::without_tricks(&text).chars().filter(|c| !c.is_whitespace()).collect()
}

fn build(name: &str, local: &str, host: &str) -> Address {
    let host = domain::shown(host);
    let email = if host.is_empty() { local.to_owned() } else { format!("{local}@{host}") };
    let name = names::display(name);
    let suspicious = names::claims_another(&name, &email);
    // A name that only repeats the address says nothing.
    let name = if name.eq_ignore_ascii_case(&email) { String::new() } else { name };
    Address { name, email, suspicious }
}

/// The addresses of one field's text, at most 1,000, and how many more there are. Groups yield their members.
pub fn parse_address_list(raw: &[u8]) -> (Vec<Address>, u32) {
    let raw = raw.get(..MAX_FIELD).unwrap_or(raw);
    let mut list = Vec::new();
    let mut more = 0u32;
    // `Kim, Cheol <kim@x>` without quotes: a piece without an address belongs to the next one's name.
    let mut stray = String::new();
    for mailbox in Mailboxes::new(raw) {
        let (name, spec) = mailbox.resolve();
        if spec.is_empty() || (!spec.contains('@') && !mailbox.angle && !name.is_empty()) {
            stray = join(&stray, if name.is_empty() { &spec } else { &name });
            continue;
        }
        if !spec.contains('@') && !mailbox.angle {
            stray = join(&stray, &spec);
            continue;
        }
        if list.len() >= MAX_ADDRESSES {
            more = more.saturating_add(1);
            continue;
        }
        let name = if mailbox.angle { join(&std::mem::take(&mut stray), &name) } else { name };
        push_stray(&mut stray, &mut list);
        let (local, host) = spec.rsplit_once('@').unwrap_or((&spec, ""));
        list.push(build(&name, &part(local.as_bytes()), &part(host.as_bytes())));
    }
    push_stray(&mut stray, &mut list);
    (list, more)
}

/// A name without an address (`undisclosed recipients`) is still shown.
fn push_stray(stray: &mut String, list: &mut Vec<Address>) {
    let name = names::display(&std::mem::take(stray));
    if !name.is_empty() && list.len() < MAX_ADDRESSES {
        let suspicious = names::claims_another(&name, "");
        list.push(Address { name, email: String::new(), suspicious });
    }
}

fn join(before: &str, name: &str) -> String {
    match (before.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => before.to_owned(),
        _ => format!("{before}, {name}"),
    }
}

/// One element of the list, still in pieces.
#[derive(Debug, Default)]
struct Mailbox {
    /// Words before `<`, or the whole when there is none; raw bytes with quotes removed.
    phrase: Vec<u8>,
    /// What stood between `<` and `>`.
    spec: Vec<u8>,
    comment: Vec<u8>,
    angle: bool,
}

impl Mailbox {
    /// (name, addr-spec)
    fn resolve(&self) -> (String, String) {
        let phrase = clean(&decode_words(&self.phrase));
        let comment = clean(&decode_words(&self.comment));
        if self.angle {
            let spec = String::from_utf8_lossy(&self.spec);
            // RFC 5322 §4.4: a route `@a,@b:` before the address is obsolete and ignored.
            let spec = match spec.trim_start().strip_prefix('@').and_then(|route| route.split_once(':')) {
                Some((_, spec)) => spec.to_owned(),
                None => spec.into_owned(),
            };
            let name = if phrase.is_empty() { comment } else { phrase };
            return (name, spec.trim().to_owned());
        }
        if self.phrase.contains(&b'@') {
            return (comment, String::from_utf8_lossy(&self.phrase).split_whitespace().collect());
        }
        (phrase, String::new())
    }

    fn is_empty(&self) -> bool {
        self.phrase.trim_ascii().is_empty() && self.spec.is_empty() && !self.angle
    }
}

/// Cuts a field at commas and semicolons outside quotes, comments, angles and encoded words.
struct Mailboxes<'a> {
    rest: &'a [u8],
}

impl<'a> Mailboxes<'a> {
    fn new(raw: &'a [u8]) -> Self {
        Self { rest: raw }
    }

    fn one(&mut self) -> Mailbox {
        let mut mailbox = Mailbox::default();
        let mut in_angle = false;
        // Encoded words are looked for only where one can begin, so that a field of `=?` stays linear.
        while let Some((&byte, tail)) = self.rest.split_first() {
            if byte == b'='
                && !in_angle
                && let Some(len) = word_len(self.rest.get(..1_000).unwrap_or(self.rest))
            {
                let (word, tail) = self.rest.split_at(len);
                mailbox.phrase.extend_from_slice(word);
                self.rest = tail;
                continue;
            }
            self.rest = tail;
            match byte {
                b'"' => {
                    let quoted = self.quoted();
                    if in_angle { &mut mailbox.spec } else { &mut mailbox.phrase }.extend(quoted);
                }
                b'(' => {
                    let comment = self.comment();
                    if mailbox.comment.is_empty() {
                        mailbox.comment = comment;
                    }
                }
                b'<' if !mailbox.angle => (in_angle, mailbox.angle) = (true, true),
                b'>' => in_angle = false,
                b',' | b';' if !in_angle || !self.closes() => return mailbox,
                // The name of a group: forgotten, its members count. `a@b:25` is no group.
                b':' if !in_angle && !mailbox.angle && !mailbox.phrase.contains(&b'@') => {
                    mailbox = Mailbox::default();
                }
                _ if in_angle => mailbox.spec.push(byte),
                _ if mailbox.angle => {}
                _ => mailbox.phrase.push(byte),
            }
        }
        mailbox
    }

    /// Whether a `>` follows within the length of an address; a forgotten one must not swallow the list.
    fn closes(&self) -> bool {
        self.rest.iter().take(MAX_EMAIL).any(|byte| *byte == b'>')
    }

    /// The rest of a quoted string; an unclosed one ends with the field.
    fn quoted(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some((&byte, tail)) = self.rest.split_first() {
            self.rest = tail;
            match byte {
                b'"' => break,
                b'\\' => {
                    if let Some((&escaped, tail)) = self.rest.split_first() {
                        out.push(escaped);
                        self.rest = tail;
                    }
                }
                _ => out.push(byte),
            }
        }
        out
    }

    fn comment(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut depth = 1usize;
        while let Some((&byte, tail)) = self.rest.split_first() {
            self.rest = tail;
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            out.push(byte);
        }
        out
    }
}

impl Iterator for Mailboxes<'_> {
    type Item = Mailbox;

    fn next(&mut self) -> Option<Mailbox> {
        while !self.rest.is_empty() {
            let mailbox = self.one();
            if !mailbox.is_empty() {
                return Some(mailbox);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::EUC_KR;
    use proptest::prelude::*;

    fn list(raw: &str) -> Vec<(String, String)> {
        parse_address_list(raw.as_bytes()).0.into_iter().map(|a| (a.name, a.email)).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, email)| ((*name).to_owned(), (*email).to_owned())).collect()
    }

    #[test]
    fn forms_of_rfc_5322() {
        for (raw, expected) in [
            ("ada@blue.test", &[("", "ada@blue.test")][..]),
            ("Ada <ada@blue.test>, bora@green.test", &[("Ada", "ada@blue.test"), ("", "bora@green.test")]),
            ("\"Kim, Ada\" <ada@blue.test>", &[("Kim, Ada", "ada@blue.test")]),
            ("Kim, Ada <ada@blue.test>", &[("Kim, Ada", "ada@blue.test")]),
            ("ada@blue.test (Ada L.)", &[("Ada L.", "ada@blue.test")]),
            (
                "Friends: Ada <ada@blue.test>, bora@green.test;, c@d.test",
                &[("Ada", "ada@blue.test"), ("", "bora@green.test"), ("", "c@d.test")],
            ),
            ("undisclosed-recipients:;", &[]),
            ("Undisclosed recipients", &[("Undisclosed recipients", "")]),
            ("<@a.test,@b.test:ada@blue.test>", &[("", "ada@blue.test")]),
            ("Ada\r\n <ada@blue.test>", &[("Ada", "ada@blue.test")]),
            ("\"=?utf-8?B?7ZqM7J2Y?=\" <a@b.test>", &[("회의", "a@b.test")]),
            ("=?utf-8?Q?Kim,_Ada?= <a@b.test>", &[("Kim, Ada", "a@b.test")]),
            ("'Ada' <a@b.test>", &[("Ada", "a@b.test")]),
            ("a@b.test <a@b.test>", &[("", "a@b.test")]),
            ("Ada <a@b.test", &[("Ada", "a@b.test")]),
            ("<>", &[]),
            ("", &[]),
        ] {
            assert_eq!(list(raw), pairs(expected), "{raw}");
        }
    }

    #[test]
    fn korean_names_raw_and_encoded() {
        let (name, _, _) = EUC_KR.encode("홍길동");
        let raw = [&name, &b" <hong@green.test>"[..]].concat();
        let (found, more) = parse_address_list(&raw);
        assert_eq!((found[0].name.as_str(), more), ("홍길동", 0));
        assert_eq!(address(&name, b"hong", b"green.test").name, "홍길동");
        assert_eq!(address(b"=?euc-kr?Q?=C8=AB=B1=E6=B5=BF?=", b"hong", b"green.test").name, "홍길동");
    }

    #[test]
    fn r09_names_that_claim_another_address() {
        let (found, _) = parse_address_list(b"\"security@bank.test\" <thief@evil.test>");
        assert!(found[0].suspicious);
        assert_eq!(found[0].email, "thief@evil.test");
        assert!(address("ceo＠bank.test".as_bytes(), b"thief", b"evil.test").suspicious);
        assert!(!address(b"Ada Lovelace", b"ada", b"blue.test").suspicious);
        assert!(!address(b"ADA@blue.test", b"ada", b"blue.test").suspicious);
    }

    #[test]
    fn r09_names_and_addresses_lose_control_and_bidi_characters() {
        let found =
            address("A\u{202e}da\u{200b}\u{7}".as_bytes(), b"a\x01da", "blue\u{200f}.test".as_bytes());
        assert_eq!((found.name.as_str(), found.email.as_str()), ("Ada", "ada@blue.test"));
    }

    #[test]
    fn r30_addresses_are_counted() {
        let raw = |n: usize| (0..n).map(|i| format!("u{i}@x.test, ")).collect::<String>();
        assert_eq!(parse_address_list(raw(MAX_ADDRESSES).as_bytes()).1, 0);
        let (found, more) = parse_address_list(raw(MAX_ADDRESSES + 1).as_bytes());
        assert_eq!((found.len(), more), (MAX_ADDRESSES, 1));
        parse_address_list(&b"=?".repeat(60_000));
        parse_address_list(&b"<".repeat(120_000));
        parse_address_list(&b"<,".repeat(60_000));
        parse_address_list(&b"(".repeat(120_000));
    }

    proptest! {
        #[test]
        fn never_panics(raw in proptest::collection::vec(any::<u8>(), 0..300)) {
            for found in parse_address_list(&raw).0 {
                prop_assert!(!found.name.chars().chain(found.email.chars()).any(char::is_control));
            }
        }

        #[test]
        fn never_panics_on_specials(raw in "[<>@,;:()\"\\\\ a=?]{0,120}") {
            parse_address_list(raw.as_bytes());
        }
    }
}
