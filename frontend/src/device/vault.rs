//! Encryption at rest, done by `frontend/vault.js`, which is loaded only where it is on or being turned on: most devices don't
//! carry it (docs/adr/encryption-at-rest.md).
use super::OPEN;
use super::store::SHELVES;
use crate::dom::http;
use crate::state::mail::StoreError;
use crate::state::mail::vault::Phase;
use js_sys::{Array, ArrayBuffer, Function, Promise, Reflect, Uint8Array};
use pyeonji_shared::error::ErrorKind;
use std::cell::{Cell, RefCell};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// The lock's name on the shelf of single values. Always readable.
const LOCK: &str = "lock";
/// How much longer a value is when it is encrypted: nonce and tag.
pub const LONGER: u32 = 12 + 16;

thread_local! {
    static MODULE: RefCell<Option<JsValue>> = const { RefCell::new(None) };
    /// The database that the module was told.
    static USED: RefCell<JsValue> = const { RefCell::new(JsValue::UNDEFINED) };
    static SEALS: Cell<bool> = const { Cell::new(false) };
}

/// Whether this page may: browsers encrypt only in a secure context.
pub fn is_possible() -> bool {
    let window: Option<JsValue> = web_sys::window().map(Into::into);
    window.and_then(|w| Reflect::get(&w, &"isSecureContext".into()).ok()).is_some_and(|v| v.is_truthy())
}

fn error(thrown: &JsValue) -> StoreError {
    match thrown.as_string().as_deref() {
        Some("locked") => StoreError::Locked,
        Some("nokey") => StoreError::NoKey,
        _ => super::store::refusal(thrown),
    }
}

/// The account's key, for the module: hexadecimal salt and an earlier password or `undefined` to octets.
async fn ask(salt: String, password: Option<String>) -> Result<JsValue, JsValue> {
    match http::device_key(&salt, password.as_deref()).await {
        Ok(octets) => Ok(Uint8Array::from(octets.as_slice()).into()),
        Err(error) if error.kind == ErrorKind::WrongPassword => Err("locked".into()),
        Err(_) => Err("nokey".into()),
    }
}

/// Loads the module; tells it which database is open.
async fn module() -> Result<JsValue, JsValue> {
    let module = match MODULE.with_borrow(Clone::clone) {
        Some(module) => module,
        None => {
            let window: JsValue = web_sys::window().ok_or(JsValue::NULL)?.into();
            let load: Function = Reflect::get(&window, &"pyeonjiVault".into())?.dyn_into()?;
            let module = JsFuture::from(load.call0(&window)?.dyn_into::<Promise>()?).await?;
            MODULE.set(Some(module.clone()));
            module
        }
    };
    let database: JsValue = OPEN.with_borrow(|db| db.clone()).ok_or(JsValue::NULL)?.into();
    if USED.with_borrow(|used| *used != database) {
        let shelves: Array = SHELVES.iter().map(|shelf| JsValue::from_str(shelf)).collect();
        let ask = Closure::<dyn Fn(String, Option<String>) -> Promise>::new(|salt, password| {
            future_to_promise(ask(salt, password))
        });
        function(&module, "use")?.call3(&module, &database, &shelves, &ask.into_js_value())?;
        USED.set(database);
    }
    Ok(module)
}

fn function(module: &JsValue, name: &str) -> Result<Function, JsValue> {
    Reflect::get(module, &name.into())?.dyn_into()
}

/// Calls one of the module's functions.
async fn call(name: &str, arguments: Array) -> Result<JsValue, StoreError> {
    let done = async {
        let module = module().await?;
        JsFuture::from(Promise::resolve(&function(&module, name)?.apply(&module, &arguments)?)).await
    };
    done.await.map_err(|thrown| error(&thrown))
}

/// Calls a function that answers with the phase.
pub async fn phase(name: &str) -> Result<Phase, StoreError> {
    call(name, Array::new()).await.map(|phase| seen(&phase))
}

fn seen(phase: &JsValue) -> Phase {
    let phase = Phase::of(phase.as_f64().unwrap_or(0.0));
    SEALS.set(phase.seals());
    phase
}

/// Goes through what is there; `left` hears how many values are still to be looked at.
pub async fn convert(left: impl FnMut(u32) + 'static) -> Result<Phase, StoreError> {
    let left = Closure::<dyn FnMut(u32)>::new(left);
    call("convert", Array::of1(left.as_ref())).await.map(|phase| seen(&phase))
}

/// A recovery code that nobody has kept yet.
pub async fn prepare() -> Result<String, StoreError> {
    Ok(call("prepare", Array::new()).await?.as_string().unwrap_or_default())
}

/// With a recovery code or an earlier password.
pub async fn unlock(typed: &str) -> Result<(), StoreError> {
    call("unlock", Array::of1(&typed.into())).await.map(drop)
}

/// Deletes the locked mail.
pub async fn wipe() -> Result<(), StoreError> {
    call("wipe", Array::new()).await.map(drop)
}

/// The key goes with the sign-in.
pub fn forget() {
    SEALS.set(false);
    if let Some(module) = MODULE.with_borrow(Clone::clone) {
        let _ = function(&module, "forget").and_then(|forget| forget.call0(&module));
    }
}

/// Learns how the database is locked, and opens it where that is needed. `names`: of its single values.
pub async fn ready(names: &Array) -> Result<Phase, StoreError> {
    if !names.includes(&LOCK.into(), 0) {
        // Another tab may have deleted it: nothing must be written under a key that nobody has any more.
        forget();
        return Ok(Phase::Off);
    }
    phase("ready").await
}

/// Whether what is written now is encrypted.
pub fn is_on() -> bool {
    SEALS.get()
}

/// What is stored for these values of these shelves: encrypted where that is on.
pub async fn seal(shelves: Array, keys: Array, values: Array) -> Result<Array, StoreError> {
    if !SEALS.get() {
        return Ok(values);
    }
    call("seal", Array::of3(&shelves, &keys, &values)).await.map(|values| Array::from(&values))
}

/// What stored values say. Those that aren't there stay `undefined`.
pub async fn open(shelf: &str, keys: &Array, values: Array) -> Result<Array, StoreError> {
    if !values.iter().any(|value| value.is_instance_of::<ArrayBuffer>()) {
        return Ok(values);
    }
    call("open", Array::of3(&shelf.into(), keys, &values)).await.map(|values| Array::from(&values))
}
