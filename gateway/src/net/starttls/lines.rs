//! Splits clear text into bounded lines.
use crate::net::NetError;

#[derive(Debug)]
pub struct Lines {
    buffer: Vec<u8>,
    max_line: usize,
    /// Bytes that may still come before encryption.
    left: usize,
}

impl Lines {
    pub fn new(max_line: usize, max_total: usize) -> Self {
        Self { buffer: Vec::new(), max_line, left: max_total }
    }

    pub fn push(&mut self, bytes: &[u8]) -> Result<(), NetError> {
        self.left = self
            .left
            .checked_sub(bytes.len())
            .ok_or_else(|| NetError::Protocol("the server talks too much before encryption".into()))?;
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// The next whole line without its CRLF. A bare LF ends none: inside a line it is an error.
    pub fn next_line(&mut self) -> Result<Option<Vec<u8>>, NetError> {
        let end = self.buffer.iter().position(|&b| b == b'\n');
        let length = end.unwrap_or(self.buffer.len());
        if length > self.max_line {
            return Err(NetError::Protocol("the server sent a line that is too long".into()));
        }
        let Some(end) = end else { return Ok(None) };
        let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
        line.pop();
        match line.pop() {
            Some(b'\r') if !line.contains(&b'\r') && !line.contains(&0) => Ok(Some(line)),
            _ => Err(NetError::Protocol("the server sent a malformed line".into())),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }
}
