//! Folders of one's own: made, renamed, deleted, here and by another tab.
use super::*;
use crate::mailbox::FolderError;
use crate::mailbox::folders::{MAX_NAME, MAX_OWN};

fn names(desk: &Desk) -> Vec<String> {
    desk.mailbox.folders().into_iter().skip(6).map(|f| f.name.0).collect()
}

fn make(desk: &mut Desk, folder: &str) -> Result<(), FolderError> {
    desk.mailbox.create_folder(&name(folder)).map(|changes| desk.follow(changes))
}

#[test]
fn made_folders_are_told_and_stored() {
    let mut desk = Desk::new();
    for folder in ["work", "work/alpha", "편지"] {
        assert_eq!(make(&mut desk, folder), Ok(()));
        assert!(desk.picture.folders.contains_key(&name(folder)));
    }
    let loaded = desk.store.load();
    assert_eq!(loaded.folders(), desk.mailbox.folders());
    for taken in ["Work", "INBOX", "inbox", "trash", "편지"] {
        assert_eq!(make(&mut desk, taken), Err(FolderError::Taken), "{taken}");
    }
    let long = "x".repeat(MAX_NAME + 1);
    for bad in ["", "/", "a/", "/a", "a//b", " a", "a /b", "a\nb", &long] {
        assert_eq!(make(&mut desk, bad), Err(FolderError::Name), "{bad:?}");
    }
    for n in 3..MAX_OWN {
        assert_eq!(make(&mut desk, &format!("n{n}")), Ok(()));
    }
    assert_eq!(make(&mut desk, "one more"), Err(FolderError::TooMany));
    assert_eq!(own_from_bytes(&desk.store.own).len(), MAX_OWN);
    assert_eq!(own_from_bytes(b"\x07\x00"), Vec::<FolderName>::new());
    assert_eq!(own_from_bytes(b""), Vec::<FolderName>::new());
}

#[test]
fn renaming_takes_messages_and_folders_below_along() {
    let mut desk = Desk::new();
    for folder in ["work", "work/alpha", "workshop", "home"] {
        make(&mut desk, folder).unwrap();
        desk.fetch(folder, folder, Flags::default());
    }
    desk.open("work/alpha");
    let rename = |desk: &mut Desk, from: &str, to: &str| {
        desk.mailbox.rename_folder(&name(from), &name(to)).map(|changes| {
            let writes = changes.writes.len();
            desk.follow(changes);
            desk.look();
            writes
        })
    };
    assert_eq!(rename(&mut desk, "work", "jobs"), Ok(3), "two messages and the list");
    assert_eq!(names(&desk), ["jobs", "jobs/alpha", "workshop", "home"]);
    assert_eq!((desk.uids("jobs"), desk.uids("jobs/alpha"), desk.uids("work")), (vec![1], vec![2], vec![]));
    let open = desk.picture.open.as_ref().unwrap();
    assert_eq!((open.folder.as_str(), open.exists), ("jobs/alpha", 1));
    assert_eq!(desk.store.load().uids(&name("jobs/alpha")), [Uid(2)]);
    assert_eq!(rename(&mut desk, "jobs", "Jobs"), Ok(3), "only its spelling");
    assert_eq!(rename(&mut desk, "Jobs", "home"), Err(FolderError::Taken));
    assert_eq!(rename(&mut desk, "Jobs", "Jobs/x"), Err(FolderError::Name));
    assert_eq!(rename(&mut desk, "Jobs", "a//b"), Err(FolderError::Name));
    assert_eq!(rename(&mut desk, "work", "x"), Err(FolderError::Missing));
    assert_eq!(rename(&mut desk, "Trash", "x"), Err(FolderError::Standard));
    assert_eq!(names(&desk), ["Jobs", "Jobs/alpha", "workshop", "home"]);
    assert_eq!(desk.store.load().folders(), desk.mailbox.folders());
}

#[test]
fn a_deleted_folder_leaves_its_messages_in_trash() {
    let mut desk = Desk::new();
    for folder in ["work", "work/alpha", "home"] {
        make(&mut desk, folder).unwrap();
        desk.fetch(folder, folder, Flags::default());
    }
    desk.open("work");
    let changes = desk.mailbox.delete_folder(&name("work")).unwrap();
    desk.follow(changes);
    assert_eq!((names(&desk), desk.uids("Trash")), (vec!["home".to_owned()], vec![1, 2]));
    assert_eq!((desk.mailbox.open(), desk.picture.open.as_ref().map(|s| s.exists)), (None, Some(0)));
    assert_eq!(desk.picture.folders.len(), 7);
    assert_eq!(desk.mailbox.delete_folder(&name("work")).unwrap_err(), FolderError::Missing);
    assert_eq!(desk.mailbox.delete_folder(&name("INBOX")).unwrap_err(), FolderError::Standard);
    assert_eq!(desk.store.load().folders(), desk.mailbox.folders());
    desk.look();
    assert_eq!(desk.mailbox.open(), Some(&FolderName::inbox()));
}

#[test]
fn another_tab_renames_a_folder() {
    let mut desk = Desk::new();
    make(&mut desk, "work").unwrap();
    let uid = desk.fetch("work", "a", Flags::default());
    let mut other = desk.store.load();
    let changes = other.rename_folder(&name("work"), &name("jobs")).unwrap();
    desk.store.commit(changes.writes);
    let events = desk.mailbox.changed(vec![(uid, other.record(uid).cloned())]);
    desk.picture.apply(events);
    let events = desk.mailbox.folders_changed(own_from_bytes(&desk.store.own));
    desk.picture.apply(events);
    assert_eq!((names(&desk), desk.uids("jobs")), (vec!["jobs".to_owned()], vec![uid.0]));
    assert_eq!(desk.picture.folders.len(), 7);
}

#[test]
fn no_message_is_out_of_sight() {
    // The list of folders was lost, but not what lies in them.
    let mut desk = Desk::new();
    make(&mut desk, "work").unwrap();
    let uid = desk.fetch("work", "a", Flags::default());
    desk.store.own = Vec::new();
    let mut loaded = desk.store.load();
    assert_eq!(loaded.uids(&name("work")), [uid]);
    // A list that lacks it doesn't take it away either.
    assert!(loaded.folders_changed(vec![]).is_empty());
    assert_eq!(loaded.uids(&name("work")), [uid]);
}
