//! R26: every answer of every route carries the whole set, errors and the WebSocket's included.
use super::bench::Bench;
use axum::http::Request;

const EXPECTED: &str = "\
content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
cross-origin-opener-policy: same-origin
cross-origin-resource-policy: same-origin
origin-agent-cluster: ?1
permissions-policy: accelerometer=(),autoplay=(),browsing-topics=(),camera=(),clipboard-read=(),display-capture=(),encrypted-media=(),fullscreen=(),gamepad=(),geolocation=(),gyroscope=(),hid=(),identity-credentials-get=(),idle-detection=(),local-fonts=(),magnetometer=(),microphone=(),midi=(),otp-credentials=(),payment=(),picture-in-picture=(),publickey-credentials-create=(),publickey-credentials-get=(),screen-wake-lock=(),serial=(),storage-access=(),usb=(),window-management=(),xr-spatial-tracking=()
referrer-policy: no-referrer
strict-transport-security: max-age=63072000
x-content-type-options: nosniff
x-dns-prefetch-control: off
x-frame-options: DENY
x-permitted-cross-domain-policies: none
";

fn security_headers(headers: &axum::http::HeaderMap) -> String {
    let names = EXPECTED.lines().filter_map(|line| line.split_once(": ")).map(|(name, _)| name);
    let mut out = String::new();
    for name in names {
        for value in headers.get_all(name) {
            out.push_str(&format!("{name}: {}\n", value.to_str().unwrap()));
        }
    }
    out
}

#[tokio::test(start_paused = true)]
async fn r26_the_whole_set_on_every_route() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    let mut requests = Vec::new();
    for path in [
        "/",
        "/mail",
        "/mail/INBOX/7",
        "/settings",
        "/lab",
        "/assets/app.0123456789ab.js",
        super::deltas::MAIL,
        super::deltas::LAB,
        "/assets/none.js",
        "/boot.js",
        "/nowhere",
        "/index.html",
        "/healthz",
        "/readyz",
        "/metrics",
        "/ws",
        "/api/part",
        "/api/raw",
        "/api/image",
        "/api/login",
        "/api/logout",
        "/api/upload",
        "/api/lab/card",
        "/api/lab/wire",
        "/api",
        "/../etc/passwd",
        "/%2e%2e/x",
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"] {
            requests.push(Request::builder().method(method).uri(path).header("host", &bench.host));
        }
        requests.push(bench.post(path));
        requests.push(bench.get(path).header("cookie", &cookie));
        requests.push(super::deltas::by_who_has_mail(bench.get(path)));
        requests.push(Request::get(path).header("host", "evil.example"));
    }
    let count = requests.len();
    for request in requests {
        let shown = format!("{request:?}");
        let answer = bench.send(request).await;
        assert_eq!(security_headers(&answer.headers), EXPECTED, "{shown} → {}", answer.status);
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{shown}");
    }
    println!("header set: {count} answers");
}

#[tokio::test]
async fn r26_hsts_only_over_https() {
    let bench = Bench::with("http://127.0.0.1:8080", |_| ());
    let answer = bench.send(bench.get("/")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("strict-transport-security"), "");
}

#[tokio::test]
async fn r27_the_policy_allows_no_inline_script_and_no_third_party() {
    let policy = crate::http::headers::PAGE_POLICY;
    let script = policy.split(';').find(|d| d.trim().starts_with("script-src")).unwrap();
    assert_eq!(script.trim(), "script-src 'self' 'wasm-unsafe-eval'");
    assert!(!policy.contains("http:") && !policy.contains("https:") && !policy.contains('*'), "{policy}");
}
