//! The report card of a provider: its state, its words, and the text that a person gives to support.
pub mod findings;
pub mod state;
#[cfg(test)]
mod tests;
pub mod text;
pub mod words;
