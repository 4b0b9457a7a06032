//! Chooses what to show of a message's text parts and builds the HTML and the text from it (RFC 2046 §5.1).
use super::{Effort, bounded, flowed, plain};
use crate::account::request::Leaf;
use crate::mail::encoding::Decoder;
use crate::mail::{charset, html};
use pyeonji_shared::message::{SafeHtml, ViewNote};

/// Text parts that are shown one after another; further ones are listed as files.
const MAX_SEGMENTS: usize = 50;

#[derive(Debug, Default)]
pub(super) struct Shown {
    pub html: Option<SafeHtml>,
    pub text: String,
    pub remote_images: u32,
    /// Indices of the leaves that became the body, alternatives included.
    pub used: Vec<usize>,
    pub notes: Vec<ViewNote>,
}

/// One stretch of the body: a text part, or the alternatives of one.
#[derive(Debug, Default)]
struct Segment {
    plain: Option<usize>,
    html: Option<usize>,
    /// The section prefix of a `multipart/alternative`, if it stands in one.
    group: Option<String>,
}

pub(super) fn build(leaves: &[Leaf], effort: Effort) -> Shown {
    let mut shown = Shown::default();
    let segments = segments(leaves);
    let with_html = effort == Effort::Full && segments.iter().any(|segment| segment.html.is_some());
    let mut html = String::new();
    for segment in &segments {
        shown.used.extend(segment.plain.into_iter().chain(segment.html));
        let plain = segment.plain.and_then(|index| leaves.get(index)).map(|leaf| text_of(leaf, &mut shown));
        let source = segment.html.and_then(|index| leaves.get(index)).map(|leaf| decoded(leaf, &mut shown));
        let clean = source.as_deref().filter(|_| effort == Effort::Full).map(html::sanitise);
        let failed = matches!(clean, Some(Err(_))) || (effort == Effort::PlainText && source.is_some());
        if failed {
            shown.notes.push(ViewNote::HtmlTooBig);
        }
        let clean = clean.and_then(Result::ok);
        let text = match (&plain, &clean, &source) {
            (Some(plain), ..) if !plain.trim().is_empty() => plain.clone(),
            (_, Some(clean), _) => plain::from_html(&clean.html.0),
            (_, None, Some(source)) => plain::clean(&html::text_only(&html::visible(source))),
            _ => String::new(),
        };
        match clean {
            Some(clean) => {
                html.push_str(&clean.html.0);
                shown.remote_images = shown.remote_images.saturating_add(clean.remote_images);
            }
            None if with_html => html.push_str(&as_html(&text)),
            None => {}
        }
        if !shown.text.is_empty() && !text.is_empty() {
            shown.text.push('\n');
        }
        shown.text.push_str(&text);
    }
    let (text, cut) = bounded(std::mem::take(&mut shown.text));
    shown.text = text;
    if cut {
        shown.notes.push(ViewNote::Truncated);
    }
    // With one part too big for HTML, the text of all of them is the honest view.
    if with_html && !shown.notes.contains(&ViewNote::HtmlTooBig) {
        shown.html = Some(SafeHtml(html));
    } else {
        shown.remote_images = 0;
    }
    shown
}

/// A text part between HTML parts.
fn as_html(text: &str) -> String {
    let mut out = String::from("<div style=\"white-space:pre-wrap\">");
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out.push_str("</div>");
    out
}

fn segments(leaves: &[Leaf]) -> Vec<Segment> {
    let mut list: Vec<Segment> = Vec::new();
    for (index, leaf) in leaves.iter().enumerate() {
        let is_html = leaf.mime == "text/html";
        if !(is_html || is_plain(leaf)) || !is_body(leaf, list.is_empty()) || list.len() >= MAX_SEGMENTS {
            continue;
        }
        let prefix = leaf.section.rsplit_once('.').map_or("", |(prefix, _)| prefix);
        // An HTML alternative may stand within `related`, below the group.
        let within = |group: &String| {
            prefix == group
                || group.is_empty()
                || prefix.strip_prefix(group.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        let place = list.iter_mut().rev().find(|segment| segment.group.as_ref().is_some_and(within));
        match place {
            Some(segment) if is_html => {
                // The last alternative is the richest (RFC 2046 §5.1.4), but its first HTML is the body.
                segment.html.get_or_insert(index);
            }
            Some(segment) => {
                segment.plain.get_or_insert(index);
            }
            None => {
                let group = (leaf.parent == "alternative").then(|| prefix.to_owned());
                let (plain, html) = if is_html { (None, Some(index)) } else { (Some(index), None) };
                list.push(Segment { plain, html, group });
            }
        }
    }
    list
}

/// An unreadable type is plain text (RFC 2045 §5.2).
fn is_plain(leaf: &Leaf) -> bool {
    matches!(
        leaf.mime.as_str(),
        "text/plain" | "text" | "" | "text/enriched" | "text/richtext" | "text/markdown"
    )
}

/// Shown in place rather than offered as a file.
fn is_body(leaf: &Leaf, first: bool) -> bool {
    let named = leaf.name.as_deref().is_some_and(|name| !name.is_empty());
    leaf.bytes.is_some()
        && leaf.disposition.as_deref() != Some("attachment")
        && (!named || first || leaf.parent == "alternative")
}

fn decoded(leaf: &Leaf, shown: &mut Shown) -> String {
    let bytes = Decoder::decode(&leaf.encoding, leaf.bytes.as_deref().unwrap_or_default());
    let label = leaf.charset.clone().or_else(|| meta_charset(leaf, &bytes));
    let (text, guessed) = charset::decode(label.as_deref(), &bytes);
    if guessed && !shown.notes.contains(&ViewNote::CharsetGuessed) {
        shown.notes.push(ViewNote::CharsetGuessed);
    }
    text
}

/// The charset an HTML part names within itself when its header names none.
fn meta_charset(leaf: &Leaf, bytes: &[u8]) -> Option<String> {
    if leaf.mime != "text/html" {
        return None;
    }
    let head = String::from_utf8_lossy(bytes.get(..2_048).unwrap_or(bytes)).to_ascii_lowercase();
    let at = head.find("charset=")?;
    let tail = head.get(at + 8..)?.trim_start_matches(['"', '\'', ' ']);
    let end =
        tail.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(tail.len());
    tail.get(..end).filter(|label| !label.is_empty()).map(str::to_owned)
}

fn text_of(leaf: &Leaf, shown: &mut Shown) -> String {
    let text = decoded(leaf, shown);
    let text = match leaf.flowed {
        Some(delsp) => flowed::unflow(&text, delsp),
        None => text,
    };
    plain::clean(&text)
}
