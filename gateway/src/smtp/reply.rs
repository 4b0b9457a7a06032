//! Replies (RFC 5321 §4.2): bounded, multi-line, with enhanced status codes (RFC 3463) when there are any.

/// Bytes of one line. RFC 5321 §4.5.3.1.5 says 512; servers write longer ones.
const MAX_LINE: usize = 4096;
/// Lines of one reply.
const MAX_LINES: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    /// Text of each line, without the code.
    pub lines: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl Reply {
    pub fn is_positive(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// The server's words in one line, for a person.
    pub fn words(&self) -> String {
        self.lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
    }

    /// The words with the code before them.
    pub fn quoted(&self) -> String {
        format!("{} {}", self.code, self.words())
    }

    /// Subject and detail of an enhanced status code: `5.2.2` → (2, 2).
    pub fn status(&self) -> Option<(u16, u16)> {
        let mut digits = self.lines.first()?.split(' ').next()?.split('.');
        let class: u16 = digits.next()?.parse().ok()?;
        let status = (digits.next()?.parse().ok()?, digits.next()?.parse().ok()?);
        (class == self.code / 100 && digits.next().is_none()).then_some(status)
    }
}

/// Collects bytes into replies.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    lines: Vec<String>,
    code: Option<u16>,
}

impl Reader {
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Nothing of a next reply has come.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty() && self.lines.is_empty()
    }

    pub fn next_reply(&mut self) -> Result<Option<Reply>, Malformed> {
        loop {
            let end = self.buffer.iter().position(|&b| b == b'\n');
            if end.unwrap_or(self.buffer.len()) > MAX_LINE || self.lines.len() >= MAX_LINES {
                return Err(Malformed);
            }
            let Some(end) = end else { return Ok(None) };
            let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            let (code, last, text) = split(&line).ok_or(Malformed)?;
            if self.code.replace(code).is_some_and(|before| before != code) {
                return Err(Malformed);
            }
            self.lines.push(text);
            if last {
                self.code = None;
                return Ok(Some(Reply { code, lines: std::mem::take(&mut self.lines) }));
            }
        }
    }
}

fn split(line: &[u8]) -> Option<(u16, bool, String)> {
    let (code, rest) = line.split_at_checked(3)?;
    let [a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9'] = code else { return None };
    let code = [a, b, c].iter().fold(0, |n, digit| n * 10 + u16::from(**digit - b'0'));
    let text = |rest: &[u8]| String::from_utf8_lossy(rest).into_owned();
    match rest.split_first() {
        None => Some((code, true, String::new())),
        Some((b' ', rest)) => Some((code, true, text(rest))),
        Some((b'-', rest)) => Some((code, false, text(rest))),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(input: &[u8]) -> Result<Vec<Reply>, Malformed> {
        let mut reader = Reader::default();
        let mut replies = Vec::new();
        for byte in input {
            reader.push(&[*byte]);
            replies.extend(reader.next_reply()?);
        }
        Ok(replies)
    }

    #[test]
    fn replies() {
        let replies = all(b"250-a\r\n250-b c\r\n250 d\r\n220\r\n552 5.2.2 full\n").unwrap();
        assert_eq!(replies.len(), 3);
        assert_eq!(replies[0].lines, ["a", "b c", "d"]);
        assert_eq!((replies[1].code, replies[1].words()), (220, String::new()));
        assert_eq!(replies[2].status(), Some((2, 2)));
        assert_eq!(replies[2].quoted(), "552 5.2.2 full");
        assert_eq!(replies[0].status(), None);
        assert_eq!(all(b"550 4.1.1 class differs\r\n").unwrap()[0].status(), None);
        // Korean words in EUC-KR don't stop anything.
        assert_eq!(all(b"550 \xc6\xed\xc1\xf6\r\n").unwrap()[0].code, 550);
    }

    #[test]
    fn malformed_replies() {
        for bad in ["250-a\r\n251 b\r\n", "25\r\n", "abc d\r\n", "650 x\r\n", "150 x\r\n", "250x\r\n", "\r\n"]
        {
            assert_eq!(all(bad.as_bytes()), Err(Malformed), "{bad:?}");
        }
        assert_eq!(all(&[b'2'; MAX_LINE + 1]), Err(Malformed));
        assert_eq!(all("250-x\r\n".repeat(MAX_LINES + 1).as_bytes()), Err(Malformed));
    }
}
