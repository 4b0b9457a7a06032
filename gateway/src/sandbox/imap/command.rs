//! What a client can ask for, and how it is written.
use super::fetch::Item;
use super::list::Listing;
use super::search::Search;
use super::wire::{Cursor, Read, Set, Wrong};
use crate::sandbox::date::Moment;
use crate::sandbox::flags::{Change, Flags};
use crate::sandbox::store::Use;
use std::ops::Range;

#[derive(Debug)]
pub enum Command {
    Capability,
    Noop,
    Check,
    Logout,
    Id,
    Namespace,
    Login { user: Vec<u8>, password: Vec<u8> },
    Authenticate { mechanism: String, initial: Option<String> },
    Enable(Vec<String>),
    List(Listing),
    Lsub { pattern: String },
    Subscribe(String),
    Unsubscribe(String),
    Create { name: String, special: Option<Use> },
    Delete(String),
    Rename { from: String, to: String },
    Status { name: String, items: Vec<StatusItem> },
    Select { name: String, read_only: bool, condstore: bool },
    Close,
    Unselect,
    Expunge(Option<Set>),
    Append { name: String, flags: Flags, date: Option<Moment>, body: Range<usize> },
    Search { uid: bool, search: Search },
    Fetch { uid: bool, set: Set, items: Vec<Item>, changed_since: Option<u64> },
    Store { uid: bool, set: Set, store: StoreChange },
    Copy { uid: bool, set: Set, name: String, remove: bool },
    Idle,
    QuotaRoot(String),
    Quota(String),
}

