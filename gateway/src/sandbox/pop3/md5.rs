//! MD5 (RFC 1321), which APOP is made of (RFC 1939 §7). Broken as a hash for decades; nothing else here may use it.

/// Bits that each step turns by, four to a round (§3.4).
const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// The digest as APOP writes it: 32 lower-case hexadecimal digits.
pub fn hex(message: &[u8]) -> String {
    let mut padded = message.to_vec();
    padded.push(0x80);
    // Eight bytes at the end of the last block are for the length in bits (§3.2).
    padded.resize((padded.len() + 8).next_multiple_of(64) - 8, 0);
    padded.extend_from_slice(&(message.len() as u64).wrapping_mul(8).to_le_bytes());
    let state = padded.chunks_exact(64).fold([0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476], block);
    state.iter().flat_map(|word: &u32| word.to_le_bytes()).map(|byte| format!("{byte:02x}")).collect()
}

fn block(state: [u32; 4], block: &[u8]) -> [u32; 4] {
    let word = |at: u32| {
        let start = at as usize % 16 * 4;
        let bytes = block.get(start..start + 4).and_then(|bytes| bytes.try_into().ok());
        u32::from_le_bytes(bytes.unwrap_or_default())
    };
    let [mut a, mut b, mut c, mut d] = state;
    for (round, turns) in (0u32..).zip(TURNS) {
        for (step, turn) in (round * 16..round * 16 + 16).zip(turns.iter().cycle()) {
            let (mixed, at) = match round {
                0 => ((b & c) | (!b & d), step),
                1 => ((d & b) | (!d & c), 5 * step + 1),
                2 => (b ^ c ^ d, 3 * step + 5),
                _ => (c ^ (b | !d), 7 * step),
            };
            let sum = a.wrapping_add(mixed).wrapping_add(word(at)).wrapping_add(sine(step));
            (a, d, c, b) = (d, c, b, b.wrapping_add(sum.rotate_left(*turn)));
        }
    }
    let [before_a, before_b, before_c, before_d] = state;
    [a.wrapping_add(before_a), b.wrapping_add(before_b), c.wrapping_add(before_c), d.wrapping_add(before_d)]
}

/// §3.4: the table is made of sines.
fn sine(step: u32) -> u32 {
    (f64::from(step + 1).sin().abs() * 4_294_967_296.0) as u32
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn digests_of_the_rfcs() {
        // RFC 1321 §A.5.
        for (text, digest) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                "d174ab98d277d9f5a5611c2c9f419d9f",
            ),
            // RFC 1939 §7.
            ("<1896.697170952@dbc.mtview.ca.us>tanstaaf", "c4c9334bac560ecc979e58001b3e22fb"),
        ] {
            assert_eq!(hex(text.as_bytes()), digest, "{text}");
        }
        // Around the end of a block.
        for (length, digest) in [
            (55, "04364420e25c512fd958a70738aa8f72"),
            (56, "668a72d5ba17f08e62dabcafad6db14b"),
            (64, "c1bb4f81d892b2d57947682aeb252456"),
        ] {
            assert_eq!(hex("x".repeat(length).as_bytes()), digest, "{length}");
        }
    }
}
