//! HTTP beside the socket: signing in and out, uploads.
use crate::link::urls;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{BlobId, OpId};
use pyeonji_shared::sorted::Sorted;
use std::cell::RefCell;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ProgressEvent, RequestInit, Response, XmlHttpRequest};

fn offline() -> ApiError {
    ApiError::new(ErrorKind::Offline)
}

async fn fetch(method: &str, url: &str, body: Option<String>) -> Result<Response, ApiError> {
    let window = web_sys::window().ok_or_else(offline)?;
    let init = RequestInit::new();
    init.set_method(method);
    let headers = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&headers, &"X-Pyeonji".into(), &"1".into());
    if let Some(body) = body {
        let _ = js_sys::Reflect::set(&headers, &"Content-Type".into(), &"application/json".into());
        init.set_body(&JsValue::from_str(&body));
    }
    init.set_headers(&headers);
    let response = JsFuture::from(window.fetch_with_str_and_init(url, &init)).await.map_err(|_| offline())?;
    response.dyn_into().map_err(|_| offline())
}

/// Reads `{"kind": …, "detail": …}` of a refusal.
fn refusal(json: &JsValue, status: u16) -> ApiError {
    let text = |name: &str| {
        let value = js_sys::Reflect::get(json, &name.into()).ok();
        value.and_then(|v| v.as_string()).unwrap_or_default()
    };
    let fallback = if status == 413 { ErrorKind::TooBig } else { ErrorKind::Internal };
    ApiError::new(ErrorKind::named(&text("kind")).unwrap_or(fallback)).with_detail(&text("detail"))
}

async fn outcome(response: Response) -> Result<(), ApiError> {
    if response.ok() {
        return Ok(());
    }
    let json = match response.json() {
        Ok(promise) => JsFuture::from(promise).await.unwrap_or_default(),
        Err(_) => JsValue::NULL,
    };
    Err(refusal(&json, response.status()))
}

/// Which types of account the domain of an address has, e.g. `imap pop3`; empty when that can't be learnt.
pub async fn account_types(domain: &str) -> Vec<String> {
    let url = format!("/api/account-types?domain={}", String::from(js_sys::encode_uri_component(domain)));
    let Ok(response) = fetch("GET", &url, None).await else { return Vec::new() };
    let json = match response.json() {
        Ok(promise) => JsFuture::from(promise).await.unwrap_or_default(),
        Err(_) => return Vec::new(),
    };
    let types =
        js_sys::Reflect::get(&json, &"types".into()).ok().and_then(|v| v.dyn_into::<js_sys::Array>().ok());
    types.map_or(Vec::new(), |all| all.iter().filter_map(|v| v.as_string()).collect())
}

pub async fn login(
    address: &str,
    password: &str,
    remember: bool,
    kind: &str,
    locale: &str,
) -> Result<(), ApiError> {
    let body = js_sys::Object::new();
    for (key, value) in [
        ("address", JsValue::from_str(address)),
        ("password", JsValue::from_str(password)),
        ("remember", JsValue::from_bool(remember)),
        ("locale", JsValue::from_str(locale)),
        ("type", if kind.is_empty() { JsValue::UNDEFINED } else { JsValue::from_str(kind) }),
    ] {
        let _ = js_sys::Reflect::set(&body, &key.into(), &value);
    }
    let body = js_sys::JSON::stringify(&body).map(String::from).unwrap_or_default();
    outcome(fetch("POST", "/api/login", Some(body)).await?).await
}

pub async fn logout() -> Result<(), ApiError> {
    outcome(fetch("POST", "/api/logout", Some("{}".into())).await?).await
}

/// Whether this browser is still signed in: a socket that is refused doesn't say why, `GET /ws` does.
pub async fn is_signed_out() -> bool {
    fetch("GET", "/ws", None).await.is_ok_and(|r| r.status() == 401)
}

/// What a source says: a `Fetched` as postcard. The pieces are the browser's own.
pub async fn render(pieces: &js_sys::Array) -> Result<Vec<u8>, ApiError> {
    let body = Blob::new_with_u8_array_sequence(pieces).map_err(|_| offline())?;
    post("/api/render", &body).await
}

/// Sends a file as it is.
pub async fn post(url: &str, body: &Blob) -> Result<Vec<u8>, ApiError> {
    let window = web_sys::window().ok_or_else(offline)?;
    let init = RequestInit::new();
    init.set_method("POST");
    let headers = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&headers, &"X-Pyeonji".into(), &"1".into());
    init.set_headers(&headers);
    init.set_body(body);
    let sent = JsFuture::from(window.fetch_with_str_and_init(url, &init)).await;
    octets(sent.map_err(|_| offline())?.dyn_into().map_err(|_| offline())?).await
}

