//! Mail on the device, in the account's own database: records, views, sources, the ledger. What is written together is one
//! durable transaction (`durability: "strict"`), and is read back before anybody hears that it is there (R37).
use super::turn::{self, Turn};
use super::{answer, completion, store, transaction, vault};
use crate::state::mail::vault::Phase;
use crate::state::mail::{Change, Key, Loaded, Shelf, StoreError};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction};

/// Next uid that nobody has.
pub const NEXT_UID: &str = "next-uid";
/// Requests of one transaction that are made in one task: a first listing has thousands.
const AT_ONCE: usize = 256;

fn name(shelf: Shelf) -> &'static str {
    match shelf {
        Shelf::Records => "messages",
        Shelf::Views => "views",
        Shelf::Texts => "texts",
        Shelf::Sources => "sources",
        Shelf::Ledger => "ledger",
        Shelf::Meta => "meta",
    }
}

/// All shelves; made with version 2 of the database.
pub const SHELVES: [&str; 6] = ["messages", "views", "texts", "sources", "ledger", "meta"];

fn key(key: &Key) -> JsValue {
    match key {
        Key::Number(n) => JsValue::from_f64(f64::from(*n)),
        Key::Text(text) => JsValue::from_str(text),
        Key::Piece(uid, n) => {
            Array::of2(&JsValue::from_f64(f64::from(*uid)), &JsValue::from_f64(f64::from(*n))).into()
        }
    }
}

/// All pieces of one source: `[uid]` comes before `[uid, 0]`, and an array after every number.
fn pieces(uid: u32) -> Result<JsValue, JsValue> {
    let uid = JsValue::from_f64(f64::from(uid));
    let (from, to) = (Array::of1(&uid), Array::of2(&uid, &Array::new()));
    IdbKeyRange::bound(&from, &to).map(Into::into)
}

fn bytes(value: &JsValue) -> Vec<u8> {
    value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default()
}

/// A whole shelf as it is stored: keys and values.
async fn all(reading: &IdbTransaction, shelf: &str) -> Result<(Array, Array), JsValue> {
    let from = store(reading, shelf)?;
    Ok((keys(&from).await?, answer(&from.get_all()?).await?.dyn_into()?))
}

async fn keys(from: &IdbObjectStore) -> Result<Array, JsValue> {
    answer(&from.get_all_keys()?).await?.dyn_into()
}

/// The octets of stored values.
async fn open(shelf: &str, keys: &Array, values: Array) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(vault::open(shelf, keys, values).await?.iter().map(|value| bytes(&value)).collect())
}

/// Everything but views and sources, and takes out pieces that belong to no message: their page died before the end.
pub async fn load() -> Result<Loaded, StoreError> {
    turn::free().await;
    let reading = async {
        let reading = transaction(&["messages", "ledger", "meta"], false)?;
        Ok((all(&reading, "messages").await?, all(&reading, "ledger").await?, all(&reading, "meta").await?))
    };
    let (messages, ledger, meta) = reading.await.map_err(unavailable)?;
    let phase = vault::ready(&meta.0).await?;
    let uids: Vec<u32> = messages.0.iter().filter_map(|k| k.as_f64()).map(|k| k as u32).collect();
    let records = uids.iter().copied().zip(open("messages", &messages.0, messages.1).await?).collect();
    let ledger = open("ledger", &ledger.0, ledger.1).await?;
    let names = meta.0.iter().filter_map(|n| n.as_string());
    let meta = names.zip(open("meta", &meta.0, meta.1).await?).collect();
    drop_orphans(&uids).await.map_err(unavailable)?;
    Ok(Loaded { records, ledger, meta, phase })
}

/// Whether the mail is encrypted, as the database says now.
pub async fn phase() -> Result<Phase, StoreError> {
    let names = async { keys(&store(&transaction(&["meta"], false)?, "meta")?).await };
    vault::ready(&names.await.map_err(unavailable)?).await
}

fn unavailable(_: JsValue) -> StoreError {
    StoreError::Unavailable
}

