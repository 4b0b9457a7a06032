//! What the gateway remembers of the open folder's rows: enough to keep counts right and to name a message by its
//! number. The rows themselves live in the page.
use pyeonji_shared::ids::{Seq, Uid};
use pyeonji_shared::message::Flags;

/// Rows remembered (12 bytes each); the oldest go first.
const MAX_KNOWN: usize = 4_096;

#[derive(Default)]
pub struct Known {
    /// By sequence number, rising.
    rows: Vec<(Seq, Uid, Flags)>,
}

impl Known {
    pub fn set(&mut self, seq: Seq, uid: Uid, flags: Flags) {
        match self.rows.binary_search_by_key(&seq, |r| r.0) {
            Ok(at) => {
                if let Some(row) = self.rows.get_mut(at) {
                    *row = (seq, uid, flags);
                }
            }
            Err(at) => self.rows.insert(at, (seq, uid, flags)),
        }
        if self.rows.len() > MAX_KNOWN {
            self.rows.remove(0);
        }
    }

    pub fn at(&self, seq: Seq) -> Option<(Uid, Flags)> {
        let at = self.rows.binary_search_by_key(&seq, |r| r.0).ok()?;
        self.rows.get(at).map(|r| (r.1, r.2))
    }

    /// The message at `seq` left; everything above moves down. Gives what was known of it.
    pub fn expunge(&mut self, seq: Seq) -> Option<(Uid, Flags)> {
        let (at, gone) = match self.rows.binary_search_by_key(&seq, |r| r.0) {
            Ok(at) => {
                let (_, uid, flags) = self.rows.remove(at);
                (at, Some((uid, flags)))
            }
            Err(at) => (at, None),
        };
        for row in self.rows.iter_mut().skip(at) {
            row.0 = Seq(row.0.0 - 1);
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_what_leaves() {
        let mut known = Known::default();
        for n in [3, 1, 5] {
            known.set(Seq(n), Uid(n * 10), Flags::default());
        }
        assert_eq!(known.expunge(Seq(2)), None);
        assert_eq!(known.at(Seq(2)), Some((Uid(30), Flags::default())));
        assert_eq!(known.expunge(Seq(1)), Some((Uid(10), Flags::default())));
        assert_eq!(known.at(Seq(3)), Some((Uid(50), Flags::default())));
        for n in 0..6_000 {
            known.set(Seq(n), Uid(n + 1), Flags::SEEN);
        }
        assert_eq!(known.rows.len(), MAX_KNOWN);
        assert!(known.at(Seq(5_999)).is_some() && known.at(Seq(1)).is_none());
    }
}
