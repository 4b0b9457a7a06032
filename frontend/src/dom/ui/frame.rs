//! The message frame from outside: filled with text, measured, its keys and clicks forwarded. Nothing runs in it.
use super::images::Blobs;
use super::node::Watch;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{
    Document, Element, Event, HtmlAnchorElement, HtmlElement, HtmlIFrameElement, KeyboardEvent, MouseEvent,
};

/// What was found under a click.
pub struct Clicked {
    /// As written.
    pub href: String,
    pub text: String,
    /// Another host that the text names, as the gateway found it (R11).
    pub claims: Option<String>,
}

/// Writes a whole document into the empty one of a new frame; its sandbox stays as it is. `false` where there is none.
pub fn write(frame: &HtmlIFrameElement, document: &str) -> bool {
    let Some(inner) = frame.content_document() else { return false };
    let inner: web_sys::HtmlDocument = inner.unchecked_into();
    let _ = inner.open();
    let written = inner.write_1(document).is_ok();
    // Its end is a load of the frame, which must not come while the first load is being heard.
    crate::dom::paint::next_frame(move || drop(inner.close()));
    written
}

/// Keeps listeners, measuring and images of one shown body alive.
pub struct Frame {
    pub blobs: Blobs,
    document: Document,
    _watch: Option<Watch>,
    _keys: Closure<dyn FnMut(KeyboardEvent)>,
    _clicks: Closure<dyn FnMut(MouseEvent)>,
}

impl Frame {
    /// Takes hold of a frame whose document has loaded. `None` while it is still empty.
    pub fn take(
        frame: &HtmlIFrameElement,
        keys: impl FnMut(KeyboardEvent) + 'static,
        mut clicked: impl FnMut(Clicked) + 'static,
    ) -> Option<Frame> {
        let document = frame.content_document()?;
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
        label_links(&document);
        measure(frame);
        let measured = frame.clone();
        let watch = Watch::new(&body, move || measure(&measured));
        Some(Frame { blobs: Blobs::default(), document, _watch: Some(watch), _keys: keys, _clicks: clicks })
    }

    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Element of our own skeleton that text is put into.
    pub fn holder(&self) -> Option<Element> {
        self.document.body().map(Into::into)
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
            for (name, value) in [("href", href), ("target", "_blank"), ("rel", "noopener noreferrer")] {
                let _ = link.set_attribute(name, value);
            }
        }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        let clicks = self._clicks.as_ref().unchecked_ref();
        let _ = self.document.remove_event_listener_with_callback("click", clicks);
        let keys = self._keys.as_ref().unchecked_ref();
        let _ = self.document.remove_event_listener_with_callback("keydown", keys);
    }
}

fn link_of(event: &Event) -> Option<HtmlAnchorElement> {
    // `instanceof` would compare with the constructors of this window; the frame has its own.
    let node: Element = event.target()?.unchecked_into();
    let link = node.closest("a[href]").ok()??;
    Some(link.unchecked_into())
}

/// The real host of every link is visible (R11).
fn label_links(document: &Document) {
    let Ok(links) = document.query_selector_all("a[href]") else { return };
    for i in 0..links.length() {
        let Some(link) = links.item(i) else { continue };
        let link: HtmlElement = link.unchecked_into();
        let href = link.get_attribute("href").unwrap_or_default();
        let _ = link.set_attribute("title", &href);
        let _ = link.set_attribute("target", "_blank");
        let _ = link.set_attribute("rel", "noopener noreferrer");
    }
}

/// Gives the frame the height of what is in it, so that the page scrolls and not the frame.
fn measure(frame: &HtmlIFrameElement) {
    let Some(body) = frame.content_document().and_then(|d| d.body()) else { return };
    let body: HtmlElement = body;
    let height =
        f64::from(body.scroll_height()).max(body.get_bounding_client_rect().height()).clamp(40.0, 400_000.0);
    let wanted = crate::view::geometry::px(height);
    let style = frame.style();
    if style.get_property_value("height").is_ok_and(|h| h != wanted) {
        let _ = style.set_property("height", &wanted);
    }
}
