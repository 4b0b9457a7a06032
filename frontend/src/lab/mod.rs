//! The page of the lab: a state and a reducer of its own, on the gateway's bench. It is a module of its own, too: nothing of the mail
//! page is in it, and nothing of it in the mail page.
pub mod card;
pub mod chart;
pub mod hand;
pub mod listen;
pub mod map;
pub mod meaning;
pub mod mine;
pub mod moment;
pub mod names;
pub mod reduce;
pub mod share;
pub mod state;
#[cfg(test)]
mod tests;
pub mod words;

#[cfg(feature = "ui")]
mod runtime;
#[cfg(feature = "ui")]
mod view;

#[cfg(feature = "ui")]
pub use runtime::start;
