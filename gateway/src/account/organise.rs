//! Flags, moving, deleting and making folders on one link whose folder is selected.
use crate::account::driver::{Driver, Other};
use crate::imap::command::Command;
use crate::imap::event::{Code, Completion};
use pyeonji_shared::call::organise::{Copied, Moved};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, Uid};
use pyeonji_shared::limits::MAX_UIDS_PER_CALL;
use pyeonji_shared::message::Flags;

pub async fn store(
    driver: &mut Driver,
    uids: Vec<Uid>,
    add: Flags,
    remove: Flags,
    other: Other<'_>,
) -> Result<(), ApiError> {
    driver.run(Command::Store { uids, add, remove }, other).await.map(|_| ())
}

/// RFC 6851 MOVE, or COPY + `\Deleted` + UID EXPUNGE (RFC 4315). Without both nothing is done: a plain EXPUNGE
/// would take other people's deleted messages with it.
pub async fn move_to(
    driver: &mut Driver,
    uids: Vec<Uid>,
    to: FolderName,
    other: Other<'_>,
) -> Result<Moved, ApiError> {
    if driver.has("MOVE") {
        let completion = driver.run(Command::Move { uids, to: to.clone() }, other).await?;
        return Ok(Moved { copied: copied(&completion), to });
    }
    if !driver.has("UIDPLUS") {
        return Err(ApiError::new(ErrorKind::Unsupported));
    }
    let completion = driver.run(Command::Copy { uids: uids.clone(), to: to.clone() }, other).await?;
    delete(driver, uids, other).await?;
    Ok(Moved { copied: copied(&completion), to })
}

/// Removes for good.
pub async fn delete(driver: &mut Driver, uids: Vec<Uid>, other: Other<'_>) -> Result<(), ApiError> {
    if !driver.has("UIDPLUS") {
        return Err(ApiError::new(ErrorKind::Unsupported));
    }
    let mark = Command::Store { uids: uids.clone(), add: Flags::DELETED, remove: Flags::default() };
    driver.run(mark, other).await?;
    driver.run(Command::UidExpunge { uids }, other).await.map(|_| ())
}

pub async fn create(driver: &mut Driver, folder: FolderName, other: Other<'_>) -> Result<(), ApiError> {
    let create = driver.submit(Command::Create { folder: folder.clone() });
    let subscribe = driver.submit(Command::Subscribe { folder, on: true });
    let made = driver.wait(create, other).await;
    let subscribed = driver.wait(subscribe, other).await;
    match made {
        // Somebody else made it meanwhile, or it was merely not subscribed.
        Err(crate::imap::error::CommandError::No { code: Some(Code::AlreadyExists), .. }) => Ok(()),
        Err(error) => Err(ApiError::from(&error)),
        Ok(_) => {
            if let Err(error) = subscribed {
                tracing::debug!(%error, "a new folder could not be subscribed");
            }
            Ok(())
        }
    }
}

fn copied(completion: &Completion) -> Option<Copied> {
    let code = completion.code.as_ref()?;
    let Code::CopyUid { validity, .. } = code else { return None };
    Some(Copied { validity: *validity, uids: code.copied(MAX_UIDS_PER_CALL) })
}
