//! The folder list with counts.
use super::Work;
use crate::account::request::Request;
use pyeonji_shared::call::folders::Folders;
use pyeonji_shared::error::ApiError;

pub fn work(Folders {}: Folders) -> Result<Work, ApiError> {
    Ok(Work::Request(Request::Folders))
}
