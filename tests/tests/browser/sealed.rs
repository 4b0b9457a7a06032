//! R3, R7: each layer around a message holds alone. What a sender wrote neither runs nor calls out.
use crate::{UNREAD, page, seeded};
use pyeonji_gateway::mail::html::sanitise;
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, Security};
use serde_json::{Value, json};
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

/// The frame of a message, as UI-CONTRACT and R2 have it.
const SANDBOX: &str = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";
/// What a connection that means to ask something never takes.
const SILENCE: Duration = Duration::from_millis(500);
const POLICY: &str = "default-src 'none'; img-src blob: data:; style-src 'unsafe-inline'";

/// Our own ways to run script or to call out, of which each would be noticed. `{url}` is a listener.
const OWN: &[&str] = &[
    "<script>top.canary = 1</script>",
    "<img src=x onerror='top.canary = 1'>",
    "<svg onload='top.canary = 1'></svg>",
    "<a id=a href='javascript:top.canary=1'>x</a><script>document.getElementById('a').click()</script>",
    "<iframe srcdoc='<script>top.canary = 1</script>'></iframe>",
    "<details open ontoggle='top.canary = 1'>x</details>",
    "<img src='{url}a'>",
    "<img srcset='{url}b 1x'>",
    "<div style='background:url({url}c)'>x</div>",
    "<style>@import '{url}d'; body { background: url({url}e) }</style>",
    "<link rel=stylesheet href='{url}f'><link rel=preload as=image href='{url}g'><link rel=dns-prefetch href='{url}h'>",
    "<video src='{url}i' poster='{url}j' autoplay></video><audio src='{url}k' autoplay></audio>",
    "<object data='{url}l'></object><embed src='{url}m'><iframe src='{url}n'></iframe>",
    "<form action='{url}o'><input name=a></form><script>document.forms[0].submit()</script>",
    "<svg><image href='{url}p'/><use href='{url}q#a'/></svg>",
    "<input type=image src='{url}r'><table background='{url}s'><tr><td background='{url}t'>x</table><body background='{url}u'>",
    "<meta http-equiv=refresh content='0;url={url}v'><base href='{url}'><img src=w>",
];

/// Raw payloads of the corpus, where it is there, and our own.
fn payloads(url: &str) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora/dompurify/expect.json");
    let mut all: Vec<String> = OWN.iter().map(|p| p.replace("{url}", url)).collect();
    match std::fs::read_to_string(&file) {
        Ok(text) => {
            let cases: Vec<Value> = serde_json::from_str(&text).expect("JSON");
            all.extend(cases.iter().filter_map(|c| c["payload"].as_str().map(str::to_owned)));
        }
        Err(_) => println!("counts: dompurify in the browser: skipped, no corpus at {}", file.display()),
    }
    all
}

/// First lines of what was asked so far; empty for a connection that asked nothing within [`SILENCE`].
fn calls(listener: &TcpListener) -> Vec<String> {
    let mut asked = Vec::new();
    while let Ok((mut stream, _)) = listener.accept() {
        let mut buffer = [0; 200];
        stream.set_nonblocking(false).expect("blocking");
        stream.set_read_timeout(Some(SILENCE)).expect("timeout");
        let n = stream.read(&mut buffer).unwrap_or(0);
        asked.push(String::from_utf8_lossy(&buffer[..n]).lines().next().unwrap_or_default().to_owned());
    }
    asked
}

fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("non-blocking");
    let url = format!("http://127.0.0.1:{}/", listener.local_addr().expect("bound").port());
    (listener, url)
}

/// Shows every payload in a frame of its own, all at once, and tells what happened in the page around them.
async fn shown_in_frames(browser: &Browser, head: &str, sandbox: Option<&str>, payloads: &[String]) -> Value {
    let script = "const [head, sandbox, payloads] = arguments, done = arguments[arguments.length - 1];\
        window.canary = 0; window.alert = window.confirm = window.prompt = () => { window.canary += 1 };\
        const title = document.title, place = location.href;\
        Promise.all(payloads.map((p) => new Promise((go) => { const f = document.createElement('iframe');\
        if (sandbox !== null) f.setAttribute('sandbox', sandbox); f.onload = () => { try { f.contentWindow.alert = window.alert } catch (e) {} requestAnimationFrame(() => requestAnimationFrame(go)) };\
        f.srcdoc = head + p; document.body.append(f); })))\
        .then(() => { document.querySelectorAll('body > iframe').forEach((f) => f.remove());\
        done([payloads.length, window.canary, document.title === title, location.href === place]) })";
    let arguments = vec![json!(head), json!(sandbox), json!(payloads)];
    browser.client.execute_async(script, arguments).await.expect("no dialog is open")
}

