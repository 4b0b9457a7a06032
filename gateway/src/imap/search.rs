//! A typed search → SEARCH keys (RFC 9051 §6.4.4).
use crate::imap::command::Find;
use crate::imap::date;
use crate::imap::error::Refusal;
use crate::imap::flags;
use crate::imap::write::Writer;
use pyeonji_shared::query::{PlainTerm, Query, Term};

/// Whether any word needs `CHARSET UTF-8`.
pub fn needs_charset(find: &Find) -> bool {
    let wide = |text: &String| !text.is_ascii();
    match find {
        Find::MessageId(id) => wide(id),
        Find::Unseen | Find::All => false,
        Find::Query(query) => query.terms.iter().any(|term| match term {
            Term::Text(t) | Term::From(t) | Term::To(t) | Term::Subject(t) => wide(t),
            Term::Not(PlainTerm::Text(t) | PlainTerm::From(t) | PlainTerm::To(t) | PlainTerm::Subject(t)) => {
                wide(t)
            }
            _ => false,
        }),
    }
}

/// Writes the keys.
pub fn keys(w: Writer, find: &Find) -> Result<Writer, Refusal> {
    match find {
        Find::MessageId(id) => w.words("HEADER Message-ID").string(id),
        Find::Unseen => Ok(w.words("UNSEEN")),
        Find::All => Ok(w.words("ALL")),
        Find::Query(Query { terms }) if terms.is_empty() => Err(Refusal::Empty),
        Find::Query(Query { terms }) => terms.iter().try_fold(w, term),
    }
}

fn term(w: Writer, term: &Term) -> Result<Writer, Refusal> {
    match term {
        Term::Text(text) => w.words("TEXT").string(text),
        Term::From(text) => w.words("FROM").string(text),
        // A person who types `to:` means whoever got it.
        Term::To(text) => w.words("OR TO").string(text)?.words("CC").string(text),
        Term::Subject(text) => w.words("SUBJECT").string(text),
        // IMAP has no key for it; what carries files is nearly always multipart/mixed.
        Term::HasAttachment => w.words("HEADER Content-Type").string("multipart/mixed"),
        Term::Before(days) => Ok(w.words("BEFORE").value(date::date(*days))),
        Term::Since(days) => Ok(w.words("SINCE").value(date::date(*days))),
        Term::Unread => Ok(w.words("UNSEEN")),
        Term::Read => Ok(w.words("SEEN")),
        Term::Starred => Ok(w.words("FLAGGED")),
        Term::Larger(bytes) => Ok(w.words("LARGER").value(bytes)),
        Term::Not(PlainTerm::Text(text)) => w.words("NOT TEXT").string(text),
        Term::Not(PlainTerm::From(text)) => w.words("NOT FROM").string(text),
        Term::Not(PlainTerm::To(text)) => w.words("NOT OR TO").string(text)?.words("CC").string(text),
        Term::Not(PlainTerm::Subject(text)) => w.words("NOT SUBJECT").string(text),
        Term::Tag(name) => keyword(w, "KEYWORD", name),
        Term::Not(PlainTerm::Tag(name)) => keyword(w, "UNKEYWORD", name),
    }
}

/// A server has no keyword that isn't an atom, and none can be asked for.
fn keyword(w: Writer, key: &str, name: &str) -> Result<Writer, Refusal> {
    if !flags::is_keyword(name) {
        return Err(Refusal::Unsupported);
    }
    Ok(w.words(key).value(name))
}
