//! What is shown of the wire: a heading for each cause, and its lines below it, of which a filter leaves some.
use super::state::{Group, Listen};
use super::words::name;
use crate::i18n::Locale;
use pyeonji_shared::lab::report::Direction;
use pyeonji_shared::lab::wire::WireLine;
use pyeonji_shared::lower::lower;

/// A group and one of its lines; without a line its heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row(pub u32, pub Option<u32>);

/// What a row shows.
pub enum Seen<'a> {
    Cause(&'a Group),
    Line(&'a WireLine),
}

impl Listen {
    /// From the oldest to the newest. A heading that fits the filter has all of its lines.
    pub fn rows(&self, l: Locale) -> Vec<Row> {
        let wanted = lower(&self.filter);
        let mut rows = Vec::new();
        for (n, group) in self.groups.iter().enumerate() {
            let all = wanted.is_empty() || lower(name(l, group)).contains(&wanted);
            let before = rows.len();
            rows.push(Row(n as u32, None));
            for (at, seen) in group.lines.iter().enumerate() {
                if all || lower(&seen.line.text).contains(&wanted) {
                    rows.push(Row(n as u32, Some(at as u32)));
                }
            }
            if rows.len() == before + 1 {
                rows.truncate(before);
            }
        }
        rows
    }

    pub fn seen(&self, row: Row) -> Option<Seen<'_>> {
        let group = self.groups.get(row.0 as usize)?;
        match row.1 {
            None => Some(Seen::Cause(group)),
            Some(at) => group.lines.get(at as usize).map(Seen::Line),
        }
    }

    /// To be copied.
    pub fn text(&self, l: Locale, rows: &[Row]) -> String {
        let mut out = String::new();
        for row in rows {
            match self.seen(*row) {
                Some(Seen::Cause(group)) => out += &format!("# {}\n", name(l, group)),
                Some(Seen::Line(WireLine { connection, line })) => {
                    let arrow = if line.direction == Direction::ToServer { '>' } else { '<' };
                    out +=
                        &format!("{:>10} ms {:>7} {connection} {arrow} {}\n", line.at, line.bytes, line.text);
                }
                None => {}
            }
        }
        out
    }
}
