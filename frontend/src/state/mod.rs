//! What the page knows ([`model`]), what can happen ([`msg`]) and what follows ([`reduce`]). No browser in here.
pub mod compose;
pub mod effect;
pub mod folders;
pub mod list;
pub mod mail;
pub mod model;
pub mod msg;
pub mod notice;
pub mod overlay;
pub mod quote;
pub mod reader;
pub mod record;
pub mod route;
pub mod settings;

mod reduce;

pub use model::Model;
pub use msg::Msg;
pub use reduce::{is_progress, reduce};
