//! The sanitiser: untrusted HTML in, an allowlisted fragment out (R1, R6, R7, R11).
//!
//! Four steps: the source is counted and written anew in plain syntax (`rewrite`, with `lexer` and `bounds`);
//! ammonia builds the tree and cleans it by `policy`; styles go through `css`; and the result is proved to be a
//! fixed point, that is, a browser that parses it gets the very tree that was judged.
//!
//! For the page: images of the web are `<img data-remote-src="https://…">` without a source; images of the
//! message are `<img src="cid:…">`; a link whose text names another host has `data-claims-host="that host"`; every
//! link has `target="_blank" rel="noopener noreferrer"`. A `<style>` element, if there is one, comes first.
mod bounds;
mod css;
mod lexer;
mod links;
mod policy;
mod read;
mod rewrite;
mod visible;

pub use read::{content_ids, text_only};
pub use visible::visible;

use pyeonji_shared::message::SafeHtml;

/// Where the address of an image on the web is kept until the person asks for it.
pub const REMOTE: &str = "data-remote-src";
/// The host that a link's text names although the link leads elsewhere.
pub const CLAIM: &str = "data-claims-host";

/// Bytes of one HTML part.
pub const MAX_BYTES: usize = 1 << 20;
/// Start and end tags.
pub const MAX_TAGS: usize = 20_000;
/// Elements within one another.
pub const MAX_DEPTH: usize = 256;
/// Attributes of one element.
pub const MAX_ATTRIBUTES: usize = 64;
/// Bytes of style elements and attributes together.
pub const MAX_CSS: usize = 128 << 10;
/// Bytes that come out; copies of formatting elements can make it more than what went in.
const MAX_OUTPUT: usize = 3 << 20;
/// Rounds until the result must be stable; all mail seen is stable after the first.
const MAX_ROUNDS: usize = 4;

/// What came out, and what the page has to know about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sanitised {
    pub html: SafeHtml,
    /// Images kept as inert `data-remote-src` until the person asks for them.
    pub remote_images: u32,
}

/// Past a limit of SECURITY.md; plain text is shown instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the HTML is past a limit: {0}")]
pub struct TooBig(pub &'static str);

/// Sanitises one HTML part. Its output is a fragment for the body of the sealed frame.
pub fn sanitise(html: &str) -> Result<Sanitised, TooBig> {
    if html.len() > MAX_BYTES {
        return Err(TooBig("bytes"));
    }
    let rewritten = rewrite::rewrite(html)?;
    let mut sheet = css::sheet(&rewritten.css);
    if !sheet.is_empty() {
        sheet = format!("<style>{sheet}</style>");
    }
    let (mut body, mut remote_images) = policy::clean(&rewritten.html);
    for _ in 0..MAX_ROUNDS {
        if sheet.len() + body.len() > MAX_OUTPUT {
            return Err(TooBig("output"));
        }
        // The output is smaller than what the limits allow by far, except where copies were made.
        let again = rewrite::rewrite(&body)?;
        let (stable, images) = policy::clean(&again.html);
        if stable == body {
            return Ok(Sanitised { html: SafeHtml(sheet + &body), remote_images });
        }
        (body, remote_images) = (stable, images);
    }
    Err(TooBig("rounds"))
}

#[cfg(test)]
mod tests;
