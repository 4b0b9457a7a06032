//! What stays in this browser, in IndexedDB, one database per account (R39): composers and attachments, and the mail of an
//! account that is kept on the device.
pub mod lock;
pub mod parts;
pub mod room;
pub mod store;
pub mod stored;
pub mod tabs;
pub mod takeout;
mod turn;
pub mod vault;

use crate::dom::tasks;
use crate::state::record::Record;
use pyeonji_shared::ids::OpId;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, IdbDatabase, IdbObjectStore, IdbRequest, IdbTransaction};

const COMPOSERS: &str = "composers";
const BLOBS: &str = "blobs";
/// 1 had composers and blobs alone.
const VERSION: u32 = 2;
/// Records read at start; older ones stay on the device.
const MAX_READ: u32 = 32;

thread_local! {
    static OPEN: RefCell<Option<IdbDatabase>> = const { RefCell::new(None) };
}

fn promise(start: impl FnOnce(js_sys::Function, js_sys::Function)) -> js_sys::Promise {
    let mut start = Some(start);
    js_sys::Promise::new(&mut |resolve, reject| {
        if let Some(start) = start.take() {
            start(resolve, reject);
        }
    })
}

async fn answer(request: &IdbRequest) -> Result<JsValue, JsValue> {
    match JsFuture::from(answered(request)).await {
        Ok(_) => request.result(),
        Err(event) => Err(request.error().ok().flatten().map_or(event, JsValue::from)),
    }
}

/// Resolves when the request has its result.
fn answered(request: &IdbRequest) -> js_sys::Promise {
    promise(|resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    })
}

/// Resolves when the transaction is on disk.
fn completion(transaction: &IdbTransaction) -> js_sys::Promise {
    promise(|resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    })
}

/// A transaction whose completion means durable (`durability: "strict"`).
fn transaction(stores: &[&str], write: bool) -> Result<IdbTransaction, JsValue> {
    let db = OPEN.with_borrow(|db| db.clone()).ok_or(JsValue::NULL)?;
    let db: JsValue = db.into();
    let names: js_sys::Array = stores.iter().map(|s| JsValue::from_str(s)).collect();
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"durability".into(), &"strict".into())?;
    let begin: js_sys::Function = js_sys::Reflect::get(&db, &"transaction".into())?.dyn_into()?;
    let mode = if write { "readwrite" } else { "readonly" };
    begin.call3(&db, &names, &mode.into(), &options)?.dyn_into()
}

fn store(transaction: &IdbTransaction, name: &str) -> Result<IdbObjectStore, JsValue> {
    transaction.object_store(name)
}

/// Opens the account's database and reads the composers that no other tab holds.
pub async fn open(address: &str) -> Result<Vec<Record>, JsValue> {
    let factory = web_sys::window().and_then(|w| w.indexed_db().ok().flatten()).ok_or(JsValue::NULL)?;
    let request = factory.open_with_u32(&format!("pyeonji:{address}"), VERSION)?;
    let upgraded = request.clone();
    let upgrade = tasks::once(Box::new(move || {
        if let Ok(db) = upgraded.result().and_then(|r| r.dyn_into::<IdbDatabase>()) {
            // What an earlier version made is there already, and stays as it is.
            let there = db.object_store_names();
            for name in [COMPOSERS, BLOBS].into_iter().chain(store::SHELVES) {
                if !there.contains(name) {
                    let _ = db.create_object_store(name);
                }
            }
        }
    }));
    request.set_onupgradeneeded(Some(upgrade.unchecked_ref()));
    let db: IdbDatabase = answer(&request).await?.dyn_into()?;
    OPEN.with_borrow_mut(|open| *open = Some(db));
    let transaction = transaction(&[COMPOSERS], false)?;
    let all = store(&transaction, COMPOSERS)?.get_all_with_key_and_limit(&JsValue::UNDEFINED, MAX_READ)?;
    let all: js_sys::Array = answer(&all).await?.dyn_into()?;
    let mut records = Vec::new();
    for bytes in all.iter() {
        let Ok(bytes) = bytes.dyn_into::<js_sys::Uint8Array>() else { continue };
        let Some(record) = Record::from_bytes(&bytes.to_vec()) else { continue };
        if lock::take(&name(address, record.id)).await {
            records.push(record);
        }
    }
    records.sort_by_key(|r| r.written);
    Ok(records)
}

fn name(address: &str, composer: OpId) -> String {
    format!("pyeonji:{address}:{}", composer.hex())
}

/// A composer that this tab made is this tab's as long as it lives.
pub fn hold(address: &str, composer: OpId) {
    let name = name(address, composer);
    tasks::later(async move {
        lock::take(&name).await;
    });
}

pub fn close() {
    vault::forget();
    if let Some(db) = OPEN.with_borrow_mut(Option::take) {
        db.close();
    }
}

/// Begins the write now, so that writes are in order; the promise resolves when it is durable.
pub fn keep(record: &Record) -> Result<js_sys::Promise, JsValue> {
    let transaction = transaction(&[COMPOSERS], true)?;
    let bytes = js_sys::Uint8Array::from(record.to_bytes().as_slice());
    store(&transaction, COMPOSERS)?.put_with_key(&bytes, &JsValue::from_str(&record.id.hex()))?;
    Ok(completion(&transaction))
}

pub fn forget(composer: OpId, blobs: &[OpId]) -> Result<js_sys::Promise, JsValue> {
    let transaction = transaction(&[COMPOSERS, BLOBS], true)?;
    store(&transaction, COMPOSERS)?.delete(&JsValue::from_str(&composer.hex()))?;
    let all = store(&transaction, BLOBS)?;
    for key in blobs {
        all.delete(&JsValue::from_str(&key.hex()))?;
    }
    Ok(completion(&transaction))
}

pub fn forget_blob(key: OpId) -> Result<js_sys::Promise, JsValue> {
    let transaction = transaction(&[BLOBS], true)?;
    store(&transaction, BLOBS)?.delete(&JsValue::from_str(&key.hex()))?;
    Ok(completion(&transaction))
}

pub fn store_blob(key: OpId, blob: &Blob) -> Result<js_sys::Promise, JsValue> {
    let transaction = transaction(&[BLOBS], true)?;
    store(&transaction, BLOBS)?.put_with_key(blob, &JsValue::from_str(&key.hex()))?;
    Ok(completion(&transaction))
}

pub async fn blob(key: OpId) -> Option<Blob> {
    let transaction = transaction(&[BLOBS], false).ok()?;
    let request = store(&transaction, BLOBS).ok()?.get(&JsValue::from_str(&key.hex())).ok()?;
    answer(&request).await.ok()?.dyn_into().ok()
}
