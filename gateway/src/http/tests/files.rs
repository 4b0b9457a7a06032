//! The page's own files.
use super::bench::Bench;

#[tokio::test]
async fn every_page_path_is_the_one_page_and_nothing_else_is() {
    let bench = Bench::new();
    for path in ["/", "/mail", "/mail/INBOX", "/mail/%ED%8E%B8%EC%A7%80/7", "/settings", "/lab"] {
        let answer = bench.send(bench.get(path)).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.text().contains("<title>Pyeonji</title>"));
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    }
    for path in [
        "/mailx",
        "/settings/x",
        "/api",
        "/assets/",
        "/assets/../boot.js",
        "/%2e%2e/Cargo.toml",
        "/index.html",
        "/app",
    ] {
        let answer = bench.send(bench.get(path)).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn hashed_files_are_kept_for_ever_and_others_asked_for_again() {
    let bench = Bench::new();
    let hashed = bench.send(bench.get("/assets/app.0123456789ab.js")).await;
    assert_eq!(hashed.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(hashed.header("content-type"), "text/javascript; charset=utf-8");
    for path in ["/assets/plain.js", "/boot.js"] {
        assert_eq!(bench.send(bench.get(path)).await.header("cache-control"), "no-cache", "{path}");
    }
    let again = bench.get("/").header("if-none-match", bench.send(bench.get("/")).await.header("etag"));
    let answer = bench.send(again).await;
    assert_eq!((answer.status.as_u16(), answer.text().len()), (304, 0));
    assert_eq!(bench.send(bench.get("/").header("if-none-match", "\"other\"")).await.status, 200);
}

#[tokio::test]
async fn brotli_for_those_who_take_it() {
    let bench = Bench::new();
    for (accept, squeezed) in [
        ("br", true),
        ("gzip, deflate, br, zstd", true),
        ("br;q=0.5", true),
        ("BR", true),
        ("br;q=0", false),
        ("gzip", false),
        ("", false),
        ("brotli", false),
    ] {
        for path in ["/", "/assets/app.0123456789ab.js"] {
            let answer = bench.send(bench.get(path).header("accept-encoding", accept)).await;
            assert_eq!(answer.header("content-encoding") == "br", squeezed, "{accept}");
            assert_eq!(answer.text().starts_with("squeezed"), squeezed, "{accept}");
            assert_eq!(answer.header("vary"), "accept-encoding");
        }
    }
}

#[tokio::test]
async fn head_has_headers_and_no_body() {
    let bench = Bench::new();
    for path in ["/", "/boot.js"] {
        let request = axum::http::Request::head(path).header("host", &bench.host);
        let answer = bench.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, ""));
    }
}

#[test]
fn a_folder_is_read_with_its_squeezed_twins() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("assets")).unwrap();
    for (name, text) in [("index.html", "page"), ("assets/a.js", "script"), ("assets/a.js.br", "s")] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let assets = format!("{:?}", crate::http::assets::Assets::from_dir(dir.path()).unwrap());
    assert!(assets.contains("\"assets/a.js\"") && !assets.contains("a.js.br"), "{assets}");
}
