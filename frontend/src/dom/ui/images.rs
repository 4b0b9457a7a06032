//! Images of a message: fetched as blobs by the page, because the frame itself may load nothing.
use crate::dom::tasks;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Document, HtmlImageElement, Response};

/// Remote images shown in one message (SECURITY.md).
pub const MAX_REMOTE: usize = 100;

/// Object URLs of one message; revoked when dropped.
#[derive(Clone, Default)]
pub struct Blobs(Rc<RefCell<Vec<String>>>);

impl Drop for Blobs {
    fn drop(&mut self) {
        if Rc::strong_count(&self.0) == 1 {
            for url in self.0.borrow().iter() {
                let _ = web_sys::Url::revoke_object_url(url);
            }
        }
    }
}

fn images(document: &Document, selector: &str) -> Vec<HtmlImageElement> {
    let Ok(found) = document.query_selector_all(selector) else { return Vec::new() };
    // `instanceof` would compare with the constructors of this window; the frame has its own.
    (0..found.length()).filter_map(|i| found.item(i)).map(JsCast::unchecked_into).collect()
}

/// Fills in images of a message that is kept on this device: `part` gives uid, section and type.
pub fn fill_stored(document: &Document, blobs: &Blobs, part: impl Fn(&str) -> Option<(u32, String, String)>) {
    for (image, id) in inline(document) {
        let Some((uid, section, mime)) = part(&id).filter(|(_, _, mime)| is_raster(mime)) else { continue };
        let blobs = blobs.clone();
        tasks::later(async move {
            let file = crate::device::parts::part(uid, &section, Some(&mime)).await;
            if let Some(url) = file.and_then(|f| web_sys::Url::create_object_url_with_blob(&f).ok()) {
                blobs.0.borrow_mut().push(url.clone());
                image.set_src(&url);
            }
        });
    }
}

fn inline(document: &Document) -> Vec<(HtmlImageElement, String)> {
    let named = |image: HtmlImageElement| {
        let id = image.get_attribute("data-cid").or_else(|| image.get_attribute("src")).unwrap_or_default();
        let id = id.strip_prefix("cid:").unwrap_or(&id).to_owned();
        (image, id)
    };
    images(document, "img[data-cid], img[src^='cid:']").into_iter().map(named).collect()
}

/// An image only ever: SVG could carry more than a picture.
fn is_raster(mime: &str) -> bool {
    matches!(mime, "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/bmp")
}

/// Fills in images that are parts of the message. `source` gives the address of a content id's part.
pub fn fill_inline(document: &Document, blobs: &Blobs, source: impl Fn(&str) -> Option<String>) {
    for (image, id) in inline(document) {
        if let Some(url) = source(&id) {
            tasks::later(load(image, url, blobs.clone(), |_| ()));
        }
    }
}

/// Fills in remote images through the gateway (R8). `done` hears of each whether it could be had. Answers how many are asked
/// for, and how many are left out.
pub fn fill_remote(
    document: &Document,
    blobs: &Blobs,
    proxied: impl Fn(&str) -> String,
    done: impl Fn(bool) + Clone + 'static,
) -> (usize, usize) {
    let found = images(document, "img[data-remote-src]");
    let asked = found.len().min(MAX_REMOTE);
    let left_out = found.len() - asked;
    for image in found.into_iter().take(MAX_REMOTE) {
        let Some(url) = image.get_attribute("data-remote-src") else { continue };
        let _ = image.remove_attribute("data-remote-src");
        tasks::later(load(image, proxied(&url), blobs.clone(), done.clone()));
    }
    (asked, left_out)
}

async fn load(image: HtmlImageElement, url: String, blobs: Blobs, done: impl Fn(bool)) {
    let got = fetch(&url).await;
    if let Ok(url) = &got {
        blobs.0.borrow_mut().push(url.clone());
        image.set_src(url);
    }
    done(got.is_ok());
}

async fn fetch(url: &str) -> Result<String, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let response: Response = JsFuture::from(window.fetch_with_str(url)).await?.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::NULL);
    }
    let blob: Blob = JsFuture::from(response.blob()?).await?.dyn_into()?;
    if !is_raster(&blob.type_()) {
        return Err(JsValue::NULL);
    }
    web_sys::Url::create_object_url_with_blob(&blob)
}
