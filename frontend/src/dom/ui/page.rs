//! The document around the components: its attributes, and the sign-in form that was there before us.
use pyeonji_shared::lower::lower;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, HtmlElement, HtmlInputElement, HtmlSelectElement, SubmitEvent};

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

fn by_id(id: &str) -> Option<Element> {
    document()?.get_element_by_id(id)
}

/// The element that the application fills.
pub fn root() -> Option<HtmlElement> {
    by_id("app")?.dyn_into().ok()
}

/// Sets an attribute of `<html>`.
pub fn set_root(name: &str, value: &str) {
    if let Some(html) = document().and_then(|d| d.document_element())
        && html.get_attribute(name).as_deref() != Some(value)
    {
        let _ = html.set_attribute(name, value);
    }
}

pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(title);
    }
}

/// Remembered for `boot.js`, which reads it before the first paint. `None` forgets.
pub fn remember(key: &str, value: Option<&str>) {
    if let Some(storage) = web_sys::window().and_then(|w| w.local_storage().ok().flatten()) {
        let _ = match value {
            Some(value) => storage.set_item(key, value),
            None => storage.remove_item(key),
        };
    }
}

/// What was typed into the sign-in form.
pub struct Typed {
    pub address: String,
    pub password: String,
    pub remember: bool,
    /// `imap`, `pop3`, or empty.
    pub kind: String,
}

fn input(id: &str) -> Option<HtmlInputElement> {
    by_id(id)?.dyn_into().ok()
}

/// Takes over the form, and at once what was submitted before the module was there.
pub fn take_form(mut submit: impl FnMut(Typed) + 'static) {
    let Some(window) = web_sys::window() else { return };
    let early = js_sys::Reflect::get(&window, &JsValue::from_str("pyeonjiLogin")).unwrap_or_default();
    let _ = js_sys::Reflect::set(&window, &JsValue::from_str("pyeonjiLogin"), &JsValue::UNDEFINED);
    let _ = js_sys::Reflect::set(&window, &JsValue::from_str("pyeonjiReady"), &JsValue::TRUE);
    if early.is_object() {
        let text = |name: &str| {
            js_sys::Reflect::get(&early, &JsValue::from_str(name))
                .ok()
                .and_then(|v| v.as_string())
                .unwrap_or_default()
        };
        let remember = js_sys::Reflect::get(&early, &JsValue::from_str("remember"));
        submit(Typed {
            address: text("address"),
            password: text("password"),
            remember: remember.is_ok_and(|v| v.is_truthy()),
            kind: text("type"),
        });
    }
    let Some(form) = by_id("signin-form") else { return };
    let closure = Closure::<dyn FnMut(SubmitEvent)>::new(move |event: SubmitEvent| {
        event.prevent_default();
        submit(Typed {
            address: input("address").map(|i| i.value()).unwrap_or_default(),
            password: input("password").map(|i| i.value()).unwrap_or_default(),
            remember: input("remember").is_some_and(|i| i.checked()),
            kind: chosen_type(),
        });
    });
    let _ = form.add_event_listener_with_callback("submit", closure.as_ref().unchecked_ref());
    closure.forget();
}

fn type_field() -> Option<HtmlSelectElement> {
    by_id("type")?.dyn_into().ok()
}

/// Empty where there is nothing to choose.
fn chosen_type() -> String {
    let asked = by_id("type-field").is_some_and(|f| !f.has_attribute("hidden"));
    type_field().filter(|_| asked).map(|t| t.value()).unwrap_or_default()
}

/// Calls back with the domain of the typed address whenever it has become another one.
pub fn on_domain(mut changed: impl FnMut(String) + 'static) {
    let Some(field) = input("address") else { return };
    let mut last = String::new();
    let mut look = move || {
        let domain = typed_domain();
        if domain != last {
            last = domain.clone();
            if domain.contains('.') {
                changed(domain);
            }
        }
    };
    look();
    let closure = Closure::<dyn FnMut(web_sys::Event)>::new(move |_| look());
    let _ = field.add_event_listener_with_callback("input", closure.as_ref().unchecked_ref());
    closure.forget();
    if let Some(select) = type_field() {
        let closure = Closure::<dyn FnMut(web_sys::Event)>::new(move |_| explain_type());
        let _ = select.add_event_listener_with_callback("change", closure.as_ref().unchecked_ref());
        closure.forget();
    }
}

