//! Response codes (RFC 9051 §7.1, RFC 5530, RFC 4315, RFC 7162).
use crate::imap::event::{Code, FlagList};
use crate::imap::flags;
use crate::imap::reader::{Read, Reader, Unreadable};
use crate::imap::response::{capabilities, ranges};
use pyeonji_shared::ids::{ModSeq, Uid, UidValidity};
use std::sync::Arc;

/// Longest name of an unknown code that is kept.
const MAX_NAME: usize = 64;

/// Reads what stands between `[` and `]`; the reader stands at `]` afterwards.
pub fn read(r: &mut Reader) -> Read<Code> {
    let name = word(r)?;
    r.spaces();
    let code = match name.as_str() {
        "ALERT" => Code::Alert,
        "ALREADYEXISTS" => Code::AlreadyExists,
        "APPENDUID" => {
            let validity = UidValidity(small(r)?);
            r.spaces();
            // MULTIAPPEND may give a set; one message has one UID.
            let uid = ranges(word(r)?.as_bytes())?.first().ok_or(Unreadable)?.first;
            Code::AppendUid { validity, uid }
        }
        "AUTHENTICATIONFAILED" => Code::AuthenticationFailed,
        "AUTHORIZATIONFAILED" => Code::AuthorizationFailed,
        "BADCHARSET" => Code::BadCharset,
        "CAPABILITY" => Code::Capability(Arc::new(capabilities(r))),
        "CLOSED" => Code::Closed,
        "COPYUID" => {
            let validity = UidValidity(small(r)?);
            r.spaces();
            let from = ranges(word(r)?.as_bytes())?;
            r.spaces();
            let to = ranges(word(r)?.as_bytes())?;
            Code::CopyUid { validity, from, to }
        }
        "EXPIRED" => Code::Expired,
        "HIGHESTMODSEQ" => Code::HighestModSeq(ModSeq(r.number()?)),
        "INUSE" => Code::InUse,
        "LIMIT" => Code::Limit,
        "NOMODSEQ" => Code::NoModSeq,
        "NONEXISTENT" => Code::NonExistent,
        "OVERQUOTA" => Code::OverQuota,
        "PERMANENTFLAGS" => permanent(r)?,
        "READ-ONLY" => Code::ReadOnly,
        "READ-WRITE" => Code::ReadWrite,
        "TOOBIG" => Code::TooBig,
        "TRYCREATE" => Code::TryCreate,
        "UIDNEXT" => Code::UidNext(Uid(small(r)?)),
        "UIDVALIDITY" => Code::UidValidity(UidValidity(small(r)?)),
        "UNAVAILABLE" => Code::Unavailable,
        _ => Code::Other(name.chars().take(MAX_NAME).collect()),
    };
    r.spaces();
    // What follows a code we know, or belongs to one we don't.
    let rest = r.rest().iter().take_while(|b| !matches!(b, b']' | b'\r' | b'\n')).count();
    r.rewind(r.pos() + rest);
    Ok(code)
}

/// An atom that also ends at `]`.
fn word(r: &mut Reader) -> Read<String> {
    let start = r.pos();
    let atom = r.atom()?;
    let len = atom.iter().position(|b| *b == b']').unwrap_or(atom.len());
    r.rewind(start + len);
    let word = atom.get(..len).filter(|w| !w.is_empty() && w.is_ascii()).ok_or(Unreadable)?;
    Ok(String::from_utf8_lossy(word).to_ascii_uppercase())
}

fn small(r: &mut Reader) -> Read<u32> {
    u32::try_from(r.number()?).map_err(|_| Unreadable)
}

fn permanent(r: &mut Reader) -> Read<Code> {
    let (mut list, mut new_keywords) = (FlagList::default(), false);
    r.expect(b'(')?;
    loop {
        r.spaces();
        if r.eat(b')') {
            return Ok(Code::PermanentFlags { flags: list.flags, new_keywords });
        }
        match r.atom()? {
            b"\\*" => new_keywords = true,
            word => flags::add(&mut list, word),
        }
    }
}