#[derive(Debug)]
pub struct StoreChange {
    pub change: Change,
    pub silent: bool,
    pub flags: Flags,
    pub unchanged_since: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusItem {
    Messages,
    Recent,
    UidNext,
    UidValidity,
    Unseen,
    HighestModSeq,
    Size,
    Deleted,
}

impl StatusItem {
    pub fn read(c: &mut Cursor<'_>) -> Read<Self> {
        Ok(match c.keyword()?.as_str() {
            "MESSAGES" => Self::Messages,
            "RECENT" => Self::Recent,
            "UIDNEXT" => Self::UidNext,
            "UIDVALIDITY" => Self::UidValidity,
            "UNSEEN" => Self::Unseen,
            "HIGHESTMODSEQ" => Self::HighestModSeq,
            "SIZE" => Self::Size,
            "DELETED" => Self::Deleted,
            _ => return Err(Wrong::Bad("No such STATUS item")),
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Messages => "MESSAGES",
            Self::Recent => "RECENT",
            Self::UidNext => "UIDNEXT",
            Self::UidValidity => "UIDVALIDITY",
            Self::Unseen => "UNSEEN",
            Self::HighestModSeq => "HIGHESTMODSEQ",
            Self::Size => "SIZE",
            Self::Deleted => "DELETED",
        }
    }
}

/// Reads what follows the tag. `keywords` bounds the keywords of one message.
pub fn read(c: &mut Cursor<'_>, keywords: usize) -> Read<Command> {
    let verb = c.keyword()?;
    let command = match verb.as_str() {
        "UID" => {
            c.space()?;
            return read_uid(c, keywords);
        }
        "CAPABILITY" => Command::Capability,
        "NOOP" => Command::Noop,
        "CHECK" => Command::Check,
        "LOGOUT" => Command::Logout,
        "NAMESPACE" => Command::Namespace,
        "CLOSE" => Command::Close,
        "UNSELECT" => Command::Unselect,
        "EXPUNGE" => Command::Expunge(None),
        "IDLE" => Command::Idle,
        "SEARCH" | "FETCH" | "STORE" | "COPY" | "MOVE" => {
            c.space()?;
            return read_on_messages(c, &verb, false, keywords);
        }
        "ID" | "LOGIN" | "AUTHENTICATE" | "ENABLE" | "LIST" | "LSUB" | "SUBSCRIBE" | "UNSUBSCRIBE"
        | "CREATE" | "DELETE" | "RENAME" | "STATUS" | "SELECT" | "EXAMINE" | "APPEND" | "GETQUOTA"
        | "GETQUOTAROOT" => {
            c.space()?;
            read_with_arguments(c, &verb, keywords)?
        }
        _ => return Err(Wrong::Bad("Unknown command")),
    };
    c.end()?;
    Ok(command)
}

fn read_uid(c: &mut Cursor<'_>, keywords: usize) -> Read<Command> {
    let verb = c.keyword()?;
    c.space()?;
    if verb == "EXPUNGE" {
        let set = c.set()?;
        c.end()?;
        return Ok(Command::Expunge(Some(set)));
    }
    read_on_messages(c, &verb, true, keywords)
}

fn read_on_messages(c: &mut Cursor<'_>, verb: &str, uid: bool, keywords: usize) -> Read<Command> {
    let command = match verb {
        "SEARCH" => Command::Search { uid, search: Search::read(c)? },
        "FETCH" => {
            let set = c.set()?;
            c.space()?;
            let items = Item::read_all(c)?;
            let changed_since = if c.eat(b' ') { modifier(c, "CHANGEDSINCE")? } else { None };
            Command::Fetch { uid, set, items, changed_since }
        }
        "STORE" => {
            let set = c.set()?;
            c.space()?;
            Command::Store { uid, set, store: store_change(c, keywords)? }
        }
        "COPY" | "MOVE" => {
            let set = c.set()?;
            c.space()?;
            Command::Copy { uid, set, name: c.mailbox()?, remove: verb == "MOVE" }
        }
        _ => return Err(Wrong::Bad("Unknown command")),
    };
    c.end()?;
    Ok(command)
}

/// `(NAME number)` (RFC 4466).
fn modifier(c: &mut Cursor<'_>, name: &str) -> Read<Option<u64>> {
    c.expect(b'(', "Expected a list")?;
    if c.keyword()? != name {
        return Err(Wrong::Bad("Unknown modifier"));
    }
    c.space()?;
    let number = c.number()?;
    c.expect(b')', "Expected the end of the list")?;
    Ok(Some(number))
}

fn store_change(c: &mut Cursor<'_>, keywords: usize) -> Read<StoreChange> {
    let unchanged_since = if c.peek() == Some(b'(') {
        let since = modifier(c, "UNCHANGEDSINCE")?;
        c.space()?;
        since
    } else {
        None
    };
    let change = if c.eat(b'+') {
        Change::Add
    } else if c.eat(b'-') {
        Change::Remove
    } else {
        Change::Replace
    };
    let silent = match c.keyword()?.as_str() {
        "FLAGS" => false,
        "FLAGS.SILENT" => true,
        _ => return Err(Wrong::Bad("STORE changes FLAGS only")),
    };
    c.space()?;
    Ok(StoreChange { change, silent, flags: c.flags(keywords)?, unchanged_since })
}

fn read_with_arguments(c: &mut Cursor<'_>, verb: &str, keywords: usize) -> Read<Command> {
    Ok(match verb {
        "ID" => {
            read_id(c)?;
            Command::Id
        }
        "LOGIN" => {
            let user = c.astring()?;
            c.space()?;
            Command::Login { user, password: c.astring()? }
        }
        "AUTHENTICATE" => {
            let mechanism = c.keyword()?;
            let initial = if c.eat(b' ') { Some(c.text()?) } else { None };
            Command::Authenticate { mechanism, initial }
        }
        "ENABLE" => {
            let mut names = vec![c.keyword()?];
            while c.eat(b' ') {
                names.push(c.keyword()?);
            }
            Command::Enable(names)
        }
        "LIST" => Command::List(Listing::read(c)?),
        "LSUB" => {
            let reference = c.text()?;
            c.space()?;
            Command::Lsub { pattern: reference + &c.pattern()? }
        }
        "SUBSCRIBE" => Command::Subscribe(c.mailbox()?),
        "UNSUBSCRIBE" => Command::Unsubscribe(c.mailbox()?),
        "CREATE" => {
            let name = c.mailbox()?;
            let special = if c.eat(b' ') { special_use(c)? } else { None };
            Command::Create { name, special }
        }
        "DELETE" => Command::Delete(c.mailbox()?),
        "RENAME" => {
            let from = c.mailbox()?;
            c.space()?;
            Command::Rename { from, to: c.mailbox()? }
        }
        "STATUS" => {
            let name = c.mailbox()?;
            c.space()?;
            let items = c.list(StatusItem::read)?;
            if items.is_empty() {
                return Err(Wrong::Bad("STATUS without items"));
            }
            Command::Status { name, items }
        }
        "SELECT" | "EXAMINE" => {
            let name = c.mailbox()?;
            let condstore = c.eat(b' ') && c.list(Cursor::keyword)?.iter().any(|p| p == "CONDSTORE");
            Command::Select { name, read_only: verb == "EXAMINE", condstore }
        }
        "APPEND" => append(c, keywords)?,
        "GETQUOTA" => Command::Quota(c.text()?),
        _ => Command::QuotaRoot(c.mailbox()?),
    })
}

fn append(c: &mut Cursor<'_>, keywords: usize) -> Read<Command> {
    let name = c.mailbox()?;
    c.space()?;
    let mut flags = Flags::default();
    if c.peek() == Some(b'(') {
        flags = c.flags(keywords)?;
        c.space()?;
    }
    let mut date = None;
    if c.peek() == Some(b'"') {
        date = Some(c.date_time()?);
        c.space()?;
    }
    let body = c.literal()?.ok_or(Wrong::Bad("Expected a literal"))?;
    Ok(Command::Append { name, flags, date, body })
}

/// RFC 2971: NIL or a list of strings; what the client says about itself isn't kept.
fn read_id(c: &mut Cursor<'_>) -> Read<()> {
    if c.peek() == Some(b'(') {
        c.list(|c| match c.string()? {
            Some(_) => Ok(()),
            None if c.keyword()? == "NIL" => Ok(()),
            None => Err(Wrong::Bad("Expected a string")),
        })?;
    } else if c.keyword()? != "NIL" {
        return Err(Wrong::Bad("Expected NIL or a list"));
    }
    Ok(())
}

/// `(USE (\Archive))` (RFC 6154 §3).
fn special_use(c: &mut Cursor<'_>) -> Read<Option<Use>> {
    c.expect(b'(', "Expected a list")?;
    if c.keyword()? != "USE" {
        return Err(Wrong::Bad("Unknown CREATE parameter"));
    }
    c.space()?;
    let names = c.list(|c| {
        c.expect(b'\\', "Expected a special use")?;
        c.keyword()
    })?;
    c.expect(b')', "Expected the end of the list")?;
    let [name] = names.as_slice() else { return Err(Wrong::No("[USEATTR] One special use at a time")) };
    let found =
        Use::ALL.into_iter().find(|u| u.attribute().trim_start_matches('\\').eq_ignore_ascii_case(name));
    found.map(Some).ok_or(Wrong::No("[USEATTR] This special use isn't offered"))
}
