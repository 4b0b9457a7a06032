//! The account's folders: what each is for, and how many messages it has.
use super::special;
use crate::imap::event::{ListItem, Namespace, StatusItem};
use pyeonji_shared::account::{Counts, Folder, SpecialUse};
use pyeonji_shared::call::organise::Destination;
use pyeonji_shared::ids::FolderName;
use pyeonji_shared::limits::MAX_FOLDERS;

#[derive(Default)]
pub struct Folders {
    list: Vec<Folder>,
    pub delimiter: Option<char>,
    /// Where new folders go, e.g. `INBOX.`.
    prefix: String,
    /// A listing under way, until it is complete.
    listing: Option<Listing>,
}

struct Listing {
    items: Vec<ListItem>,
    /// What was known when it began: counts come beside the names.
    before: Vec<Folder>,
}

/// A destination as a name; `create`: it isn't there yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub folder: FolderName,
    pub create: bool,
}

impl Folders {
    pub fn all(&self) -> &[Folder] {
        &self.list
    }

    pub fn find(&self, name: &FolderName) -> Option<&Folder> {
        self.list.iter().find(|f| f.name == *name)
    }

    pub fn begin(&mut self) {
        self.listing = Some(Listing { items: Vec::new(), before: self.list.clone() });
    }

    /// One line of a listing; past the bound the rest is left out.
    pub fn item(&mut self, item: ListItem) {
        if let Some(listing) = &mut self.listing
            && listing.items.len() < MAX_FOLDERS
        {
            listing.items.push(item);
        }
    }

    pub fn namespace(&mut self, namespace: Namespace) {
        self.prefix = namespace.prefix;
    }

    /// The listing is complete: gives what changed and what is gone.
    pub fn end(&mut self) -> (Vec<Folder>, Vec<FolderName>) {
        let Some(listing) = self.listing.take() else { return Default::default() };
        let Listing { items, before } = listing;
        if items.is_empty() {
            return Default::default();
        }
        let counted = std::mem::take(&mut self.list);
        for item in items {
            self.delimiter = item.delimiter.or(self.delimiter);
            let name = if item.folder.is_inbox() { FolderName::inbox() } else { item.folder };
            let special = if name.is_inbox() { Some(SpecialUse::Inbox) } else { item.special };
            let folder = Folder {
                special,
                selectable: item.selectable,
                subscribed: item.subscribed,
                counts: counted.iter().find(|f| f.name == name).and_then(|f| f.counts),
                name,
            };
            // RFC 9051 §6.3.9: a name may be listed twice, e.g. by LIST and by an extension.
            match self.list.iter_mut().find(|f| f.name == folder.name) {
                Some(known) => *known = folder,
                None => self.list.push(folder),
            }
        }
        self.guess_specials();
        let removed = before.iter().filter(|f| self.find(&f.name).is_none()).map(|f| f.name.clone());
        let removed = removed.collect();
        let changed = self.list.iter().filter(|f| !before.contains(f)).cloned().collect();
        (changed, removed)
    }

    /// By the usual names, where the server named no folder for a use. The one nearest the top wins.
    fn guess_specials(&mut self) {
        let delimiter = self.delimiter;
        let depth = |name: &str| delimiter.map_or(0, |d| name.matches(d).count());
        let segment = |name: &str| match delimiter {
            Some(d) => name.rsplit(d).next().unwrap_or(name).to_owned(),
            None => name.to_owned(),
        };
        let mut guesses: Vec<(SpecialUse, usize, usize)> = Vec::new();
        for (index, folder) in self.list.iter().enumerate() {
            if folder.special.is_none()
                && folder.selectable
                && let Some(special) = special::by_name(&segment(folder.name.as_str()))
                && !self.list.iter().any(|f| f.special == Some(special))
            {
                guesses.push((special, depth(folder.name.as_str()), index));
            }
        }
        guesses.sort_by_key(|(_, depth, index)| (*depth, *index));
        for (special, _, index) in guesses {
            if !self.list.iter().any(|f| f.special == Some(special))
                && let Some(folder) = self.list.get_mut(index)
            {
                folder.special = Some(special);
            }
        }
    }

    /// New counts; gives the folder if they differ from what was known.
    pub fn status(&mut self, status: &StatusItem) -> Option<Folder> {
        let name = if status.folder.is_inbox() { FolderName::inbox() } else { status.folder.clone() };
        self.count(&name, status.counts()?)
    }

    pub fn count(&mut self, name: &FolderName, counts: Counts) -> Option<Folder> {
        match self.list.iter_mut().find(|f| f.name == *name) {
            Some(folder) if folder.counts != Some(counts) => {
                folder.counts = Some(counts);
                Some(folder.clone())
            }
            Some(_) => None,
            None => {
                // STATUS of a folder whose LIST line is still to come (LIST-STATUS may interleave them).
                if let Some(listing) = &self.listing
                    && listing
                        .items
                        .iter()
                        .any(|i| i.folder == *name || (name.is_inbox() && i.folder.is_inbox()))
                {
                    self.list.push(Folder {
                        name: name.clone(),
                        special: None,
                        selectable: true,
                        subscribed: true,
                        counts: Some(counts),
                    });
                }
                None
            }
        }
    }

