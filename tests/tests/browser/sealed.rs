//! R3, R7: each layer around a message holds alone. What a sender wrote neither runs nor calls out.
use crate::{page, seeded};
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
const INNER: &str = "<!doctype html><meta charset=utf-8><meta http-equiv=content-security-policy content=\"default-src 'none'; \
    img-src blob: data:; style-src 'unsafe-inline'\">";

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

#[tokio::test(flavor = "multi_thread")]
async fn r03_frame_and_policy_hold_without_the_sanitiser() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let (listener, url) = listener();
    let payloads = payloads(&url);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    let quiet = json!([payloads.len(), 0, true, true]);
    for (what, head, sandbox) in
        [("frame and policies", INNER, Some(SANDBOX)), ("the page's policy alone", "<!doctype html>", None)]
    {
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
