//! R30: the limits hold exactly, and nothing below them is slow.
use crate::mail::html::{MAX_ATTRIBUTES, MAX_BYTES, MAX_CSS, MAX_DEPTH, MAX_TAGS, TooBig, sanitise};
use std::time::{Duration, Instant};

fn reason(html: &str) -> Option<&'static str> {
    sanitise(html).err().map(|TooBig(reason)| reason)
}

#[test]
fn r30_html_limits_are_exact() {
    assert_eq!(reason(&"a".repeat(MAX_BYTES)), None);
    assert_eq!(reason(&"a".repeat(MAX_BYTES + 1)), Some("bytes"));
    assert_eq!(reason(&"<br>".repeat(MAX_TAGS)), None);
    assert_eq!(reason(&"<br>".repeat(MAX_TAGS + 1)), Some("tags"));
    assert_eq!(reason(&"<div>".repeat(MAX_DEPTH)), None);
    assert_eq!(reason(&"<div>".repeat(MAX_DEPTH + 1)), Some("depth"));
    let attributes = |n: usize| format!("<p {}>", (0..n).map(|n| format!("a{n} ")).collect::<String>());
    assert_eq!(reason(&attributes(MAX_ATTRIBUTES)), None);
    assert_eq!(reason(&attributes(MAX_ATTRIBUTES + 1)), Some("attributes"));
    let css = |n: usize| format!("<style>{}</style>", "x".repeat(n));
    assert_eq!(reason(&css(MAX_CSS)), None);
    assert_eq!(reason(&css(MAX_CSS + 1)), Some("css"));
}

#[test]
fn r30_html_bombs_end_soon() {
    let bombs: Vec<(&str, String)> = vec![
        ("nested", "<div>".repeat(100_000)),
        ("nested b", "<b>".repeat(100_000)),
        ("p b", (0..9_000).map(|n| format!("<p><b x={n}>")).collect()),
        (
            "copies",
            (0..200).map(|n| format!("<font color=c{n}>")).collect::<String>() + &"<p>x</p>".repeat(9_000),
        ),
        (
            "fat copies",
            (0..200).map(|n| format!("<font color='{}{n}'>", "x".repeat(2_000))).collect::<String>()
                + &"<p>x</p>".repeat(5_000),
        ),
        ("stray ends", "</b></p></a>".repeat(6_000)),
        ("tables", "<table><tr><td>".repeat(6_000)),
        ("foster", "<table>".to_owned() + &"<b>x".repeat(9_000)),
        ("a in a", "<a href=x><p>".repeat(9_000)),
        ("attributes", format!("<p {}>", "a=1 ".repeat(200_000))),
        ("many attributes", format!("<p {}>", (0..100_000).map(|n| format!("a{n} ")).collect::<String>())),
        ("open svg", "<svg>".repeat(19_000)),
        ("svg pairs", "<svg></svg>".repeat(9_900)),
        ("comments", "<!--".repeat(200_000)),
        ("quotes", "<a x=\"".repeat(100_000)),
        ("lt", "<".repeat(1 << 20)),
        ("ends", "</".repeat(1 << 19)),
        ("style", format!("<style>{}", "a{".repeat(60_000))),
        ("style starts", "<style>".repeat(100_000)),
        ("styled", "<p style='color:red;width:calc((1px + 2px) * 3)'>x</p>".repeat(2_000)),
        ("entities", "&amp;&lt;&#x26;".repeat(20_000)),
        ("links", "<a href=https://x.test>https://y.test</a>".repeat(9_900)),
        ("open links", "<a href=https://x.test>a.b ".repeat(19_000)),
        ("lists", "<ul><li>".repeat(9_000)),
        ("headings", "<h1><h2>".repeat(9_000)),
        ("text", "x".repeat(1 << 20)),
    ];
    for (name, html) in bombs {
        let began = Instant::now();
        let html = &html[..html.floor_char_boundary(MAX_BYTES)];
        let found = sanitise(html).map(|found| found.html.0.len());
        let took = began.elapsed();
        println!("{name}: {} bytes in {took:?}: {found:?}", html.len());
        // Unoptimised and on a busy machine; the release build is some twenty times faster.
        assert!(took < Duration::from_secs(60), "{name} took {took:?}");
    }
}
