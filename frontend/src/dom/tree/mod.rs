//! What `view!` makes: elements of one type, whose changing parts follow signals.
mod each;
mod element;
mod focus;
mod value;

pub use each::{each, each_value};
pub use element::{Element, NodeRef, element};
pub use pyeonji_markup::view;
pub use value::{Bound, IntoBound, Value};

use crate::signals::follow;
use reactive_graph::owner::Owner;
use wasm_bindgen::JsCast;
use web_sys::{Document, HtmlElement, Node};

/// Types of events, for handlers.
pub mod ev {
    pub use web_sys::{
        CompositionEvent, DragEvent, Event, FocusEvent, KeyboardEvent, MouseEvent, PointerEvent,
    };
}

/// Types of elements, for [`NodeRef`].
pub mod html {
    pub use web_sys::{
        HtmlDialogElement as Dialog, HtmlElement as Div, HtmlIFrameElement as Iframe,
        HtmlInputElement as Input, HtmlTextAreaElement as Textarea,
    };
}

thread_local! {
    static DOCUMENT: Document =
        web_sys::window().and_then(|w| w.document()).unwrap_or_else(|| wasm_bindgen::JsValue::UNDEFINED.unchecked_into());
}

fn document<T>(run: impl FnOnce(&Document) -> T) -> T {
    DOCUMENT.with(run)
}

/// A piece of the page that isn't in its place yet: nothing, a node, or a fragment of several.
pub struct View(Option<Node>);

/// Puts `app` into `root` for as long as the page lives.
pub fn mount(root: &HtmlElement, app: impl FnOnce() -> View) {
    let _ = any_spawner::Executor::init_wasm_bindgen();
    let owner = Owner::new();
    add(root, &owner.with(app));
    std::mem::forget(owner);
}

fn add(parent: &Node, child: &View) {
    if let Some(node) = &child.0 {
        let _ = parent.append_child(node);
    }
}

/// Several pieces as one.
pub fn fragment(views: &[View]) -> View {
    let parent = nothing();
    views.iter().for_each(|view| add(&parent, view));
    View(Some(parent))
}

fn nothing() -> Node {
    document(|d| d.create_document_fragment()).into()
}

fn text(words: &str) -> Node {
    document(|d| d.create_text_node(words)).into()
}

/// Marks a place between nodes; nobody sees or hears it.
fn marker() -> Node {
    document(|d| d.create_comment("")).into()
}

/// What can stand between tags.
pub trait IntoView: Sized {
    fn into_view(self) -> View;

    /// The same, made anew whenever something that `make` followed has changed.
    fn follow(make: Box<dyn Fn() -> Self>) -> View
    where
        Self: 'static,
    {
        changing(Box::new(move || make().into_view()))
    }
}

impl<F: Fn() -> V + 'static, V: IntoView + 'static> IntoView for F {
    fn into_view(self) -> View {
        V::follow(Box::new(self))
    }
}

impl IntoView for View {
    fn into_view(self) -> View {
        self
    }

    fn follow(make: Box<dyn Fn() -> View>) -> View {
        changing(make)
    }
}

impl IntoView for () {
    fn into_view(self) -> View {
        View(None)
    }
}

impl IntoView for &'static str {
    fn into_view(self) -> View {
        View(Some(text(self)))
    }

    fn follow(make: Box<dyn Fn() -> Self>) -> View {
        changing_text(Box::new(move || make().to_owned()))
    }
}

impl IntoView for String {
    fn into_view(self) -> View {
        View(Some(text(&self)))
    }

    fn follow(make: Box<dyn Fn() -> Self>) -> View {
        changing_text(make)
    }
}

impl<V: IntoView> IntoView for Option<V> {
    fn into_view(self) -> View {
        self.map_or(View(None), V::into_view)
    }
}

impl<V: IntoView> IntoView for Vec<V> {
    fn into_view(self) -> View {
        let parent = nothing();
        self.into_iter().for_each(|child| add(&parent, &child.into_view()));
        View(Some(parent))
    }
}

fn changing_text(words: Box<dyn Fn() -> String>) -> View {
    let node = text("");
    let shown = node.clone();
    let mut last = String::new();
    follow(Box::new(move || {
        let words = words();
        if words != last {
            shown.set_node_value(Some(&words));
            last = words;
        }
    }));
    View(Some(node))
}

fn changing(make: Box<dyn Fn() -> View>) -> View {
    let (start, end) = (marker(), marker());
    let whole = fragment(&[View(Some(start.clone())), View(Some(end.clone()))]);
    follow(Box::new(move || {
        let fresh = make();
        let focus = focus::path(&start, &end);
        while let Some(old) = start.next_sibling().filter(|n| *n != end) {
            remove(&old);
        }
        insert(fresh, &end);
        if let Some(path) = focus {
            focus::restore(&start, &end, &path);
        }
    }));
    whole
}

fn insert(view: View, before: &Node) {
    if let (Some(node), Some(parent)) = (view.0, before.parent_node()) {
        let _ = parent.insert_before(&node, Some(before));
    }
}

fn remove(node: &Node) {
    if let Some(parent) = node.parent_node() {
        let _ = parent.remove_child(node);
    }
}
