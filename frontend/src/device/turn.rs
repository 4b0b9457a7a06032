//! The order of what is written and read. A commit that is encrypted begins its transaction late; whatever was asked for after it
//! waits for that, and only for that: where nothing is encrypted nothing waits, and the browser keeps the order.
use super::promise;
use js_sys::{Function, Promise};
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

thread_local! {
    /// Ends when the last of the commits has begun its transaction.
    static BEGUN: RefCell<Option<Promise>> = const { RefCell::new(None) };
    /// Commits that haven't.
    static WAITING: Cell<u32> = const { Cell::new(0) };
}

/// The place of one commit in that order.
pub struct Turn {
    before: Option<Promise>,
    begun: Option<Function>,
}

impl Turn {
    pub fn take() -> Self {
        let mut begun = None;
        let mine = promise(|resolve, _| begun = Some(resolve));
        WAITING.set(WAITING.get() + 1);
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
        WAITING.set(WAITING.get().saturating_sub(1));
        if let Some(begun) = self.begun.take() {
            let _ = begun.call0(&JsValue::NULL);
        }
    }
}

pub fn is_free() -> bool {
    WAITING.get() == 0
}

/// Waits until all commits so far have begun.
pub async fn free() {
    while !is_free() {
        let Some(last) = BEGUN.with_borrow(Clone::clone) else { return };
        let _ = JsFuture::from(last).await;
    }
}
