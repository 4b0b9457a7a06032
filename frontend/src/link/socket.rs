//! The pure [`Link`] on a browser WebSocket.
use super::protocol::{Link, Output};
use crate::dom::timers::Timers;
use crate::dom::{http, tasks, window};
use crate::state::msg::LinkEvent;
use pyeonji_shared::frame::SUBPROTOCOL;
use std::cell::{Cell, RefCell};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, MessageEvent, WebSocket};

struct Open {
    socket: WebSocket,
    // Dropping them would leave the socket calling into nothing.
    _opened: Closure<dyn FnMut()>,
    _closed: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
}

impl Open {
    fn drop_listeners(&self) {
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        self.socket.set_onmessage(None);
    }
}

#[derive(Default)]
struct Socket {
    link: RefCell<Link>,
    open: RefCell<Option<Open>>,
    emit: Cell<Option<fn(LinkEvent)>>,
    timers: Timers<()>,
    draining: Cell<bool>,
}

thread_local! {
    static SOCKET: Socket = Socket::default();
}

/// Events of the link go here.
pub fn listen(emit: fn(LinkEvent)) {
    SOCKET.with(|s| s.emit.set(Some(emit)));
}

/// Does something with the link, then what it wants done.
pub fn with(act: impl FnOnce(&mut Link)) {
    SOCKET.with(|s| act(&mut s.link.borrow_mut()));
    drain();
}

fn drain() {
    SOCKET.with(|s| {
        // What an event causes is drained by the loop that is already running.
        if s.draining.replace(true) {
            return;
        }
        loop {
            let output = s.link.borrow_mut().poll_output();
            match output {
                None => break,
                Some(Output::Open) => open(s),
                Some(Output::Close) => close(s),
                Some(Output::Send(bytes)) => {
                    if let Some(open) = s.open.borrow().as_ref() {
                        let _ = open.socket.send_with_u8_array(&bytes);
                    }
                }
                Some(Output::Probe) => tasks::later(async {
                    if http::is_signed_out().await {
                        with(|link| link.handle_signed_out(window::moment()));
                    }
                }),
                Some(Output::Emit(event)) => {
                    if let Some(emit) = s.emit.get() {
                        emit(event);
                    }
                }
            }
        }
        s.draining.set(false);
        match s.link.borrow().poll_timeout() {
            Some(at) => {
                let ms = u32::try_from((at - window::now()).clamp(0, 3_600_000)).unwrap_or(0);
                s.timers.set((), ms, || with(|link| link.handle_timeout(window::moment())));
            }
            None => s.timers.cancel(()),
        }
    });
}

fn close(s: &Socket) {
    if let Some(open) = s.open.borrow_mut().take() {
        open.drop_listeners();
        let _ = open.socket.close();
    }
}

fn open(s: &Socket) {
    close(s);
    let location = web_sys::window().map(|w| w.location());
    let part = |f: fn(&web_sys::Location) -> Result<String, JsValue>| {
        location.as_ref().and_then(|l| f(l).ok()).unwrap_or_default()
    };
    let scheme = if part(web_sys::Location::protocol) == "https:" { "wss" } else { "ws" };
    let url = format!("{scheme}://{}/ws", part(web_sys::Location::host));
    let Ok(socket) = WebSocket::new_with_str(&url, SUBPROTOCOL) else {
        // Refused without trying: counts as closed, after this turn.
        s.link.borrow_mut().handle_close(window::moment());
        return;
    };
    socket.set_binary_type(BinaryType::Arraybuffer);
    let opened = Closure::<dyn FnMut()>::new(|| with(|link| link.handle_open(window::moment())));
    let closed = Closure::<dyn FnMut()>::new(|| {
        SOCKET.with(|s| {
            if let Some(open) = s.open.borrow_mut().take() {
                open.drop_listeners();
                // The closure that runs now is among what would be dropped.
                std::mem::forget(open);
            }
        });
        with(|link| link.handle_close(window::moment()));
    });
    let message = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
        // Text never comes from our gateway: read as an empty frame, it counts as another version's.
        let bytes = match event.data().dyn_into::<js_sys::ArrayBuffer>() {
            Ok(buffer) => js_sys::Uint8Array::new(&buffer).to_vec(),
            Err(_) => Vec::new(),
        };
        with(|link| link.handle_input(&bytes, window::moment()));
    });
    socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
    socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
    socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
    *s.open.borrow_mut() = Some(Open { socket, _opened: opened, _closed: closed, _message: message });
}
