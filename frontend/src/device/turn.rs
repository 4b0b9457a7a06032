//! The order of commits, which take different times to encrypt.
use super::promise;
use js_sys::{Function, Promise};
use std::cell::RefCell;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

thread_local! {
    /// Ends when the commit before has begun its transaction.
    static BEGUN: RefCell<Option<Promise>> = const { RefCell::new(None) };
}

/// Commits begin their transactions in the order in which they were asked for, however long each takes to encrypt.
pub struct Turn {
    before: Option<Promise>,
    begun: Option<Function>,
}

impl Turn {
    pub fn take() -> Self {
        let mut begun = None;
        let mine = promise(|resolve, _| begun = Some(resolve));
        Self { before: BEGUN.replace(Some(mine)), begun }
    }

    pub async fn wait(&mut self) {
        if let Some(before) = self.before.take() {
            let _ = JsFuture::from(before).await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(begun) = self.begun.take() {
            let _ = begun.call0(&JsValue::NULL);
        }
    }
}
