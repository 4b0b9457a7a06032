//! Leaves from the raw source, for servers whose description of a message couldn't be used.
use super::{MAX_DEPTH, MAX_PARTS, guard};
use crate::account::request::Leaf;
use crate::mail::header::{Fields, Parameters};
use bytes::Bytes;
use mail_parser::{Message, MessageParser, PartType};

/// Messages within messages (SECURITY.md).
const MAX_EMBEDDED_DEPTH: usize = 10;
/// Bytes of a text part that are shown.
const MAX_SHOWN: usize = 1 << 20;

/// The MIME leaves of a source; `None` when it can't be parsed safely or sensibly.
pub(super) fn leaves(source: &Bytes) -> Option<Vec<Leaf>> {
    if !guard::fits(source) {
        return None;
    }
    // Own decoders and charsets do the rest; the parser is asked for the structure alone.
    let message = MessageParser::new().with_mime_headers().parse(source.as_ref())?;
    if message.parts.len() > MAX_PARTS || depth_of(&message) > MAX_EMBEDDED_DEPTH {
        return None;
    }
    let mut list = Vec::new();
    walk(&message, 0, "", "", 0, source, &mut list)?;
    Some(list)
}

fn depth_of(message: &Message<'_>) -> usize {
    let deeper = message.parts.iter().map(|part| match &part.body {
        PartType::Message(inner) => 1 + depth_of(inner),
        _ => 0,
    });
    deeper.max().unwrap_or(0)
}

/// Adds the leaves below one part. Sections are numbered as IMAP does (RFC 9051 §6.4.5.1).
fn walk(
    message: &Message<'_>,
    id: u32,
    section: &str,
    parent: &str,
    depth: usize,
    source: &Bytes,
    list: &mut Vec<Leaf>,
) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    let part = message.part(id)?;
    let header = source.get(part.offset_header as usize..part.offset_body as usize).unwrap_or_default();
    let fields = Fields::parse(header);
    let content_type = Parameters::parse(fields.first("content-type").unwrap_or_default());
    if let PartType::Multipart(children) = &part.body {
        let subtype = content_type.value.split_once('/').map_or("mixed", |(_, subtype)| subtype).to_owned();
        for (index, child) in children.iter().enumerate() {
            let number = index + 1;
            let below = if section.is_empty() { number.to_string() } else { format!("{section}.{number}") };
            // A parser's cycle would never end; ids only rise.
            if *child <= id {
                return None;
            }
            walk(message, *child, &below, &subtype, depth + 1, source, list)?;
        }
        return Some(());
    }
    let disposition = Parameters::parse(fields.first("content-disposition").unwrap_or_default());
    let (start, end) = (part.offset_body as usize, part.offset_end as usize);
    let body = source.slice_ref(source.get(start..end.max(start)).unwrap_or_default());
    let mime = match (&part.body, content_type.value.as_str()) {
        (PartType::Message(_), mime) if !mime.starts_with("message/") => "message/rfc822".to_owned(),
        // A multipart without a boundary in it is the text it holds.
        (_, mime) if mime.contains('/') && !mime.starts_with("multipart/") => mime.to_owned(),
        (PartType::Html(_), _) => "text/html".to_owned(),
        _ => "text/plain".to_owned(),
    };
    let name = disposition.get("filename").or_else(|| content_type.get("name")).map(str::to_owned);
    let text =
        |field: &str| fields.first(field).map(|value| String::from_utf8_lossy(value).trim().to_owned());
    let is_text = mime.starts_with("text/");
    list.push(Leaf {
        section: if section.is_empty() { "1".to_owned() } else { section.to_owned() },
        charset: content_type.get("charset").map(str::to_owned),
        encoding: text("content-transfer-encoding").unwrap_or_default().to_ascii_lowercase(),
        name,
        disposition: Some(disposition.value).filter(|value| !value.is_empty()),
        content_id: text("content-id"),
        size: u32::try_from(body.len()).unwrap_or(u32::MAX),
        flowed: flowed(&content_type),
        parent: parent.to_owned(),
        bytes: is_text.then(|| body.slice(..body.len().min(MAX_SHOWN))),
        mime,
    });
    Some(())
}

/// `delsp` of a flowed text.
pub(in crate::mail) fn flowed(content_type: &Parameters) -> Option<bool> {
    content_type
        .get("format")
        .filter(|format| format.eq_ignore_ascii_case("flowed"))
        .map(|_| content_type.get("delsp").is_some_and(|delsp| delsp.eq_ignore_ascii_case("yes")))
}
