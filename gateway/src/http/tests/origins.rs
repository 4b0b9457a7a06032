//! Who may ask: hosts, origins, proxies (R19, R20).
use super::bench::{Bench, PASSWORD};
use crate::http::guard::client_ip;
use axum::http::{HeaderMap, HeaderValue, Request};
use std::net::IpAddr;

#[tokio::test]
async fn r20_a_foreign_host_is_misdirected() {
    let bench = Bench::new();
    for (host, status) in [
        ("mail.example.org", 200),
        ("MAIL.example.org", 200),
        ("mail.example.org:443", 200),
        ("mail.example.org:80", 421),
        ("mail.example.org.", 421),
        ("mail.example.org.evil.example", 421),
        ("evil.example", 421),
        ("127.0.0.1:8080", 421),
        ("localhost:8080", 421),
        ("", 421),
        ("mail.example.org, evil.example", 421),
        ("user@mail.example.org", 421),
    ] {
        let answer = bench.send(Request::get("/").header("host", host)).await;
        assert_eq!(answer.status, status, "{host}");
    }
    assert_eq!(bench.send(Request::get("/")).await.status, 421, "no host at all");
    let two = Request::get("/").header("host", "mail.example.org").header("host", "evil.example");
    assert_eq!(bench.send(two).await.status, 421);
    let absolute = Request::get("http://evil.example/").header("host", "mail.example.org");
    assert_eq!(bench.send(absolute).await.status, 421);
}

#[tokio::test]
async fn r20_the_demo_answers_to_every_name_of_this_machine_on_its_port() {
    let bench = Bench::with("http://127.0.0.1:8080", |_| ());
    for (host, status) in [
        ("127.0.0.1:8080", 200),
        ("localhost:8080", 200),
        ("[::1]:8080", 200),
        ("localhost:8081", 421),
        ("localhost", 421),
        ("rebound.example:8080", 421),
    ] {
        assert_eq!(bench.send(Request::get("/").header("host", host)).await.status, status, "{host}");
    }
}

#[test]
fn r20_forwarding_headers_count_only_from_trusted_proxies() {
    let proxies = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    for (peer, lines, client) in [
        ("203.0.113.5", vec!["198.51.100.1"], "203.0.113.5"),
        ("10.0.0.1", vec!["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", vec![], "10.0.0.1"),
        ("10.0.0.1", vec!["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", vec!["1.1.1.1, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", vec!["1.1.1.1", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", vec!["198.51.100.1, nonsense"], "10.0.0.1"),
        ("10.0.0.1", vec!["198.51.100.1, nonsense, 10.9.9.9"], "10.9.9.9"),
        ("::ffff:10.0.0.1", vec!["::ffff:198.51.100.1"], "198.51.100.1"),
        ("fd00::1", vec!["2001:db8::7"], "2001:db8::7"),
    ] {
        let mut headers = HeaderMap::new();
        for line in &lines {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).unwrap());
        }
        assert_eq!(client_ip(ip(peer), &headers, &proxies), ip(client), "{peer} {lines:?}");
    }
}

#[tokio::test]
async fn r20_a_stranger_cannot_spread_failures_by_inventing_addresses() {
    let bench = Bench::new();
    tokio::time::pause();
    let mut refused = 0;
    for n in 0..12 {
        let form = format!(r#"{{"address":"u{n}@blue.test","password":"wrong"}}"#);
        let request = bench.post("/api/login").header("content-type", "application/json");
        let request = request.header("x-forwarded-for", format!("198.51.100.{n}"));
        refused += usize::from(bench.send_body(request, form).await.status == 429);
    }
    assert_eq!(refused, 2, "ten a minute, whatever the header says");
}

#[tokio::test(start_paused = true)]
async fn r19_what_changes_something_needs_our_origin_and_our_header() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    let own = "https://mail.example.org";
    let origins: [(Option<&str>, bool); 9] = [
        (Some(own), true),
        (None, false),
        (Some("null"), false),
        (Some("http://mail.example.org"), false),
        (Some("https://mail.example.org:8443"), false),
        (Some("https://mail.example.org/"), false),
        (Some("https://evil.mail.example.org"), false),
        (Some("https://mail.example.org.evil.example"), false),
        (Some("https://evil.example"), false),
    ];
    for (method, path) in [
        ("POST", "/api/login"),
        ("POST", "/api/logout"),
        ("POST", "/api/upload"),
        ("POST", "/api/lab/card"),
        ("POST", "/api/lab/wire?s=00"),
        ("DELETE", "/api/lab/wire?s=00"),
        ("DELETE", "/api/upload?id=00"),
    ] {
        for (origin, good_origin) in origins {
            for (mark, good_mark) in [(Some("1"), true), (None, false), (Some("0"), false)] {
                let mut request = Request::builder().method(method).uri(path).header("host", &bench.host);
                request = request.header("cookie", &cookie);
                for (name, value) in [("origin", origin), ("x-pyeonji", mark)] {
                    if let Some(value) = value {
                        request = request.header(name, value);
                    }
                }
                let refused = bench.send(request).await.status == 403;
                assert_eq!(refused, !(good_origin && good_mark), "{method} {path} {origin:?} {mark:?}");
            }
        }
    }
    let two = bench.post("/api/logout").header("origin", "https://evil.example");
    assert_eq!(bench.send(two).await.status, 403, "two origins");
    // A host that claims to be us doesn't make its origin ours.
    let spoofed = Request::post("/api/logout").header("host", "evil.example").header("x-pyeonji", "1");
    assert_eq!(bench.send(spoofed.header("origin", "https://evil.example")).await.status, 421);
}

#[tokio::test(start_paused = true)]
async fn r19_sign_in_takes_json_only() {
    let bench = Bench::new();
    for mime in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        let form = format!(r#"{{"address":"ada@blue.test","password":"{PASSWORD}"}}"#);
        let answer = bench.send_body(bench.post("/api/login").header("content-type", mime), form).await;
        assert_eq!(answer.status, 415, "{mime}");
    }
    assert!(bench.script.sign_ins.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn r19_reading_with_the_cookie_from_another_site_is_refused() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    for path in ["/ws", "/api/part", "/api/raw", "/api/image", "/api/lab/wire"] {
        for site in ["cross-site", "same-site"] {
            let request = bench.get(path).header("cookie", &cookie).header("sec-fetch-site", site);
            assert_eq!(bench.send(request).await.status, 403, "{path} {site}");
        }
    }
}

#[tokio::test]
async fn figures_are_for_this_machine_only() {
    let mut bench = Bench::new();
    assert_eq!(bench.send(bench.get("/metrics")).await.status, 404, "from the internet");
    bench.peer = "127.0.0.1:1".parse().unwrap();
    let by_address = || Request::get("/metrics").header("host", "127.0.0.1:8080");
    let answer = bench.send(by_address()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("process_resident_memory_bytes"));
    assert_eq!(bench.send(by_address().header("x-forwarded-for", "127.0.0.1")).await.status, 404);
    assert_eq!(bench.send(bench.get("/metrics")).await.status, 404, "a proxy that adds no header");
    assert_eq!(bench.send(Request::get("/healthz").header("host", "10.1.2.3")).await.status, 200);
    bench.app.draining.cancel();
    assert_eq!(bench.send(Request::get("/readyz").header("host", "10.1.2.3")).await.status, 503);
}
