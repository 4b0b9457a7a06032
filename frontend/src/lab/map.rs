//! The ways of one step as a drawing: places in three columns, and lines between them. The same is told in words below it.
use super::moment::Way;

pub const WIDTH: i32 = 760;
/// Columns of IMAP devices, of servers, and of POP3 devices.
const COLUMNS: [i32; 3] = [110, 380, 650];
const FIRST: i32 = 52;
const ROW: i32 = 66;
/// From the middle of a place to its sides.
pub const HALF: (i32, i32) = (84, 15);
/// Messages that a line names; more are counted.
const NAMED: usize = 2;

type Point = (i32, i32);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: &'static str,
    pub from: Point,
    pub to: Point,
    pub messages: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    pub places: Vec<(String, Point)>,
    pub lines: Vec<Line>,
    pub height: i32,
}

/// `columns`: names of places, from left to right.
pub fn map(ways: &[Way], columns: [Vec<String>; 3]) -> Map {
    let rows = columns.iter().map(Vec::len).max().unwrap_or_default() as i32;
    let mut map = Map { height: FIRST + ROW * rows - 18, ..Map::default() };
    for (x, names) in COLUMNS.into_iter().zip(columns) {
        // Fewer stand in the middle of the height.
        let mut y = FIRST + ROW * (rows - names.len() as i32) / 2;
        for name in names {
            map.places.push((name, (x, y)));
            y += ROW;
        }
    }
    for way in ways {
        let (kind, from, at, message) = match way {
            Way::Came { message, from, to, .. } => ("came", from.as_ref(), to, message),
            Way::Went { message, at, .. } => ("went", None, at, message),
            Way::Moved { message, at, .. } => ("moved", None, at, message),
            Way::Marked { message, at } => ("marked", None, at, message),
        };
        let place = |name: &String| map.places.iter().find(|(own, _)| own == name).map(|(_, at)| *at);
        let Some((x, y)) = place(at) else { continue };
        let (from, to) = match (kind, from.and_then(place)) {
            (_, Some(from)) => (edge(from, (x, y)), edge((x, y), from)),
            // From the world outside, and out of it.
            ("came", _) => ((x, y - HALF.1 - 34), (x, y - HALF.1)),
            ("went", _) => ((x, y + HALF.1), (x, y + HALF.1 + 24)),
            _ => ((x, y + HALF.1), (x, y + HALF.1)),
        };
        // Messages that go the same way share a line.
        match map.lines.iter_mut().find(|line| (line.kind, line.from, line.to) == (kind, from, to)) {
            Some(line) => line.messages.push(message.clone()),
            None => map.lines.push(Line { kind, from, to, messages: vec![message.clone()] }),
        }
    }
    map
}

/// Where a line from one place to another leaves the first.
fn edge((x, y): Point, (to, down): Point) -> Point {
    if x == to { (x, y + HALF.1 * (down - y).signum()) } else { (x + HALF.0 * (to - x).signum(), y) }
}

impl Line {
    /// Its stroke and its head.
    pub fn path(&self) -> String {
        let ((x, y), (to, down)) = (self.from, self.to);
        let (aside, along) = ((to - x).signum(), (down - y).signum());
        let [(a, b), (c, d)] = match (self.kind, aside) {
            // What goes out ends at a bar.
            ("went", _) => [(-7, 0), (7, 0)],
            (_, 0) => [(-5, -9 * along), (5, -9 * along)],
            _ => [(-9 * aside, -5), (-9 * aside, 5)],
        };
        format!("M{x} {y}L{to} {down}M{} {}L{to} {down}L{} {}", to + a, down + b, to + c, down + d)
    }

    /// Where its words stand.
    pub fn words_at(&self) -> Point {
        let ((x, y), (to, down)) = (self.from, self.to);
        match () {
            () if self.from == self.to => (x, y + 17),
            // Beside an upright line.
            () if x == to => (x + 10, (y + down) / 2 + 5),
            () => ((x + to) / 2, (y + down) / 2 - 6),
        }
    }

    /// What it carries; `name` says it in the person's language.
    pub fn words(&self, name: impl Fn(&str) -> String) -> String {
        let sign = match self.kind {
            "moved" => "↷ ",
            "marked" => "✓ ",
            _ => "",
        };
        let mut words: Vec<String> = self.messages.iter().take(NAMED).map(|message| name(message)).collect();
        if self.messages.len() > NAMED {
            words.push(format!("+{}", self.messages.len() - NAMED));
        }
        format!("{sign}{}", words.join(", "))
    }
}