    /// The folder that has another account's folder of this use or name, its levels divided by `/`; one to be made where there
    /// is none.
    pub fn twin(&self, name: &FolderName, special: Option<SpecialUse>) -> Place {
        if name.is_inbox() {
            return Place { folder: FolderName::inbox(), create: false };
        }
        if let Some(place) = special.and_then(|special| self.place(&Destination::Special(special))) {
            return place;
        }
        // Without levels in the account, they stay words of one name.
        let folder = match self.delimiter {
            Some('/') => name.as_str().to_owned(),
            Some(delimiter) => {
                let level = |level: &str| level.replace(delimiter, "_");
                name.as_str().split('/').map(level).collect::<Vec<_>>().join(&delimiter.to_string())
            }
            None => name.as_str().replace('/', "-"),
        };
        let folder = FolderName(format!("{}{folder}", self.prefix));
        let create = self.find(&folder).is_none_or(|found| !found.selectable);
        Place { folder, create }
    }

    /// A folder that was made just now.
    pub fn made(&mut self, name: FolderName) {
        if let Some(folder) = self.list.iter_mut().find(|f| f.name == name) {
            folder.selectable = true;
        } else if self.list.len() < MAX_FOLDERS {
            self.list.push(Folder { name, special: None, selectable: true, subscribed: true, counts: None });
            self.guess_specials();
        }
    }

    /// Where a destination is, or is to be. `None`: nothing of the kind can be made.
    pub fn place(&self, to: &Destination) -> Option<Place> {
        let special = match to {
            Destination::Folder(folder) => return Some(Place { folder: folder.clone(), create: false }),
            Destination::Special(SpecialUse::Inbox) => {
                return Some(Place { folder: FolderName::inbox(), create: false });
            }
            Destination::Special(special) => *special,
        };
        let known = self.list.iter().find(|f| f.special == Some(special) && f.selectable);
        match known {
            Some(folder) => Some(Place { folder: folder.name.clone(), create: false }),
            None => {
                let name = format!("{}{}", self.prefix, special::to_create(special)?);
                Some(Place { folder: FolderName(name), create: true })
            }
        }
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
            subscribed: true,
            no_children: false,
        }
    }

    fn folders(items: Vec<ListItem>) -> Folders {
        let mut folders = Folders::default();
        folders.begin();
        items.into_iter().for_each(|i| folders.item(i));
        folders.end();
        folders
    }

    fn place(folders: &Folders, special: SpecialUse) -> (String, bool) {
        let place = folders.place(&Destination::Special(special)).unwrap();
        (place.folder.0, place.create)
    }

    #[test]
    fn usual_names_in_english_and_korean_and_the_servers_word_first() {
        let f = folders(vec![
            item("inbox", None),
            item("Work/Sent", None),
            item("보낸 편지함", None),
            item("Deleted Items", None),
            item("Bin", Some(SpecialUse::Trash)),
        ]);
        assert_eq!(f.all()[0].special, Some(SpecialUse::Inbox));
        assert_eq!(f.all()[0].name, FolderName::inbox());
        assert_eq!(place(&f, SpecialUse::Sent), ("보낸 편지함".into(), false));
        assert_eq!(place(&f, SpecialUse::Trash), ("Bin".into(), false));
        assert_eq!(place(&f, SpecialUse::Archive), ("Archive".into(), true));
        assert_eq!(f.find(&FolderName("Deleted Items".into())).unwrap().special, None);
    }

    #[test]
    fn a_new_folder_goes_where_the_namespace_says() {
        let mut f = folders(vec![item("INBOX", None)]);
        f.namespace(Namespace { prefix: "INBOX.".into(), delimiter: Some('.') });
        assert_eq!(place(&f, SpecialUse::Archive), ("INBOX.Archive".into(), true));
    }

    #[test]
    fn a_folder_of_another_account_has_its_twin() {
        let mut f = folders(vec![item("INBOX", None), item("Sent Items", None), item("일/2024", None)]);
        let twin = |f: &Folders, name: &str, special| {
            let place = f.twin(&FolderName(name.into()), special);
            (place.folder.0, place.create)
        };
        assert_eq!(twin(&f, "inbox", Some(SpecialUse::Inbox)), ("INBOX".into(), false));
        assert_eq!(twin(&f, "Sent", Some(SpecialUse::Sent)), ("Sent Items".into(), false));
        assert_eq!(twin(&f, "Archive", Some(SpecialUse::Archive)), ("Archive".into(), true));
        assert_eq!(twin(&f, "일/2024", None), ("일/2024".into(), false));
        assert_eq!(twin(&f, "일/2025", None), ("일/2025".into(), true));
        f.made(FolderName("Archive".into()));
        assert_eq!(twin(&f, "Archive", Some(SpecialUse::Archive)), ("Archive".into(), false));
        f.delimiter = Some('.');
        f.namespace(Namespace { prefix: "INBOX.".into(), delimiter: Some('.') });
        assert_eq!(twin(&f, "일/v1.2", None), ("INBOX.일.v1_2".into(), true));
        f.delimiter = None;
        assert_eq!(twin(&f, "a/b", None), ("INBOX.a-b".into(), true));
    }

    #[test]
    fn relisting_says_what_changed_and_keeps_counts() {
        let mut f = folders(vec![item("INBOX", None), item("Old", None)]);
        assert!(f.count(&FolderName::inbox(), Counts { messages: 5, unseen: 1 }).is_some());
        f.begin();
        f.item(item("INBOX", None));
        f.item(item("New", None));
        let (changed, removed) = f.end();
        assert_eq!(changed.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["New"]);
        assert_eq!(removed, [FolderName("Old".into())]);
        assert_eq!(f.all()[0].counts, Some(Counts { messages: 5, unseen: 1 }));
    }
}
