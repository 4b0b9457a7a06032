//! IMAP `BODY` and `BODYSTRUCTURE` (RFC 3501 §7.4.2).
use super::header::{Fields, disposition, narrow};
use super::{Kind, Part, envelope};
use crate::sandbox::imap::write::{nstring, string};

pub fn write(raw: &[u8], part: &Part, extended: bool, out: &mut Vec<u8>) {
    let fields = Fields(raw.get(part.head.clone()).unwrap_or_default());
    let media = fields.media(part.digest);
    out.push(b'(');
    if let Kind::Multi(parts) = &part.kind {
        for child in parts {
            write(raw, child, extended, out);
        }
        if parts.is_empty() {
            // The grammar wants at least one part.
            out.extend_from_slice(b"(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0)");
        }
        out.push(b' ');
        string(&narrow(&media.sub), out);
        if extended {
            out.push(b' ');
            params(&media.params, out);
            extension(fields, out);
        }
        out.push(b')');
        return;
    }
    let body = raw.get(part.body.clone()).unwrap_or_default();
    string(&narrow(&media.main), out);
    out.push(b' ');
    string(&narrow(&media.sub), out);
    out.push(b' ');
    params(&media.params, out);
    for name in ["Content-ID", "Content-Description"] {
        out.push(b' ');
        nstring(fields.first(name).as_deref(), out);
    }
    out.push(b' ');
    let encoding = fields.first("Content-Transfer-Encoding").filter(|e| !e.is_empty());
    string(encoding.as_deref().unwrap_or(b"7bit"), out);
    out.extend_from_slice(format!(" {}", body.len()).as_bytes());
    let lines = || body.iter().filter(|b| **b == b'\n').count();
    if let Kind::Message(inner) = &part.kind {
        out.push(b' ');
        envelope::write(raw.get(inner.head.clone()).unwrap_or_default(), out);
        out.push(b' ');
        write(raw, inner, extended, out);
        out.extend_from_slice(format!(" {}", lines()).as_bytes());
    } else if media.is("text", None) {
        out.extend_from_slice(format!(" {}", lines()).as_bytes());
    }
    if extended {
        out.push(b' ');
        nstring(fields.first("Content-MD5").as_deref(), out);
        extension(fields, out);
    }
    out.push(b')');
}

/// Disposition, language and location.
fn extension(fields: Fields<'_>, out: &mut Vec<u8>) {
    out.push(b' ');
    match fields.first("Content-Disposition").and_then(|value| disposition(&value)) {
        Some((kind, list)) => {
            out.push(b'(');
            string(&narrow(&kind), out);
            out.push(b' ');
            params(&list, out);
            out.push(b')');
        }
        None => out.extend_from_slice(b"NIL"),
    }
    for name in ["Content-Language", "Content-Location"] {
        out.push(b' ');
        nstring(fields.first(name).as_deref(), out);
    }
}

fn params(list: &[(String, String)], out: &mut Vec<u8>) {
    if list.is_empty() {
        out.extend_from_slice(b"NIL");
        return;
    }
    out.push(b'(');
    for (at, (name, value)) in list.iter().enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        string(&narrow(name), out);
        out.push(b' ');
        string(&narrow(value), out);
    }
    out.push(b')');
}
