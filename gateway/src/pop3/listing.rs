//! Lines of LIST and UIDL, and the answer to STAT (RFC 1939 §5, §7). Unreadable lines are stepped over: one odd message must not
//! hide the others (R31).
use super::command::Number;
use super::error::EngineError;
use super::event::Reply;
use pyeonji_shared::device::Uidl;
use pyeonji_shared::limits::MAX_LISTING;

/// Octets of one list: `MAX_LISTING` lines of the longest form that RFC 1939 §7 allows. More ends the connection.
pub const MAX_LISTING_BYTES: usize = 16 << 20;

/// What a list collects. Grows with what has arrived, never with what STAT declared.
#[derive(Debug)]
pub enum Items {
    Sizes(Vec<(Number, u32)>),
    Names(Vec<(Number, Uidl)>),
}

#[derive(Debug)]
pub struct Listing {
    items: Items,
    lines: usize,
    bytes: usize,
}

impl Listing {
    pub fn sizes() -> Self {
        Self { items: Items::Sizes(Vec::new()), lines: 0, bytes: 0 }
    }

    pub fn names() -> Self {
        Self { items: Items::Names(Vec::new()), lines: 0, bytes: 0 }
    }

    pub fn add(&mut self, line: &[u8]) -> Result<(), EngineError> {
        self.lines += 1;
        self.bytes += line.len();
        if self.lines > MAX_LISTING || self.bytes > MAX_LISTING_BYTES {
            return Err(EngineError::ListingTooLong);
        }
        let mut words = line.split(|b| matches!(b, b' ' | b'\t')).filter(|word| !word.is_empty());
        let number = words.next().and_then(number).filter(|n| *n > 0).map(Number);
        let (Some(number), Some(word)) = (number, words.next()) else { return Ok(()) };
        match &mut self.items {
            Items::Sizes(list) => list.extend(self::number(word).map(|size| (number, size))),
            Items::Names(list) => list.extend(uidl(word).map(|uidl| (number, uidl))),
        }
        Ok(())
    }

    pub fn finish(self) -> Reply {
        match self.items {
            Items::Sizes(list) => Reply::Sizes(list),
            Items::Names(list) => Reply::Names(list),
        }
    }
}

/// `2 320` behind `+OK`, whatever else there is.
pub fn stat(text: &str) -> Option<Reply> {
    let mut words = text.split_ascii_whitespace();
    let messages = number(words.next()?.as_bytes())?;
    let octets = words.next()?;
    let digits = octets.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| Reply::Stat { messages, octets: octets.parse().unwrap_or(u64::MAX) })
}

/// Decimal; what doesn't fit is the largest.
fn number(word: &[u8]) -> Option<u32> {
    let digits = !word.is_empty() && word.iter().all(u8::is_ascii_digit);
    digits.then(|| std::str::from_utf8(word).ok().and_then(|w| w.parse().ok()).unwrap_or(u32::MAX))
}

fn uidl(word: &[u8]) -> Option<Uidl> {
    let fits = word.len() <= Uidl::MAX && word.iter().all(u8::is_ascii_graphic);
    fits.then(|| Uidl(String::from_utf8_lossy(word).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(lines: &[&str]) -> Vec<(u32, u32)> {
        let mut listing = Listing::sizes();
        lines.iter().for_each(|line| listing.add(line.as_bytes()).unwrap());
        let Reply::Sizes(list) = listing.finish() else { panic!() };
        list.into_iter().map(|(n, size)| (n.0, size)).collect()
    }

    fn names(lines: &[&[u8]]) -> Vec<(u32, String)> {
        let mut listing = Listing::names();
        lines.iter().for_each(|line| listing.add(line).unwrap());
        let Reply::Names(list) = listing.finish() else { panic!() };
        list.into_iter().map(|(n, uidl)| (n.0, uidl.0)).collect()
    }

    #[test]
    fn good_and_odd_lines() {
        assert_eq!(
            sizes(&["1 120", "2  200 octets", "3\t7", "x 1", "4", "0 9", "-1 2", "5 99999999999", ""]),
            [(1, 120), (2, 200), (3, 7), (5, u32::MAX)]
        );
        let long = format!("4 {}", "u".repeat(Uidl::MAX + 1));
        let fits = format!("5 {}", "u".repeat(Uidl::MAX));
        let lines: [&[u8]; 6] =
            [b"1 whqtswO00WBw418f9t5JxYwZ", b"2 a b", b"3", long.as_bytes(), fits.as_bytes(), b"6 \xc6\xed"];
        let got = names(&lines);
        assert_eq!(got.iter().map(|(n, _)| *n).collect::<Vec<_>>(), [1, 2, 5]);
        assert_eq!(got[1].1, "a");
    }

    #[test]
    fn r33_lists_are_bounded() {
        let mut listing = Listing::sizes();
        for n in 1..=MAX_LISTING {
            assert_eq!(listing.add(format!("{n} 1").as_bytes()), Ok(()));
        }
        assert_eq!(listing.add(b"9 1"), Err(EngineError::ListingTooLong));
        let mut listing = Listing::names();
        let line = [b"1 ", [b'u'; 1_000].as_slice()].concat();
        let whole = MAX_LISTING_BYTES / line.len();
        assert!((0..whole).all(|_| listing.add(&line).is_ok()));
        assert_eq!(listing.add(&line), Err(EngineError::ListingTooLong));
    }

    #[test]
    fn stat_is_read_as_far_as_it_goes() {
        assert_eq!(stat("2 320"), Some(Reply::Stat { messages: 2, octets: 320 }));
        assert_eq!(stat("2 320 and more"), Some(Reply::Stat { messages: 2, octets: 320 }));
        for text in ["", "2", "two 320", "2 many", "-1 2"] {
            assert_eq!(stat(text), None, "{text}");
        }
    }
}
