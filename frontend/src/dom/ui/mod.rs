//! What components need of the browser: the sign-in form, the message frame, keys, sizes and clocks.
pub mod clock;
pub mod frame;
pub mod hosts;
pub mod images;
pub mod keyboard;
pub mod node;
pub mod page;
