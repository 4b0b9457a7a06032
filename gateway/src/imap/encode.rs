//! A typed command → one or more command lines.
use crate::imap::capability::Capabilities;
use crate::imap::command::{Command, Items, SectionRequest};
use crate::imap::error::Refusal;
use crate::imap::write::{NonSync, Segment, Writer, uid_sets};
use crate::imap::{date, flags, search};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pyeonji_shared::ids::Uid;
use pyeonji_shared::message::Flags;
use zeroize::Zeroizing;

/// Longest section specification that we send.
const MAX_SECTION: usize = 128;

/// What the encoder must know beside the command.
pub struct Context<'a> {
    pub capabilities: &'a Capabilities,
    pub secure: bool,
    /// The selected folder said NOMODSEQ: asking for MODSEQ would be an error (RFC 7162 §3.1.2.2).
    pub no_modseq: bool,
    /// Hands out the next tag.
    pub tag: &'a mut dyn FnMut() -> String,
}

/// One command line: its tag and its bytes.
pub struct Line {
    pub tag: String,
    pub segments: Vec<Segment>,
}

type Written = Result<Writer, Refusal>;

impl Context<'_> {
    fn need(&self, capability: &str) -> Result<(), Refusal> {
        if self.capabilities.has(capability) { Ok(()) } else { Err(Refusal::Unsupported) }
    }

    fn line(&mut self, write: impl FnOnce(Writer) -> Written) -> Result<Line, Refusal> {
        let non_sync = match self.capabilities {
            c if c.has("LITERAL+") => NonSync::Plus,
            c if c.has("LITERAL-") => NonSync::Minus,
            _ => NonSync::None,
        };
        let tag = (self.tag)();
        let segments = write(Writer::new(&tag, non_sync))?.end();
        Ok(Line { tag, segments })
    }

    fn one(&mut self, write: impl FnOnce(Writer) -> Written) -> Result<Vec<Line>, Refusal> {
        Ok(vec![self.line(write)?])
    }

    /// One line for each set that the UIDs need.
    fn each(&mut self, uids: &[Uid], write: impl Fn(Writer, &str) -> Written) -> Result<Vec<Line>, Refusal> {
        let sets = uid_sets(uids);
        if sets.is_empty() {
            return Err(Refusal::Empty);
        }
        sets.iter().map(|set| self.line(|w| write(w, set))).collect()
    }
}

