//! Modules as deltas to one that the browser has (RFC 9842).
use super::bench::{Answer, Bench};
use axum::body::Bytes;
use axum::http::request::Builder;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

pub const MAIL: &str = "/assets/pyeonji_frontend_bg.0123456789ab.wasm";
pub const LAB: &str = "/assets/pyeonji_lab_bg.0123456789ab.wasm";
const PLAIN: &str = "/assets/app.0123456789ab.js";
/// As Chromium asks for a module when it has a dictionary.
const ALL: &str = "gzip, deflate, br, zstd, dcb, dcz";

fn mail() -> Vec<u8> {
    b"mail ".repeat(100)
}

fn delta(digest: &[u8], text: &str) -> Bytes {
    [b"\xffDCB", digest, text.as_bytes()].concat().into()
}

/// A module that is a dictionary, one with deltas to that and to one that isn't there, and a delta that can't be one.
pub fn modules() -> Vec<(String, Bytes)> {
    let files = [
        (MAIL, "", mail().into()),
        (MAIL, ".br", "squeezed mail".into()),
        (LAB, "", b"lab ".repeat(100).into()),
        (LAB, ".br", "squeezed lab, all of it and some more than a delta has".into()),
        (LAB, ".other.dcb", delta(&[7; 32], "to another")),
        (LAB, ".short.dcb", Bytes::from_static(b"\xffDCB")),
        (LAB, ".pyeonji_frontend.dcb", delta(&Sha256::digest(mail()), "to mail")),
        (
            PLAIN,
            ".pyeonji_frontend.dcb",
            delta(&Sha256::digest(mail()), &"longer than the whole ".repeat(99)),
        ),
    ];
    files.map(|(path, ending, bytes)| (format!("{}{ending}", &path[1..]), bytes)).into()
}

fn named(digest: &[u8]) -> String {
    format!(":{}:", BASE64_STANDARD.encode(digest))
}

pub fn by_who_has_mail(request: Builder) -> Builder {
    request.header("accept-encoding", ALL).header("available-dictionary", named(&Sha256::digest(mail())))
}

fn coding(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.header("content-encoding"))
}

#[tokio::test]
async fn who_has_the_dictionary_gets_the_delta() {
    let bench = Bench::new();
    let answer = bench.send(by_who_has_mail(bench.get(LAB))).await;
    assert_eq!(coding(&answer), (200, "dcb"));
    assert!(answer.text().ends_with("to mail"), "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/wasm");
    assert_eq!(answer.header("vary"), "accept-encoding, available-dictionary");
    assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
    let other = bench.get(LAB).header("accept-encoding", ALL).header("available-dictionary", named(&[7; 32]));
    assert!(bench.send(other).await.text().ends_with("to another"));
}

#[tokio::test]
async fn whoever_else_gets_brotli() {
    let bench = Bench::new();
    let right = named(&Sha256::digest(mail()));
    let bare = right.trim_matches(':');
    let wrong = [
        named(&[8; 32]),
        named(&[]),
        bare.to_owned(),
        format!(":{bare}"),
        format!("\"{bare}\""),
        format!("{right}, {right}"),
        right.to_lowercase(),
        String::new(),
        "::".into(),
        "😀".into(),
        format!(":{}:", "A".repeat(5_000)),
    ];
    for dictionary in wrong {
        let request =
            bench.get(LAB).header("accept-encoding", ALL).header("available-dictionary", &dictionary);
        assert_eq!(coding(&bench.send(request).await), (200, "br"), "{dictionary}");
    }
    for accept in ["br", "br, dcz", "br, dcb;q=0", "br, xdcb"] {
        let request = bench.get(LAB).header("accept-encoding", accept).header("available-dictionary", &right);
        assert_eq!(coding(&bench.send(request).await), (200, "br"), "{accept}");
    }
    assert_eq!(coding(&bench.send(bench.get(LAB).header("accept-encoding", ALL)).await), (200, "br"));
    let twice = by_who_has_mail(by_who_has_mail(bench.get(LAB)));
    assert_eq!(coding(&bench.send(twice).await), (200, "br"));
    let unpacked = bench.get(LAB).header("available-dictionary", &right);
    let answer = bench.send(unpacked).await;
    assert_eq!(coding(&answer), (200, ""));
    // A cache in between must not hand this to who has the dictionary, nor the other way round.
    assert_eq!(answer.header("vary"), "accept-encoding, available-dictionary");
}

#[tokio::test]
async fn only_a_module_that_has_deltas_to_it_is_a_dictionary() {
    let bench = Bench::new();
    for (path, value) in [
        (MAIL, "match=\"/assets/pyeonji_*_bg.*.wasm\""),
        (LAB, ""),
        (PLAIN, ""),
        ("/", ""),
        ("/assets/none.wasm", ""),
    ] {
        let answer = bench.send(by_who_has_mail(bench.get(path))).await;
        assert_eq!(answer.header("use-as-dictionary"), value, "{path}");
    }
    let answer = bench.send(bench.get(MAIL)).await;
    assert_eq!(answer.header("vary"), "accept-encoding");
}

#[tokio::test]
async fn a_delta_that_saves_nothing_or_asked_for_by_name_is_not_there() {
    let bench = Bench::new();
    assert_eq!(coding(&bench.send(by_who_has_mail(bench.get(PLAIN))).await), (200, "br"));
    let by_name = bench.get(&format!("{LAB}.pyeonji_frontend.dcb"));
    assert_eq!(bench.send(by_name).await.status, 404);
}

#[tokio::test]
async fn every_coding_has_a_tag_of_its_own_and_each_is_as_fresh() {
    let bench = Bench::new();
    let requests =
        [bench.get(LAB), bench.get(LAB).header("accept-encoding", "br"), by_who_has_mail(bench.get(LAB))];
    let mut tags = Vec::new();
    for request in requests {
        tags.push(bench.send(request).await.header("etag").to_owned());
    }
    assert!(tags[1].ends_with("-br\"") && tags[2].ends_with("-dcb\""), "{tags:?}");
    for tag in &tags {
        let answer = bench.send(bench.get(LAB).header("if-none-match", tag)).await;
        assert_eq!((answer.status.as_u16(), answer.header("etag")), (304, tag.as_str()));
        assert_eq!(bench.send(bench.get(MAIL).header("if-none-match", tag)).await.status, 200);
    }
}
