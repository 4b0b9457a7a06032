//! Flags, moving and deleting.
use super::{Work, bad};
use crate::account::request::Request;
use pyeonji_shared::call::organise::{Delete, Destination, Move, SetFlags};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::MessageSet;
use pyeonji_shared::limits::MAX_UIDS_PER_CALL;
use pyeonji_shared::message::Flags;

pub fn set_flags(SetFlags { set, add, remove }: SetFlags) -> Result<Work, ApiError> {
    check(&set)?;
    // \Deleted is only ever set together with the expunge that follows it: see `Delete`.
    let touched = add.with(remove);
    if touched.is_empty() || touched.contains(Flags::DELETED) || add.0 & remove.0 != 0 {
        return Err(bad("flags"));
    }
    Ok(Work::Request(Request::SetFlags { set, add, remove }))
}

pub fn move_to(Move { set, to }: Move) -> Result<Work, ApiError> {
    check(&set)?;
    if let Destination::Folder(folder) = &to
        && (folder.as_str().is_empty() || *folder == set.folder)
    {
        return Err(bad("destination"));
    }
    Ok(Work::Request(Request::Move { set, to }))
}

pub fn delete(Delete { set }: Delete) -> Result<Work, ApiError> {
    check(&set)?;
    Ok(Work::Request(Request::Delete { set }))
}

fn check(set: &MessageSet) -> Result<(), ApiError> {
    if set.uids.is_empty() || set.uids.len() > MAX_UIDS_PER_CALL || set.uids.iter().any(|u| u.0 == 0) {
        return Err(bad("uids"));
    }
    Ok(())
}
