//! The wire beside one's own mail: what the gateway tells of it, kept within bounds and by what the person did. Pure.
pub mod reduce;
pub mod rows;
pub mod state;
#[cfg(test)]
mod tests;
pub mod words;
