//! A device of a run: all its connections are recorded, each line with the step that it belongs to.
use crate::net::Net;
use crate::net::wire::Wire;
use pyeonji_shared::lab::report::{Line, Totals, Transcript};
use pyeonji_shared::lab::wire::WireLine;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    Imap,
    Pop3,
}

pub struct Recorded {
    /// Connects as the product does, and shows what passes.
    pub net: Net,
    wire: Wire,
    name: &'static str,
    /// The number of the last line that was taken over.
    last: u64,
    lines: Vec<Line>,
    dropped: u64,
    totals: Totals,
}

impl Recorded {
    pub fn new(net: &Net, name: &'static str) -> Self {
        let wire = Wire::always_on();
        let net = net.recorded(&wire);
        Self { net, wire, name, last: 0, lines: Vec::new(), dropped: 0, totals: Totals::default() }
    }

    /// What passed since the last time belongs to this step; what it cost.
    pub fn take(&mut self, step: u32) -> Totals {
        let before = self.totals;
        while let Some(more) = self.wire.lines(self.last) {
            self.totals = more.totals;
            self.dropped += more.dropped;
            if more.lines.is_empty() {
                break;
            }
            self.last = more.next;
            let lines = more.lines.into_iter().map(|WireLine { line, .. }| Line { cause: step, ..line });
            self.lines.extend(lines);
        }
        self.totals.since(before)
    }

    /// At most so many lines; the oldest go first.
    pub fn transcript(mut self, most: usize) -> Transcript {
        let over = self.lines.len().saturating_sub(most);
        self.lines.drain(..over);
        let dropped = self.dropped + over as u64;
        Transcript { device: self.name.to_owned(), totals: self.totals, lines: self.lines, dropped }
    }
}
