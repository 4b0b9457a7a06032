//! What passes on one connection, as lines with secrets taken out: for the transcript that people see beside their mail and in the lab.
//! Off unless somebody looks; nothing that is secret is ever kept here, not even for a moment longer than its line.
//!
//! After LOGIN, AUTHENTICATE, AUTH, PASS and APOP everything that the client says is hidden until the server has decided (RFC 9051 §6.2,
//! RFC 1939 §7, RFC 5034, RFC 4954), challenges included. Literals and the bodies of messages become their number of octets.
use super::Proto;
pub use pyeonji_shared::lab::report::{Direction, Line, Totals};
use std::collections::VecDeque;

/// Lines kept; the oldest go first.
pub const MAX_LINES: usize = 10_000;
/// Bytes shown of one line.
pub const MAX_TEXT: usize = 512;
/// Bytes of a line that has no end yet; what is past it is counted and not kept.
const MAX_PARTIAL: usize = 8 << 10;
/// Stands for what is hidden.
pub const HIDDEN: &str = "••••";

/// What hides the client's words, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Hiding {
    No,
    /// IMAP: until the line with this tag.
    Tag(String),
    /// POP3: until an answer that isn't a challenge. SMTP the same, where a challenge is 334.
    Answer,
}

/// One direction's line that isn't whole yet.
#[derive(Debug, Default)]
struct Partial {
    bytes: Vec<u8>,
    /// All octets, also those that weren't kept.
    length: u64,
    /// Octets of a literal still to come (IMAP).
    literal: u64,
    /// Its octets so far, for the line that stands for it.
    body: u64,
}

#[derive(Debug)]
pub struct Recorder {
    protocol: Proto,
    lines: VecDeque<Line>,
    /// Lines that had to go.
    pub dropped: u64,
    pub totals: Totals,
    /// What the lines from now on belong to ([`Line::cause`]).
    pub cause: u32,
    up: Partial,
    down: Partial,
    hiding: Hiding,
    server_spoke: bool,
    /// Answers of POP3 that go on to a single dot, in the order asked for.
    asked: VecDeque<Kind>,
    /// Within such an answer.
    inside: Option<Kind>,
    /// SMTP: within DATA.
    data: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Short,
    /// Shown line by line.
    List,
    /// Counted.
    Message,
    /// DATA was asked for: 354 begins the message.
    Data,
}

impl Recorder {
    pub fn new(protocol: Proto) -> Self {
        Self {
            protocol,
            lines: VecDeque::new(),
            dropped: 0,
            totals: Totals::default(),
            cause: 0,
            up: Partial::default(),
            down: Partial::default(),
            hiding: Hiding::No,
            server_spoke: true,
            // The greeting answers nothing.
            asked: VecDeque::from([Kind::Short]),
            inside: None,
            data: false,
        }
    }

    /// One that begins between two commands of a connection that is there already.
    pub fn joined(protocol: Proto) -> Self {
        Self { asked: VecDeque::new(), ..Self::new(protocol) }
    }

    /// A new connection begins; what was half said on the one before never came.
    pub fn connect(&mut self) {
        self.totals.connections += 1;
        (self.up, self.down) = (Partial::default(), Partial::default());
        (self.hiding, self.server_spoke, self.inside, self.data) = (Hiding::No, true, None, false);
        self.asked = VecDeque::from([Kind::Short]);
    }

    /// The same, of another protocol; the connection before may rest meanwhile, if it has nothing half said.
    pub fn connect_to(&mut self, protocol: Proto) {
        self.protocol = protocol;
        self.connect();
    }

