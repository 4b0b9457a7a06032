//! The fragment of the address: an experiment by its name, or a whole scenario. `#E3`, `#own`, or `#s2.` with the scenario's postcard
//! in base64url (RFC 4648 §5, no padding) and, after another dot, how many steps are done.
use pyeonji_shared::lab::scenario::Scenario;

/// Letters of a fragment; a link that is longer isn't read.
pub const MAX_LINK: usize = 64 << 10;
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    Nothing,
    Own,
    Part(Part),
    Experiment(String),
    Scenario(Box<Scenario>, usize),
    /// Meant as one, and none.
    Bad,
}

/// A part of the lab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// The bench and its experiments.
    #[default]
    Bench,
    /// A stop of the guided tour, counted from 0.
    Tour(usize),
    Advisor,
    Card,
    /// Experiments on the mailbox of whoever is signed in.
    Mine,
    /// What passes on the wire of one's own mail: the session's identifier.
    Wire(String),
}

fn part(hash: &str) -> Option<Part> {
    let (name, rest) = hash.split_once('.').unwrap_or((hash, ""));
    Some(match name {
        "tour" => Part::Tour(rest.parse::<usize>().unwrap_or(1).saturating_sub(1)),
        "advisor" => Part::Advisor,
        "card" => Part::Card,
        "mine" => Part::Mine,
        "wire" => Part::Wire(rest.chars().filter(char::is_ascii_hexdigit).take(64).collect()),
        _ => return None,
    })
}

pub fn write(scenario: &Scenario, cursor: usize) -> Option<String> {
    let bytes = postcard::to_allocvec(scenario).ok()?;
    let link = format!("s2.{}.{cursor}", encode(&bytes));
    (link.len() <= MAX_LINK).then_some(link)
}

pub fn read(hash: &str) -> Link {
    let hash = hash.trim_start_matches('#');
    if hash.is_empty() {
        return Link::Nothing;
    }
    if hash == "own" {
        return Link::Own;
    }
    if let Some(part) = part(hash) {
        return Link::Part(part);
    }
    let Some(rest) = hash.strip_prefix("s2.") else {
        let name = hash.len() <= 8 && hash.bytes().all(|b| b.is_ascii_alphanumeric());
        return if name { Link::Experiment(hash.to_ascii_uppercase()) } else { Link::Bad };
    };
    let (scenario, cursor) = rest.split_once('.').unwrap_or((rest, "0"));
    let bytes = if hash.len() <= MAX_LINK { decode(scenario) } else { None };
    match bytes.and_then(|bytes| postcard::from_bytes::<Scenario>(&bytes).ok()) {
        Some(scenario) => Link::Scenario(Box::new(scenario), cursor.parse().unwrap_or_default()),
        None => Link::Bad,
    }
}

fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let mut word = 0_u32;
        three.iter().enumerate().for_each(|(n, byte)| word |= u32::from(*byte) << (16 - 8 * n));
        for n in 0..=three.len() {
            let six = (word >> (18 - 6 * n)) & 63;
            out.extend(LETTERS.get(six as usize).map(|letter| char::from(*letter)));
        }
    }
    out
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for four in text.as_bytes().chunks(4) {
        let mut word = 0_u32;
        for (n, letter) in four.iter().enumerate() {
            let six = LETTERS.iter().position(|own| own == letter)?;
            word |= (six as u32) << (18 - 6 * n);
        }
        let bytes = word.to_be_bytes();
        out.extend_from_slice(bytes.get(1..four.len())?);
    }
    Some(out)
}