/// Moves the nodes of every payload into the document of the frame that `arguments[0]` selects, one after the other, as the
/// page moves those of a message, and tells what happened in the page around it. Some payloads put elements in the place of
/// `document.body` and other properties, so those are asked of the prototypes.
const ADOPTED: &str = "const [selector, payloads] = arguments, done = arguments[arguments.length - 1];\
    const frame = document.querySelector(selector), inner = frame.contentDocument, place = inner.body;\
    const bodyOf = Object.getOwnPropertyDescriptor(Document.prototype, 'body').get;\
    const take = Node.prototype.appendChild, first = Object.getOwnPropertyDescriptor(Node.prototype, 'firstChild').get;\
    window.canary = 0; window.alert = window.confirm = window.prompt = () => { window.canary += 1 };\
    frame.contentWindow.alert = frame.contentWindow.confirm = frame.contentWindow.prompt = window.alert;\
    const title = document.title, address = location.href;\
    const drawn = () => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));\
    (async () => { for (const payload of payloads) { place.textContent = '';\
    const source = bodyOf.call(new DOMParser().parseFromString(payload, 'text/html')), fragment = new DocumentFragment();\
    for (let node; (node = first.call(source)); ) take.call(fragment, node);\
    place.append(fragment); await drawn(); }\
    place.textContent = ''; await drawn();\
    done([payloads.length, window.canary, document.title === title, location.href === address, frame.contentDocument === inner]) })()\
    .catch((e) => done('failed: ' + e))";

/// The policies that stopped an image of a stranger in the frame of the open message, as the browser has them.
const IN_FORCE: &str = "const done = arguments[arguments.length - 1], found = [];\
    const inner = document.querySelector('iframe[title=\"Message body\"]').contentDocument;\
    inner.addEventListener('securitypolicyviolation', (e) => found.push(e.originalPolicy));\
    const image = inner.createElement('img'); image.onerror = () => requestAnimationFrame(() => requestAnimationFrame(() => {\
    image.remove(); done([found, Array.from(inner.querySelectorAll('meta[http-equiv]'), (m) => m.content),\
    inner.defaultView.frameElement.getAttribute('sandbox')]) }));\
    image.src = arguments[0]; inner.body.append(image)";

