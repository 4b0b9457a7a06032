//! One mail account in use: what can be asked of it and what it tells, free of protocol names.
//!
//! Answers and events leave through one ordered channel, so sequence numbers in an answer always refer to
//! the point of the event stream at which the answer stands (invariant 9).
pub mod request;
