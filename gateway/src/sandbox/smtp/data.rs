//! The text of a message after DATA: dots unstuffed, bounded, ended by CRLF `.` CRLF and nothing else.
use bytes::{Buf, BytesMut};

pub struct Data {
    text: Vec<u8>,
    most: usize,
    too_large: bool,
}

impl Data {
    pub fn new(most: usize) -> Self {
        Self { text: Vec::new(), most, too_large: false }
    }

    /// Takes whole lines; `true` at the end of the data. Only CRLF ends a line here: a bare LF or CR is content, so that
    /// no smuggled end of data is seen (RFC 5321 §2.3.8).
    pub fn feed(&mut self, input: &mut BytesMut) -> bool {
        while let Some(end) = input.windows(2).position(|pair| pair == b"\r\n") {
            let line = input.split_to(end + 2);
            if &line[..] == b".\r\n" {
                return true;
            }
            self.take(line.strip_prefix(b".").unwrap_or(&line));
        }
        // A line without end isn't kept for ever.
        if input.len() > self.most {
            self.too_large = true;
            input.advance(input.len() - 1);
        }
        false
    }

    fn take(&mut self, line: &[u8]) {
        if self.text.len() + line.len() > self.most {
            self.too_large = true;
            self.text = Vec::new();
        }
        if !self.too_large {
            self.text.extend_from_slice(line);
        }
    }

    /// `None` when it was too large.
    pub fn finish(self) -> Option<Vec<u8>> {
        (!self.too_large).then_some(self.text)
    }
}
