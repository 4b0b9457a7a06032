//! What a test does inside the page: it holds a transaction of the device's store open, or lets the browser refuse it, and sees the
//! files that the page hands out. Chromium runs the script in every document before the page's own.
use base64::Engine;
use pyeonji_tests::browser::Browser;
use serde_json::{Value, json};

const SCRIPT: &str = r#"(() => {
  // hold: 'batch' (messages with their sources) or 'note' (the ledger alone); skip: so many batches pass first.
  // after: notes count only once so many messages were put. full: nothing more may be written.
  const h = window.pyeonjiHook = {hold: '', skip: 0, after: 0, puts: 0, held: false, full: false, blobs: []};
  const refuse = t => {
    Object.defineProperty(t, 'error', {value: new DOMException('no room', 'QuotaExceededError')});
    queueMicrotask(() => { try { t.abort() } catch (e) { } });
  };
  const begin = IDBDatabase.prototype.transaction, put = IDBObjectStore.prototype.put;
  IDBDatabase.prototype.transaction = function(names, mode, options) {
    const t = begin.call(this, names, mode, options);
    const has = n => [].concat(names).includes(n);
    if (mode !== 'readwrite' || !(has('messages') || has('ledger') || has('sources') || has('meta'))) return t;
    if (h.full) { refuse(t); return t; }
    const kind = has('messages') && has('sources') ? 'batch' : has('ledger') && !has('messages') ? 'note' : '';
    if (!h.hold || h.hold !== kind || (kind === 'note' && h.puts < h.after)) return t;
    if (kind === 'batch' && h.skip > 0) { h.skip--; return t; }
    h.held = true;
    const store = t.objectStore([].concat(names)[0]);
    // A transaction with a request under way doesn't end.
    const spin = () => { if (h.full) refuse(t); else if (h.hold) store.get(0).onsuccess = spin; else h.held = false };
    spin();
    return t;
  };
  IDBObjectStore.prototype.put = function(...all) {
    if (this.name === 'messages') h.puts++;
    return put.apply(this, all);
  };
  const url = URL.createObjectURL;
  URL.createObjectURL = function(blob) { h.blobs.push(blob); return url.call(URL, blob) };
})()"#;

/// In every document from now on.
pub async fn install(browser: &Browser) {
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", json!({"source": SCRIPT})).await;
}

/// Sets values of the hook.
pub async fn set(browser: &Browser, values: Value) {
    browser.run("Object.assign(window.pyeonjiHook, arguments[0])", vec![values]).await;
}

pub async fn held(browser: &Browser) {
    browser.wait("a transaction that is held", "return window.pyeonjiHook.held", vec![]).await;
}

/// The octets of the newest file that the page handed out.
pub async fn file(browser: &Browser) -> Vec<u8> {
    browser.wait("a file", "return window.pyeonjiHook.blobs.length", vec![]).await;
    let script = "const done = arguments[arguments.length - 1], reader = new FileReader();\
        reader.onloadend = () => done(reader.result?.split(',')[1] || '');\
        reader.readAsDataURL(window.pyeonjiHook.blobs.at(-1))";
    let octets = browser.client.execute_async(script, vec![]).await.expect("the file is read");
    base64::engine::general_purpose::STANDARD.decode(octets.as_str().unwrap_or_default()).expect("base64")
}
