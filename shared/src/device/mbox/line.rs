//! Lines of a mailbox or a message, cut anywhere, and `From ` at their beginning.
use super::Envelope;
use crate::device::civil::Civil;

/// Octets of a line's start that are held until it is known what the line is. A longer one is text.
pub(super) const MAX_HEAD: usize = 1_000;
/// What a quoted or a separating line begins with.
pub(super) const FROM: &[u8] = b"From ";

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a [u8]),
    Break,
}

/// Cuts at LF, whatever number of CRs stands before it. CRs elsewhere are text.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// CRs whose meaning depends on what follows.
    crs: u64,
}

impl Lines {
    /// Takes the next piece off the front; `None` when there is no more. CRs still held at the end of all belong to the
    /// last line's end.
    pub fn next<'a>(&mut self, input: &mut &'a [u8]) -> Option<Piece<'a>> {
        while let Some((&first, tail)) = input.split_first() {
            match first {
                b'\r' => {
                    self.crs += 1;
                    *input = tail;
                }
                b'\n' => {
                    (self.crs, *input) = (0, tail);
                    return Some(Piece::Break);
                }
                _ if self.crs > 0 => {
                    self.crs -= 1;
                    return Some(Piece::Text(b"\r"));
                }
                _ => {
                    let end = input.iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(input.len());
                    let (text, tail) = input.split_at(end);
                    *input = tail;
                    return Some(Piece::Text(text));
                }
            }
        }
        None
    }
}

/// Reads a `From ` line. Text that nobody quoted may begin so too: a date has to stand in it, or nothing but the `-` that
/// Netscape wrote. An empty line before it is usual, but not even Netscape always wrote one.
pub(super) fn envelope(line: &[u8]) -> Option<Envelope> {
    let rest = line.strip_prefix(FROM)?;
    let text = String::from_utf8_lossy(rest);
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if words == ["-"] {
        return Some(Envelope { sender: "-".to_owned(), date: None });
    }
    let at = words
        .windows(3)
        .position(|three| matches!(three, [_, month, day] if is_month(month) && is_day(day)))?;
    let sender = words.get(..at)?.join(" ");
    Some(Envelope { sender, date: Some(date(words.get(at + 1..)?)?) })
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

fn is_month(word: &str) -> bool {
    MONTHS.contains(&word)
}

fn is_day(word: &str) -> bool {
    (1..=2).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit())
}

/// `Jan 2 03:04:05 2006`, with a zone before or behind the year, or without seconds.
fn date(words: &[&str]) -> Option<i64> {
    let [month, day, time, tail @ ..] = words else { return None };
    let month = MONTHS.iter().position(|name| name == month)?;
    let mut parts = time.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let year =
        tail.iter().take(3).find(|word| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()))?;
    let zone = tail.iter().take(3).find_map(|word| zone(word)).unwrap_or(0);
    let month = i64::try_from(month).ok()? + 1;
    let civil = Civil { year: year.parse().ok()?, month, day: day.parse().ok()?, hour, minute, second };
    Some(civil.to_seconds()? - zone)
}

/// Seconds of `+0900`; names of zones are taken for UTC.
fn zone(word: &str) -> Option<i64> {
    let digits = word.strip_prefix(['+', '-']).filter(|digits| digits.len() == 4)?;
    let number: i64 = digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))?;
    let seconds = (number / 100 * 60 + number % 100) * 60;
    Some(if word.starts_with('-') { -seconds } else { seconds })
}

/// The line that begins a message, without its end.
pub(super) fn from_line(sender: &str, date: i64) -> Vec<u8> {
    // RFC 4155 wants ASCII without spaces; whoever reads it looks for the date behind the first space.
    let clean: String =
        sender.chars().take(254).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect();
    let sender = if clean.is_empty() { "MAILER-DAEMON" } else { &clean };
    let Civil { year, month, day, hour, minute, second } = Civil::from_seconds(date);
    let weekday = DAYS.get(Civil::weekday(date)).unwrap_or(&"Thu");
    let month = usize::try_from(month - 1).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&"Jan");
    format!("From {sender} {weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year:04}")
        .into_bytes()
}
