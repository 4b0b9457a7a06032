//! The folders of a device: the standard ones, and those a person makes.
use super::shelf::Shelf;
use super::{Changes, Mailbox, Write};
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::Event;
use pyeonji_shared::ids::FolderName;
use pyeonji_shared::lower::lower;

/// Between the levels of a name.
pub const DELIMITER: char = '/';
/// Folders besides the standard ones; past it none is made.
pub const MAX_OWN: usize = 200;
/// Characters of a name, levels and all.
pub const MAX_NAME: usize = 200;
/// Of the stored list.
const VERSION: u32 = 1;

const STANDARD: [(&str, SpecialUse); 6] = [
    ("INBOX", SpecialUse::Inbox),
    ("Drafts", SpecialUse::Drafts),
    ("Sent", SpecialUse::Sent),
    ("Archive", SpecialUse::Archive),
    ("Junk", SpecialUse::Junk),
    ("Trash", SpecialUse::Trash),
];

/// Why a folder isn't made, renamed or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderError {
    /// Empty, too long, with an empty level or control characters, or below itself.
    Name,
    /// There is one of that name, be it in capital letters.
    Taken,
    /// More than [`MAX_OWN`].
    TooMany,
    /// Standard folders stay what they are.
    Standard,
    Missing,
}

/// For a move, whose destination is made where it is missing.
impl From<FolderError> for ApiError {
    fn from(error: FolderError) -> ApiError {
        ApiError::new(match error {
            FolderError::Name => ErrorKind::BadRequest,
            FolderError::Taken | FolderError::TooMany => ErrorKind::Refused,
            FolderError::Standard => ErrorKind::Unsupported,
            FolderError::Missing => ErrorKind::Gone,
        })
    }
}

pub(super) fn standard() -> Vec<Shelf> {
    STANDARD.into_iter().map(|(name, special)| Shelf::new(FolderName(name.into()), Some(special))).collect()
}

/// Reads what [`Write::Folders`] holds. A list of a later version or a damaged one is empty: folders come back with
/// their messages.
pub fn own_from_bytes(bytes: &[u8]) -> Vec<FolderName> {
    match postcard::from_bytes::<(u32, Vec<FolderName>)>(bytes) {
        Ok((VERSION, names)) => names,
        _ => Vec::new(),
    }
}

impl Mailbox {
    pub(super) fn shelf(&self, name: &FolderName) -> Option<&Shelf> {
        self.shelves.iter().find(|s| s.name == *name)
    }

    pub(super) fn shelf_mut(&mut self, name: &FolderName) -> Option<&mut Shelf> {
        self.shelves.iter_mut().find(|s| s.name == *name)
    }

    pub(super) fn shelf_of(&self, special: SpecialUse) -> Option<&Shelf> {
        self.shelves.iter().find(|s| s.special == Some(special))
    }

    /// Whatever its name is: what lies in it must be seen.
    pub(super) fn need(&mut self, name: &FolderName) {
        if self.shelf(name).is_none() {
            self.shelves.push(Shelf::new(name.clone(), None));
        }
    }

    fn own(&self) -> impl Iterator<Item = &FolderName> {
        self.shelves.iter().filter(|s| s.special.is_none()).map(|s| &s.name)
    }

    fn write_own(&self) -> Write {
        let names: Vec<&FolderName> = self.own().collect();
        Write::Folders(postcard::to_allocvec(&(VERSION, names)).unwrap_or_default())
    }

    /// Whether a new folder may have this name.
    fn check(&self, name: &FolderName) -> Result<(), FolderError> {
        let text = name.as_str();
        let level = |level: &str| !level.is_empty() && level.trim() == level;
        if text.chars().count() > MAX_NAME
            || text.chars().any(char::is_control)
            || !text.split(DELIMITER).all(level)
        {
            return Err(FolderError::Name);
        }
        let same = lower(text);
        let taken = self.shelves.iter().any(|s| lower(s.name.as_str()) == same);
        if taken { Err(FolderError::Taken) } else { Ok(()) }
    }

    fn make(&mut self, name: &FolderName, changes: &mut Changes) -> Result<(), FolderError> {
        self.check(name)?;
        if self.own().count() >= MAX_OWN {
            return Err(FolderError::TooMany);
        }
        self.need(name);
        changes.writes.push(self.write_own());
        Ok(())
    }