/// The lines of a command; all are in flight together.
pub fn encode(command: &Command, c: &mut Context) -> Result<Vec<Line>, Refusal> {
    let condstore = c.capabilities.has("CONDSTORE") || c.capabilities.has("QRESYNC");
    let modseq = condstore && !c.no_modseq;
    match command {
        Command::Capability => c.one(|w| Ok(w.words("CAPABILITY"))),
        Command::Id => {
            c.need("ID")?;
            c.one(|w| {
                Ok(w.words(concat!(
                    "ID (\"name\" \"Pyeonji\" \"version\" \"",
                    env!("CARGO_PKG_VERSION"),
                    "\")"
                )))
            })
        }
        Command::SignIn { user, password } if c.capabilities.has("AUTH=PLAIN") => {
            plain(c, user, password.expose())
        }
        Command::SignIn { user, password } | Command::Login { user, password } => {
            login(c, user, password.expose())
        }
        Command::AuthenticatePlain { user, password } => plain(c, user, password.expose()),
        Command::Enable => {
            c.need("ENABLE")?;
            c.need("CONDSTORE")?;
            c.one(|w| Ok(w.words("ENABLE CONDSTORE")))
        }
        Command::Namespace => {
            c.need("NAMESPACE")?;
            c.one(|w| Ok(w.words("NAMESPACE")))
        }
        Command::List { with_status } => {
            let list = list_words(c.capabilities, *with_status);
            c.one(|w| Ok(w.words(&list)))
        }
        Command::ListSubscribed => c.one(|w| Ok(w.words("LSUB \"\" \"*\""))),
        Command::Select { folder, condstore: wanted, examine } => {
            let verb = if *examine { "EXAMINE" } else { "SELECT" };
            let condstore = *wanted && condstore;
            c.one(|w| {
                let w = w.words(verb).folder(folder)?;
                Ok(if condstore { w.words("(CONDSTORE)") } else { w })
            })
        }
        Command::Unselect => {
            c.need("UNSELECT")?;
            c.one(|w| Ok(w.words("UNSELECT")))
        }
        Command::FetchWindow { from, to, items } => {
            let to = to.map_or("*".to_owned(), |s| s.0.max(1).to_string());
            c.one(|w| {
                Ok(w.words("FETCH").value(format!("{}:{to}", from.0.max(1))).value(list(*items, modseq)))
            })
        }
        Command::FetchUids { uids, items } => {
            c.each(uids, |w, set| Ok(w.words("UID FETCH").value(set).value(list(*items, modseq))))
        }
        Command::FetchFrom { from, items } => c.one(|w| {
            Ok(w.words("UID FETCH").value(format!("{}:*", from.0.max(1))).value(list(*items, modseq)))
        }),
        Command::FetchChanged { from, to, since } => {
            c.need("CONDSTORE")?;
            let to = to.map_or("*".to_owned(), |u| u.0.to_string());
            c.one(|w| {
                let w = w.words("UID FETCH").value(format!("{}:{to}", from.0.max(1))).words("(UID FLAGS)");
                Ok(w.value(format!("(CHANGEDSINCE {since})")))
            })
        }
        Command::FetchBody { uid, items, sections } => {
            let wanted = body_items(*items, modseq, sections)?;
            c.each(&[*uid], |w, set| Ok(w.words("UID FETCH").value(set).value(&wanted)))
        }
        Command::FetchPartial { uid, section, offset, len } => {
            let section = checked(section)?;
            if *len == 0 {
                return Err(Refusal::Empty);
            }
            let wanted = format!("(UID BODY.PEEK[{section}]<{offset}.{len}>)");
            c.each(&[*uid], |w, set| Ok(w.words("UID FETCH").value(set).value(&wanted)))
        }
        Command::Store { uids, add, remove } => store(c, uids, *add, *remove),
        Command::Copy { uids, to } => c.each(uids, |w, set| w.words("UID COPY").value(set).folder(to)),
        Command::Move { uids, to } => {
            c.need("MOVE")?;
            c.each(uids, |w, set| w.words("UID MOVE").value(set).folder(to))
        }
        Command::UidExpunge { uids } => {
            c.need("UIDPLUS")?;
            c.each(uids, |w, set| Ok(w.words("UID EXPUNGE").value(set)))
        }
        Command::Expunge => c.one(|w| Ok(w.words("EXPUNGE"))),
        Command::Append { folder, flags, keywords, date, size } => c.one(|w| {
            let w = w.words("APPEND").folder(folder)?;
            let words = flags::with_keywords(*flags, keywords);
            let w = if words.is_empty() { w } else { w.value(format!("({words})")) };
            let w = match date {
                Some(seconds) => w.value(format!("\"{}\"", date::date_time(*seconds))),
                None => w,
            };
            Ok(w.feed(*size))
        }),
        Command::Search { what } => {
            let extended = c.capabilities.has("ESEARCH");
            c.one(|w| {
                let w = w.words(if extended { "UID SEARCH RETURN (ALL)" } else { "UID SEARCH" });
                let w = if search::needs_charset(what) { w.words("CHARSET UTF-8") } else { w };
                search::keys(w, what)
            })
        }
        Command::Status { folder } => {
            let modseq = if condstore { " HIGHESTMODSEQ" } else { "" };
            let items = format!("(MESSAGES UNSEEN UIDNEXT UIDVALIDITY{modseq})");
            c.one(|w| Ok(w.words("STATUS").folder(folder)?.value(&items)))
        }
        Command::Quota { folder } => {
            c.need("QUOTA")?;
            c.one(|w| w.words("GETQUOTAROOT").folder(folder))
        }
        Command::Create { folder } => c.one(|w| w.words("CREATE").folder(folder)),
        Command::Delete { folder } => c.one(|w| w.words("DELETE").folder(folder)),
        Command::Rename { from, to } => c.one(|w| w.words("RENAME").folder(from)?.folder(to)),
        Command::Subscribe { folder, on } => {
            let verb = if *on { "SUBSCRIBE" } else { "UNSUBSCRIBE" };
            c.one(|w| w.words(verb).folder(folder))
        }
        Command::Noop => c.one(|w| Ok(w.words("NOOP"))),
        Command::Logout => c.one(|w| Ok(w.words("LOGOUT"))),
    }
}

