//! The account's folders: what LIST said, special uses (also by well-known names), counts.
use crate::imap::event::{ListItem, StatusItem};
use pyeonji_shared::account::{Counts, Folder, SpecialUse};
use pyeonji_shared::ids::FolderName;
use pyeonji_shared::limits::MAX_FOLDERS;

/// Names by which servers without SPECIAL-USE (RFC 6154) and their users call these folders; the last level, lower-case.
const WELL_KNOWN: &[(SpecialUse, &[&str])] = &[
    (
        SpecialUse::Sent,
        &["sent", "sent items", "sent messages", "sent mail", "보낸 편지함", "보낸편지함", "보낸메일함"],
    ),
    (SpecialUse::Drafts, &["drafts", "draft", "임시 보관함", "임시보관함"]),
    (SpecialUse::Trash, &["trash", "deleted items", "deleted messages", "bin", "휴지통", "지운 편지함"]),
    (
        SpecialUse::Junk,
        &["junk", "spam", "junk email", "junk e-mail", "bulk mail", "스팸함", "스팸 편지함", "스팸메일함"],
    ),
    (SpecialUse::Archive, &["archive", "archives", "보관함", "보관"]),
];

#[derive(Debug, Default)]
pub struct Folders {
    list: Vec<Folder>,
    pub delimiter: Option<char>,
    /// Prefix of the personal namespace, for folders we make.
    pub prefix: String,
}

impl Folders {
    /// Takes a whole LIST; counts known before stay until a STATUS says more.
    pub fn replace(&mut self, items: Vec<ListItem>) {
        let old = std::mem::take(&mut self.list);
        for item in items.into_iter().take(MAX_FOLDERS) {
            self.delimiter = self.delimiter.or(item.delimiter);
            let special = if item.folder.is_inbox() { Some(SpecialUse::Inbox) } else { item.special };
            let counts = old.iter().find(|f| f.name == item.folder).and_then(|f| f.counts);
            let ListItem { folder: name, selectable, subscribed, .. } = item;
            match self.list.iter_mut().find(|f| f.name == name) {
                // A name listed twice (LIST beside LIST-STATUS): the fuller answer counts.
                Some(known) => known.special = known.special.or(special),
                None => self.list.push(Folder { name, special, selectable, subscribed, counts }),
            }
        }
        if !self.list.iter().any(|f| f.name.is_inbox()) {
            let inbox = FolderName::inbox();
            self.list.push(Folder {
                name: inbox,
                special: Some(SpecialUse::Inbox),
                selectable: true,
                subscribed: true,
                counts: None,
            });
        }
        self.guess();
    }

    /// Where the server names no folder for a use, a well-known name does.
    fn guess(&mut self) {
        for (special, names) in WELL_KNOWN {
            if self.special(*special).is_some() {
                continue;
            }
            let delimiter = self.delimiter;
            let called = |folder: &Folder| {
                let last = delimiter.and_then(|d| folder.name.0.rsplit(d).next()).unwrap_or(&folder.name.0);
                names.contains(&last.to_lowercase().as_str())
            };
            let found =
                self.list.iter_mut().filter(|f| f.special.is_none() && f.selectable).find(|f| called(f));
            if let Some(folder) = found {
                folder.special = Some(*special);
            }
        }
    }

    pub fn all(&self) -> &[Folder] {
        &self.list
    }

    pub fn special(&self, special: SpecialUse) -> Option<&FolderName> {
        self.list.iter().find(|f| f.special == Some(special)).map(|f| &f.name)
    }

    pub fn get(&self, name: &FolderName) -> Option<&Folder> {
        self.list.iter().find(|f| f.name == *name)
    }

    /// Takes counts; the changed folder, if they are news.
    pub fn count(&mut self, name: &FolderName, counts: Counts) -> Option<Folder> {
        let folder = self.list.iter_mut().find(|f| f.name == *name)?;
        if folder.counts == Some(counts) {
            return None;
        }
        folder.counts = Some(counts);
        Some(folder.clone())
    }

    pub fn status(&mut self, status: &StatusItem) -> Option<Folder> {
        self.count(&status.folder, status.counts()?)
    }

    /// A folder we made ourselves.
    pub fn add(&mut self, name: FolderName, special: SpecialUse) -> Folder {
        let counts = Some(Counts::default());
        let folder = Folder { name, special: Some(special), selectable: true, subscribed: true, counts };
        self.list.retain(|f| f.name != folder.name);
        self.list.push(folder.clone());
        folder
    }

    /// What we call a folder of that use when we must make one.
    pub fn name_for(&self, special: SpecialUse) -> Option<FolderName> {
        let name = match special {
            SpecialUse::Archive => "Archive",
            SpecialUse::Sent => "Sent",
            SpecialUse::Drafts => "Drafts",
            SpecialUse::Trash => "Trash",
            SpecialUse::Junk => "Junk",
            SpecialUse::Inbox | SpecialUse::All | SpecialUse::Flagged => return None,
        };
        Some(FolderName(format!("{}{name}", self.prefix)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(name: &str, special: Option<SpecialUse>) -> ListItem {
        ListItem {
            folder: FolderName(name.into()),
            delimiter: Some('/'),
            special,
            selectable: true,
            ..ListItem::default()
        }
    }

    #[test]
    fn well_known_names_fill_only_what_the_server_left_open() {
        let mut folders = Folders::default();
        folders.replace(vec![
            item("INBOX", None),
            item("Mail/보낸 편지함", None),
            item("Papierkorb", Some(SpecialUse::Trash)),
            item("Trash", None),
        ]);
        assert_eq!(folders.special(SpecialUse::Sent).unwrap().0, "Mail/보낸 편지함");
        assert_eq!(folders.special(SpecialUse::Trash).unwrap().0, "Papierkorb");
        assert_eq!(folders.get(&FolderName("Trash".into())).unwrap().special, None);
        assert_eq!(folders.special(SpecialUse::Archive), None);
    }

    #[test]
    fn counts_survive_a_new_list_and_only_news_is_told() {
        let mut folders = Folders::default();
        folders.replace(vec![item("INBOX", None)]);
        let counts = Counts { messages: 3, unseen: 1 };
        assert!(folders.count(&FolderName::inbox(), counts).is_some());
        assert!(folders.count(&FolderName::inbox(), counts).is_none());
        folders.replace(vec![item("INBOX", None), item("A", None)]);
        assert_eq!(folders.all()[0].counts, Some(counts));
    }
}