    /// Back to the connection of this protocol that rested.
    pub fn resume(&mut self, protocol: Proto) {
        let connections = self.totals.connections;
        self.connect_to(protocol);
        self.totals.connections = connections;
    }

    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }

    /// Hands the lines over; nothing of them stays.
    pub fn take_lines(&mut self) -> VecDeque<Line> {
        std::mem::take(&mut self.lines)
    }

    /// `at`: milliseconds since the recording began.
    pub fn sent(&mut self, bytes: &[u8], at: u64) {
        if bytes.is_empty() {
            return;
        }
        if std::mem::take(&mut self.server_spoke) {
            self.totals.round_trips += 1;
        }
        self.totals.sent += bytes.len() as u64;
        self.pass(bytes, at, Direction::ToServer);
    }

    pub fn received(&mut self, bytes: &[u8], at: u64) {
        if bytes.is_empty() {
            return;
        }
        self.server_spoke = true;
        self.totals.received += bytes.len() as u64;
        self.pass(bytes, at, Direction::FromServer);
    }

    fn partial(&mut self, direction: Direction) -> &mut Partial {
        match direction {
            Direction::ToServer => &mut self.up,
            Direction::FromServer => &mut self.down,
        }
    }

    fn pass(&mut self, mut bytes: &[u8], at: u64, direction: Direction) {
        while !bytes.is_empty() {
            let partial = self.partial(direction);
            if partial.literal > 0 {
                let n = usize::try_from(partial.literal).unwrap_or(usize::MAX).min(bytes.len());
                partial.literal -= n as u64;
                partial.body += n as u64;
                bytes = bytes.get(n..).unwrap_or_default();
                if partial.literal == 0 {
                    let octets = std::mem::take(&mut partial.body);
                    // How long a password is, is nobody's business either.
                    let secret = direction == Direction::ToServer && self.hiding != Hiding::No;
                    let text = if secret { HIDDEN.to_owned() } else { format!("({octets} octets)") };
                    self.keep(at, direction, octets, text);
                }
                continue;
            }
            let end = bytes.iter().position(|b| *b == b'\n').map(|n| n + 1);
            let (now, later) = bytes.split_at(end.unwrap_or(bytes.len()));
            let room = MAX_PARTIAL.saturating_sub(partial.bytes.len()).min(now.len());
            partial.bytes.extend_from_slice(now.get(..room).unwrap_or_default());
            partial.length += now.len() as u64;
            bytes = later;
            if end.is_some() {
                let line = std::mem::take(&mut partial.bytes);
                let length = std::mem::take(&mut partial.length);
                self.whole(&line, length, at, direction);
            }
        }
    }

    /// A whole line: what is it, and what of it may be seen?
    fn whole(&mut self, line: &[u8], length: u64, at: u64, direction: Direction) {
        let text = String::from_utf8_lossy(line).trim_end_matches(['\r', '\n']).to_owned();
        if self.protocol == Proto::Imap
            && let Some(octets) = literal(&text)
        {
            self.partial(direction).literal = octets;
        }
        let shown = match direction {
            Direction::ToServer => self.client(&text, length),
            Direction::FromServer => self.server(&text, length),
        };
        if let Some(shown) = shown {
            self.keep(at, direction, length, shown);
        } else if self.ends_body(&text, direction) {
            let octets = std::mem::take(&mut self.partial(direction).body);
            self.keep(at, direction, octets, format!("({octets} octets)"));
        }
    }

    /// The line that ends a counted body has just been counted.
    fn ends_body(&mut self, text: &str, direction: Direction) -> bool {
        let over = text == ".";
        if over && direction == Direction::ToServer {
            self.data = false;
            self.asked.push_back(Kind::Short);
        }
        if over && direction == Direction::FromServer {
            self.inside = None;
        }
        over
    }

    /// What is shown of a line of the client; `None` for a line of a body.
    fn client(&mut self, text: &str, length: u64) -> Option<String> {
        if self.data {
            self.up.body += length;
            return None;
        }
        if self.hiding != Hiding::No {
            return Some(HIDDEN.to_owned());
        }
        let mut words = text.split(' ');
        let first = words.next().unwrap_or_default();
        if self.protocol == Proto::Imap {
            let verb = words.next().unwrap_or_default().to_ascii_uppercase();
            return Some(match verb.as_str() {
                "LOGIN" => {
                    self.hiding = Hiding::Tag(first.to_owned());
                    format!("{first} {verb} {HIDDEN}")
                }
                "AUTHENTICATE" => {
                    self.hiding = Hiding::Tag(first.to_owned());
                    let how = words.next().unwrap_or_default();
                    format!(
                        "{first} {verb} {how}{}",
                        words.next().map_or(String::new(), |_| format!(" {HIDDEN}"))
                    )
                }
                _ => text.to_owned(),
            });
        }
        let verb = first.to_ascii_uppercase();
        let argument = words.next();
        self.asked.push_back(match verb.as_str() {
            "RETR" | "TOP" => Kind::Message,
            "CAPA" => Kind::List,
            "LIST" | "UIDL" if argument.is_none() => Kind::List,
            "DATA" => Kind::Data,
            _ => Kind::Short,
        });
        Some(match verb.as_str() {
            "PASS" => {
                self.hiding = Hiding::Answer;
                format!("{verb} {HIDDEN}")
            }
            "APOP" => format!("{verb} {} {HIDDEN}", argument.unwrap_or_default()),
            "AUTH" => {
                self.hiding = Hiding::Answer;
                let how = argument.unwrap_or_default();
                format!("{verb} {how}{}", words.next().map_or(String::new(), |_| format!(" {HIDDEN}")))
            }
            _ => text.to_owned(),
        })
    }

    fn server(&mut self, text: &str, length: u64) -> Option<String> {
        if let Some(kind) = self.inside {
            if kind == Kind::Message {
                self.down.body += length;
                return None;
            }
            if text == "." {
                self.inside = None;
            }
            return Some(text.to_owned());
        }
        match &self.hiding {
            Hiding::No => {}
            Hiding::Tag(tag) => {
                if text.starts_with('+') {
                    return Some(format!("+ {HIDDEN}"));
                }
                if text.split(' ').next() == Some(tag) {
                    self.hiding = Hiding::No;
                }
                return Some(text.to_owned());
            }
            Hiding::Answer => {
                if text.starts_with("+ ") || text == "+" || text.starts_with("334") {
                    let start = text.split(' ').next().unwrap_or_default();
                    return Some(format!("{start} {HIDDEN}"));
                }
                self.hiding = Hiding::No;
            }
        }
        match self.protocol {
            Proto::Imap => {}
            Proto::Pop3 => {
                let kind = self.asked.pop_front().unwrap_or(Kind::Short);
                if text.starts_with("+OK") && matches!(kind, Kind::List | Kind::Message) {
                    self.inside = Some(kind);
                }
            }
            // `250-` goes on (RFC 5321 §4.2.1).
            Proto::Smtp if text.as_bytes().get(3) == Some(&b'-') => {}
            Proto::Smtp => {
                let kind = self.asked.pop_front().unwrap_or(Kind::Short);
                self.data = kind == Kind::Data && text.starts_with("354");
            }
        }
        Some(text.to_owned())
    }

    fn keep(&mut self, at: u64, direction: Direction, bytes: u64, mut text: String) {
        if text.len() > MAX_TEXT {
            let end = (0..=MAX_TEXT).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
            text.truncate(end);
            text.push('…');
        }
        if self.lines.len() >= MAX_LINES {
            self.lines.pop_front();
            self.dropped += 1;
        }
        let (round_trip, cause, protocol) = (self.totals.round_trips, self.cause, self.protocol);
        self.lines.push_back(Line { protocol, at, direction, bytes, round_trip, cause, text });
    }
}

/// Octets of the literal that a line announces at its end (RFC 9051 §4.3, RFC 7888).
fn literal(text: &str) -> Option<u64> {
    let inner = text.strip_suffix('}')?;
    let open = inner.rfind('{')?;
    inner.get(open + 1..)?.trim_end_matches(['+', '-']).parse().ok()
}

#[cfg(test)]
mod tests;
