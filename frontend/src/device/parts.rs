//! Files out of stored messages: a part's octets are cut out of the source and decoded here, so that they are there without a
//! network.
use super::store;
use crate::dom::files;
use crate::state::mail::{Key, Shelf};
use js_sys::{Array, Uint8Array};
use pyeonji_shared::call::device::{Fetched, Span};
use pyeonji_shared::ids::OpId;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag};

/// Octets decoded at a time: a multiple of what every encoding's unit may be.
const STEP: f64 = 1_048_576.0;

fn blob(parts: &Array, mime: &str) -> Option<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    Blob::new_with_u8_array_sequence_and_options(parts, &options).ok()
}

/// The whole source.
pub async fn source(uid: u32, mime: &str) -> Option<Blob> {
    let pieces = store::source(uid).await.ok()?;
    (pieces.length() > 0).then(|| blob(&pieces, mime)).flatten()
}

/// One part, decoded; as this type of file, or as octets.
pub async fn part(uid: u32, section: &str, mime: Option<&str>) -> Option<Blob> {
    let bytes = store::value(Shelf::Views, &Key::Number(uid)).await.ok()?;
    let fetched: Fetched = postcard::from_bytes(&bytes).ok()?;
    let span = fetched.spans.into_iter().find(|s| s.section == section)?;
    let mime = mime.unwrap_or("application/octet-stream");
    decode(&source(uid, mime).await?, &span, mime).await
}

async fn decode(source: &Blob, span: &Span, mime: &str) -> Option<Blob> {
    let (start, end) = (span.start as f64, span.end as f64);
    let plain = !matches!(span.encoding.as_str(), "base64" | "quoted-printable");
    let cut = |from: f64, to: f64| source.slice_with_f64_and_f64_and_content_type(from, to, mime).ok();
    if plain {
        return cut(start, end);
    }
    let mut decoder = crate::view::transfer::Decoder::new(&span.encoding);
    let decoded = Array::new();
    let mut at = start;
    while at < end {
        let next = (at + STEP).min(end);
        let buffer = JsFuture::from(cut(at, next)?.array_buffer()).await.ok()?;
        decoded.push(&Uint8Array::from(decoder.feed(&Uint8Array::new(&buffer).to_vec()).as_slice()));
        at = next;
    }
    decoded.push(&Uint8Array::from(decoder.finish().as_slice()));
    blob(&decoded, mime)
}

/// Puts a file among those of composers, to be sent.
pub async fn keep(key: OpId, file: Blob) -> bool {
    let durable = super::store_blob(key, &file);
    files::put(key, file);
    match durable {
        Ok(promise) => JsFuture::from(promise).await.is_ok(),
        Err(_) => false,
    }
}

/// An address of the file for this page alone. The caller revokes it.
pub fn url(file: &Blob) -> Result<String, JsValue> {
    web_sys::Url::create_object_url_with_blob(file)
}
