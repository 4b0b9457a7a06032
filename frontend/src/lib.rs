//! The page: a pure `state`, a pure `link` protocol, and (feature `ui`) everything that needs a browser.
#![forbid(unsafe_code)]

pub mod i18n;
pub mod keys;
pub mod lab;
pub mod link;
pub mod mailbox;
pub mod state;
pub mod view;

#[cfg(feature = "ui")]
pub mod components;
#[cfg(feature = "ui")]
pub mod device;
#[cfg(feature = "ui")]
pub mod dom;
#[cfg(feature = "ui")]
pub mod pages;
#[cfg(feature = "ui")]
pub mod runtime;
#[cfg(feature = "ui")]
pub mod signals;

/// Called once by the module loader.
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    if cfg!(feature = "lab") {
        return lab::start();
    }
    runtime::start();
    pages::mount();
}