#[tokio::test(flavor = "multi_thread")]
async fn r02_r03_the_frame_of_the_page_holds_what_is_moved_into_it() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let (listener, url) = listener();
    let payloads = payloads(&url);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    browser.find("row", "").await;
    browser.run("document.querySelector('[role=row][data-uid]').click()", vec![]).await;
    browser.wait("the text of the body", page::BODY, vec![json!("Figures inside")]).await;
    let found = browser.client.execute_async(IN_FORCE, vec![json!(url)]).await.expect("an image that fails");
    assert!(found[0].as_array().is_some_and(|all| all.contains(&json!(POLICY))), "in force: {found}");
    assert_eq!(found[1], json!([POLICY]), "in the document");
    assert_eq!(found[2], json!(SANDBOX));

    let frame = json!("iframe[title=\"Message body\"]");
    let got = browser.client.execute_async(ADOPTED, vec![frame, json!(payloads)]).await.expect("no dialog");
    assert_eq!(got, json!([payloads.len(), 0, true, true, true]), "cases, canary, title, address, document");
    let asked: Vec<String> = calls(&listener).into_iter().filter(|line| !line.is_empty()).collect();
    assert_eq!(asked, [""; 0], "nothing called out");

    // On a page without any policy, in a frame that holds nothing back, the same way lets the canaries sing.
    browser.goto("data:text/html,<body><iframe></iframe></body>").await;
    let arguments = vec![json!("iframe"), json!(payloads[..OWN.len() - 1])];
    let got = browser.client.execute_async(ADOPTED, arguments).await.expect("no dialog");
    assert!(got[1].as_u64().is_some_and(|n| n > 0), "the test can see a script that runs: {got}");
    assert!(!calls(&listener).is_empty(), "and a call");

    // There the sanitiser alone is enough, for a document that is parsed as for nodes that are moved.
    let safe: Vec<String> = payloads.iter().filter_map(|raw| Some(sanitise(raw).ok()?.html.0)).collect();
    assert!(safe.len() > OWN.len() / 2, "most of them are no monsters: {}", safe.len());
    browser.goto("data:text/html,<body><iframe></iframe></body>").await;
    let got =
        browser.client.execute_async(ADOPTED, vec![json!("iframe"), json!(safe)]).await.expect("no dialog");
    assert_eq!(
        got,
        json!([safe.len(), 0, true, true, true]),
        "moved: cases, canary, title, address, document"
    );
    let got = shown_in_frames(&browser, "<!doctype html>", None, &safe).await;
    assert_eq!(got, json!([safe.len(), 0, true, true]), "parsed: cases, canary, title, address");
    assert_eq!(calls(&listener), [""; 0], "what the sanitiser left calls nobody");
    println!(
        "counts: {} raw payloads moved into the frame, {} sanitised ones without it",
        payloads.len(),
        safe.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn r03_frame_and_policy_hold_without_the_sanitiser() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let (listener, url) = listener();
    let payloads = payloads(&url);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    // From here on the page has no reason of its own for another title.
    browser.find("treeitem", &format!("Inbox, {UNREAD} unread")).await;
    let quiet = json!([payloads.len(), 0, true, true]);
    let inner = format!(
        "<!doctype html><meta charset=utf-8><meta http-equiv=content-security-policy content=\"{POLICY}\">"
    );
    for (what, head, sandbox) in [
        ("frame and policies", inner.as_str(), Some(SANDBOX)),
        ("the page's policy alone", "<!doctype html>", None),
    ] {
        let got = shown_in_frames(&browser, head, sandbox, &payloads).await;
        assert_eq!(got, quiet, "{what}: cases, canary, title, address");
        // A browser may connect ahead for a `preload` that the policy then stops. Only the sanitiser keeps it from that,
        // see r07; here what counts is that nothing is asked.
        let asked: Vec<String> = calls(&listener).into_iter().filter(|line| !line.is_empty()).collect();
        assert_eq!(asked, [""; 0], "{what}: nothing called out");
    }
    println!("counts: {} raw payloads, two ways: none ran, none called out", payloads.len());

    // The same canaries do fire where nothing holds them: on a page without any policy.
    let bare = "data:text/html,<body></body>";
    browser.goto(bare).await;
    let got = shown_in_frames(&browser, "<!doctype html>", None, &payloads[..OWN.len()]).await;
    assert!(got[1].as_u64().is_some_and(|n| n > 0), "the test can see a script that runs: {got}");
    assert!(!calls(&listener).is_empty(), "and a call");
}

#[tokio::test(flavor = "multi_thread")]
async fn r07_opening_a_message_calls_nobody() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let (listener, url) = listener();
    let body: String = OWN.iter().map(|p| p.replace("{url}", &url)).collect();
    let letter = format!(
        "From: tracker@lists.test\r\nTo: {}\r\nSubject: all vectors\r\nMessage-ID: <v@seed.test>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n<p>read me</p>{body}\r\n",
        ADA.0
    );
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    host.dovecot.put(ADA.0, "", [(letter.as_bytes(), "")]);
    browser.wait("the letter", page::ROW, vec![json!("all vectors")]).await;
    browser.run("Array.from(document.querySelectorAll('[role=row]')).find(r => r.getAttribute('aria-label').includes('all vectors')).click()", vec![]).await;
    browser.wait("its text", page::BODY, vec![json!("read me")]).await;
    let frame = "return document.querySelector('iframe[title=\"Message body\"]').getAttribute('sandbox')";
    assert_eq!(browser.run(frame, vec![]).await, json!(SANDBOX));
    // Two drawn frames later everything that loads by itself would have been asked for.
    let drawn = "const done = arguments[arguments.length - 1]; requestAnimationFrame(() => requestAnimationFrame(() => done(1)))";
    browser.client.execute_async(drawn, vec![]).await.expect("drawn");
    assert_eq!(browser.run("return window.canary || 0", vec![]).await, 0);
    assert_eq!(calls(&listener), [""; 0], "nobody learns that it was opened");
}
