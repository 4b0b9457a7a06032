//! An element being built.
use super::{Bound, IntoBound, IntoView, Value, View, add, document};
use crate::signals::{RwSignal, follow};
use reactive_graph::owner::on_cleanup;
use send_wrapper::SendWrapper;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget, HtmlElement};

pub struct Element(web_sys::Element);

/// An element with its fixed attributes: lines of `name=value` or `name`.
pub fn element(tag: &str, svg: bool, fixed: &str) -> Element {
    let node = document(|d| match svg {
        true => d.create_element_ns(Some("http://www.w3.org/2000/svg"), tag),
        false => d.create_element(tag),
    });
    // Tags are literals of `view!`: the browser takes them all.
    let node = node.unwrap_or_else(JsCast::unchecked_into);
    for line in fixed.lines() {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        set(&node, name, Some(value));
    }
    Element(node)
}

impl Element {
    /// Sets `name`, or lets it follow: an attribute, or `class:…`, `style:…`, `prop:…`.
    pub fn bind(&self, name: &'static str, value: impl IntoBound) {
        bind(&self.0, name, value.into_bound());
    }

    /// Listens until the owner is gone.
    pub fn on<E: JsCast + 'static>(&self, name: &'static str, mut heard: impl FnMut(E) + 'static) {
        listen(&self.0, name, Box::new(move |event: Event| heard(event.unchecked_into())));
    }

    pub fn refer<E: JsCast + Clone + 'static>(&self, to: NodeRef<E>) {
        to.0.set(Some(self.0.clone().unchecked_into()));
    }

    pub fn put(&self, child: impl IntoView) {
        add(&self.0, &child.into_view());
    }
}

impl IntoView for Element {
    fn into_view(self) -> View {
        View(Some(self.0.into()))
    }
}

/// An element to look at later; a signal, so that effects run once it is made.
pub struct NodeRef<E>(RwSignal<Option<E>>);

impl<E> Clone for NodeRef<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for NodeRef<E> {}

impl<E: Clone + 'static> Default for NodeRef<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Clone + 'static> NodeRef<E> {
    pub fn new() -> Self {
        Self(RwSignal::new(None))
    }

    pub fn get(self) -> Option<E> {
        self.0.get()
    }

    pub fn get_untracked(self) -> Option<E> {
        self.0.get_untracked()
    }
}

fn bind(node: &web_sys::Element, name: &'static str, value: Bound) {
    match value {
        Bound::Now(value) => apply(node, name, &value),
        Bound::Following(value) => {
            let node = node.clone();
            let mut last = None;
            follow(Box::new(move || {
                let value = value();
                if last.as_ref() != Some(&value) {
                    apply(&node, name, &value);
                    last = Some(value);
                }
            }));
        }
    }
}

fn apply(node: &web_sys::Element, name: &str, value: &Value) {
    let (kind, name) = name.split_once(':').unwrap_or(("", name));
    match kind {
        "class" => {
            let _ = node.class_list().toggle_with_force(name, value.text().is_some());
        }
        "style" => {
            let style = node.unchecked_ref::<HtmlElement>().style();
            let _ = style.set_property(name, value.text().unwrap_or_default());
        }
        "prop" => {
            let _ = js_sys::Reflect::set(node, &JsValue::from_str(name), &value.js());
        }
        _ => set(node, name, value.text()),
    }
}

fn set(node: &web_sys::Element, name: &str, value: Option<&str>) {
    match value {
        // The policy of the page forbids styles in markup, not those that a script sets.
        Some(value) if name == "style" => node.unchecked_ref::<HtmlElement>().style().set_css_text(value),
        Some(value) => drop(node.set_attribute(name, value)),
        None => drop(node.remove_attribute(name)),
    }
}

fn listen(node: &EventTarget, name: &'static str, heard: Box<dyn FnMut(Event)>) {
    let closure = Closure::wrap(heard);
    let _ = node.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    let held = SendWrapper::new((node.clone(), closure));
    on_cleanup(move || {
        let (node, closure) = held.take();
        // An element that loses the focus by being removed still says so.
        let _ = node.remove_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    });
}
