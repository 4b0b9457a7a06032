//! Attachments and remote images can't hurt a browser (R8, R12), and half a file is never taken for whole.
use super::bench::{Answer, Bench, SESSION};
use crate::account::request::{FetchChunk, Leaf, Section};
use bytes::Bytes;
use pyeonji_shared::error::{ApiError, ErrorKind};
use std::sync::atomic::Ordering;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n rest of a picture";

fn leaf(mime: &str, encoding: &str, name: &str) -> Leaf {
    Leaf { mime: mime.into(), encoding: encoding.into(), name: Some(name.into()), ..Leaf::default() }
}

fn query(more: &str) -> String {
    format!("?s={}&folder=Re%26d%2F%ED%8E%B8%EC%A7%80&validity=3&uid=9{more}", SESSION.hex())
}

async fn part(leaf: Leaf, chunks: &[&[u8]], more: &str) -> (Bench, Answer) {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    let bytes = chunks.iter().map(|c| Ok(FetchChunk::Bytes(Bytes::copy_from_slice(c))));
    *bench.script.download.lock().unwrap() = [Ok(FetchChunk::Head(leaf))].into_iter().chain(bytes).collect();
    let uri = format!("/api/part{}&section=1.2{more}", query(""));
    let answer = bench.send(bench.get(&uri).header("cookie", cookie)).await;
    (bench, answer)
}

#[tokio::test(start_paused = true)]
async fn r12_an_attachment_is_decoded_saved_and_never_shown() {
    let html = leaf("text/html", "base64", "=?utf-8?B?7Y647KeALmh0bWw=?=");
    let (bench, answer) = part(html, &[b"PHNjcmlw", b"dD5hbGVydCgx", b"KTwvc2NyaXB0Pg=="], "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text(), "<script>alert(1)</script>");
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"__.html\"; filename*=UTF-8''%ED%8E%B8%EC%A7%80.html"
    );
    assert_eq!(
        answer.header("content-security-policy"),
        "default-src 'none'; sandbox; frame-ancestors 'none'"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
    let (at, section) = bench.script.fetched.lock().unwrap()[0].clone();
    assert_eq!((at.folder.as_str(), at.validity.0, at.uid.0), ("Re&d/편지", 3, 9));
    assert_eq!(section, Section::Part("1.2".into()));
}

#[tokio::test(start_paused = true)]
async fn r12_only_pictures_by_their_bytes_and_plain_text_are_shown() {
    for (mime, bytes, shown) in [
        ("image/png", PNG, Some("image/png")),
        ("application/octet-stream", PNG, Some("image/png")),
        ("text/html", PNG, Some("image/png")),
        ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>" as &[u8], None),
        ("image/png", b"<html><script>", None),
        ("text/html", b"<b>hello</b>", None),
        ("application/pdf", b"%PDF-1.7", None),
        ("text/plain", b"<script>", Some("text/plain; charset=utf-8")),
    ] {
        let (_, answer) = part(leaf(mime, "8bit", "a"), &[bytes], "&inline=1").await;
        assert_eq!(answer.header("content-type"), shown.unwrap_or("application/octet-stream"), "{mime}");
        let inline = answer.header("content-disposition").starts_with("inline;");
        assert_eq!(inline, shown.is_some(), "{mime}");
        assert!(answer.header("content-security-policy").contains("sandbox"));
        // And without `inline=1` nothing is.
        let (_, saved) = part(leaf(mime, "8bit", "a"), &[bytes], "").await;
        assert!(saved.header("content-disposition").starts_with("attachment;"));
    }
    let mut odd = leaf("text/plain", "8bit", "a");
    odd.charset = Some("utf-8\"; x=y".into());
    assert_eq!(part(odd, &[b"x"], "&inline=1").await.1.header("content-type"), "text/plain; charset=utf-8");
    let mut korean = leaf("text/plain", "8bit", "a");
    korean.charset = Some("euc-kr".into());
    assert_eq!(
        part(korean, &[b"x"], "&inline=1").await.1.header("content-type"),
        "text/plain; charset=euc-kr"
    );
}

#[tokio::test(start_paused = true)]
async fn a_large_part_is_streamed_whole() {
    let chunk = vec![b'x'; 200_000];
    let (_, answer) = part(leaf("a/b", "7bit", "big"), &[&chunk, &chunk, b"end"], "").await;
    assert_eq!(answer.header("content-length"), "", "not known beforehand");
    let text = answer.text();
    assert!(text.len() == 400_003 && text.ends_with("end"));
    let (_, small) = part(leaf("a/b", "7bit", "small"), &[b"12", b"3"], "").await;
    assert_eq!(small.text(), "123");
}

/// Asks for a range of a part that lies encoded on the server in pieces.
async fn ranged(encoding: &str, chunks: &[&[u8]], headers: &[(&str, &str)]) -> Answer {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    let bytes = chunks.iter().map(|c| Ok(FetchChunk::Bytes(Bytes::copy_from_slice(c))));
    let head = Ok(FetchChunk::Head(leaf("a/b", encoding, "x")));
    *bench.script.download.lock().unwrap() = [head].into_iter().chain(bytes).collect();
    let uri = format!("/api/part{}&section=1.2", query(""));
    let mut request = bench.get(&uri).header("cookie", cookie);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    bench.send(request).await
}

#[tokio::test(start_paused = true)]
async fn one_range_of_the_decoded_bytes_may_be_asked_for() {
    // "0123456789", and the same amid what is too large to be held.
    let small: &[&[u8]] = &[b"MDEyMzQ", b"1Njc4OQ=="];
    for (range, text, said) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=0-99", "0123456789", "bytes 0-9/10"),
    ] {
        let answer = ranged("base64", small, &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (206, text), "{range}");
        assert_eq!(answer.header("content-range"), said);
        assert_eq!(answer.header("content-length"), text.len().to_string());
        assert_eq!(answer.header("accept-ranges"), "bytes");
    }
    let filler = vec![b'x'; 150_000];
    let large: &[&[u8]] = &[&filler, b"0123456789", &filler, b"end"];
    for (range, text, said) in [
        ("bytes=149999-150010", "x0123456789x", "bytes 149999-150010/300013"),
        ("bytes=300009-", "xend", "bytes 300009-300012/300013"),
        ("bytes=-4", "xend", "bytes 300009-300012/300013"),
        ("bytes=1-2", "xx", "bytes 1-2/300013"),
    ] {
        let answer = ranged("8bit", large, &[("range", range)]).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (206, text), "{range}");
        assert_eq!(answer.header("content-range"), said);
    }
}

