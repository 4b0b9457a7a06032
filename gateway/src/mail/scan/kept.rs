//! Bytes that are kept of a source, up to a bound.

/// A buffer that keeps what comes first and knows whether there was more.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    limit: usize,
    pub cut: bool,
}

impl Kept {
    pub fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, cut: false }
    }

    pub fn push(&mut self, piece: &[u8]) {
        let room = self.limit.saturating_sub(self.bytes.len());
        let taken = piece.get(..room).unwrap_or(piece);
        self.cut |= taken.len() < piece.len();
        let len = self.bytes.len() + taken.len();
        if len > self.bytes.capacity() {
            // Doubling, but never past the limit: what is held is what is counted.
            let wanted = (self.bytes.capacity() * 2).clamp(len, self.limit.max(len));
            self.bytes.reserve_exact(wanted - self.bytes.len());
        }
        self.bytes.extend_from_slice(taken);
    }

    /// Forgets everything; a small buffer is kept for what comes next.
    pub fn restart(&mut self, limit: usize) {
        const SMALL: usize = 64 << 10;
        self.bytes.clear();
        if self.bytes.capacity() > SMALL {
            self.bytes = Vec::new();
        }
        (self.limit, self.cut) = (limit, false);
    }

    /// Forgets what came after the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    /// Drops CRs off the end: the ones of a doubled line end.
    pub fn trim_cr(&mut self) {
        while self.bytes.last() == Some(&b'\r') {
            self.bytes.pop();
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn held(&self) -> usize {
        self.bytes.capacity()
    }

    /// The first `len` bytes, without spare room.
    pub fn take(&mut self, len: usize) -> bytes::Bytes {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.truncate(len);
        bytes.shrink_to_fit();
        bytes.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_exact() {
        let mut kept = Kept::new(10);
        kept.push(b"12345");
        kept.push(b"67890");
        assert!(!kept.cut && kept.bytes() == b"1234567890" && kept.held() == 10);
        kept.push(b"");
        assert!(!kept.cut);
        kept.push(b"x");
        assert!(kept.cut && kept.len() == 10 && kept.held() == 10);
        kept.restart(3);
        kept.push(b"abcd");
        assert!(kept.cut && kept.bytes() == b"abc");
        assert_eq!(kept.take(2), b"ab"[..]);
    }
}
