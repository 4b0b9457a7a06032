//! Databases of earlier versions of the page, opened by this one.
use crate::{deliver, idle, on_device, page, rows, sign_in, stage};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::mailhost::ADA;
use pyeonji_tests::seed;
use serde_json::{Value, json};

/// Makes of the database one of version 1, which had composers and their files and no mail; how many composers there are. The deletion
/// waits for the page before, which may still be on its way out.
const AS_VERSION_1: &str = "const [name, done] = arguments, fail = e => done('failed: ' + e);\
    const ask = r => new Promise((ok, no) => { r.onsuccess = () => ok(r.result); r.onerror = () => no(r.error) });\
    (async () => {\
      let db = await ask(indexedDB.open(name));\
      const t = db.transaction(['composers']).objectStore('composers');\
      const [keys, values] = await Promise.all([ask(t.getAllKeys()), ask(t.getAll())]);\
      db.close(); await ask(indexedDB.deleteDatabase(name));\
      const open = indexedDB.open(name, 1);\
      open.onupgradeneeded = () => ['composers', 'blobs'].forEach(n => open.result.createObjectStore(n));\
      db = await ask(open);\
      const w = db.transaction(['composers'], 'readwrite');\
      keys.forEach((k, i) => w.objectStore('composers').put(values[i], k));\
      await new Promise((ok, no) => { w.oncomplete = ok; w.onabort = no });\
      db.close(); done(keys.length);\
    })().catch(fail)";

const VERSION: &str = "const [name, done] = arguments; indexedDB.databases().then(all => done(all.find(d => d.name === name)?.version))";

async fn ask(browser: &Browser, script: &str) -> Value {
    let name = json!(format!("pyeonji:{}", ADA.0));
    browser.client.execute_async(script, vec![name]).await.expect("the script runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn version_1_becomes_this_one_and_what_was_written_is_still_there() {
    let stage = stage().await;
    let mail: Vec<Vec<u8>> = seed::many(5, ADA.0).into_iter().map(|(bytes, _)| bytes).collect();
    deliver(&stage.host, &mail);
    let browser = Browser::start(&Look::default()).await;
    sign_in(&browser, &stage.url, ADA).await;
    rows(&browser, mail.len()).await;
    idle(&browser).await;
    browser.find("button", "Compose").await.click().await;
    browser.find("textbox", "Message body").await.fill("Written in an earlier version.").await;
    browser.wait("the text on the device", page::SAVED, vec![]).await;
    // A page of the same origin that opens no database.
    browser.goto(&format!("{}/api/account-types", stage.url)).await;
    assert_eq!(ask(&browser, AS_VERSION_1).await, json!(1));
    assert_eq!(ask(&browser, VERSION).await, json!(1));

    browser.goto(&stage.url).await;
    browser.find("dialog", "New message").await;
    let text = browser.find("textbox", "Message body").await.text().await;
    assert!(text.contains("Written in an earlier version."), "{text}");
    rows(&browser, mail.len()).await;
    assert_eq!(ask(&browser, VERSION).await, json!(2));
    let device = on_device(&browser).await;
    assert!(device.len() == mail.len() && mail.iter().all(|m| device.contains(m)));
}
