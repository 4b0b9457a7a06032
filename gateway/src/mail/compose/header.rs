//! The header fields of a message being sent: folded and encoded by mail-builder, checked for injection here (R15).
use super::{ComposeError, PartMeta};
use crate::mail::header::{file_name, message_ids};
use mail_builder::headers::Header;
use mail_builder::headers::address::Address as Written;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::text::Text;
use pyeonji_shared::draft::{Draft, OriginKind};
use pyeonji_shared::message::Address;

/// Ids in `References`: the root and the latest.
const MAX_REFERENCES: usize = 20;

/// Writes the top fields but those of the body.
pub(super) fn write(
    draft: &Draft,
    from: &Address,
    date: i64,
    keep_bcc: bool,
) -> Result<Vec<u8>, ComposeError> {
    let mut out = Vec::with_capacity(1_024);
    field(&mut out, "Date", &Date::new(date));
    let sender = Address { name: draft.from_name.clone(), ..from.clone() };
    field(&mut out, "From", &addresses(std::slice::from_ref(&sender), "From")?);
    for (name, list) in [("To", &draft.to), ("Cc", &draft.cc), ("Bcc", &draft.bcc)] {
        if !list.is_empty() && (name != "Bcc" || keep_bcc) {
            field(&mut out, name, &addresses(list, name)?);
        }
    }
    if draft.to.is_empty() && draft.cc.is_empty() && !keep_bcc {
        // Some servers add a To of their own, with the Bcc recipient, when there is none.
        out.extend_from_slice(b"To: undisclosed-recipients:;\r\n");
    }
    check(&draft.subject, "Subject")?;
    field(&mut out, "Subject", &Text::new(draft.subject.as_str()));
    field(&mut out, "Message-ID", &MessageId::new(id(&draft.message_id)?));
    if let Some(origin) = draft.origin.as_ref().filter(|origin| origin.kind != OriginKind::Forward) {
        // A draft opened again answers what it answered before; its own id is not an ancestor.
        let parent = origin.message_id.as_deref().filter(|_| origin.kind == OriginKind::Reply);
        let parent = parent.and_then(|raw| message_ids(raw.as_bytes()).pop());
        let mut ancestors: Vec<String> =
            origin.references.iter().flat_map(|raw| message_ids(raw.as_bytes())).collect();
        let answered = parent.clone().or_else(|| ancestors.last().cloned());
        ancestors.extend(parent.filter(|parent| ancestors.last() != Some(parent)));
        if ancestors.len() > MAX_REFERENCES {
            ancestors.drain(1..=ancestors.len() - MAX_REFERENCES);
        }
        if let Some(answered) = answered {
            field(&mut out, "In-Reply-To", &MessageId::new(bare(&answered).to_owned()));
            let ancestors = ancestors.iter().map(|id| bare(id).to_owned());
            field(&mut out, "References", &MessageId::new_list(ancestors));
        }
    }
    out.extend_from_slice(b"MIME-Version: 1.0\r\n");
    Ok(out)
}

/// Writes the fields of an attachment and the empty line.
pub(super) fn attachment(part: &PartMeta, out: &mut Vec<u8>) -> Result<(), ComposeError> {
    check(&part.name, "a file name")?;
    check(&part.mime, "a file type")?;
    let embedded = part.mime.to_ascii_lowercase().starts_with("message/");
    let mut name = file_name(&part.name);
    if name.is_empty() {
        name = if embedded { "message".into() } else { "attachment".into() };
    }
    if embedded && !name.to_ascii_lowercase().ends_with(".eml") {
        name.push_str(".eml");
    }
    let mime =
        if !embedded && is_mime(&part.mime) { part.mime.to_ascii_lowercase() } else { OCTETS.to_owned() };
    field(out, "Content-Type", &ContentType::new(mime).attribute("name", name.clone()));
    field(out, "Content-Disposition", &ContentType::new("attachment").attribute("filename", name));
    out.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n\r\n");
    Ok(())
}

const OCTETS: &str = "application/octet-stream";

/// A `type/subtype` that a leaf may have (RFC 2045 §5.1).
fn is_mime(mime: &str) -> bool {
    let token = |text: &str| {
        !text.is_empty()
            && text.len() <= 127
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    mime.split_once('/').is_some_and(|(kind, subtype)| {
        token(kind) && token(subtype) && !kind.eq_ignore_ascii_case("multipart")
    })
}

fn field(out: &mut Vec<u8>, name: &str, value: &impl Header) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    value.write_header(out, name.len() + 2);
}

fn addresses(list: &[Address], field: &'static str) -> Result<Written<'static>, ComposeError> {
    let mut written = Vec::with_capacity(list.len());
    for address in list {
        check(&address.name, field)?;
        let name = Some(address.name.trim().to_owned()).filter(|name| !name.is_empty());
        written.push(Written::new_address(name, email(&address.email)?));
    }
    Ok(Written::new_list(written))
}

/// An address fit for the envelope and the header: the domain in ASCII.
pub(super) fn email(raw: &str) -> Result<String, ComposeError> {
    let bad = || ComposeError::BadAddress(raw.to_owned());
    let (local, host) = raw.trim().rsplit_once('@').ok_or_else(bad)?;
    let fits = |c: char| {
        !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"' | '\\')
    };
    if local.is_empty()
        || local.len() > 64
        || !local.chars().all(|c| fits(c) && !matches!(c, ':' | '@' | '[' | ']'))
    {
        return Err(bad());
    }
    let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        // An address literal (RFC 5321 §4.1.3).
        Some(literal) if literal.bytes().all(|b| b.is_ascii_hexdigit() || b".:IPv6".contains(&b)) => {
            host.to_owned()
        }
        Some(_) => return Err(bad()),
        None => idna::domain_to_ascii_strict(host).map_err(|_| bad())?,
    };
    if host.is_empty() || local.len() + host.len() > 253 {
        return Err(bad());
    }
    Ok(format!("{local}@{host}"))
}

fn id(raw: &str) -> Result<String, ComposeError> {
    check(raw, "Message-ID")?;
    match message_ids(raw.as_bytes()).as_slice() {
        [one] if one.is_ascii() && one.len() <= 250 && one.contains('@') => Ok(bare(one).to_owned()),
        _ => Err(ComposeError::Injection("Message-ID")),
    }
}

fn bare(id: &str) -> &str {
    id.trim_start_matches('<').trim_end_matches('>')
}

/// R15: no line break or NUL may reach a header, encoded or not.
fn check(text: &str, field: &'static str) -> Result<(), ComposeError> {
    if text.contains(['\r', '\n', '\0']) { Err(ComposeError::Injection(field)) } else { Ok(()) }
}