async fn drop_orphans(uids: &[u32]) -> Result<(), JsValue> {
    let writing = transaction(&["sources"], true)?;
    let sources = store(&writing, "sources")?;
    let mut last = None;
    for key in keys(&sources).await?.iter() {
        let uid = Array::from(&key).get(0).as_f64().map_or(0, |n| n as u32);
        if last != Some(uid) && uids.binary_search(&uid).is_err() {
            sources.delete(&pieces(uid)?)?;
        }
        last = Some(uid);
    }
    JsFuture::from(completion(&writing)).await.map(drop)
}

/// Writes all of it or nothing. Answers once it is durable and was read back.
pub async fn commit(changes: &[Change]) -> Result<(), StoreError> {
    let mut shelves: Vec<&str> = changes.iter().map(|c| name(c.shelf())).collect();
    shelves.sort_unstable();
    shelves.dedup();
    if shelves.is_empty() {
        return Ok(());
    }
    // Where nothing is encrypted nothing is awaited here: what is read after this call is to see it.
    let (values, turn) = match vault::is_on() || !turn::is_free() {
        true => sealed(changes).await?,
        false => (values_of(changes), None),
    };
    let writing = transaction(&shelves, true).map_err(unavailable)?;
    let done = completion(&writing);
    // It has its place; what is read from now on sees it.
    drop(turn);
    let mut put = put_all(&writing, changes, &values).await;
    if put.is_err() {
        let _ = writing.abort();
    }
    let ended = JsFuture::from(done).await;
    put = put.and(ended.map(drop));
    put.map_err(|error| refusal(&writing.error().map_or(error, JsValue::from)))?;
    match read_back(&shelves, changes).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(StoreError::Lost),
        Err(_) => Err(StoreError::Unavailable),
    }
}

/// The value of each change; `undefined` where something is deleted.
fn values_of(changes: &[Change]) -> Array {
    let value = |change: &Change| match change {
        Change::Put(_, _, bytes) => Uint8Array::from(bytes.as_slice()).into(),
        Change::Delete(..) => JsValue::UNDEFINED,
    };
    changes.iter().map(value).collect()
}

/// The same, encrypted; and the turn of this commit, which has come. It is over with its transaction begun.
async fn sealed(changes: &[Change]) -> Result<(Array, Option<Turn>), StoreError> {
    let mut turn = Turn::take();
    let shelves = changes.iter().map(|change| JsValue::from_str(name(change.shelf()))).collect();
    let keys = changes.iter().map(|change| key(change.key())).collect();
    let values = vault::seal(shelves, keys, values_of(changes)).await;
    turn.wait().await;
    Ok((values?, Some(turn)))
}

async fn put_all(writing: &IdbTransaction, changes: &[Change], values: &Array) -> Result<(), JsValue> {
    for (n, (change, value)) in (1..).zip(changes.iter().zip(values.iter())) {
        let to = store(writing, name(change.shelf()))?;
        let request = match change {
            Change::Put(_, at, _) => to.put_with_key(&value, &key(at))?,
            Change::Delete(Shelf::Sources, Key::Number(uid)) => to.delete(&pieces(*uid)?)?,
            Change::Delete(_, at) => to.delete(&key(at))?,
        };
        pause(n, &request).await?;
    }
    Ok(())
}

/// After every so many requests waits for the last one, so that the page has time for other things. The transaction goes on: it
/// is active where a request of its own was answered.
async fn pause(n: usize, request: &IdbRequest) -> Result<(), JsValue> {
    if n.is_multiple_of(AT_ONCE) {
        answer(request).await?;
    }
    Ok(())
}

