//! Files that a person picked, dropped or pasted, held under keys so that the state can speak of them as data.
use crate::state::msg::NewFile;
use pyeonji_shared::ids::OpId;
use pyeonji_shared::sorted::Sorted;
use std::cell::RefCell;
use web_sys::{Blob, FileList};

/// Files held; the device has the bytes as well, so an old one is found again there.
const MAX_HELD: usize = 400;

thread_local! {
    static HELD: RefCell<Sorted<OpId, Blob>> = const { RefCell::new(Sorted::new()) };
}

/// Takes hold of a list of files (of an input, a drop or a paste), for `Msg::Attach`.
pub fn take(list: &FileList) -> Vec<NewFile> {
    let files = (0..list.length()).filter_map(|i| list.get(i)).take(MAX_HELD);
    files
        .map(|file| {
            let key = OpId(super::window::random());
            let (name, mime, size) = (file.name(), file.type_(), file.size() as u64);
            put(key, file.into());
            let mime = if mime.is_empty() { "application/octet-stream".into() } else { mime };
            NewFile { key, name, mime, size }
        })
        .collect()
}

/// Takes hold of a file that was made here.
pub fn put(key: OpId, file: Blob) {
    HELD.with_borrow_mut(|held| {
        if held.len() >= MAX_HELD {
            held.pop_first();
        }
        held.insert(key, file)
    });
}

pub fn held(key: OpId) -> Option<Blob> {
    HELD.with_borrow(|held| held.get(&key).cloned())
}

pub fn forget(key: OpId) {
    HELD.with_borrow_mut(|held| held.remove(&key));
}