#[tokio::test(start_paused = true)]
async fn ranges_that_do_not_fit_are_refused_or_ignored() {
    let chunks: &[&[u8]] = &[b"0123456789"];
    let beyond = ranged("8bit", chunks, &[("range", "bytes=10-")]).await;
    assert_eq!((beyond.status.as_u16(), beyond.header("content-range")), (416, "bytes */10"));
    let whole = ranged("8bit", chunks, &[]).await;
    let tag = whole.header("etag");
    assert_eq!(tag, "\"3-9-1.2\"");
    let ignored = [
        ranged("8bit", chunks, &[("range", "bytes=0-1,3-4")]).await,
        ranged("8bit", chunks, &[("range", "bytes=0-1"), ("if-range", "\"another\"")]).await,
    ];
    for answer in ignored.iter().chain([&whole]) {
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "0123456789"));
        assert_eq!(answer.header("content-range"), "");
    }
    let same = ranged("8bit", chunks, &[("range", "bytes=0-1"), ("if-range", tag)]).await;
    assert_eq!((same.status.as_u16(), same.text().as_str()), (206, "01"));
}

#[tokio::test(start_paused = true)]
async fn a_download_that_breaks_off_is_seen_to() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    let uri = format!("/api/part{}&section=1", query(""));
    let ask = || bench.send(bench.get(&uri).header("cookie", &cookie));
    let head = Ok(FetchChunk::Head(leaf("a/b", "7bit", "x")));
    let lost = || Err(ApiError::new(ErrorKind::Disconnected));
    let many = Ok(FetchChunk::Bytes(Bytes::from(vec![0; 100_000])));
    *bench.script.download.lock().unwrap() = vec![head.clone(), many.clone(), many.clone(), lost()];
    assert!(ask().await.body.is_err(), "cut off, not ended");
    *bench.script.download.lock().unwrap() = vec![head.clone(), lost()];
    assert_eq!(ask().await.kind(), "Disconnected", "early enough to say so");
    *bench.script.download.lock().unwrap() = vec![Err(ApiError::new(ErrorKind::Gone))];
    assert_eq!(ask().await.status, 404);
    *bench.script.download.lock().unwrap() = vec![];
    assert_eq!(ask().await.kind(), "Gone");
    bench.script.dies.store(true, Ordering::Relaxed);
    let small = Ok(FetchChunk::Bytes(Bytes::from_static(b"half")));
    *bench.script.download.lock().unwrap() = vec![head.clone(), small];
    assert_eq!(ask().await.kind(), "Disconnected", "what died is not what ended");
    *bench.script.download.lock().unwrap() = vec![head, many];
    assert!(ask().await.body.is_err(), "cut off, not ended");
}

#[tokio::test(start_paused = true)]
async fn raw_source_is_text_or_a_file() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    let head = Ok(FetchChunk::Head(leaf("message/rfc822", "", "x")));
    let body = Ok(FetchChunk::Bytes(Bytes::from_static(b"Subject: <b>\r\n\r\n=3D")));
    *bench.script.download.lock().unwrap() = vec![head, body];
    for (more, mime, kind) in [
        ("", "text/plain; charset=utf-8", "inline"),
        ("&download=1", "application/octet-stream", "attachment"),
    ] {
        let uri = format!("/api/raw{}", query(more));
        let answer = bench.send(bench.get(&uri).header("cookie", &cookie)).await;
        assert_eq!(answer.text(), "Subject: <b>\r\n\r\n=3D");
        assert_eq!(answer.header("content-type"), mime);
        assert!(answer.header("content-disposition").starts_with(kind));
        assert!(answer.header("content-disposition").contains("message-9.eml"));
    }
    assert_eq!(bench.script.fetched.lock().unwrap()[0].1, Section::Whole);
}

