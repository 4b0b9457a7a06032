//! What the tabs of one account tell each other: which messages are others now.
use std::cell::RefCell;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

/// Messages of one telling; more are told in several.
const MAX_TOLD: usize = 10_000;

struct Open {
    channel: BroadcastChannel,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

thread_local! {
    static OPEN: RefCell<Option<Open>> = const { RefCell::new(None) };
}

/// Listens to the other tabs of this account, and to no other's any more.
pub fn listen(address: &str, mut heard: impl FnMut(Vec<u32>) + 'static) {
    let Ok(channel) = BroadcastChannel::new(&format!("pyeonji:{address}")) else { return };
    let closure = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Ok(uids) = event.data().dyn_into::<js_sys::Uint32Array>() {
            heard(uids.to_vec());
        }
    });
    channel.set_onmessage(Some(closure.as_ref().unchecked_ref()));
    close();
    OPEN.with_borrow_mut(|open| *open = Some(Open { channel, _heard: closure }));
}

pub fn close() {
    if let Some(open) = OPEN.with_borrow_mut(Option::take) {
        open.channel.close();
    }
}

/// Tells the others.
pub fn tell(uids: &[u32]) {
    OPEN.with_borrow(|open| {
        let Some(open) = open else { return };
        // An empty telling says that only the ledger has changed.
        let all = if uids.is_empty() { vec![uids] } else { uids.chunks(MAX_TOLD).collect() };
        for some in all {
            let _ = open.channel.post_message(&JsValue::from(js_sys::Uint32Array::from(some)));
        }
    });
}
