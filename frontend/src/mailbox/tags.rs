//! Tags: a message's keywords, but for those that programs write for each other.
use super::fold::fold;
use super::record::MAX_KEYWORDS;
use super::{Changes, Mailbox, Record, Write};
use pyeonji_shared::ids::Uid;
use pyeonji_shared::lower::lower;
use pyeonji_shared::sorted::Sorted;

/// Characters of a tag.
pub const MAX_CHARS: usize = 40;
/// Tags of one message, and different ones in a mailbox; past them none is added, and [`TagError`] says so.
pub const MAX_TAGS: usize = 20;
pub const MAX_IN_USE: usize = 200;

/// Why a tag isn't put on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagError {
    /// Empty, too long, or with characters that can't be seen.
    Name,
    /// A message has [`MAX_TAGS`] already.
    Full,
    /// The mailbox has [`MAX_IN_USE`] already.
    TooMany,
}

/// The keywords of a message, before and after a change of its tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retag {
    pub uid: Uid,
    pub before: Vec<String>,
    pub after: Vec<String>,
}

/// The tags among the keywords. What begins with `$` or `\` is for programs (RFC 9051 §2.3.2).
pub fn of(keywords: &[String]) -> impl Iterator<Item = &String> {
    keywords.iter().filter(|k| !k.is_empty() && !k.starts_with(['$', '\\']))
}

/// As they are shown: none twice.
pub fn shown(keywords: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    of(keywords).for_each(|tag| add(&mut all, tag));
    all
}

fn add(all: &mut Vec<String>, tag: &str) {
    if !has(all, tag) {
        all.push(tag.to_owned());
    }
}

/// Whether the tag is one of them, in large or small letters.
pub fn has(keywords: &[String], tag: &str) -> bool {
    let small = lower(tag);
    keywords.iter().any(|k| lower(k) == small)
}

/// What was typed, as a tag. Unicode's composed form is the browser's to make.
pub fn name(typed: &str) -> Result<String, TagError> {
    let name = typed.trim();
    // What turns the direction of what follows could make one tag look like another.
    let hidden = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let fits = (1..=MAX_CHARS).contains(&name.chars().count());
    if fits && !name.starts_with(['$', '\\']) && !name.contains(hidden) {
        Ok(name.to_owned())
    } else {
        Err(TagError::Name)
    }
}

/// As `tag:` compares it. Quotes hold a search's words together and are none of them.
pub fn searched(tag: &str) -> String {
    fold(&tag.replace('"', ""))
}

/// The search for all messages of this tag.
pub fn search(tag: &str) -> String {
    let (tag, quote) = (tag.replace('"', ""), if tag.contains(char::is_whitespace) { "\"" } else { "" });
    format!("tag:{quote}{tag}{quote}")
}

impl Mailbox {
    /// Tags of all messages by how they are compared, as many as can be in use, those of `chosen` in any case; and how many
    /// of `chosen` have each.
    pub fn tags(&self, chosen: &[Uid]) -> Sorted<String, (String, u32)> {
        let mut all: Sorted<String, (String, u32)> = Sorted::new();
        let mut count = |record: &Record, n| {
            for tag in shown(&record.keywords) {
                let small = lower(&tag);
                if let Some((_, of)) = all.get_mut(&small) {
                    *of += n;
                } else if all.len() < MAX_IN_USE {
                    all.insert(small, (tag, n));
                }
            }
        };
        chosen.iter().filter_map(|uid| self.record(*uid)).for_each(|record| count(record, 1));
        self.records.values().for_each(|record| count(record, 0));
        all
    }

    /// What putting a tag on these messages, or taking it off, comes to; those that stay as they are aren't in it. A tag
    /// that is in use is written as it was.
    pub fn retag(&self, uids: &[Uid], tag: &str, on: bool) -> Result<Vec<Retag>, TagError> {
        let (small, known) = (lower(tag), self.tags(uids));
        let tag = known.get(&small).map_or(tag, |(name, _)| name);
        if on && known.len() >= MAX_IN_USE && !known.contains_key(&small) {
            return Err(TagError::TooMany);
        }
        let mut all = Vec::new();
        for uid in uids {
            let Some(record) = self.record(*uid) else { continue };
            let before = &record.keywords;
            if has(before, tag) == on {
                continue;
            }
            let mut after = before.clone();
            if !on {
                after.retain(|k| lower(k) != small);
            } else if of(before).count() >= MAX_TAGS || before.len() >= MAX_KEYWORDS {
                return Err(TagError::Full);
            } else {
                after.push(tag.to_owned());
            }
            all.push(Retag { uid: *uid, before: before.clone(), after });
        }
        Ok(all)
    }

    /// The way back. Where a message's keywords are others by now, only what was changed is changed back.
    pub fn tags_back(&self, done: &[Retag]) -> Vec<Retag> {
        let mut all = Vec::new();
        for Retag { uid, before, after } in done {
            let Some(record) = self.record(*uid) else { continue };
            let now = &record.keywords;
            let mut back = before.clone();
            if now != after {
                let was_added = |k: &String| after.contains(k) && !before.contains(k);
                back = now.iter().filter(|k| !was_added(k)).cloned().collect();
                before.iter().filter(|k| !after.contains(k)).for_each(|k| add(&mut back, k));
                back.truncate(MAX_KEYWORDS);
            }
            if back != *now {
                all.push(Retag { uid: *uid, before: now.clone(), after: back });
            }
        }
        all
    }

    /// Carries it out.
    pub fn tagged(&mut self, retags: &[Retag]) -> Changes {
        let mut changes = Changes::default();
        let mut records = Vec::new();
        for Retag { uid, after, .. } in retags {
            let Some(mut record) = self.record(*uid).cloned() else { continue };
            record.keywords.clone_from(after);
            changes.writes.push(Write::Record(*uid, record.to_bytes()));
            records.push((*uid, Some(record)));
        }
        changes.events = self.changed(records);
        changes
    }
}
