//! A name for a message on a server that gives none: a digest of its head. It must stay the same from one connection to the
//! next, so what servers write into a head as time goes by is left out.
use bytes::BytesMut;
use pyeonji_shared::device::Uidl;
use sha2::{Digest, Sha256};

pub const PREFIX: &str = "sha256:";
/// Fields that servers without UIDL (old mbox ones) add or change when a message has been read.
const VOLATILE: &[&str] = &[
    "status",
    "x-status",
    "x-keywords",
    "x-uid",
    "x-uidl",
    "x-imap",
    "x-imapbase",
    "content-length",
    "lines",
];
/// Bytes of a line's beginning in which a field's name is looked for.
const NAME: usize = 32;

/// Takes a head in pieces; keeps no more of it than the beginning of a line.
#[derive(Debug, Default)]
pub struct HeadDigest {
    hash: Sha256,
    /// The beginning of a line that isn't judged yet.
    start: BytesMut,
    line: Line,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Start,
    Kept,
    Dropped,
    /// At the start of a line behind a dropped one: a continuation goes with it (RFC 5322 §2.2.3).
    AfterDropped,
}

impl HeadDigest {
    pub fn push(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|b| *b == b'\n') {
            let ends = part.last() == Some(&b'\n');
            if matches!(self.line, Line::Start | Line::AfterDropped) {
                self.start.extend_from_slice(part);
                if !ends && self.start.len() < NAME {
                    continue;
                }
                self.judge();
            } else if self.line == Line::Kept {
                self.hash.update(part);
            }
            if ends {
                self.line = if self.line == Line::Dropped { Line::AfterDropped } else { Line::Start };
            }
        }
    }

    /// Whether the line that begins so counts.
    fn judge(&mut self) {
        let start = self.start.split();
        let folded = matches!(start.first(), Some(b' ' | b'\t'));
        let name = start.as_ref().split(|b: &u8| matches!(b, b':' | b' ' | b'\t')).next().unwrap_or_default();
        let drop = match folded {
            true => self.line == Line::AfterDropped,
            false => VOLATILE.iter().any(|v| name.eq_ignore_ascii_case(v.as_bytes())),
        };
        self.line = if drop { Line::Dropped } else { Line::Kept };
        if !drop {
            self.hash.update(&start);
        }
    }

    pub fn name(mut self) -> Uidl {
        if !self.start.is_empty() {
            self.judge();
        }
        let hex: String = self.hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        Uidl(format!("{PREFIX}{hex}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(head: &str, piece: usize) -> String {
        let mut digest = HeadDigest::default();
        head.as_bytes().chunks(piece).for_each(|part| digest.push(part));
        digest.name().0
    }

    const HEAD: &str =
        "From: a@b\r\nSubject: a long subject that is longer than a name\r\n folded\r\nStatusquo: x\r\n\r\n";

    #[test]
    fn what_servers_add_does_not_change_a_name() {
        let plain = name(HEAD, 1_000);
        let hex: String = Sha256::digest(HEAD).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(plain, format!("sha256:{hex}"));
        assert!(plain.len() <= Uidl::MAX);
        for added in [
            "Status: RO\r\n",
            "STATUS: O\r\nX-Status: A\r\n",
            "X-UIDL: abc\r\n folded on\r\n\tand on\r\n",
            "Status:\r\n",
            "X-IMAPbase: 1 2\r\n",
        ] {
            for at in [0, HEAD.find("Subject").unwrap(), HEAD.len() - 2] {
                let changed = format!("{}{added}{}", &HEAD[..at], &HEAD[at..]);
                for piece in 1..40 {
                    assert_eq!(name(&changed, piece), plain, "{changed:?} in pieces of {piece}");
                }
            }
        }
        for changed in ["Statusq: RO\r\n", " folded\r\n", "Received: x\r\n"] {
            assert_ne!(name(&format!("{changed}{HEAD}"), 7), plain, "{changed:?}");
        }
        assert_ne!(name("", 1), name("\r\n", 1));
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter(head in "(([sS]tatus|X-UID|From|a):? ?[a-z]{0,40}(\r\n)?( x\r\n)?){0,6}", piece in 1usize..50) {
            prop_assert_eq!(name(&head, piece), name(&head, 10_000));
        }
    }
}
