//! What is on its way to the server: lines in order, the places where it must be waited for, and bodies that the caller feeds.
use crate::imap::command::CommandId;
use crate::imap::write::Segment;
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

/// Fed bytes that may wait to be written; past it the caller is asked for no more.
pub const MAX_FED: usize = 256 << 10;
/// Rest of a refused body that is filled up rather than the link be closed.
const MAX_PADDING: u64 = 1 << 20;
/// Small writes are joined up to this size, so that a burst is one write.
const JOIN: usize = 16 << 10;

#[derive(Debug)]
enum Out {
    Bytes(Bytes),
    GoAhead,
    Feed { left: u64, fed: VecDeque<Bytes>, waiting: usize },
}

/// One command line.
#[derive(Debug)]
struct Line {
    tag: String,
    id: Option<CommandId>,
    parts: VecDeque<Out>,
}

#[derive(Debug, Default)]
pub struct Transmit {
    lines: VecDeque<Line>,
}

/// How the rest of an unwanted line can be got rid of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    Clean,
    /// Its body has begun and is too long to fill up: only closing the link helps.
    Stuck,
}

impl Transmit {
    pub fn push(&mut self, tag: &str, id: Option<CommandId>, segments: Vec<Segment>) {
        let parts = segments.into_iter().map(|segment| match segment {
            Segment::Bytes(bytes) => Out::Bytes(bytes),
            Segment::GoAhead => Out::GoAhead,
            Segment::Feed(left) => Out::Feed { left, fed: VecDeque::new(), waiting: 0 },
        });
        self.lines.push_back(Line { tag: tag.to_owned(), id, parts: parts.collect() });
    }

    /// No line is on its way.
    pub fn waits_for_nothing(&self) -> bool {
        self.lines.is_empty()
    }

    /// The tag whose rest waits for a `+`.
    pub fn waits_for_go_ahead(&self) -> bool {
        self.lines.front().is_some_and(|line| matches!(line.parts.front(), Some(Out::GoAhead)))
    }

    pub fn go_ahead(&mut self) {
        if let Some(line) = self.lines.front_mut().filter(|l| matches!(l.parts.front(), Some(Out::GoAhead))) {
            line.parts.pop_front();
        }
        self.tidy();
    }

    /// The next write. Small parts of one or several lines are joined, credentials are not copied.
    pub fn poll(&mut self) -> Option<Bytes> {
        let first = self.take()?;
        if first.len() >= JOIN || self.peek_len().is_none_or(|n| n + first.len() > JOIN) {
            return Some(first);
        }
        let mut joined = BytesMut::from(&first[..]);
        while self.peek_len().is_some_and(|n| n + joined.len() <= JOIN) {
            match self.take() {
                Some(bytes) => joined.extend_from_slice(&bytes),
                None => break,
            }
        }
        Some(joined.freeze())
    }

    fn peek_len(&self) -> Option<usize> {
        match self.lines.front()?.parts.front()? {
            Out::Bytes(bytes) => Some(bytes.len()),
            Out::GoAhead => None,
            Out::Feed { fed, .. } => fed.front().map(Bytes::len),
        }
    }

    fn take(&mut self) -> Option<Bytes> {
        let line = self.lines.front_mut()?;
        let bytes = match line.parts.front_mut()? {
            Out::GoAhead => return None,
            Out::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                line.parts.pop_front();
                bytes
            }
            Out::Feed { left, fed, waiting } => {
                let bytes = fed.pop_front()?;
                *waiting -= bytes.len();
                *left = left.saturating_sub(bytes.len() as u64);
                if *left == 0 {
                    line.parts.pop_front();
                }
                bytes
            }
        };
        self.tidy();
        Some(bytes)
    }

    /// Steps over empty bodies and finished lines.
    fn tidy(&mut self) {
        while let Some(line) = self.lines.front_mut() {
            if matches!(line.parts.front(), Some(Out::Feed { left: 0, .. })) {
                line.parts.pop_front();
            } else if line.parts.is_empty() {
                self.lines.pop_front();
            } else {
                return;
            }
        }
    }

    /// The body that may be fed now and what it still lacks.
    pub fn wants(&self) -> Option<(CommandId, u64)> {
        let line = self.lines.front()?;
        let next = line.parts.iter().find(|part| !matches!(part, Out::Bytes(_)))?;
        match (line.id, next) {
            (Some(id), Out::Feed { left, waiting, .. }) if *waiting < MAX_FED && *left > *waiting as u64 => {
                Some((id, left - *waiting as u64))
            }
            _ => None,
        }
    }

    /// `false`: not wanted, or more than wanted.
    pub fn feed(&mut self, id: CommandId, bytes: Bytes) -> bool {
        let fits = self.wants().is_some_and(|(wanted, left)| wanted == id && bytes.len() as u64 <= left);
        let parts = self.lines.front_mut().map(|line| line.parts.iter_mut());
        match parts.and_then(|mut parts| parts.find(|part| !matches!(part, Out::Bytes(_)))) {
            Some(Out::Feed { fed, waiting, .. }) if fits => {
                *waiting += bytes.len();
                if !bytes.is_empty() {
                    fed.push_back(bytes);
                }
                true
            }
            _ => false,
        }
    }

    /// The server answered `tag` before its line was complete: the rest must not be sent, but a body that it already counts
    /// must be filled up.
    pub fn drop_rest(&mut self, tag: &str) -> Dropped {
        let Some(at) = self.lines.iter().position(|line| line.tag == tag) else { return Dropped::Clean };
        let Some(line) = self.lines.get_mut(at) else { return Dropped::Clean };
        match line.parts.front() {
            Some(Out::Feed { left, .. }) if *left <= MAX_PADDING => {
                let padding = vec![b' '; usize::try_from(*left).unwrap_or(0)];
                line.parts.pop_front();
                line.parts.push_front(Out::Bytes(padding.into()));
                line.id = None;
                Dropped::Clean
            }
            Some(Out::Feed { .. }) => Dropped::Stuck,
            _ => {
                self.lines.remove(at);
                self.tidy();
                Dropped::Clean
            }
        }
    }
}
