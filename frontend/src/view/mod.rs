//! The pure halves of components: list geometry, text with links and quotations. No browser in here.
pub mod geometry;
pub mod links;
pub mod quotes;
pub mod transfer;
