//! What the header of a MIME part says of it (RFC 2045, RFC 2046, RFC 2183), bounded.
use crate::account::request::Leaf;
use crate::mail::header::{Fields, Parameters};
use crate::mail::view;

/// Octets of a boundary: what the kept start of a line has room for (RFC 2046 §5.1.1 allows 70).
const MAX_BOUNDARY: usize = super::MAX_LINE_HEAD - 4;
/// Characters of a type and of a subtype (RFC 6838 §4.2).
const MAX_TYPE: usize = 127;
/// Octets of a file name or a Content-ID that are kept.
const MAX_NAME: usize = 1_024;
/// Octets of a charset, an encoding or a disposition that are kept.
const MAX_WORD: usize = 64;

#[derive(Debug)]
pub(super) struct Described {
    /// Without its section, size and bytes.
    pub leaf: Leaf,
    /// Of a multipart that can be split.
    pub multipart: Option<Multipart>,
}

#[derive(Debug)]
pub(super) struct Multipart {
    /// Without the white space at its end, which some transports take off.
    pub boundary: Vec<u8>,
    /// Lower-case.
    pub subtype: String,
}

/// Reads a header. In a digest, a part without a type is a message (RFC 2046 §5.1.5).
pub(super) fn describe(header: &[u8], digest: bool) -> Described {
    let fields = Fields::parse(header);
    let (main, sub, content_type) = match fields.first("content-type") {
        None if digest => ("message".to_owned(), "rfc822".to_owned(), Parameters::default()),
        None => ("text".to_owned(), "plain".to_owned(), Parameters::default()),
        Some(raw) => kind(raw),
    };
    let multipart = (main == "multipart").then(|| content_type.get("boundary").map(str::trim_end)).flatten();
    let multipart = multipart
        .filter(|boundary| !boundary.is_empty() && boundary.len() <= MAX_BOUNDARY)
        .map(|boundary| Multipart { boundary: boundary.as_bytes().to_vec(), subtype: sub.clone() });
    // A multipart that can't be split is the text it holds.
    let mime = if main == "multipart" { "text/plain".to_owned() } else { format!("{main}/{sub}") };
    let disposition = Parameters::parse(fields.first("content-disposition").unwrap_or_default());
    let text =
        |field: &str| fields.first(field).map(|value| String::from_utf8_lossy(value).trim().to_owned());
    let name = disposition.get("filename").or_else(|| content_type.get("name"));
    let leaf = Leaf {
        mime,
        charset: content_type.get("charset").map(|name| cut(name, MAX_WORD)),
        encoding: cut(&text("content-transfer-encoding").unwrap_or_default(), MAX_WORD).to_ascii_lowercase(),
        name: name.map(|name| cut(name, MAX_NAME)),
        disposition: Some(cut(&disposition.value, MAX_WORD)).filter(|value| !value.is_empty()),
        content_id: text("content-id").map(|id| cut(&id, MAX_NAME)).filter(|id| !id.is_empty()),
        flowed: view::flowed(&content_type),
        ..Leaf::default()
    };
    Described { leaf, multipart }
}

/// Type and subtype, lower-case, and the parameters. What isn't a type is plain text (RFC 2045 §5.2).
fn kind(raw: &[u8]) -> (String, String, Parameters) {
    let (main, rest) = word(raw);
    let (sub, tail) = match rest.trim_ascii_start().strip_prefix(b"/") {
        Some(rest) => word(rest),
        None => (String::new(), rest),
    };
    // Senders forget the semicolon before the first parameter.
    let parameters = match tail.trim_ascii_start().first() {
        Some(first) if first.is_ascii_alphanumeric() => Parameters::parse(&[b"x;", tail].concat()),
        _ => Parameters::parse(raw),
    };
    let (main, sub) = match (main.as_str(), sub.as_str()) {
        ("multipart", "") => ("multipart", "mixed"),
        (_, "") if rest.trim_ascii_start().first() == Some(&b'/') && main != "text" => {
            ("application", "octet-stream")
        }
        ("", _) | (_, "") => ("text", "plain"),
        (main, sub) if main.len() > MAX_TYPE || sub.len() > MAX_TYPE => ("application", "octet-stream"),
        found => found,
    };
    (main.to_owned(), sub.to_owned(), parameters)
}

