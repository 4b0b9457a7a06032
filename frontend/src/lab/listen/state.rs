//! What is known of the wire that is listened to.
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::lab::report::{Direction, Proto, Totals};
use pyeonji_shared::lab::wire::{WireLine, WireLines};

/// Seconds from one try to the next: they double from 1 up to this.
pub const MAX_PAUSE: u32 = 30;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// By the person's will, or because nothing is listened to yet.
    #[default]
    Stopped,
    /// The gateway is asked to record.
    Beginning,
    Listening,
    /// It didn't work; another try follows in so many seconds.
    Waiting(ErrorKind, u32),
    /// The session is over: there is nothing to try again.
    SignedOut,
}

/// Lines that belong together: to one thing that the page asked for, or to none and passed in a row.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// 0: what the gateway does by itself.
    pub cause: u32,
    /// As `Call` names it; empty if that isn't known.
    pub call: String,
    pub lines: Vec<WireLine>,
    /// Also of lines that are no longer kept.
    pub commands: u32,
    pub totals: Totals,
    /// Milliseconds since the recording began, of its first and of its last line.
    pub from: u64,
    pub to: u64,
    /// Round trips that are counted: the last one of each connection.
    trips: Vec<(u32, u32)>,
}

impl Group {
    pub fn new(cause: u32, call: String, from: u64) -> Self {
        Self { cause, call, from, ..Self::default() }
    }

    pub fn add(&mut self, seen: WireLine) {
        let line = &seen.line;
        self.to = line.at;
        if line.direction == Direction::FromServer {
            self.totals.received += line.bytes;
        } else {
            self.totals.sent += line.bytes;
            self.commands += u32::from(is_command(line.protocol, &line.text));
            self.trip(seen.connection, line.round_trip);
        }
        self.lines.push(seen);
    }

    /// Commands that are sent together take one round trip.
    fn trip(&mut self, connection: u32, trip: u32) {
        let last = match self.trips.iter_mut().find(|(of, _)| *of == connection) {
            Some((_, last)) => std::mem::replace(last, trip),
            None => {
                self.trips.push((connection, trip));
                0
            }
        };
        self.totals.round_trips += u32::from(last != trip);
    }
}

/// And not what follows one: octets of a message, the answer to a challenge, the end of waiting.
fn is_command(protocol: Proto, text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && (protocol != Proto::Imap || text.contains(' '))
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Msg {
    /// Which session the address names; empty: the page shows something else.
    Of(String),
    Began(u32, Result<(), ErrorKind>),
    Heard(u32, Result<WireLines, ErrorKind>),
    /// The pause is over, or the person doesn't wait for its end.
    Again(u32),
    /// Begin anew.
    Listen,
    Stop,
    Clear,
    Filter(String),
    /// Pixels above what is in sight, and whether the last line is.
    Scrolled(usize, bool),
}

/// All answer with the turn they have; an answer to an earlier turn is too late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Begin { turn: u32, session: String },
    Ask { turn: u32, session: String, after: u64 },
    Later { turn: u32, seconds: u32 },
    End { session: String },
}

#[derive(Clone, Debug, Default)]
pub struct Listen {
    /// In hexadecimal.
    pub session: String,
    pub phase: Phase,
    /// Rises with each beginning and end.
    pub turn: u32,
    /// The number of the last line that came.
    pub after: u64,
    /// Tries in a row that came to nothing.
    pub tries: u32,
    /// In the order of their first lines.
    pub groups: Vec<Group>,
    /// Lines of all groups.
    pub kept: usize,
    /// Lines that aren't there any more.
    pub dropped: u64,
    /// Since the recording began, all connections together.
    pub totals: Totals,
    pub filter: String,
    /// The end is kept in sight.
    pub follow: bool,
    pub top: usize,
    /// Rises with each change of what is shown.
    pub version: u32,
}
