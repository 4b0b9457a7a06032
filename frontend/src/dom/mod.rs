//! The browser, as little of it as the page needs. Together with `link` and `device` the only place that names `web_sys`.
pub mod files;
pub mod http;
pub mod lab;
pub mod paint;
pub mod tasks;
pub mod timers;
pub mod tree;
pub mod ui;
pub mod window;
