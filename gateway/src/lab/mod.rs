//! The lab: IMAP and POP3 on the same mailbox, in a world of its own. The engines, the ledger and the sandbox are those of the product,
//! joined in simulated time: the same scenario gives the same transcript, byte for byte. No sockets, no clock, no randomness; these are
//! behind [`host::Host`], for who runs the same on the sandbox over sockets or on real accounts ([`backend::Backend`]).
//!
//! A [`Scenario`](pyeonji_shared::lab::scenario::Scenario) says what is there and what happens; [`run::run`] carries it out on [`bench::Bench`] and keeps what everybody
//! holds after each step; [`verdict`] judges the claim from that, and from nothing else.
pub mod advise;
pub mod answer;
pub mod backend;
pub mod bench;
pub mod card;
mod check;
pub mod cli_card;
pub mod device;
pub mod experiments;
pub mod file;
pub mod host;
mod imap;
pub mod join;
mod letter;
mod loss;
pub mod own;
mod pop3;
mod post;
pub mod real;
pub mod run;
pub mod simulated;
mod socket;
pub mod terminal;
#[cfg(test)]
mod tests;
pub mod text;
pub mod verdict;
mod visit;
pub mod visitors;
pub mod wire;
