//! CRC-32 as ZIP has it (ISO 3309).

const TABLE: [u32; 256] = {
    let mut table = [0u32; 256];
    let mut n = 0;
    while n < 256 {
        let mut value = n as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 };
            bit += 1;
        }
        table[n] = value;
        n += 1;
    }
    table
};

/// The checksum of octets that come in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crc32(u32);

impl Default for Crc32 {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl Crc32 {
    pub fn of(bytes: &[u8]) -> u32 {
        let mut crc = Self::default();
        crc.push(bytes);
        crc.value()
    }

    pub fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let index = (self.0 ^ u32::from(*byte)) as u8;
            self.0 = TABLE[usize::from(index)] ^ self.0 >> 8;
        }
    }

    pub fn value(self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_values() {
        assert_eq!(Crc32::of(b""), 0);
        assert_eq!(Crc32::of(b"123456789"), 0xcbf4_3926);
        assert_eq!(Crc32::of(&[0; 32]), 0x190a_55ad);
        let mut crc = Crc32::default();
        [&b"1234"[..], b"", b"56789"].iter().for_each(|piece| crc.push(piece));
        assert_eq!(crc.value(), 0xcbf4_3926);
    }
}
