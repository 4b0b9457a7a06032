//! The folder tree with counts.
use super::overlay::Overlay;
use pyeonji_shared::account::{Counts, Folder, SpecialUse};
use pyeonji_shared::ids::FolderName;
use pyeonji_shared::limits::MAX_FOLDERS;
use pyeonji_shared::lower::lower;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    /// Inbox, then special folders, then the others by name.
    list: Vec<Entry>,
    delimiter: Option<char>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub folder: Folder,
    /// Rises with every count from the gateway; says whether an optimistic change is already in it.
    pub version: u32,
}

/// One line of the folder tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderRow {
    pub name: FolderName,
    /// Last level of the name; special folders are named by i18n instead.
    pub label: String,
    /// 0 at the top.
    pub depth: u32,
    pub special: Option<SpecialUse>,
    pub unread: u32,
    pub selectable: bool,
    /// The open one.
    pub current: bool,
}

impl Entry {
    /// Unread count with optimistic changes.
    pub fn unread(&self, overlay: &Overlay) -> u32 {
        let unseen = self.folder.counts.map_or(0, |c| c.unseen);
        let change = overlay.unread_change(&self.folder.name);
        u32::try_from(i64::from(unseen).saturating_add(change)).unwrap_or(0)
    }
}

impl Folders {
    pub fn replace(&mut self, folders: Vec<Folder>, delimiter: Option<char>) {
        let old = std::mem::take(&mut self.list);
        self.delimiter = delimiter;
        for folder in folders.into_iter().take(MAX_FOLDERS) {
            let before = old.iter().find(|e| e.folder.name == folder.name);
            let version = before.map_or(0, |e| e.version).wrapping_add(1);
            let counts = folder.counts.or(before.and_then(|e| e.folder.counts));
            self.list.push(Entry { folder: Folder { counts, ..folder }, version });
        }
        self.sort();
    }

    pub fn change(&mut self, changed: Vec<Folder>, removed: &[FolderName]) {
        self.list.retain(|e| !removed.contains(&e.folder.name));
        let (mut added, mut room) = (false, MAX_FOLDERS.saturating_sub(self.list.len()));
        for folder in changed {
            match self.list.iter_mut().find(|e| e.folder.name == folder.name) {
                Some(entry) => {
                    added |= entry.folder.special != folder.special;
                    entry.version = entry.version.wrapping_add(1);
                    entry.folder = folder;
                }
                None if room > 0 => {
                    room -= 1;
                    self.list.push(Entry { folder, version: 0 });
                    added = true;
                }
                None => {}
            }
        }
        if added {
            self.sort();
        }
    }

    /// Counts of the open folder, as its own state tells them.
    pub fn set_counts(&mut self, name: &FolderName, counts: Counts) {
        if let Some(entry) = self.list.iter_mut().find(|e| &e.folder.name == name) {
            entry.folder.counts = Some(counts);
            entry.version = entry.version.wrapping_add(1);
        }
    }

    pub fn adjust_unseen(&mut self, name: &FolderName, by: i64) {
        if let Some(counts) =
            self.list.iter_mut().find(|e| &e.folder.name == name).and_then(|e| e.folder.counts.as_mut())
        {
            counts.unseen = u32::try_from(i64::from(counts.unseen).saturating_add(by)).unwrap_or(0);
        }
    }

    fn sort(&mut self) {
        let delimiter = self.delimiter;
        self.list.sort_by_cached_key(|e| {
            let rank = rank(&e.folder);
            // A level separator sorts before every other character, so that children follow their parent.
            let name = lower(e.folder.name.as_str());
            let name = match delimiter {
                Some(d) => name.replace(d, "\u{1}"),
                None => name,
            };
            (rank, name)
        });
    }

    pub fn find(&self, name: &FolderName) -> Option<&Entry> {
        self.list.iter().find(|e| &e.folder.name == name)
    }

    pub fn special(&self, special: SpecialUse) -> Option<&Entry> {
        self.list.iter().find(|e| special_of(&e.folder) == Some(special))
    }

