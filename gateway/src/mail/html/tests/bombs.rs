//! R30: the limits hold exactly, and what would cost more than its size is stopped by the limit that was made for it.
use crate::mail::html::{
    MAX_ATTRIBUTES, MAX_BYTES, MAX_CSS, MAX_DEPTH, MAX_OUTPUT, MAX_TAGS, TooBig, sanitise,
};

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

/// What a bomb comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Its cost grows with its size alone; it is read.
    Read,
    /// Stopped by that limit.
    Past(&'static str),
}
use End::{Past, Read};

/// Each pattern as often as fits into the bytes of a part, so that no other limit hides the one that is meant.
fn bombs() -> Vec<(&'static str, String, End)> {
    let fill = |head: &str, unit: &str| head.to_owned() + &unit.repeat((MAX_BYTES - head.len()) / unit.len());
    let numbered = |n: usize, unit: fn(usize) -> String| (0..n).map(unit).collect::<String>();
    let fonts = |filler: &str| (0..200).map(|n| format!("<font color='{filler}{n}'>")).collect::<String>();
    vec![
        ("nested", fill("", "<div>"), Past("depth")),
        ("nested b", fill("", "<b>"), Past("depth")),
        ("p b", numbered(9_000, |n| format!("<p><b x={n}>")), Past("depth")),
        ("copies", fonts("c") + &"<p>x</p>".repeat(9_000), Past("nodes")),
        ("fat copies", fonts(&"x".repeat(2_000)) + &"<p>x</p>".repeat(900), Past("nodes")),
        ("stray ends", "</b></p></a>".repeat(6_000), Read),
        ("tables", fill("", "<table><tr><td>"), Past("depth")),
        ("foster b", fill("<table>", "<b>x"), Past("depth")),
        ("foster", "<table>".to_owned() + &"x<br>".repeat(9_000), Past("fostered")),
        ("foster pairs", "<table>".to_owned() + &"<i>x</i>".repeat(4_000), Past("fostered")),
        ("foster rows", "<table>".to_owned() + &"<tr>x".repeat(9_000), Past("fostered")),
        ("foster ends", "<table>".to_owned() + &"</p>".repeat(9_000), Past("fostered")),
        ("foster behind a cell", "<table><td></tr>".to_owned() + &"x<br>".repeat(9_000), Past("fostered")),
        ("attributes", fill("<p ", "a=1 "), Read),
        ("many attributes", numbered(100_000, |n| format!("<p a{n} ")), Past("attributes")),
        ("open svg", fill("", "<svg>"), Past("tags")),
        ("svg pairs", "<svg></svg>".repeat(9_900), Read),
        ("comments", fill("", "<!--a-->"), Read),
        ("open comments", fill("", "<!--"), Read),
        ("quotes", fill("", "<a x=\""), Read),
        ("less", fill("", "<"), Past("nodes")),
        ("ends", fill("", "</"), Read),
        ("style", format!("<style>{}", "a{".repeat(60_000)), Read),
        ("style starts", fill("", "<style>"), Past("css")),
        ("styled", "<p style='color:red;width:calc((1px + 2px) * 3)'>x</p>".repeat(2_000), Read),
        ("ampersands", fill("", "&"), Past("escapes")),
        ("references", fill("", "&amp;"), Past("escapes")),
        ("blanks", fill("", "\u{a0}"), Past("escapes")),
        ("ampersands in a link", fill("<a href=x.y>.", "&"), Past("escapes")),
        ("ampersands in a value", fill("<img alt='", "&"), Past("escapes")),
        (
            "ampersands in rows",
            fill("<table>", &(String::from("<tr>") + &"&".repeat(2_000))),
            Past("escapes"),
        ),
        ("code", "if (a &lt; b) {}".repeat(12_000), Read),
        ("links", "<a href=https://x.test>https://y.test</a>".repeat(5_000), Read),
        ("open links", "<a href=https://x.test>a.b ".repeat(19_000), Past("tags")),
        ("lists", fill("", "<ul><li>"), Past("depth")),
        ("headings", fill("", "<h1><h2>"), Past("depth")),
        ("text", fill("", "x"), Read),
    ]
}

#[test]
fn r30_html_bombs_meet_their_limit() {
    for (name, html, end) in bombs() {
        assert!(html.len() <= MAX_BYTES, "{name}");
        let found = sanitise(&html);
        println!("{name}: {} bytes: {:?}", html.len(), found.as_ref().map(|found| found.html.0.len()));
        match found {
            Ok(found) => {
                assert_eq!(end, Read, "{name}");
                assert!(found.html.0.len() <= MAX_OUTPUT, "{name}");
            }
            Err(TooBig(limit)) => assert_eq!(end, Past(limit), "{name}"),
        }
    }
}
