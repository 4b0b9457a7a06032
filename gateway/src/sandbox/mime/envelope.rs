//! IMAP `ENVELOPE` (RFC 3501 §7.4.2).
use super::address;
use super::header::Fields;
use crate::sandbox::imap::write::nstring;

pub fn write(head: &[u8], out: &mut Vec<u8>) {
    let fields = Fields(head);
    out.push(b'(');
    nstring(fields.first("Date").as_deref(), out);
    out.push(b' ');
    nstring(fields.first("Subject").as_deref(), out);
    let from = list(fields, "From");
    for name in ["From", "Sender", "Reply-To", "To", "Cc", "Bcc"] {
        out.push(b' ');
        let mut found = list(fields, name);
        if found.is_empty() && matches!(name, "Sender" | "Reply-To") {
            found.clone_from(&from);
        }
        addresses(&found, out);
    }
    for name in ["In-Reply-To", "Message-ID"] {
        out.push(b' ');
        nstring(fields.first(name).as_deref(), out);
    }
    out.push(b')');
}

fn list(fields: Fields<'_>, name: &str) -> Vec<address::Entry> {
    fields.all(name).flat_map(|value| address::read(&value)).collect()
}

fn addresses(list: &[address::Entry], out: &mut Vec<u8>) {
    if list.is_empty() {
        out.extend_from_slice(b"NIL");
        return;
    }
    out.push(b'(');
    for entry in list {
        out.push(b'(');
        nstring(entry.name.as_deref(), out);
        for part in [&entry.route, &entry.mailbox, &entry.host] {
            out.push(b' ');
            nstring(part.as_deref(), out);
        }
        out.push(b')');
    }
    out.push(b')');
}
