//! The folder list with counts.
use serde::{Deserialize, Serialize};

/// Answered by `Reply::Folders`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folders {}
