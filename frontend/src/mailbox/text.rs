//! What can be searched of a message, made once when it is stored.
use super::fold::{fold, fold_into};
use pyeonji_shared::message::{Address, MessageView};

/// Between the sections; folding leaves no control character within one, so no search word reaches across.
const BORDER: char = '\u{1}';

/// From, recipients, subject, and everything else of a message, folded. The device keeps it beside the message.
pub fn searched(view: &MessageView) -> String {
    let mut out = String::with_capacity(view.text.len().saturating_add(256));
    fold_into(&people(&view.from), &mut out);
    out.push(BORDER);
    for list in [&view.to, &view.cc, &view.bcc] {
        fold_into(&people(list), &mut out);
        out.push(' ');
    }
    out.push(BORDER);
    fold_into(&view.subject, &mut out);
    out.push(BORDER);
    let sender = people(view.sender.as_slice());
    for text in [&sender, &people(&view.reply_to)] {
        fold_into(text, &mut out);
        out.push(' ');
    }
    for part in &view.parts {
        fold_into(&part.name, &mut out);
        out.push(' ');
    }
    fold_into(&view.text, &mut out);
    out
}

/// Names and addresses in one line, as they are searched.
pub fn people(list: &[Address]) -> String {
    let mut out = String::new();
    for address in list {
        if !out.is_empty() {
            out.push_str(", ");
        }
        out.push_str(&address.name);
        out.push_str(" <");
        out.push_str(&address.email);
        out.push('>');
    }
    out
}

/// A section of a stored text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    From,
    Recipients,
    Subject,
    /// All of them.
    Any,
}

/// Whether that section of what [`searched`] made has this word. `word` is folded.
pub fn has(text: &str, section: Section, word: &str) -> bool {
    let n = match section {
        Section::From => 0,
        Section::Recipients => 1,
        Section::Subject => 2,
        Section::Any => return text.contains(word),
    };
    text.split(BORDER).nth(n).is_some_and(|section| section.contains(word))
}

/// As [`has`], of the three lines that the index keeps.
pub struct Lines {
    from: String,
    recipients: String,
    subject: String,
}

impl Lines {
    pub fn new(from: &[Address], recipients: &[Address], subject: &str) -> Lines {
        Lines { from: fold(&people(from)), recipients: fold(&people(recipients)), subject: fold(subject) }
    }

    pub fn has(&self, section: Section, word: &str) -> bool {
        match section {
            Section::From => self.from.contains(word),
            Section::Recipients => self.recipients.contains(word),
            Section::Subject => self.subject.contains(word),
            Section::Any => {
                self.from.contains(word) || self.recipients.contains(word) || self.subject.contains(word)
            }
        }
    }
}