/// RFC 9051 §6.2.3. LOGIN arguments are plain strings; a password outside ASCII goes as a UTF-8 literal.
fn login(c: &mut Context, user: &str, password: &str) -> Result<Vec<Line>, Refusal> {
    if c.capabilities.login_disabled() {
        return Err(Refusal::LoginDisabled);
    }
    c.one(|w| w.secret().words("LOGIN").string(user)?.string(password))
}

/// RFC 4616: authorization identity (empty), NUL, user, NUL, password.
fn plain(c: &mut Context, user: &str, password: &str) -> Result<Vec<Line>, Refusal> {
    if c.capabilities.login_disabled() && !c.secure {
        return Err(Refusal::LoginDisabled);
    }
    c.need("AUTH=PLAIN")?;
    if user.contains('\0') || password.contains('\0') {
        return Err(Refusal::Unsendable);
    }
    let message = Zeroizing::new(format!("\0{user}\0{password}"));
    let response = Zeroizing::new(STANDARD.encode(message.as_bytes()));
    let at_once = c.capabilities.has("SASL-IR");
    c.one(|w| {
        let w = w.secret().words("AUTHENTICATE PLAIN");
        Ok(if at_once { w.words(&response) } else { w.then_answer(&response) })
    })
}

/// The richest LIST the server offers (RFC 5258, RFC 6154, RFC 5819).
fn list_words(c: &Capabilities, with_status: bool) -> String {
    let mut options = Vec::new();
    if c.has("LIST-EXTENDED") {
        options.push("SUBSCRIBED");
        if c.has("SPECIAL-USE") {
            options.push("SPECIAL-USE");
        }
    }
    if with_status && c.has("LIST-STATUS") {
        options.push("STATUS (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)");
    }
    match options.is_empty() {
        true => "LIST \"\" \"*\"".to_owned(),
        false => format!("LIST \"\" \"*\" RETURN ({})", options.join(" ")),
    }
}

fn words_of(items: Items, modseq: bool) -> String {
    let words = match items {
        Items::Uid => "UID",
        Items::Flags => "UID FLAGS",
        Items::Row => "UID FLAGS INTERNALDATE ENVELOPE BODYSTRUCTURE",
        Items::Structure => "UID FLAGS INTERNALDATE RFC822.SIZE BODYSTRUCTURE",
        Items::Copied => "UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE",
    };
    if modseq && items != Items::Uid { format!("{words} MODSEQ") } else { words.to_owned() }
}

fn list(items: Items, modseq: bool) -> String {
    format!("({})", words_of(items, modseq))
}

fn body_items(items: Items, modseq: bool, sections: &[SectionRequest]) -> Result<String, Refusal> {
    let mut wanted = format!("({}", words_of(items, modseq));
    for request in sections {
        let section = checked(&request.section)?;
        wanted.push_str(&match request.max {
            Some(max) => format!(" BODY.PEEK[{section}]<0.{}>", max.max(1)),
            None => format!(" BODY.PEEK[{section}]"),
        });
    }
    wanted.push(')');
    Ok(wanted)
}

/// Sections are numbers, dots and a few words; anything else is not ours.
fn checked(section: &str) -> Result<&str, Refusal> {
    let fits =
        section.len() <= MAX_SECTION && section.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    if fits { Ok(section) } else { Err(Refusal::Unsendable) }
}

fn store(c: &mut Context, uids: &[Uid], add: Flags, remove: Flags) -> Result<Vec<Line>, Refusal> {
    let mut lines = Vec::new();
    for (sign, flags) in [("+", add), ("-", remove.without(add))] {
        if !flags.is_empty() {
            let what = format!("{sign}FLAGS.SILENT ({})", flags::words(flags));
            lines.extend(c.each(uids, |w, set| Ok(w.words("UID STORE").value(set).value(&what)))?);
        }
    }
    if lines.is_empty() { Err(Refusal::Empty) } else { Ok(lines) }
}
