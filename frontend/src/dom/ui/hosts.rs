//! Which link of a message is meant: under the mouse, focused, or tapped once. Its real host is seen before it is opened (R11).
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, Event};

const EVENTS: [&str; 5] = ["pointerover", "pointerout", "focusin", "focusout", "click"];

/// Listens for as long as it is kept.
pub struct Hosts {
    document: Document,
    heard: Closure<dyn FnMut(Event)>,
}

impl Hosts {
    /// `meant` hears the address of the link, or nothing once there is none; and whether it takes a second tap to open it.
    pub fn watch(document: &Document, mut meant: impl FnMut(Option<String>, bool) + 'static) -> Hosts {
        let mut tapped = None::<Element>;
        let heard = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let link =
                event.target().and_then(|t| t.unchecked_into::<Element>().closest("a[href]").ok().flatten());
            let href = link.as_ref().and_then(|l| l.get_attribute("href"));
            let touch =
                js_sys::Reflect::get(&event, &JsValue::from_str("pointerType")).is_ok_and(|t| t == "touch");
            let name = event.type_();
            if name == "click" {
                let first = touch && link.is_some() && link != tapped;
                tapped = link.filter(|_| first);
                if first {
                    event.prevent_default();
                    event.stop_immediate_propagation();
                }
                if touch {
                    meant(href.filter(|_| first), true);
                }
            // A finger is over a link only while it taps it.
            } else if !touch {
                meant(href.filter(|_| name == "pointerover" || name == "focusin"), false);
            }
        });
        for name in EVENTS {
            // Before the frame's own listener, which follows the link.
            let _ = document.add_event_listener_with_callback_and_bool(
                name,
                heard.as_ref().unchecked_ref(),
                true,
            );
        }
        Hosts { document: document.clone(), heard }
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for name in EVENTS {
            let heard = self.heard.as_ref().unchecked_ref();
            let _ = self.document.remove_event_listener_with_callback_and_bool(name, heard, true);
        }
    }
}
