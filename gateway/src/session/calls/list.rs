//! Opening a folder and reading windows of its list.
use super::{Work, bad};
use crate::account::request::Request;
use pyeonji_shared::call::list::{Open, Rows, Window};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::limits::MAX_WINDOW;

pub fn open(Open { folder, rows }: Open) -> Result<Work, ApiError> {
    Ok(Work::Request(Request::Open { folder, rows: rows.min(MAX_WINDOW) }))
}

pub fn window(Window { folder, validity, offset, len }: Window) -> Result<Work, ApiError> {
    if len == 0 || len > MAX_WINDOW {
        return Err(bad("window length"));
    }
    Ok(Work::Request(Request::Window { folder, validity, offset, len }))
}

pub fn rows(Rows { folder, validity, uids }: Rows) -> Result<Work, ApiError> {
    if uids.is_empty() || uids.len() > MAX_WINDOW as usize || uids.iter().any(|u| u.0 == 0) {
        return Err(bad("uids"));
    }
    Ok(Work::Request(Request::Rows { folder, validity, uids }))
}
