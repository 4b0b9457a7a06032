//! What a person does with files of stored messages: save, look, show the source.
use super::parts;
use crate::dom::tasks::later;
use crate::dom::ui::node;
use web_sys::Blob;

/// Types that a browser shows as a picture or as plain text, whatever is in them (R12); others are saved, never opened.
const SHOWN: [&str; 5] = ["image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"];

/// How long an address of a file stays good: until the browser has begun to read it.
const KEPT_MS: i32 = 60_000;

fn with_url(file: Option<Blob>, act: impl FnOnce(&str)) {
    let Some(url) = file.and_then(|file| parts::url(&file).ok()) else { return };
    act(&url);
    crate::dom::ui::clock::soon(KEPT_MS, move || {
        let _ = web_sys::Url::revoke_object_url(&url);
    });
}

pub fn save_part(uid: u32, section: String, name: String) {
    later(async move {
        with_url(parts::part(uid, &section, None).await, |url| node::save(url, &name));
    });
}

pub fn open_part(uid: u32, section: String, mime: String) {
    let mime = SHOWN.iter().find(|m| **m == mime).copied().unwrap_or("text/plain");
    later(async move {
        with_url(parts::part(uid, &section, Some(mime)).await, node::open_window);
    });
}

pub fn show_source(uid: u32) {
    later(async move {
        with_url(parts::source(uid, "text/plain").await, node::open_window);
    });
}

pub fn save_text(text: &str, name: &str) {
    if let Ok(file) = Blob::new_with_str_sequence(&js_sys::Array::of1(&text.into())) {
        save_file(file, name);
    }
}

pub fn save_file(file: Blob, name: &str) {
    with_url(Some(file), |url| node::save(url, name));
}

pub fn save_source(uid: u32) {
    later(async move {
        with_url(parts::source(uid, "message/rfc822").await, |url| {
            node::save(url, &format!("message-{uid}.eml"))
        });
    });
}