#[tokio::test(start_paused = true)]
async fn r14_a_section_is_numbers_and_dots() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    for section in
        ["", "1.", ".1", "TEXT", "1]%20BODY[", "1%0D%0AX", "1%002", "HEADER", "-1", &"1.".repeat(80)]
    {
        let uri = format!("/api/part{}&section={section}", query(""));
        let answer = bench.send(bench.get(&uri).header("cookie", &cookie)).await;
        assert_eq!(answer.status, 400, "{section}");
    }
    assert!(bench.script.fetched.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn downloads_need_the_cookie_and_the_session() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    let other = "00".repeat(16);
    for path in ["/api/part?section=1&", "/api/raw?", "/api/image?u=http://127.0.0.1/&"] {
        let uri = |s: &str| format!("{path}s={s}&folder=INBOX&validity=1&uid=1");
        assert_eq!(bench.send(bench.get(&uri(&SESSION.hex()))).await.status, 401, "{path}");
        let answer = bench.send(bench.get(&uri(&other)).header("cookie", &cookie)).await;
        assert_eq!(answer.kind(), "SignedOut", "{path}");
        assert_eq!(bench.send(bench.get(&uri("zz")).header("cookie", &cookie)).await.status, 400);
    }
}

/// Answers every connection with these bytes.
async fn image_host(body: &'static [u8]) -> u16 {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let line = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(&[line.as_bytes(), body].concat()).await.ok();
        }
    });
    port
}

#[tokio::test]
async fn r08_remote_images_are_judged_by_their_bytes() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    for (body, good) in
        [(PNG, true), (b"<svg onload=alert(1)>" as &[u8], false), (b"<html>", false), (b"", false)]
    {
        let port = image_host(body).await;
        let uri = format!("/api/image?s={}&u=http%3A%2F%2F127.0.0.1%3A{port}%2Fx.png%3Fa%3Db", SESSION.hex());
        let answer = bench.send(bench.get(&uri).header("cookie", &cookie)).await;
        if good {
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "image/png"));
            assert_eq!(answer.body.as_deref().unwrap(), body);
            assert!(answer.header("content-security-policy").contains("sandbox"));
        } else {
            assert_eq!(answer.kind(), "Gone");
        }
    }
}

#[tokio::test]
async fn r08_every_refusal_of_an_image_looks_the_same() {
    let bench = Bench::with("https://mail.example.org", |config| config.egress.images_private.clear());
    let cookie = bench.cookie().await;
    let open = image_host(PNG).await;
    let mut seen = Vec::new();
    for url in [
        format!("http://127.0.0.1:{open}/"),
        "http://127.0.0.1:1/".into(),
        "http://10.0.0.1/".into(),
        "http://[::1]/".into(),
        "http://169.254.169.254/latest/".into(),
        "file:///etc/passwd".into(),
        "gopher://x".into(),
        "nonsense".into(),
    ] {
        let encoded: String = url.bytes().map(|b| format!("%{b:02X}")).collect();
        let uri = format!("/api/image?s={}&u={encoded}", SESSION.hex());
        let answer = bench.send(bench.get(&uri).header("cookie", &cookie)).await;
        seen.push((answer.status, answer.text()));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn r08_images_are_counted_per_session() {
    let bench = Bench::with("https://mail.example.org", |config| {
        let mut limits = (*config.limits).clone();
        limits.images_per_message = 2;
        config.limits = limits.into();
    });
    let cookie = bench.cookie().await;
    let uri = format!("/api/image?s={}&u=nonsense", SESSION.hex());
    let ask = || bench.send(bench.get(&uri).header("cookie", &cookie));
    for n in 0..6 {
        assert_eq!(ask().await.kind(), "Gone", "{n}");
    }
    assert_eq!(ask().await.kind(), "RateLimited");
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    assert_eq!(ask().await.kind(), "Gone");
}

#[tokio::test]
async fn r08_bytes_of_images_are_counted_per_session() {
    let bench = Bench::with("https://mail.example.org", |config| {
        let mut limits = (*config.limits).clone();
        // Three messages a minute: room for two of the largest size and a bit, and small ones take little.
        (limits.image_bytes, limits.images_bytes) = (60, 50);
        config.limits = limits.into();
    });
    let cookie = bench.cookie().await;
    let port = image_host(PNG).await;
    let uri = format!("/api/image?s={}&u=http%3A%2F%2F127.0.0.1%3A{port}%2F", SESSION.hex());
    let ask = || bench.send(bench.get(&uri).header("cookie", &cookie));
    let room = 150 - 60;
    for n in 0..=room / PNG.len() {
        assert_eq!(ask().await.status, 200, "{n}");
    }
    assert_eq!(ask().await.kind(), "RateLimited");
}