    /// A folder to move to is made if it is missing: undo may name one that was deleted meanwhile.
    pub(super) fn destination(
        &mut self,
        name: &FolderName,
        changes: &mut Changes,
    ) -> Result<(), FolderError> {
        if self.shelf(name).is_none() { self.make(name, changes) } else { Ok(()) }
    }

    pub fn create_folder(&mut self, name: &FolderName) -> Result<Changes, FolderError> {
        let mut changes = Changes::default();
        self.make(name, &mut changes)?;
        self.settle(0, &mut changes.events);
        Ok(changes)
    }

    /// Renames an own folder and those below it. If one of them is open, show [`Mailbox::welcome`] afterwards: the page
    /// knows the open folder by its name.
    pub fn rename_folder(&mut self, from: &FolderName, to: &FolderName) -> Result<Changes, FolderError> {
        let names = self.family(from)?;
        if below(to, from) && to != from {
            return Err(FolderError::Name);
        }
        let renamed: Vec<FolderName> = names.iter().map(|name| moved(name, from, to)).collect();
        for (old, new) in names.iter().zip(&renamed) {
            // Another spelling of the same name is no other folder.
            if lower(old.as_str()) != lower(new.as_str()) {
                self.check(new)?;
            }
        }
        let (mut writes, mut changed) = (Vec::new(), Vec::new());
        for (old, new) in names.iter().zip(&renamed) {
            let Some(shelf) = self.shelves.iter_mut().find(|s| s.name == *old) else { continue };
            shelf.name = new.clone();
            changed.push(shelf.folder());
            for slot in shelf.order() {
                let Some(record) = self.records.get_mut(&slot.uid()) else { continue };
                record.folder = new.clone();
                writes.push(Write::Record(slot.uid(), record.to_bytes()));
            }
            if self.open.as_ref() == Some(old) {
                self.open = Some(new.clone());
            }
        }
        writes.push(self.write_own());
        Ok(Changes { writes, events: vec![Event::Folders { changed, removed: names }] })
    }

    /// Deletes an own folder and those below it; their messages go to Trash. If one of them is open, show
    /// [`Mailbox::welcome`] afterwards.
    pub fn delete_folder(&mut self, name: &FolderName) -> Result<Changes, FolderError> {
        let names = self.family(name)?;
        let trash = self.shelf_of(SpecialUse::Trash).ok_or(FolderError::Missing)?.name.clone();
        let mut changes = Changes::default();
        for name in &names {
            let slots = self.shelf(name).map_or_else(Vec::new, |s| s.order().to_vec());
            self.transfer(name, &trash, slots, &mut changes);
        }
        self.settle(0, &mut changes.events);
        self.take_away(&names, &mut changes.events);
        changes.writes.push(self.write_own());
        Ok(changes)
    }

    fn take_away(&mut self, names: &[FolderName], events: &mut Vec<Event>) {
        self.shelves.retain(|s| !names.contains(&s.name));
        self.open = self.open.take().filter(|open| !names.contains(open));
        events.push(Event::Folders { changed: Vec::new(), removed: names.to_vec() });
    }

    /// Another tab wrote the list of own folders. One that isn't in it goes when it is empty; tell what happened to the
    /// messages first.
    pub fn folders_changed(&mut self, own: Vec<FolderName>) -> Vec<Event> {
        let mut events = Vec::new();
        for name in &own {
            self.need(name);
        }
        self.settle(0, &mut events);
        let unlisted = |s: &&Shelf| s.special.is_none() && s.order().is_empty() && !own.contains(&s.name);
        let removed: Vec<FolderName> = self.shelves.iter().filter(unlisted).map(|s| s.name.clone()).collect();
        if !removed.is_empty() {
            self.take_away(&removed, &mut events);
        }
        events
    }

    /// An own folder and those below it.
    fn family(&self, name: &FolderName) -> Result<Vec<FolderName>, FolderError> {
        if self.shelf(name).ok_or(FolderError::Missing)?.special.is_some() {
            return Err(FolderError::Standard);
        }
        Ok(self.own().filter(|own| below(own, name)).cloned().collect())
    }
}

/// `name` is `top` or stands below it.
fn below(name: &FolderName, top: &FolderName) -> bool {
    let rest = name.as_str().strip_prefix(top.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(DELIMITER))
}

fn moved(name: &FolderName, from: &FolderName, to: &FolderName) -> FolderName {
    let rest = name.as_str().strip_prefix(from.as_str()).unwrap_or_default();
    FolderName([to.as_str(), rest].concat())
}
