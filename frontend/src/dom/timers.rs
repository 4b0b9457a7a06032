//! Timeouts by key: a new one under the same key replaces the old one.
use super::tasks;
use pyeonji_shared::sorted::Sorted;
use std::cell::RefCell;
use wasm_bindgen::JsCast;

/// Timers under way.
pub struct Timers<K: Ord + Copy + 'static>(RefCell<Sorted<K, i32>>);

impl<K: Ord + Copy + 'static> Default for Timers<K> {
    fn default() -> Self {
        Self(RefCell::new(Sorted::new()))
    }
}

impl<K: Ord + Copy + 'static> Timers<K> {
    pub fn set(&self, key: K, ms: u32, run: impl FnOnce() + 'static) {
        self.begin(key, ms, Box::new(run));
    }

    fn begin(&self, key: K, ms: u32, run: Box<dyn FnOnce()>) {
        let Some(window) = web_sys::window() else { return };
        let ms = i32::try_from(ms).unwrap_or(i32::MAX);
        let closure = tasks::once(run);
        let id = window.set_timeout_with_callback_and_timeout_and_arguments_0(closure.unchecked_ref(), ms);
        let before = id.ok().and_then(|id| self.0.borrow_mut().insert(key, id));
        if let Some(before) = before {
            window.clear_timeout_with_handle(before);
        }
    }

    pub fn cancel(&self, key: K) {
        if let (Some(id), Some(window)) = (self.0.borrow_mut().remove(&key), web_sys::window()) {
            window.clear_timeout_with_handle(id);
        }
    }
}