/// Whether what was put is there: records and ledger in their full length, sources by their keys, so that a mailbox doesn't pass
/// through the page twice. What can be made again from a source isn't asked for.
async fn read_back(shelves: &[&str], changes: &[Change]) -> Result<bool, JsValue> {
    let reading = transaction(shelves, false)?;
    let (done, mut asked) = (completion(&reading), Vec::new());
    for change in changes {
        if let Change::Put(shelf, at, bytes) = change {
            let from = store(&reading, name(*shelf))?;
            let (request, length) = match shelf {
                Shelf::Views | Shelf::Texts => continue,
                Shelf::Sources => (from.get_key(&key(at))?, None),
                _ => (from.get(&key(at))?, Some(bytes.len())),
            };
            pause(asked.len() + 1, &request).await?;
            asked.push((request, length));
        }
    }
    JsFuture::from(done).await?;
    for (request, length) in asked {
        let found = request.result()?;
        let there = match length {
            Some(length) => stored_length(&found) == u32::try_from(length).ok(),
            None => !found.is_undefined(),
        };
        if !there {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Octets of a value, whichever way it is stored.
fn stored_length(value: &JsValue) -> Option<u32> {
    match value.dyn_ref::<ArrayBuffer>() {
        Some(whole) => whole.byte_length().checked_sub(vault::LONGER),
        None => value.dyn_ref::<Uint8Array>().map(Uint8Array::length),
    }
}

pub fn refusal(error: &JsValue) -> StoreError {
    let named = error.dyn_ref::<DomException>().map(DomException::name);
    if named.as_deref() == Some("QuotaExceededError") { StoreError::Full } else { StoreError::Unavailable }
}

/// Takes `count` uids that no other tab will take; the first of them.
pub async fn reserve(count: u32) -> Result<u32, JsValue> {
    let writing = transaction(&["meta"], true)?;
    let meta = store(&writing, "meta")?;
    let value = answer(&meta.get(&NEXT_UID.into())?).await?;
    let next = bytes(&value).try_into().map_or(1, u32::from_le_bytes).max(1);
    let after = next.checked_add(count).ok_or(JsValue::NULL)?;
    meta.put_with_key(&Uint8Array::from(after.to_le_bytes().as_slice()), &NEXT_UID.into())?;
    JsFuture::from(completion(&writing)).await?;
    Ok(next)
}

/// One value; empty where there is none.
pub async fn value(shelf: Shelf, at: &Key) -> Result<Vec<u8>, StoreError> {
    turn::free().await;
    let found = async {
        let reading = transaction(&[name(shelf)], false)?;
        answer(&store(&reading, name(shelf))?.get(&key(at))?).await
    };
    let found = found.await.map_err(unavailable)?;
    let opened = open(name(shelf), &Array::of1(&key(at)), Array::of1(&found)).await?;
    Ok(opened.into_iter().next().unwrap_or_default())
}

/// Several of a shelf, in one transaction; those that aren't there are left out.
pub async fn values(shelf: Shelf, uids: &[u32]) -> Result<Vec<(u32, Vec<u8>)>, StoreError> {
    turn::free().await;
    let (there, found) = (Array::new(), Array::new());
    let reading = async {
        let reading = transaction(&[name(shelf)], false)?;
        let from = store(&reading, name(shelf))?;
        for uid in uids {
            let uid = JsValue::from_f64(f64::from(*uid));
            let value = answer(&from.get(&uid)?).await?;
            if value.is_object() {
                there.push(&uid);
                found.push(&value);
            }
        }
        Ok(())
    };
    reading.await.map_err(unavailable)?;
    let opened = open(name(shelf), &there, found).await?;
    Ok(there.iter().filter_map(|uid| uid.as_f64()).map(|uid| uid as u32).zip(opened).collect())
}

/// The pieces of a message's source, in order, as the browser holds them.
pub async fn source(uid: u32) -> Result<Array, StoreError> {
    turn::free().await;
    let reading = async {
        let reading = transaction(&["sources"], false)?;
        let (from, range) = (store(&reading, "sources")?, pieces(uid)?);
        let (keys, values) = (from.get_all_keys_with_key(&range)?, from.get_all_with_key(&range)?);
        Ok((answer(&keys).await?.dyn_into()?, answer(&values).await?.dyn_into()?))
    };
    let (keys, values): (Array, Array) = reading.await.map_err(unavailable)?;
    vault::open("sources", &keys, values).await
}