/// Takes a token (RFC 2045 §5.1) off the start, behind white space.
fn word(raw: &[u8]) -> (String, &[u8]) {
    let raw = raw.trim_ascii_start();
    let token = |b: &u8| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(b);
    let end = raw.iter().position(|b| !token(b)).unwrap_or(raw.len());
    let (word, rest) = raw.split_at(end);
    (String::from_utf8_lossy(word).to_ascii_lowercase(), rest)
}

fn cut(text: &str, max: usize) -> String {
    text.get(..text.floor_char_boundary(max)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mime(content_type: &str) -> String {
        describe(format!("Content-Type: {content_type}\r\n\r\n").as_bytes(), false).leaf.mime
    }

    #[test]
    fn types_as_senders_write_them() {
        for (given, expected) in [
            ("Text/HTML; charset=x", "text/html"),
            ("text / html", "text/html"),
            ("text/plain charset=utf-8", "text/plain"),
            ("text", "text/plain"),
            ("text/", "text/plain"),
            ("image/", "application/octet-stream"),
            ("x-gzip", "text/plain"),
            ("", "text/plain"),
            ("multipart/mixed", "text/plain"),
            ("application/x y", "application/x"),
        ] {
            assert_eq!(mime(given), expected, "{given}");
        }
        let long = |n: usize| mime(&format!("image/{}", "x".repeat(n)));
        assert_eq!(long(MAX_TYPE).len(), "image/".len() + MAX_TYPE);
        assert_eq!(long(MAX_TYPE + 1), "application/octet-stream");
        assert_eq!(describe(b"Subject: x\r\n\r\n", true).leaf.mime, "message/rfc822");
        assert_eq!(describe(b"Content-Type: text/plain\r\n\r\n", true).leaf.mime, "text/plain");
    }

    #[test]
    fn boundaries() {
        let boundary = |value: &str| {
            let header = format!("Content-Type: multipart{value}\r\n\r\n");
            describe(header.as_bytes(), false).multipart.map(|found| (found.boundary, found.subtype))
        };
        let found = |text: &str, subtype: &str| Some((text.as_bytes().to_vec(), subtype.to_owned()));
        assert_eq!(boundary("/Mixed; boundary=\" a b \""), found(" a b", "mixed"));
        assert_eq!(boundary("; boundary=x"), found("x", "mixed"));
        assert_eq!(boundary("/; boundary=x"), found("x", "mixed"));
        assert_eq!(boundary("/mixed\r\n\tboundary=\"x\"; a=b"), found("x", "mixed"));
        assert_eq!(boundary("/mixed; boundary=\"\""), None);
        assert_eq!(boundary("/mixed"), None);
        let long = |n: usize| boundary(&format!("/mixed; boundary={}", "x".repeat(n))).is_some();
        assert!(long(MAX_BOUNDARY) && !long(MAX_BOUNDARY + 1));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let header = format!(
            "Content-Type: a/b; name=\"{0}\"; charset={0}\r\nContent-ID: <{0}>\r\nContent-Transfer-Encoding: {0}\r\n\
             Content-Disposition: {0}\r\n\r\n",
            "가".repeat(1_000)
        );
        let leaf = describe(header.as_bytes(), false).leaf;
        let len = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        assert_eq!((len(&leaf.name), len(&leaf.content_id)), (1_023, 1_024));
        assert_eq!((len(&leaf.charset), leaf.encoding.len(), len(&leaf.disposition)), (63, 63, 63));
    }
}
