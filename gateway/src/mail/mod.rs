//! Turns message bytes into what the page shows, and what the page wrote into message bytes.
//!
//! Everything here is pure and bounded; [`worker`] is the only file that owns threads. The parsers and the
//! sanitiser see outside data only after the guards of SECURITY.md have counted it (R30).
pub mod charset;
pub mod compose;
pub mod encoding;
pub mod header;
pub mod html;
pub mod image;
pub mod scan;
pub mod view;
pub mod worker;
