//! The flags of one message: five system flags and bounded keywords.

/// `\Recent` isn't here: it belongs to a session, not to a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    system: u8,
    /// Sorted without regard to case, no duplicates.
    keywords: Vec<Box<str>>,
}

/// System flags as bits.
pub const SEEN: u8 = 1;
pub const ANSWERED: u8 = 2;
pub const FLAGGED: u8 = 4;
pub const DELETED: u8 = 8;
pub const DRAFT: u8 = 16;

const NAMES: [(u8, &str); 5] = [
    (ANSWERED, "\\Answered"),
    (FLAGGED, "\\Flagged"),
    (DELETED, "\\Deleted"),
    (SEEN, "\\Seen"),
    (DRAFT, "\\Draft"),
];

/// What STORE does with the flags it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Replace,
    Add,
    Remove,
}

impl Flags {
    pub fn system(bits: u8) -> Self {
        Self { system: bits, keywords: Vec::new() }
    }

    /// Adds one by its wire name; `false` for an unknown system flag or when `most` keywords are there already.
    pub fn add(&mut self, name: &str, most: usize) -> bool {
        if name.starts_with('\\') {
            let Some((bit, _)) = NAMES.iter().find(|(_, n)| n.eq_ignore_ascii_case(name)) else {
                return false;
            };
            self.system |= bit;
            return true;
        }
        match self.find(name) {
            Ok(_) => true,
            Err(_) if self.keywords.len() >= most => false,
            Err(at) => {
                self.keywords.insert(at, name.into());
                true
            }
        }
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.keywords.binary_search_by(|k| {
            k.bytes().map(|b| b.to_ascii_lowercase()).cmp(name.bytes().map(|b| b.to_ascii_lowercase()))
        })
    }

    pub fn has(&self, bit: u8) -> bool {
        self.system & bit != 0
    }

    pub fn has_keyword(&self, name: &str) -> bool {
        self.find(name).is_ok()
    }

    pub fn set(&mut self, bit: u8) {
        self.system |= bit;
    }

    /// The flags after a STORE; `None` when there would be more than `most` keywords.
    pub fn changed(&self, change: Change, named: &Flags, most: usize) -> Option<Flags> {
        let mut next = match change {
            Change::Replace => return (named.keywords.len() <= most).then(|| named.clone()),
            Change::Add | Change::Remove => self.clone(),
        };
        if change == Change::Add {
            next.system |= named.system;
            return named.keywords.iter().all(|k| next.add(k, most)).then_some(next);
        }
        next.system &= !named.system;
        next.keywords.retain(|k| !named.has_keyword(k));
        Some(next)
    }

    pub fn keywords(&self) -> impl Iterator<Item = &str> {
        self.keywords.iter().map(|k| &**k)
    }

    /// The flags between parentheses.
    pub fn write(&self, recent: bool, out: &mut Vec<u8>) {
        out.push(b'(');
        let system = NAMES.iter().filter(|(bit, _)| self.has(*bit)).map(|(_, n)| *n);
        let all = system.chain(recent.then_some("\\Recent")).chain(self.keywords());
        for (at, name) in all.enumerate() {
            if at > 0 {
                out.push(b' ');
            }
            out.extend_from_slice(name.as_bytes());
        }
        out.push(b')');
    }
}
