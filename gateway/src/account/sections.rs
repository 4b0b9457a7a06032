//! Which sections of a message are shown, remembered from the list so that opening it is one FETCH.
use super::job::read::to_show;
use crate::imap::event::Structure;
use pyeonji_shared::ids::Uid;
use std::collections::{HashMap, VecDeque};

/// Messages remembered (some 60 bytes each); the oldest go first.
const MAX_MESSAGES: usize = 1_024;

#[derive(Default)]
pub struct Sections {
    /// Sections joined by commas: a list of strings would cost thrice as much.
    by_uid: HashMap<Uid, Box<str>>,
    order: VecDeque<Uid>,
}

impl Sections {
    pub fn learn(&mut self, uid: Uid, structure: &Structure) {
        let Structure::Leaves(leaves) = structure else { return };
        let text = to_show(leaves).join(",").into_boxed_str();
        if self.by_uid.insert(uid, text).is_none() {
            self.order.push_back(uid);
        }
        if self.order.len() > MAX_MESSAGES
            && let Some(old) = self.order.pop_front()
        {
            self.by_uid.remove(&old);
        }
    }

    pub fn of(&self, uid: Uid) -> Option<Vec<String>> {
        let text = self.by_uid.get(&uid)?;
        Some(text.split(',').filter(|s| !s.is_empty()).map(Into::into).collect())
    }

    pub fn clear(&mut self) {
        self.by_uid.clear();
        self.order.clear();
    }
}
