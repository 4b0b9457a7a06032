//! One byte range of a download (RFC 9110 §14): what was asked for, and what that is of so many bytes.
use axum::http::{HeaderMap, header};
use bytes::Bytes;

/// A range as asked for; several at once are answered with the whole (RFC 9110 §14.2 allows it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// First and last byte, from 0; without a last one to the end.
    From(u64, Option<u64>),
    /// So many of the last bytes.
    Last(u64),
}

impl Wanted {
    /// `None`: no range, one that isn't understood, or one of another version than `tag` (`If-Range`).
    pub fn read(headers: &HeaderMap, tag: &str) -> Option<Self> {
        if headers.get(header::IF_RANGE).is_some_and(|known| known.as_bytes() != tag.as_bytes()) {
            return None;
        }
        let asked = headers.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?.trim();
        let (first, last) = asked.split_once('-')?;
        match (first, last) {
            ("", last) => Some(Self::Last(number(last)?)),
            (first, "") => Some(Self::From(number(first)?, None)),
            (first, last) => {
                let (first, last) = (number(first)?, number(last)?);
                (first <= last).then_some(Self::From(first, Some(last)))
            }
        }
    }

    /// The part of `total` bytes that is meant; `None` when it lies outside (416).
    pub fn of(self, total: u64) -> Option<Window> {
        let (skip, end) = match self {
            Self::From(first, last) => (first, last.map_or(total, |last| total.min(last.saturating_add(1)))),
            Self::Last(count) => (total.saturating_sub(count), total),
        };
        (skip < end).then(|| Window { skip, left: end - skip })
    }
}

fn number(text: &str) -> Option<u64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

/// What is still to be left out, and then to be passed on, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub skip: u64,
    pub left: u64,
}

impl Window {
    pub const ALL: Self = Self { skip: 0, left: u64::MAX };

    /// The bytes of the next piece that lie within.
    pub fn cut(&mut self, mut piece: Bytes) -> Bytes {
        let len = piece.len() as u64;
        let skipped = self.skip.min(len);
        let kept = self.left.min(len - skipped);
        (self.skip, self.left) = (self.skip - skipped, self.left - kept);
        // Both are at most the length of the piece.
        let within = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(len as usize);
        piece.truncate(within(skipped + kept));
        piece.split_off(within(skipped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(range: &str) -> Option<Wanted> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        Wanted::read(&headers, "\"t\"")
    }

    #[test]
    fn one_range_is_understood_and_anything_else_is_none() {
        assert_eq!(read("bytes=0-0"), Some(Wanted::From(0, Some(0))));
        assert_eq!(read("bytes=5-"), Some(Wanted::From(5, None)));
        assert_eq!(read("bytes=-5"), Some(Wanted::Last(5)));
        for odd in
            ["bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=+1-2", "bytes=0-1,3-4", "lines=0-1", "0-1"]
        {
            assert_eq!(read(odd), None, "{odd}");
        }
        assert_eq!(read(&format!("bytes=0-{}", "9".repeat(30))), None);
    }

    #[test]
    fn ranges_end_where_the_bytes_end() {
        let of = |wanted: Wanted| wanted.of(10).map(|w| (w.skip, w.left));
        assert_eq!(of(Wanted::From(0, None)), Some((0, 10)));
        assert_eq!(of(Wanted::From(9, Some(u64::MAX))), Some((9, 1)));
        assert_eq!(of(Wanted::From(10, None)), None);
        assert_eq!(of(Wanted::Last(3)), Some((7, 3)));
        assert_eq!(of(Wanted::Last(30)), Some((0, 10)));
        assert_eq!(of(Wanted::Last(0)), None);
        assert_eq!(Wanted::From(0, None).of(0), None);
    }

    #[test]
    fn a_window_is_cut_from_pieces_of_any_size() {
        for size in 1..12 {
            let mut window = Window { skip: 3, left: 5 };
            let got: Vec<u8> = b"0123456789"
                .chunks(size)
                .flat_map(|piece| window.cut(Bytes::copy_from_slice(piece)))
                .collect();
            assert_eq!((got.as_slice(), window.left), (b"34567".as_slice(), 0), "{size}");
        }
    }
}