fn typed_domain() -> String {
    let typed = input("address").map(|f| f.value()).unwrap_or_default();
    typed.trim().rsplit_once('@').map(|(_, domain)| lower(domain)).unwrap_or_default()
}

/// Asks for the type where this domain has several; an answer that comes late is about another one.
pub fn offer_types(domain: &str, types: &[String]) {
    if domain != typed_domain() {
        return;
    }
    if let Some(field) = by_id("type-field") {
        let _ = field.toggle_attribute_with_force("hidden", types.len() < 2);
    }
    explain_type();
}

/// One sentence on what POP3 means, while it is chosen.
fn explain_type() {
    let pop3 = chosen_type() == "pop3";
    for (id, hidden) in [("type-pop3", !pop3), ("signin-fine", pop3)] {
        if let Some(words) = by_id(id) {
            let _ = words.toggle_attribute_with_force("hidden", hidden);
        }
    }
}

/// Puts a piece of the page below the form's fields.
pub fn fill_form(piece: fn() -> crate::dom::tree::View) {
    if let Some(place) = by_id("signin-more").and_then(|p| p.dyn_into().ok()) {
        crate::dom::tree::mount(&place, piece);
    }
}

/// How the form looks.
pub struct Form<'a> {
    pub busy: bool,
    /// Label of the button.
    pub button: &'a str,
    /// What happened; empty when nothing did.
    pub what: &'a str,
    /// What to do.
    pub remedy: &'a str,
    /// The other side's words.
    pub quotation: &'a str,
    /// The password was wrong.
    pub wrong: bool,
}

/// Brings the form up to date. All words are set as text (R5).
pub fn show_form(form: &Form<'_>) {
    if let Some(button) = by_id("signin-button") {
        button.set_text_content(Some(form.button));
        let _ = if form.busy {
            button.set_attribute("aria-disabled", "true")
        } else {
            button.remove_attribute("aria-disabled")
        };
    }
    if let (Some(alert), Some(document)) = (by_id("signin-error"), document()) {
        alert.set_text_content(None);
        for (tag, words) in [("strong", form.what), ("span", form.remedy), ("q", form.quotation)] {
            if !words.is_empty()
                && let Ok(node) = document.create_element(tag)
            {
                node.set_text_content(Some(words));
                let _ = alert.append_child(&node);
            }
        }
    }
    if let Some(password) = input("password") {
        let _ = password.set_attribute("aria-invalid", if form.wrong { "true" } else { "false" });
        if form.wrong {
            let _ = password.focus();
            password.select();
        }
    }
}

/// Prefills the address, and never over something typed.
pub fn prefill(address: &str) {
    if let Some(field) = input("address").filter(|f| f.value().is_empty() && !address.is_empty()) {
        field.set_value(address);
    }
}

/// The password is gone from the page once it was used.
pub fn forget_password() {
    if let Some(password) = input("password") {
        password.set_value("");
    }
}

/// Sets the words of the form in another language.
pub fn translate(words: &[(&str, &str)]) {
    let Some(document) = document() else { return };
    for (key, text) in words {
        if let Ok(Some(node)) = document.query_selector(&format!("[data-t='{key}']")) {
            node.set_text_content(Some(text));
        }
    }
}

/// Prints the open message's own document, not the page around it.
pub fn print() {
    let frame = document().and_then(|d| d.query_selector("iframe.body-frame").ok().flatten());
    let frame = frame.and_then(|f| f.dyn_into::<web_sys::HtmlIFrameElement>().ok());
    if let Some(window) = frame.and_then(|f| f.content_window()) {
        let _ = window.print();
    }
}

/// What [`remember`] kept.
pub fn recall(key: &str) -> Option<String> {
    web_sys::window()?.local_storage().ok().flatten()?.get_item(key).ok().flatten()
}