async fn accepted(response: Response) -> Result<Response, ApiError> {
    if response.ok() {
        return Ok(response);
    }
    outcome(response).await?;
    Err(offline())
}

async fn octets(response: Response) -> Result<Vec<u8>, ApiError> {
    let buffer = accepted(response).await?.array_buffer().map_err(|_| offline())?;
    let buffer = JsFuture::from(buffer).await.map_err(|_| offline())?;
    Ok(js_sys::Uint8Array::new(&buffer).to_vec())
}

/// Octets from the gateway.
pub async fn ask(method: &str, url: &str) -> Result<Vec<u8>, ApiError> {
    octets(fetch(method, url, None).await?).await
}

/// A file from the gateway.
pub async fn get(url: &str) -> Result<Blob, ApiError> {
    let response = accepted(fetch("GET", url, None).await?).await?;
    let blob = JsFuture::from(response.blob().map_err(|_| offline())?).await;
    blob.map_err(|_| offline())?.dyn_into().map_err(|_| offline())
}

/// Signs in to the account that mail is copied to or from: a `Begun` as postcard. Without an address, one's own.
pub async fn reach(address: &str, password: &str) -> Result<Vec<u8>, ApiError> {
    let body = js_sys::Object::new();
    if !address.is_empty() {
        let _ = js_sys::Reflect::set(&body, &"address".into(), &address.into());
        let _ = js_sys::Reflect::set(&body, &"password".into(), &password.into());
    }
    let body = js_sys::JSON::stringify(&body).map(String::from).unwrap_or_default();
    octets(fetch("POST", "/api/rescue", Some(body)).await?).await
}

/// The key that opens mail which is encrypted on this device: of the account's password, or of an earlier one.
pub async fn device_key(salt: &str, password: Option<&str>) -> Result<Vec<u8>, ApiError> {
    let body = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&body, &"salt".into(), &salt.into());
    if let Some(password) = password {
        let _ = js_sys::Reflect::set(&body, &"password".into(), &password.into());
    }
    let body = js_sys::JSON::stringify(&body).map(String::from).unwrap_or_default();
    octets(fetch("POST", "/api/device-key", Some(body)).await?).await
}

/// The account isn't needed any more.
pub async fn leave() {
    let _ = fetch("DELETE", "/api/rescue", None).await;
}

pub async fn drop_upload(id: BlobId) {
    let _ = fetch("DELETE", &format!("/api/upload?id={}", id.hex()), None).await;
}

thread_local! {
    static UPLOADS: RefCell<Sorted<OpId, XmlHttpRequest>> = const { RefCell::new(Sorted::new()) };
}

/// Uploads one file, telling how far it is. XHR, because `fetch` can't tell.
pub async fn upload(
    key: OpId,
    name: &str,
    mime: &str,
    blob: &Blob,
    progress: impl Fn(u64) + 'static,
) -> Result<BlobId, ApiError> {
    let request = XmlHttpRequest::new().map_err(|_| offline())?;
    request.open_with_async("POST", &urls::upload(name, mime), true).map_err(|_| offline())?;
    let _ = request.set_request_header("X-Pyeonji", "1");
    let _ = request.set_request_header("Content-Type", "application/octet-stream");
    let told = Closure::<dyn FnMut(ProgressEvent)>::new(move |e: ProgressEvent| progress(e.loaded() as u64));
    if let Ok(upload) = request.upload() {
        upload.set_onprogress(Some(told.as_ref().unchecked_ref()));
    }
    let sending = request.clone();
    let blob = blob.clone();
    let ended = js_sys::Promise::new(&mut |resolve, _| {
        // Success, failure and abort alike: the status tells them apart (0 = the network).
        sending.set_onloadend(Some(&resolve));
        if sending.send_with_opt_blob(Some(&blob)).is_err() {
            let _ = resolve.call0(&JsValue::NULL);
        }
    });
    UPLOADS.with_borrow_mut(|all| all.insert(key, request.clone()));
    let _ = JsFuture::from(ended).await;
    UPLOADS.with_borrow_mut(|all| all.remove(&key));
    let status = request.status().unwrap_or(0);
    if status == 0 {
        return Err(offline());
    }
    let text = request.response_text().ok().flatten().unwrap_or_default();
    let json = js_sys::JSON::parse(&text).unwrap_or_default();
    if status != 200 {
        return Err(refusal(&json, status));
    }
    let id = js_sys::Reflect::get(&json, &"id".into()).ok().and_then(|v| v.as_string());
    id.and_then(|id| BlobId::from_hex(&id)).ok_or_else(|| ApiError::new(ErrorKind::Internal))
}

pub fn cancel_upload(key: OpId) {
    if let Some(request) = UPLOADS.with_borrow_mut(|all| all.remove(&key)) {
        let _ = request.abort();
    }
}
