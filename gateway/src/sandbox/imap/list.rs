//! LIST and LSUB: patterns, selection and return options (RFC 3501 §6.3.8, RFC 5258, RFC 5819, RFC 6154).
use super::command::StatusItem;
use super::wire::{Cursor, Read, Wrong};
use super::{utf7, write};
use crate::sandbox::store::{Folder, SEPARATOR, Store};
use std::collections::BTreeSet;

#[derive(Debug, Default)]
pub struct Listing {
    pub patterns: Vec<String>,
    subscribed_only: bool,
    recursive: bool,
    special_only: bool,
    extended: bool,
    return_subscribed: bool,
    return_children: bool,
    return_special: bool,
    return_status: Vec<StatusItem>,
}

/// Patterns of one command.
const MAX_PATTERNS: usize = 50;

impl Listing {
    pub fn read(c: &mut Cursor<'_>) -> Read<Self> {
        let mut listing = Self { return_special: true, return_children: true, ..Self::default() };
        if c.peek() == Some(b'(') {
            listing.extended = true;
            for option in c.list(Cursor::keyword)? {
                match option.as_str() {
                    "SUBSCRIBED" => listing.subscribed_only = true,
                    "RECURSIVEMATCH" => listing.recursive = true,
                    "SPECIAL-USE" => listing.special_only = true,
                    "REMOTE" => {}
                    _ => return Err(Wrong::Bad("Unknown selection option")),
                }
            }
            if listing.recursive && !listing.subscribed_only {
                return Err(Wrong::Bad("RECURSIVEMATCH needs another option"));
            }
            c.space()?;
        }
        let reference = c.text()?;
        c.space()?;
        let patterns = if c.peek() == Some(b'(') { c.list(Cursor::pattern)? } else { vec![c.pattern()?] };
        if patterns.len() > MAX_PATTERNS {
            return Err(Wrong::No("[LIMIT] Too many patterns"));
        }
        listing.patterns = patterns.into_iter().map(|p| format!("{reference}{p}")).collect();
        if c.eat(b' ') {
            listing.extended = true;
            if c.keyword()? != "RETURN" {
                return Err(Wrong::Bad("Expected RETURN"));
            }
            c.space()?;
            listing.read_return(c)?;
        }
        Ok(listing)
    }

    fn read_return(&mut self, c: &mut Cursor<'_>) -> Read<()> {
        c.list(|c| {
            match c.keyword()?.as_str() {
                "SUBSCRIBED" => self.return_subscribed = true,
                "CHILDREN" => self.return_children = true,
                "SPECIAL-USE" => self.return_special = true,
                "STATUS" => {
                    c.space()?;
                    self.return_status = c.list(StatusItem::read)?;
                }
                _ => return Err(Wrong::Bad("Unknown return option")),
            }
            Ok(())
        })?;
        Ok(())
    }

    pub fn run(&self, store: &Store, out: &mut Vec<u8>) {
        if let ([pattern], false) = (self.patterns.as_slice(), self.extended)
            && pattern.is_empty()
        {
            out.extend_from_slice(b"* LIST (\\Noselect) \"/\" \"\"\r\n");
            return;
        }
        for name in self.names(store) {
            self.entry(store, &name, out);
        }
    }

    fn matches(&self, name: &str) -> bool {
        let wire = utf7::encode(name);
        self.patterns.iter().any(|p| matches_pattern(p, &wire))
    }

    fn names(&self, store: &Store) -> Vec<String> {
        let base: BTreeSet<&String> = if self.subscribed_only {
            store.subscribed.iter().collect()
        } else {
            store.folders.keys().collect()
        };
        let special = |name: &str| store.folders.get(name).is_some_and(|f| f.special.is_some());
        let mut found: BTreeSet<String> = BTreeSet::new();
        for name in base {
            if self.matches(name) && (!self.special_only || special(name)) {
                found.insert(name.clone());
                continue;
            }
            // A parent that matches is shown when it is only implied, or when asked to look below it.
            let implied = |p: &str| !self.subscribed_only && !store.folders.contains_key(p);
            for parent in parents(name) {
                if self.matches(parent) && !self.special_only && (self.recursive || implied(parent)) {
                    found.insert(parent.to_owned());
                }
            }
        }
        // INBOX comes first, as people expect.
        let mut names: Vec<String> = found.into_iter().collect();
        names.sort_by_key(|n| n != "INBOX");
        names
    }

