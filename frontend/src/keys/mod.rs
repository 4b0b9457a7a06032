//! One table: key → command. The help sheet is drawn from it, so it can't be wrong.
//!
//! Letters match on `key` when it is a Latin letter, else on the key's place (`code`), so that they work with a
//! Hangul or Cyrillic layout. Nothing matches while somebody types or an input method composes.
mod table;

use crate::i18n::T;
pub use crate::state::settings::Command;
use crate::state::settings::{KeyPreset, Settings};

/// Where a command stands in the help sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Moving,
    Acting,
    Writing,
}

/// One line of the table: one or two strokes, and what they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    pub first: char,
    pub second: Option<char>,
    pub command: Command,
}

impl Binding {
    /// The other one would take this one's strokes, or never get its own.
    fn clashes(&self, other: &Binding) -> bool {
        self.first == other.first
            && (self.second == other.second || self.second.is_none() || other.second.is_none())
    }
}

impl Command {
    pub const fn text(self) -> T {
        match self {
            Command::Next => T::KeyNext,
            Command::Previous => T::KeyPrevious,
            Command::Open => T::KeyOpen,
            Command::Back => T::KeyReturn,
            Command::Select => T::KeySelect,
            Command::Search => T::KeySearch,
            Command::GoInbox => T::KeyGoInbox,
            Command::GoSent => T::KeyGoSent,
            Command::GoDrafts => T::KeyGoDrafts,
            Command::GoArchive => T::KeyGoArchive,
            Command::Compose => T::Compose,
            Command::Reply => T::Reply,
            Command::ReplyAll => T::ReplyAll,
            Command::Forward => T::Forward,
            Command::Archive => T::Archive,
            Command::Delete => T::Delete,
            Command::Junk => T::Junk,
            Command::Move => T::Move,
            Command::Star => T::Star,
            Command::MarkRead => T::MarkRead,
            Command::MarkUnread => T::MarkUnread,
            Command::Undo => T::KeyUndo,
            Command::Help => T::KeyHelp,
        }
    }

    pub const fn group(self) -> Group {
        match self {
            Command::Next
            | Command::Previous
            | Command::Open
            | Command::Back
            | Command::Select
            | Command::Search
            | Command::GoInbox
            | Command::GoSent
            | Command::GoDrafts
            | Command::GoArchive
            | Command::Help => Group::Moving,
            Command::Compose | Command::Reply | Command::ReplyAll | Command::Forward => Group::Writing,
            _ => Group::Acting,
        }
    }
}

/// The table in force. Keys of one's own stand first and take the place of the preset's for the same command.
pub fn bindings(settings: &Settings) -> Vec<Binding> {
    let mut table = Vec::new();
    for command in Command::ALL {
        if let Some(first) = settings.own_key(*command) {
            table.push(Binding { first, second: None, command: *command });
        }
    }
    for (keys, command) in preset(settings.preset) {
        if settings.own_key(*command).is_none() {
            let (first, second) = strokes(keys);
            table.push(Binding { first, second, command: *command });
        }
    }
    table
}

const fn preset(preset: KeyPreset) -> &'static [(&'static str, Command)] {
    match preset {
        KeyPreset::Gmail => table::GMAIL,
        KeyPreset::Mox => table::MOX,
        KeyPreset::Roundcube => table::ROUNDCUBE,
    }
}

/// Another command that a key of this one stands for, too.
pub fn clash(table: &[Binding], command: Command) -> Option<Command> {
    let own = table.iter().filter(|b| b.command == command);
    let others = || table.iter().filter(|b| b.command != command);
    own.flat_map(|b| others().find(|o| o.clashes(b))).map(|o| o.command).next()
}

/// A stroke as the help sheet writes it.
pub fn written(stroke: char) -> String {
    match stroke {
        '\u{7f}' => "Delete".into(),
        'A'..='Z' => format!("Shift+{}", stroke.to_ascii_lowercase()),
        _ => stroke.into(),
    }
}

/// A key going down, as the browser tells it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Press<'a> {
    pub key: &'a str,
    pub code: &'a str,
    pub shift: bool,
    /// Control, Alt or Meta is down: the browser's and the system's keys are left alone.
    pub modified: bool,
    /// The focus is in something one types into.
    pub typing: bool,
    /// An input method is composing (`isComposing`, or key code 229).
    pub composing: bool,
}

/// How long the second stroke of `g i` may take.
pub const CHORD_MS: i64 = 1_200;

/// Follows strokes. Pure: the time comes with each press.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// First stroke of a pair and when it came.
    waiting: Option<(char, i64)>,
}

impl Keys {
    /// What this press does, if anything.
    pub fn press(&mut self, table: &[Binding], press: Press<'_>, now: i64) -> Option<Command> {
        if press.typing || press.composing || press.modified {
            self.waiting = None;
            return None;
        }
        let stroke = stroke(press)?;
        let first = self.waiting.take().filter(|(_, at)| now - at <= CHORD_MS).map(|(first, _)| first);
        let pair = |b: &&Binding| Some(b.first) == first && b.second == Some(stroke);
        if let Some(binding) = table.iter().find(pair) {
            return Some(binding.command);
        }
        let binding = table.iter().find(|b| b.first == stroke)?;
        if binding.second.is_some() {
            self.waiting = Some((stroke, now));
            return None;
        }
        Some(binding.command)
    }
}

/// The character this press stands for; letters in the case that Shift gives (Caps Lock doesn't count).
pub fn stroke(press: Press<'_>) -> Option<char> {
    let mut characters = press.key.chars();
    let only = characters.next().filter(|_| characters.next().is_none());
    let letter = |c: char| if press.shift { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    match only {
        Some(c) if c.is_ascii_alphabetic() => Some(letter(c)),
        Some(c) if c.is_ascii() && !c.is_control() && c != ' ' => Some(c),
        _ if press.key == "Delete" => Some('\u{7f}'),
        // Another script's letter, or a key that the input method took: the place on the keyboard decides.
        Some(c) if !c.is_ascii() => placed(press, letter),
        None if matches!(press.key, "Process" | "Unidentified") => placed(press, letter),
        _ => None,
    }
}

fn placed(press: Press<'_>, letter: impl Fn(char) -> char) -> Option<char> {
    let place = press.code.strip_prefix("Key")?;
    let mut place = place.chars();
    let c = place.next().filter(|c| c.is_ascii_alphabetic())?;
    place.next().is_none().then(|| letter(c))
}

/// The strokes that `keys` of a binding stands for.
fn strokes(keys: &str) -> (char, Option<char>) {
    match keys.split_once(' ') {
        Some((first, second)) => (one(first), Some(one(second))),
        None => (one(keys), None),
    }
}

fn one(stroke: &str) -> char {
    if stroke == "Delete" {
        return '\u{7f}';
    }
    match stroke.strip_prefix("Shift+") {
        Some(letter) => letter.chars().next().map_or('\0', |c| c.to_ascii_uppercase()),
        None => stroke.chars().next().unwrap_or('\0'),
    }
}

#[cfg(test)]
mod tests;
