//! Messages out of a mailbox file, whoever wrote it.
use super::Envelope;
use super::line::{FROM, Lines, MAX_HEAD, Piece, envelope};
use super::marks::{Header, Marks};

/// Octets held back at a `From ` line that a claimed length covers. A longer stretch isn't waited for: the line then
/// begins a message.
const MAX_HELD: usize = 1 << 20;
/// Octets behind a claimed length that are looked at: the line ends and `From `.
const LOOK: usize = 9;

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Begin(Envelope),
    /// The next octets of the message, lines ended by CRLF.
    Bytes(Vec<u8>),
    End(Marks),
}

/// Reads a mailbox pushed in pieces cut anywhere. A source without any `From ` line is one message.
#[derive(Debug)]
pub struct Reader {
    lines: Lines,
    /// Octets of the file behind us, and where the line began.
    at: u64,
    line_at: u64,
    /// `>` at the line's beginning; the last of them is held, as what follows them is.
    marks: u64,
    head: Vec<u8>,
    /// The line's beginning is passed on.
    begun: bool,
    /// An empty line is held back: it may belong to the `From ` line that follows.
    blank: bool,
    message: Option<Message>,
    /// Until there, everything is text.
    text_until: u64,
    /// Claims of a length are believed.
    believes: bool,
    held: Option<Held>,
    out: Vec<u8>,
    events: Vec<Event>,
}

#[derive(Debug, Default)]
struct Message {
    header: Option<Header>,
    marks: Marks,
    /// Our own lines at the top that were taken off.
    own: Own,
    /// Where the claimed length ends.
    claimed: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Own {
    /// `Status` may come.
    #[default]
    None,
    /// `X-Keywords` or `X-Status` may come.
    One,
    Done,
}

/// A `From ` line whose meaning isn't known yet.
#[derive(Debug)]
struct Held {
    line: Vec<u8>,
    envelope: Envelope,
    /// What follows it.
    raw: Vec<u8>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            lines: Lines::default(),
            at: 0,
            line_at: 0,
            marks: 0,
            head: Vec::new(),
            begun: false,
            blank: false,
            message: None,
            text_until: 0,
            believes: true,
            held: None,
            out: Vec::new(),
            events: Vec::new(),
        }
    }
}

impl Reader {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next octets of the file.
    pub fn push(&mut self, input: &[u8]) -> Vec<Event> {
        match self.held.take() {
            None => self.read(input),
            Some(mut held) => {
                held.raw.extend_from_slice(input);
                match self.judge(&held.raw, false) {
                    None => self.held = Some(held),
                    Some(right) => self.settle(held, right),
                }
            }
        }
        self.flush();
        std::mem::take(&mut self.events)
    }

    /// The file ends here.
    pub fn finish(mut self) -> Vec<Event> {
        loop {
            if let Some(held) = self.held.take() {
                let right = self.judge(&held.raw, true).unwrap_or(false);
                self.settle(held, right);
            } else if self.begun || self.marks > 0 || !self.head.is_empty() {
                self.line_end(&[]);
            } else {
                break;
            }
        }
        self.end();
        self.events
    }

    fn read(&mut self, mut input: &[u8]) {
        loop {
            let before = input.len();
            let piece = self.lines.next(&mut input);
            self.at += (before - input.len()) as u64;
            match piece {
                None => return,
                Some(Piece::Text(text)) => self.text(text),
                Some(Piece::Break) => {
                    self.line_end(input);
                    self.line_at = self.at;
                    if self.held.is_some() {
                        return;
                    }
                }
            }
        }
    }

    fn text(&mut self, mut text: &[u8]) {
        while let Some((&first, tail)) = text.split_first().filter(|_| !self.begun) {
            if first == b'>' && self.head.is_empty() {
                if self.marks > 0 {
                    self.open_line();
                    self.out.push(b'>');
                }
                self.marks += 1;
            } else {
                self.head.push(first);
            }
            text = tail;
            if self.head.len() > MAX_HEAD {
                self.begin_line();
            }
        }
        self.out.extend_from_slice(text);
    }

    /// The line ends; `rest` is what is known of what follows it.
    fn line_end(&mut self, rest: &[u8]) {
        if !self.begun
            && self.marks == 0
            && self.line_at >= self.text_until
            && let Some(envelope) = envelope(&self.head)
        {
            let line = std::mem::take(&mut self.head);
            return self.separator(line, envelope, rest);
        }
        self.text_line();
    }

    fn separator(&mut self, line: Vec<u8>, envelope: Envelope, rest: &[u8]) {
        let claimed = self.message.as_ref().map_or(0, |message| message.claimed);
        if !self.believes || self.line_at >= claimed {
            return self.begin(envelope);
        }
        match self.judge(rest, false) {
            Some(right) => self.decide(line, envelope, right),
            None => self.held = Some(Held { line, envelope, raw: rest.to_vec() }),
        }
    }

