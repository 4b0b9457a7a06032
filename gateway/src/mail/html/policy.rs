//! The allowlist (R1): what of HTML a mail may use. ammonia builds and cleans the tree; this says how.
use super::{CLAIM, REMOTE, css};
use ammonia::{Builder, Url, UrlRelative};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

const TAGS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// On any element. No `id` and `name`: they reach the page as named properties of the document.
const ANYWHERE: &[&str] =
    &["align", "class", "dir", "hidden", "lang", "role", "style", "title", "valign", "bgcolor"];

const BY_TAG: &[(&str, &[&str])] = &[
    ("a", &["href", CLAIM]),
    ("img", &["src", REMOTE, "alt", "width", "height", "border", "hspace", "vspace"]),
    (
        "table",
        &[
            "border",
            "cellpadding",
            "cellspacing",
            "width",
            "height",
            "bordercolor",
            "frame",
            "rules",
            "summary",
        ],
    ),
    ("td", &["width", "height", "colspan", "rowspan", "nowrap", "abbr", "scope", "bordercolor"]),
    ("th", &["width", "height", "colspan", "rowspan", "nowrap", "abbr", "scope", "bordercolor"]),
    ("tr", &["height", "bordercolor"]),
    ("col", &["span", "width"]),
    ("colgroup", &["span", "width"]),
    ("font", &["color", "face", "size"]),
    ("hr", &["color", "size", "width", "noshade"]),
    ("ol", &["start", "type", "reversed"]),
    ("ul", &["type"]),
    ("li", &["type", "value"]),
    ("pre", &["width"]),
    ("br", &["clear"]),
    ("blockquote", &["type"]),
    ("del", &["datetime"]),
    ("ins", &["datetime"]),
    ("time", &["datetime"]),
    ("details", &["open"]),
];

/// Dropped with their content wherever they turn up (the rewriting left none; the tree builder could make some).
const WITH_CONTENT: &[&str] = &[
    "script",
    "style",
    "svg",
    "math",
    "title",
    "textarea",
    "xmp",
    "iframe",
    "noembed",
    "noframes",
    "noscript",
    "plaintext",
    "template",
    "object",
    "applet",
    "audio",
    "video",
    "canvas",
    "select",
    "datalist",
    "frameset",
    "map",
];

/// Columns or rows that one cell may cover.
const MAX_SPAN: u32 = 50;

const SCHEMES: &[&str] = &["https", "http", "mailto", "tel", "cid"];

pub(super) fn keeps_tag(name: &str) -> bool {
    TAGS.contains(&name)
}

pub(super) fn keeps_attribute(tag: &str, name: &str) -> bool {
    ANYWHERE.contains(&name)
        || BY_TAG.iter().any(|(found, attributes)| *found == tag && attributes.contains(&name))
}

/// Cleans a document; returns the fragment and how many remote images it holds.
pub(super) fn clean(html: &str) -> (String, u32) {
    let images = Arc::new(AtomicU32::new(0));
    let counter = images.clone();
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.iter().copied().collect())
        .clean_content_tags(WITH_CONTENT.iter().copied().collect())
        .generic_attributes(ANYWHERE.iter().copied().collect())
        .tag_attributes(
            BY_TAG.iter().map(|(tag, attributes)| (*tag, attributes.iter().copied().collect())).collect(),
        )
        .set_tag_attribute_values(HashMap::from([("a", HashMap::from([("target", "_blank")]))]))
        .url_schemes(SCHEMES.iter().copied().collect::<HashSet<_>>())
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer"))
        .strip_comments(true)
        .attribute_filter(move |tag, attribute, value| filter(tag, attribute, value, &counter));
    let html = builder.clean(html).to_string();
    (html, images.load(Ordering::Relaxed))
}

/// The value an attribute keeps; `None` drops it.
fn filter<'v>(tag: &str, attribute: &str, value: &'v str, images: &AtomicU32) -> Option<Cow<'v, str>> {
    match attribute {
        "style" => Some(css::declarations(value)).filter(|css| !css.is_empty()).map(Cow::Owned),
        // Without a value it can't be found and opened by a search, either.
        "hidden" => Some("".into()),
        "href" => link(value).map(Cow::Owned),
        // R7: only what lies within the message may be a source.
        "src" => inline(value).map(Cow::Owned),
        REMOTE if tag == "img" => {
            let url = remote(value)?;
            images.fetch_add(1, Ordering::Relaxed);
            Some(Cow::Owned(url))
        }
        // A browser stops at 1,000 columns anyhow; what lays out text from tables would take its time.
        "colspan" | "rowspan" | "span" => {
            let span: u32 = value.trim().parse().ok()?;
            Some(Cow::Owned(span.clamp(1, MAX_SPAN).to_string()))
        }
        CLAIM => Some(value.into()).filter(|_| value.len() <= 253),
        _ => Some(value.into()),
    }
}

/// A part of the message by its content id (RFC 2392), percent-decoded where that needs no escape again.
fn inline(value: &str) -> Option<String> {
    let value = value.trim();
    let id =
        value.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("cid:")).and_then(|_| value.get(4..))?;
    let decoded = super::read::percent_decoded(id);
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '_' | '-' | '+' | '=' | '$' | '!');
    Some(format!("cid:{}", if decoded.chars().all(plain) { &decoded } else { id }))
}

/// A link in the one spelling that the URL standard gives it: the host in ASCII, no user name that looks like a host.
fn link(value: &str) -> Option<String> {
    let mut url = Url::parse(value).ok()?;
    if !matches!(url.scheme(), "http" | "https" | "mailto" | "tel") {
        return None;
    }
    if url.has_host() {
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
    }
    Some(url.into())
}

/// The address of a picture on the web.
fn remote(value: &str) -> Option<String> {
    let value = value.trim();
    // `//host/path`: the frame has no scheme of its own, and nobody means http by it today.
    let url = if value.starts_with("//") { Url::parse(&format!("https:{value}")) } else { Url::parse(value) };
    let url = url.ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.into())
}
