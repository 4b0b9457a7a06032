//! A small digest of a message's words: says of most messages that a word is not in them, without reading their text.
//!
//! A Bloom filter of the pairs of letters that follow each other (Hangul syllables and other ideographs are one letter
//! each, so a Korean word of two syllables is a pair). What it says no to is not there; what it says yes to may be.
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes of the smallest and the largest signature; between them as many as the text's pairs need.
pub const LEAST: usize = 32;
pub const MOST: usize = 1024;

/// A signature is halved as long as at most one bit of so many is set.
const SPARSE: usize = 4;

/// A power of two of bytes, or none: then it says yes to everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature(Vec<u8>);

/// One pair of letters, as the two bits that it sets in the largest signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair(u32);

impl Pair {
    /// The mixing is part of the stored format: another one needs another `RECORD_VERSION`.
    fn new(a: char, b: char) -> Pair {
        let mut h = u32::from(a).wrapping_mul(0x9e37_79b1).rotate_left(16) ^ u32::from(b);
        h = (h ^ (h >> 16)).wrapping_mul(0x7feb_352d);
        h = (h ^ (h >> 15)).wrapping_mul(0x846c_a68b);
        Pair(h ^ (h >> 16))
    }

    /// Where the bits are in a signature of so many bytes, a power of two.
    fn bits(self, bytes: usize) -> [usize; 2] {
        let mask = bytes.wrapping_mul(8).wrapping_sub(1);
        [self.0 as usize & mask, (self.0 >> 16) as usize & mask]
    }
}

/// Pairs within the words of a folded text, in order, repeated ones included.
fn each_pair(folded: &str, each: &mut dyn FnMut(Pair)) {
    let mut last = None;
    for c in folded.chars() {
        let letter = (c != ' ' && !c.is_control()).then_some(c);
        if let (Some(a), Some(b)) = (last, letter) {
            each(Pair::new(a, b));
        }
        last = letter;
    }
}

/// The pairs of a search word; none where it has no two letters in a row.
pub fn pairs(folded: &str) -> Vec<Pair> {
    let mut out = Vec::new();
    each_pair(folded, &mut |pair| out.push(pair));
    out
}

impl Signature {
    pub fn of(folded: &str) -> Signature {
        let mut bits = vec![0_u8; MOST];
        each_pair(folded, &mut |pair| {
            for bit in pair.bits(MOST) {
                if let Some(byte) = bits.get_mut(bit / 8) {
                    *byte |= 1 << (bit % 8);
                }
            }
        });
        while bits.len() > LEAST {
            // A bit's place in half the room is its place in the whole one, modulo the half.
            let (low, high) = bits.split_at(bits.len() / 2);
            let half: Vec<u8> = low.iter().zip(high).map(|(a, b)| a | b).collect();
            let set: usize = half.iter().map(|b| b.count_ones() as usize).sum();
            if set * SPARSE > half.len() * 8 {
                break;
            }
            bits = half;
        }
        Signature(bits)
    }

    /// False: the text has not all of these pairs.
    pub fn may_have(&self, pairs: &[Pair]) -> bool {
        let bytes = self.0.len();
        if !bytes.is_power_of_two() {
            return true;
        }
        let set = |bit: usize| self.0.get(bit / 8).is_some_and(|byte| byte & (1 << (bit % 8)) != 0);
        pairs.iter().all(|pair| pair.bits(bytes).into_iter().all(set))
    }

    /// False: the text hasn't all that the other one has.
    pub fn may_hold(&self, other: &Signature) -> bool {
        let least = self.0.len().min(other.0.len());
        // Folded into far less room it would hold everything.
        if !least.is_power_of_two() || self.0.len() > 2 * least {
            return false;
        }
        let folded = |of: &Signature| {
            let mut bits = vec![0_u8; least];
            // As in `of`: all that has the same place in less room.
            of.0.chunks(least).for_each(|part| bits.iter_mut().zip(part).for_each(|(to, from)| *to |= from));
            bits
        };
        folded(self).into_iter().zip(folded(other)).all(|(mine, theirs)| mine & theirs == theirs)
    }

    pub fn bytes(&self) -> usize {
        self.0.len()
    }
}

/// As bytes, which are copied in one piece.
impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&[u8]>::deserialize(deserializer).map(|bytes| Signature(bytes.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::fold::fold;
    use proptest::prelude::*;

    fn may(text: &str, word: &str) -> bool {
        Signature::of(&fold(text)).may_have(&pairs(&fold(word)))
    }

    #[test]
    fn it_grows_with_the_text_and_still_says_no() {
        assert_eq!(Signature::of("").bytes(), LEAST);
        assert_eq!(Signature::of("안녕하세요 회의록을 보냅니다").bytes(), LEAST);
        let long: String = (0..40_000_u32).filter_map(|n| char::from_u32(0xac00 + n % 11_172)).collect();
        assert_eq!(Signature::of(&long).bytes(), MOST);
        assert!(may("회의록을 보냅니다", "회의록") && !may("회의록을 보냅니다", "계약서"));
        assert!(may("회의록", "회") && may("회의록", ""), "one letter has no pair");
        assert!(Signature::default().may_have(&pairs("anything")));
    }

    #[test]
    fn the_format_is_the_stored_one() {
        let bits: Vec<usize> = pairs("ab 편지").iter().flat_map(|p| p.bits(MOST)).collect();
        assert_eq!(bits, [6554, 2103, 7109, 7720]);
    }

    proptest! {
        #[test]
        fn never_no_to_what_is_there(text in "(?s).{0,300}", from in 0usize..300, len in 0usize..20) {
            let word: String = fold(&text).chars().skip(from).take(len).collect();
            prop_assert!(may(&text, &word));
        }
    }
}