    /// Whether a message begins (or the file ends) where the claimed length ends; `None`: more must be seen.
    fn judge(&self, rest: &[u8], ended: bool) -> Option<bool> {
        let claimed = self.message.as_ref().map_or(0, |message| message.claimed);
        let Some(ahead) = claimed.checked_sub(self.at).and_then(|ahead| usize::try_from(ahead).ok()) else {
            return Some(false);
        };
        if ahead > MAX_HELD {
            return Some(false);
        }
        if rest.len() < ahead.saturating_add(LOOK) && !ended {
            return None;
        }
        let (before, behind) = (rest.get(..ahead), rest.get(ahead..));
        let (Some(before), Some(mut behind)) = (before, behind) else { return Some(false) };
        let mut at_line = before.last().is_none_or(|byte| *byte == b'\n');
        for _ in 0..2 {
            let tail = behind.strip_prefix(b"\n").or_else(|| behind.strip_prefix(b"\r\n"));
            at_line |= tail.is_some();
            behind = tail.unwrap_or(behind);
        }
        Some(at_line && (behind.is_empty() || behind.starts_with(FROM)))
    }

    fn settle(&mut self, held: Held, right: bool) {
        self.decide(held.line, held.envelope, right);
        self.line_at = self.at;
        self.read(&held.raw);
    }

    /// The claimed length is right, and the line is text; or it is wrong, and the line begins a message.
    fn decide(&mut self, line: Vec<u8>, envelope: Envelope, right: bool) {
        if right {
            self.text_until = self.message.as_ref().map_or(0, |message| message.claimed);
            self.head = line;
            return self.text_line();
        }
        self.believes = false;
        self.begin(envelope);
    }

    fn begin(&mut self, envelope: Envelope) {
        self.end();
        self.events.push(Event::Begin(envelope));
        self.message = Some(Message { header: Some(Header::default()), ..Message::default() });
    }

    fn end(&mut self) {
        self.blank = false;
        self.flush();
        if let Some(message) = self.message.take() {
            let marks = message.header.map_or(message.marks, Header::marks);
            self.events.push(Event::End(marks));
        }
    }

    fn flush(&mut self) {
        if !self.out.is_empty() {
            self.events.push(Event::Bytes(std::mem::take(&mut self.out)));
        }
    }

    /// A line of a message ends.
    fn text_line(&mut self) {
        let empty = !self.begun && self.marks == 0 && self.head.is_empty();
        if empty && self.message.is_none() {
            return;
        }
        if !self.begun && self.own_line() {
            self.head.clear();
            return;
        }
        if empty {
            if std::mem::replace(&mut self.blank, true) {
                self.out.extend_from_slice(b"\r\n");
            }
            return self.header_ends();
        }
        self.begin_line();
        self.out.extend_from_slice(b"\r\n");
        self.begun = false;
    }

    /// Takes off the lines that [`super::Writer`] puts on top.
    fn own_line(&mut self) -> bool {
        let Some(message) = &mut self.message else { return false };
        let (name, next) = match message.own {
            Own::None => (&b"Status:"[..], Own::One),
            Own::One if self.head.starts_with(b"X-Keywords:") => (&b"X-Keywords:"[..], Own::One),
            Own::One => (&b"X-Status:"[..], Own::Done),
            Own::Done => return false,
        };
        let found = self.marks == 0 && self.head.starts_with(name);
        message.own = if found { next } else { Own::Done };
        let both = found && next == Own::Done;
        if found && let Some(header) = &mut message.header {
            header.line(&self.head);
            header.complete = both;
        }
        // Who writes both there quotes every `From `, and a length in the message is the message's own affair.
        self.believes &= !both;
        found
    }

    fn header_ends(&mut self) {
        let Some(message) = &mut self.message else { return };
        if let Some(header) = message.header.take() {
            message.claimed = header.length.map_or(0, |length| self.at.saturating_add(length));
            message.marks = header.marks();
        }
    }

    /// The line is text of a message.
    fn open_line(&mut self) {
        if self.message.is_none() {
            self.begin(Envelope::default());
        }
        if std::mem::take(&mut self.blank) {
            self.out.extend_from_slice(b"\r\n");
        }
        if let Some(message) = &mut self.message {
            message.own = Own::Done;
        }
    }

    /// Passes on what is held of the line.
    fn begin_line(&mut self) {
        if self.begun {
            return;
        }
        self.open_line();
        if let Some(header) = self.message.as_mut().and_then(|message| message.header.as_mut())
            && self.marks == 0
        {
            header.line(&self.head);
        }
        let quoted = self.head.starts_with(FROM) && self.line_at >= self.text_until;
        if self.marks > 0 && !quoted {
            self.out.push(b'>');
        }
        self.out.append(&mut self.head);
        (self.marks, self.begun) = (0, true);
    }
}
