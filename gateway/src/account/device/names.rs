//! Where a name leads on one connection.
use crate::pop3::Number;
use pyeonji_shared::call::device::Naming;
use pyeonji_shared::device::Uidl;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

const PREFIX: &str = "number:";
/// Hexadecimal digits of a connection's mark.
const MARK: usize = 16;

/// A message on this connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub number: Number,
    /// Octets as LIST counts them; 0 where it wasn't asked.
    pub size: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    One(Place),
    /// Several messages have this name. Any of them can be read under it, but none removed: they may differ, and only one of
    /// them was fetched.
    First(Place),
}

impl Found {
    pub fn place(self) -> Place {
        match self {
            Self::One(place) | Self::First(place) => place,
        }
    }
}

#[derive(Debug)]
pub struct Names {
    pub naming: Naming,
    /// TOP works.
    pub heads: bool,
    places: HashMap<Uidl, Found>,
    mark: String,
}

impl Names {
    pub fn new(naming: Naming, heads: bool) -> Self {
        Self { naming, heads, places: HashMap::new(), mark: format!("{:0MARK$x}", rand::random::<u64>()) }
    }

    pub fn add(&mut self, name: Uidl, place: Place) {
        match self.places.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(Found::One(place));
            }
            Entry::Occupied(mut entry) => {
                let first = entry.get().place();
                entry.insert(Found::First(first));
            }
        }
    }

    pub fn find(&self, name: &Uidl) -> Option<Found> {
        self.places.get(name).copied()
    }

    /// The name of a message that has none, good for this connection.
    pub fn made_up(&self, number: Number) -> Uidl {
        Uidl(format!("{PREFIX}{}:{}", self.mark, number.0))
    }
}

/// A name that [`Names::made_up`] has made, here or on another connection.
pub fn is_made_up(name: &Uidl) -> bool {
    let parts = name.0.strip_prefix(PREFIX).and_then(|rest| rest.split_once(':'));
    parts.is_some_and(|(mark, number)| {
        mark.len() == MARK
            && mark.bytes().all(|b| b.is_ascii_hexdigit())
            && !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_one_message_or_say_so() {
        let mut names = Names::new(Naming::Server, true);
        let (a, b) = (Uidl("a".into()), Uidl("b".into()));
        let place = |n| Place { number: Number(n), size: n };
        names.add(a.clone(), place(1));
        names.add(b.clone(), place(2));
        names.add(b.clone(), place(3));
        names.add(b.clone(), place(4));
        assert_eq!(names.find(&a), Some(Found::One(place(1))));
        assert_eq!(names.find(&b), Some(Found::First(place(2))));
        assert_eq!(names.find(&Uidl("c".into())), None);
    }

    #[test]
    fn made_up_names_differ_between_connections() {
        let (one, other) = (Names::new(Naming::Connection, false), Names::new(Naming::Connection, false));
        assert_ne!(one.made_up(Number(1)), other.made_up(Number(1)));
        assert!(is_made_up(&one.made_up(Number(1))));
        for name in
            ["number:", "number:1:2", "number:0123456789abcdef:", "number:0123456789abcdef:x", "sha256:ab"]
        {
            assert!(!is_made_up(&Uidl(name.into())), "{name}");
        }
    }
}
