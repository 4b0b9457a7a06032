//! One mail account in use: what can be asked of it and what it tells, free of protocol names.
//!
//! Answers and events leave through one ordered channel, so sequence numbers in an answer always refer to
//! the point of the event stream at which the answer stands (invariant 9).
pub mod request;

use request::{Output, Request, Ticket};
use tokio::sync::mpsc;

/// Requests that may wait for the account task; past it the asker waits.
pub const REQUEST_QUEUE: usize = 16;
/// Outputs that may wait for the session; past it the account task stops reading from the mail server.
pub const OUTPUT_QUEUE: usize = 16;

/// What the account task is told.
#[derive(Debug)]
pub enum Tell {
    /// Answered by exactly one [`Output::Done`] of the same ticket.
    Do(Ticket, Request),
    /// The answer is no longer wanted; work that can stop, stops. No `Done` follows if it had not been given yet.
    Cancel(Ticket),
}

/// A signed-in account. Dropping it ends the task and closes its links.
#[derive(Debug)]
pub struct Account {
    pub requests: mpsc::Sender<Tell>,
    pub outputs: mpsc::Receiver<Output>,
}