    pub fn special_of(&self, name: &FolderName) -> Option<SpecialUse> {
        self.find(name).and_then(|e| special_of(&e.folder))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.list.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Lines of the tree, with optimistic counts.
    pub fn rows(&self, overlay: &Overlay, open: &FolderName) -> Vec<FolderRow> {
        // Folders of one's own that the next one may be in.
        let mut above: Vec<&str> = Vec::new();
        let mut rows = Vec::with_capacity(self.list.len());
        for entry in &self.list {
            let name = entry.folder.name.as_str();
            let special = special_of(&entry.folder);
            let (label, depth) = match self.delimiter.filter(|_| special.is_none()) {
                Some(delimiter) => {
                    while above.last().is_some_and(|parent| below(name, parent, delimiter).is_none()) {
                        above.pop();
                    }
                    let label = match above.last() {
                        Some(parent) => below(name, parent, delimiter),
                        // `INBOX/x` of servers that keep everything below the Inbox stands at the top.
                        None => name
                            .get(..5)
                            .filter(|l| l.eq_ignore_ascii_case("INBOX"))
                            .and_then(|inbox| below(name, inbox, delimiter)),
                    };
                    above.push(name);
                    // Where a level between isn't among the folders, it is named.
                    (label.unwrap_or(name), above.len() - 1)
                }
                None => (name, 0),
            };
            rows.push(FolderRow {
                name: entry.folder.name.clone(),
                label: label.to_owned(),
                depth: u32::try_from(depth).unwrap_or(0),
                special,
                unread: entry.unread(overlay),
                selectable: entry.folder.selectable,
                current: &entry.folder.name == open,
            });
        }
        rows
    }
}

/// The name within a parent, if it is in it.
fn below<'a>(name: &'a str, parent: &str, delimiter: char) -> Option<&'a str> {
    name.strip_prefix(parent)?.strip_prefix(delimiter)
}

fn special_of(folder: &Folder) -> Option<SpecialUse> {
    if folder.name.is_inbox() { Some(SpecialUse::Inbox) } else { folder.special }
}

fn rank(folder: &Folder) -> u8 {
    match special_of(folder) {
        Some(SpecialUse::Inbox) => 0,
        Some(SpecialUse::Flagged) => 1,
        Some(SpecialUse::Drafts) => 2,
        Some(SpecialUse::Sent) => 3,
        Some(SpecialUse::Archive) => 4,
        Some(SpecialUse::All) => 5,
        Some(SpecialUse::Junk) => 6,
        Some(SpecialUse::Trash) => 7,
        None => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str, special: Option<SpecialUse>, unseen: u32) -> Folder {
        Folder {
            name: FolderName(name.into()),
            special,
            selectable: true,
            subscribed: true,
            counts: Some(Counts { messages: 9, unseen }),
        }
    }

    #[test]
    fn tree_order_depth_and_labels() {
        let mut folders = Folders::default();
        folders.replace(
            vec![
                folder("work-old", None, 0),
                folder("Trash", Some(SpecialUse::Trash), 0),
                folder("work/alpha", None, 2),
                folder("work", None, 0),
                folder("INBOX", None, 3),
                folder("INBOX/x", None, 0),
            ],
            Some('/'),
        );
        let rows = folders.rows(&Overlay::default(), &FolderName::inbox());
        let seen: Vec<(&str, u32)> = rows.iter().map(|r| (r.label.as_str(), r.depth)).collect();
        assert_eq!(seen, [("INBOX", 0), ("Trash", 0), ("x", 0), ("work", 0), ("alpha", 1), ("work-old", 0)]);
        assert_eq!(rows[0].special, Some(SpecialUse::Inbox));
        assert!(rows[0].current);
    }

    #[test]
    fn what_has_no_parent_here_is_not_put_below_another_one() {
        let mut folders = Folders::default();
        let names = ["일/편지", "일/편지/낡은", "Trash/x", "a/b/c", "a", "a/b2", "INBOX/y/z"];
        let mut list: Vec<Folder> = names.iter().map(|name| folder(name, None, 0)).collect();
        list.push(folder("Trash", Some(SpecialUse::Trash), 0));
        folders.replace(list, Some('/'));
        let rows = folders.rows(&Overlay::default(), &FolderName::inbox());
        let seen: Vec<(&str, u32)> = rows.iter().map(|r| (r.label.as_str(), r.depth)).collect();
        let expected = [
            ("Trash", 0),
            ("a", 0),
            ("b/c", 1),
            ("b2", 1),
            ("y/z", 0),
            ("Trash/x", 0),
            ("일/편지", 0),
            ("낡은", 1),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn unknown_counts_keep_the_known_ones() {
        let mut folders = Folders::default();
        folders.replace(vec![folder("a", None, 5)], None);
        folders.replace(vec![Folder { counts: None, ..folder("a", None, 0) }], None);
        assert_eq!(folders.find(&FolderName("a".into())).unwrap().unread(&Overlay::default()), 5);
    }
}
