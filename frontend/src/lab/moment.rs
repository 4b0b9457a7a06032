//! One moment of a run: who holds what, what is new in it, and which way it went.
use pyeonji_shared::lab::places::{INBOX, Places, State};
use pyeonji_shared::lab::report::{Done, Totals};
use pyeonji_shared::lab::scenario::{SERVER, Step};
use pyeonji_shared::sorted::Sorted;

/// A message in a place, as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    pub folder: String,
    pub message: String,
    pub state: State,
    pub copies: usize,
    /// It came, or is otherwise than before this step.
    pub changed: bool,
}

/// What one place holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shelf {
    pub chips: Vec<Chip>,
    /// Octets, as far as their texts are here.
    pub octets: u64,
}

/// A message's way in one step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// `from` is `None` for the world outside.
    Came {
        message: String,
        from: Option<String>,
        to: String,
        folder: String,
    },
    Went {
        message: String,
        at: String,
        folder: String,
    },
    Moved {
        message: String,
        at: String,
        from: String,
        to: String,
    },
    /// Read, starred, its text fetched.
    Marked {
        message: String,
        at: String,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    pub shelves: Sorted<String, Shelf>,
    pub ways: Vec<Way>,
    /// What each device has spent up to here.
    pub spent: Sorted<String, Totals>,
    /// Octets on the server.
    pub used: u64,
}

impl Moment {
    pub fn shelf(&self, place: &str) -> Shelf {
        self.shelves.get(&place.to_owned()).cloned().unwrap_or_default()
    }
}

/// After so many of the steps.
pub fn moment(steps: &[Done], cursor: usize) -> Moment {
    let done = steps.get(..cursor.min(steps.len())).unwrap_or_default();
    let (mut places, mut before) = (Places::default(), Places::default());
    let mut moment = Moment::default();
    let mut octets: Sorted<&str, u64> = Sorted::new();
    for (at, step) in done.iter().enumerate() {
        if at + 1 == done.len() {
            before = places.clone();
        }
        step.changes.iter().for_each(|change| places.apply(change));
        for spent in &step.spent {
            let mut total = moment.spent.get(&spent.device).copied().unwrap_or_default();
            total.add(spent.totals);
            moment.spent.insert(spent.device.clone(), total);
        }
        if let Step::Deliver { message, kilobytes } | Step::Send { message, kilobytes, .. } = &step.step {
            octets.insert(message, u64::from(*kilobytes) * 1_000);
        }
        moment.used = step.used;
    }
    let last = done.last();
    for place in places.names() {
        let mut shelf = Shelf::default();
        for (folder, message, copies) in places.at(place) {
            let changed = last.is_some_and(|step| {
                step.changes.iter().any(|c| c.place == place && c.folder == folder && c.message == message)
            });
            let Some(state) = copies.first().copied() else { continue };
            let size = octets.get(&message).copied().unwrap_or_default();
            shelf.octets += size * copies.iter().filter(|c| c.readable).count() as u64;
            shelf.chips.push(Chip {
                folder: folder.to_owned(),
                message: message.to_owned(),
                state,
                copies: copies.len(),
                changed,
            });
        }
        // The Inbox first.
        let (mut chips, others): (Vec<Chip>, _) = shelf.chips.into_iter().partition(|c| c.folder == INBOX);
        chips.extend::<Vec<Chip>>(others);
        shelf.chips = chips;
        moment.shelves.insert(place.to_owned(), shelf);
    }
    if let Some(step) = last {
        moment.ways = ways(step, &before);
    }
    moment
}

/// Which way everything went in this step, server first.
fn ways(step: &Done, before: &Places) -> Vec<Way> {
    let mut ways = Vec::new();
    let had = |place: &str, folder: &str, message: &str| before.copies(place, folder, message).len();
    for change in &step.changes {
        let (at, folder, message) = (change.place.clone(), change.folder.clone(), change.message.clone());
        let was = had(&at, &folder, &message);
        let elsewhere = |gone: bool| {
            step.changes.iter().find(|other| {
                let count = had(&other.place, &other.folder, &other.message);
                let fits = if gone { other.copies.len() < count } else { other.copies.len() > count };
                other.place == at && other.message == message && other.folder != folder && fits
            })
        };
        if change.copies.len() > was {
            match elsewhere(true) {
                Some(from) => ways.push(Way::Moved { message, at, from: from.folder.clone(), to: folder }),
                None => ways.push(Way::Came { message, from: origin(step, &at), to: at, folder }),
            }
        } else if change.copies.len() < was {
            if elsewhere(false).is_none() {
                ways.push(Way::Went { message, at, folder });
            }
        } else {
            ways.push(Way::Marked { message, at });
        }
    }
    let of_server = |way: &Way| match way {
        Way::Came { to: at, .. } | Way::Went { at, .. } | Way::Moved { at, .. } | Way::Marked { at, .. } => {
            at == SERVER
        }
    };
    let (mut first, others): (Vec<Way>, Vec<Way>) = ways.into_iter().partition(of_server);
    first.extend(others);
    first
}

/// Where something that is new in a place came from.
fn origin(step: &Done, to: &str) -> Option<String> {
    match &step.step {
        Step::Deliver { .. } if to == SERVER => None,
        Step::Send { device, .. } if to == device => None,
        Step::Send { device, .. } => Some(device.clone()),
        _ if to == SERVER => step.step.device().map(str::to_owned),
        _ => Some(SERVER.to_owned()),
    }
}