    fn entry(&self, store: &Store, name: &str, out: &mut Vec<u8>) {
        let folder = store.folders.get(name);
        let mut attributes: Vec<&str> = Vec::new();
        if folder.is_none() {
            // RFC 5258 §3: \NonExistent implies \Noselect, which only old clients need to hear.
            attributes.push(if self.extended { "\\NonExistent" } else { "\\Noselect" });
        }
        if self.return_children {
            attributes.push(if store.has_children(name) { "\\HasChildren" } else { "\\HasNoChildren" });
        }
        if (self.return_subscribed || self.subscribed_only) && store.subscribed.contains(name) {
            attributes.push("\\Subscribed");
        }
        if self.return_special {
            attributes.extend(folder.and_then(|f| f.special).map(|s| s.attribute()));
        }
        out.extend_from_slice(format!("* LIST ({}) \"/\" ", attributes.join(" ")).as_bytes());
        write::mailbox(name, out);
        let below = |n: &String| n.strip_prefix(name).is_some_and(|rest| rest.starts_with(SEPARATOR));
        // RFC 5258 §3.5: only children that the pattern itself doesn't show.
        if self.recursive && store.subscribed.iter().any(|n| below(n) && !self.matches(n)) {
            out.extend_from_slice(b" (CHILDINFO (\"SUBSCRIBED\"))");
        }
        out.extend_from_slice(b"\r\n");
        if let (Some(folder), false) = (folder, self.return_status.is_empty()) {
            status(name, folder, &self.return_status, out);
        }
    }
}

fn parents(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices(SEPARATOR).filter_map(move |(at, _)| name.get(..at))
}

/// RFC 3501 §6.3.9: `%` also shows unsubscribed parents of subscribed folders, as `\Noselect`.
pub fn lsub(store: &Store, pattern: &str, out: &mut Vec<u8>) {
    let mut found: BTreeSet<(&str, bool)> = BTreeSet::new();
    for name in &store.subscribed {
        if matches_pattern(pattern, &utf7::encode(name)) {
            found.insert((name, true));
        } else if pattern.ends_with('%') {
            let shown = parents(name).filter(|p| matches_pattern(pattern, &utf7::encode(p)));
            found.extend(shown.filter(|p| !store.subscribed.contains(*p)).map(|p| (p, false)));
        }
    }
    for (name, subscribed) in found {
        out.extend_from_slice(if subscribed {
            b"* LSUB () \"/\" ".as_slice()
        } else {
            b"* LSUB (\\Noselect) \"/\" "
        });
        write::mailbox(name, out);
        out.extend_from_slice(b"\r\n");
    }
}

pub fn status(name: &str, folder: &Folder, items: &[StatusItem], out: &mut Vec<u8>) {
    use crate::sandbox::flags::{DELETED, SEEN};
    let value = |item: StatusItem| -> u64 {
        let count = |test: &dyn Fn(&crate::sandbox::store::Message) -> bool| {
            folder.messages.iter().filter(|m| test(m)).count() as u64
        };
        match item {
            StatusItem::Messages => folder.messages.len() as u64,
            StatusItem::Recent => count(&|m| m.uid >= folder.recent_from),
            StatusItem::UidNext => u64::from(folder.uid_next),
            StatusItem::UidValidity => u64::from(folder.validity),
            StatusItem::Unseen => count(&|m| !m.flags.has(SEEN)),
            StatusItem::Deleted => count(&|m| m.flags.has(DELETED)),
            StatusItem::HighestModSeq => folder.modseq,
            StatusItem::Size => folder.messages.iter().map(|m| m.content.size() as u64).sum(),
        }
    };
    out.extend_from_slice(b"* STATUS ");
    write::mailbox(name, out);
    let items: Vec<String> = items.iter().map(|i| format!("{} {}", i.name(), value(*i))).collect();
    out.extend_from_slice(format!(" ({})\r\n", items.join(" ")).as_bytes());
}

/// `*` matches anything, `%` anything within a level; INBOX without regard to case.
pub fn matches_pattern(pattern: &str, name: &str) -> bool {
    let whole = |p: &[u8], n: &[u8]| glob(p, n);
    if name == "INBOX" || name.starts_with("INBOX/") {
        return whole(pattern.to_uppercase().as_bytes(), name.to_uppercase().as_bytes());
    }
    whole(pattern.as_bytes(), name.as_bytes())
}

/// Dynamic programming over the pattern: time is pattern × name, whatever the pattern.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let mut reach = vec![false; name.len() + 1];
    reach[0] = true;
    for p in pattern {
        let mut next = vec![false; name.len() + 1];
        let mut open = false;
        for at in 0..=name.len() {
            let here = reach.get(at).copied().unwrap_or(false);
            let before = at.checked_sub(1).and_then(|i| name.get(i)).copied();
            let hit = match p {
                b'*' => {
                    open |= here;
                    open
                }
                b'%' => {
                    open = here || (open && before != Some(b'/'));
                    open
                }
                p => {
                    before == Some(*p)
                        && at.checked_sub(1).and_then(|i| reach.get(i)).copied().unwrap_or(false)
                }
            };
            if let Some(slot) = next.get_mut(at) {
                *slot = hit;
            }
        }
        reach = next;
    }
    reach.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, yes) in [
            ("*", "a/b", true),
            ("%", "a/b", false),
            ("%/%", "a/b", true),
            ("a%", "a", true),
            ("a/*", "a", false),
            ("inb%", "INBOX", true),
            ("A", "a", false),
            ("*b", "a/b", true),
            ("%b", "a/b", false),
            ("*********************x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            assert_eq!(matches_pattern(pattern, name), yes, "{pattern} {name}");
        }
    }
}
