//! The message frame from outside: filled, measured, its keys and clicks forwarded. Nothing runs in it.
// R5: markup is made of text here and nowhere else, for the sealed frame alone.
#![allow(clippy::disallowed_methods)]
use super::images::Blobs;
use super::node::Watch;
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{
    Document, DomParser, Element, Event, HtmlAnchorElement, HtmlElement, HtmlIFrameElement, KeyboardEvent,
    MouseEvent, SupportedType,
};

/// What was found under a click.
pub struct Clicked {
    /// As written.
    pub href: String,
    pub text: String,
    /// Another host that the text names, as the gateway found it (R11).
    pub claims: Option<String>,
}

/// Hold of one frame, for as many messages as are shown in it: making a frame takes longer than all the rest of opening a
/// message. Keeps its listeners, its measuring, and the images of the shown body alive.
pub struct Frame {
    document: Document,
    body: HtmlElement,
    blobs: RefCell<Blobs>,
    _watch: Watch,
    keys: Closure<dyn FnMut(KeyboardEvent)>,
    clicks: Closure<dyn FnMut(MouseEvent)>,
}

impl Frame {
    /// Writes our own head, and with it the inner policy, into the empty document that a frame begins with. `None` where there
    /// is none. The only place in the page where a document is written.
    pub fn make(
        frame: &HtmlIFrameElement,
        skeleton: &str,
        keys: impl FnMut(KeyboardEvent) + 'static,
        mut clicked: impl FnMut(Clicked) + 'static,
    ) -> Option<Self> {
        let document = frame.content_document()?;
        let inner: &web_sys::HtmlDocument = document.unchecked_ref();
        let _ = inner.open();
        inner.write_1(skeleton).ok()?;
        // Its end is a load of the frame, which must not come while the first load is being heard.
        let end = inner.clone();
        crate::dom::paint::next_frame(move || drop(end.close()));
        let body = document.body()?;
        let keys = super::keyboard::listen(&document, keys);
        let clicks = Closure::<dyn FnMut(MouseEvent)>::new(move |event: MouseEvent| {
            let Some(link) = link_of(&event) else { return };
            // Every link goes the same way: asked about where needed, and never within the frame.
            event.prevent_default();
            clicked(Clicked {
                href: link.get_attribute("href").unwrap_or_default(),
                text: link.text_content().unwrap_or_default(),
                claims: link.get_attribute("data-claims-host"),
            });
        });
        let _ = document.add_event_listener_with_callback("click", clicks.as_ref().unchecked_ref());
        let measured = frame.clone();
        let watch = Watch::new(&body, move || measure(&measured));
        Some(Self { document, body, blobs: RefCell::default(), _watch: watch, keys, clicks })
    }

    /// Whether this is still the document of `frame`: one that was moved in the page begins anew.
    pub fn is_in(&self, frame: &HtmlIFrameElement) -> bool {
        frame.content_document().as_ref() == Some(&self.document) && self.body.is_connected()
    }

    /// Takes out what was shown and lets its images go.
    pub fn clear(&self, kind: &str) {
        self.body.set_text_content(None);
        self.body.set_class_name(kind);
        self.blobs.replace(Blobs::default());
    }

    /// Shows HTML that the gateway sanitised. It is parsed in a document of its own, which loads and runs nothing, and its nodes
    /// are moved over.
    pub fn show(&self, html: &str) {
        let parsed =
            DomParser::new().and_then(|parser| parser.parse_from_string(html, SupportedType::TextHtml));
        let Some(source) = parsed.ok().and_then(|document| document.body()) else { return };
        let fragment = self.document.create_document_fragment();
        while let Some(node) = source.first_child() {
            let _ = fragment.append_child(&node);
        }
        let _ = self.body.append_child(&fragment);
        self.label_links();
    }

    pub fn document(&self) -> &Document {
        &self.document
    }

    pub fn body(&self) -> &Element {
        &self.body
    }

    /// Of the message that is shown now.
    pub fn blobs(&self) -> Blobs {
        self.blobs.borrow().clone()
    }

    /// Adds an element with text; answers it so that more can be put inside.
    pub fn add(&self, parent: &Element, tag: &str, class: &str, text: &str) -> Option<Element> {
        let node = self.document.create_element(tag).ok()?;
        if !class.is_empty() {
            let _ = node.set_attribute("class", class);
        }
        if !text.is_empty() {
            node.set_text_content(Some(text));
        }
        parent.append_child(&node).ok()?;
        Some(node)
    }

    /// Adds bare text.
    pub fn add_text(&self, parent: &Element, text: &str) {
        let _ = parent.append_child(&self.document.create_text_node(text));
    }

    /// Adds a link. Callers pass `https`, `http` and `mailto` only.
    pub fn add_link(&self, parent: &Element, text: &str, href: &str) {
        if let Some(link) = self.add(parent, "a", "", text) {
            let _ = link.set_attribute("href", href);
            leads_out(&link);
        }
    }

    /// The real host of every link is visible (R11).
    fn label_links(&self) {
        let Ok(links) = self.body.query_selector_all("a[href]") else { return };
        for i in 0..links.length() {
            let Some(link) = links.item(i) else { continue };
            let link: HtmlElement = link.unchecked_into();
            let _ = link.set_attribute("title", &link.get_attribute("href").unwrap_or_default());
            leads_out(&link);
        }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        let clicks = self.clicks.as_ref().unchecked_ref();
        let _ = self.document.remove_event_listener_with_callback("click", clicks);
        let keys = self.keys.as_ref().unchecked_ref();
        let _ = self.document.remove_event_listener_with_callback("keydown", keys);
    }
}

fn leads_out(link: &Element) {
    for (name, value) in [("target", "_blank"), ("rel", "noopener noreferrer")] {
        let _ = link.set_attribute(name, value);
    }
}

fn link_of(event: &Event) -> Option<HtmlAnchorElement> {
    // `instanceof` would compare with the constructors of this window; the frame has its own.
    let node: Element = event.target()?.unchecked_into();
    let link = node.closest("a[href]").ok()??;
    Some(link.unchecked_into())
}

/// Gives the frame the height of what is in it, so that the page scrolls and not the frame.
fn measure(frame: &HtmlIFrameElement) {
    let Some(body) = frame.content_document().and_then(|d| d.body()) else { return };
    let height =
        f64::from(body.scroll_height()).max(body.get_bounding_client_rect().height()).clamp(40.0, 400_000.0);
    let wanted = crate::view::geometry::px(height);
    let style = frame.style();
    if style.get_property_value("height").is_ok_and(|h| h != wanted) {
        let _ = style.set_property("height", &wanted);
    }
}
