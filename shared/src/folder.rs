//! The open folder's list and its pure reducer, run by the gateway's cache and by the page alike.
//!
//! Rows are kept by sequence number; position 0 in the list is the newest (`seq == exists`).
use crate::call::list::{FolderSnapshot, WindowRows};
use crate::ids::{FolderName, ModSeq, Seq, Uid, UidValidity};
use crate::limits::MAX_CACHED_ROWS;
use crate::message::{Flags, Row, Summary};
use crate::sorted::Sorted;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// One change of the open folder, in the order the server told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FolderDelta {
    /// New messages at the newest end: the folder now has `exists`; `rows` may lack some of them.
    Arrived {
        exists: u32,
        unseen: u32,
        rows: Vec<Row>,
    },
    /// These left, in this order; each number counts after the ones before it (RFC 9051 §7.5.1).
    Expunged {
        seqs: Vec<Seq>,
        unseen: u32,
    },
    Flags {
        changes: Vec<FlagChange>,
        unseen: u32,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlagChange {
    pub seq: Seq,
    /// `Uid(0)` when the server didn't say.
    pub uid: Uid,
    pub flags: Flags,
    pub keywords: Vec<String>,
    pub modseq: ModSeq,
}

/// Sparse picture of one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderState {
    pub folder: FolderName,
    pub validity: UidValidity,
    pub exists: u32,
    pub unseen: u32,
    pub writable: bool,
    /// Boxed, so that a row in the middle moves pointers only.
    rows: Sorted<u32, Box<Summary>>,
}

impl FolderState {
    pub fn from_snapshot(snapshot: FolderSnapshot) -> Self {
        let FolderSnapshot { folder, validity, exists, unseen, rows, writable, modseq: _ } = snapshot;
        let mut state = Self { folder, validity, exists, unseen, writable, rows: Sorted::new() };
        state.insert(rows);
        state
    }

    /// The row at list position `index` (0 = newest), if it is known.
    pub fn row(&self, index: u32) -> Option<&Summary> {
        self.rows.get(&self.seq_at(index)?.0).map(Box::as_ref)
    }

    /// Sequence number at list position `index`; `None` past the end.
    pub fn seq_at(&self, index: u32) -> Option<Seq> {
        (index < self.exists).then(|| Seq(self.exists - index))
    }

    /// List position of a known message.
    pub fn index_of(&self, uid: Uid) -> Option<u32> {
        self.rows.iter().rev().find(|(_, s)| s.uid == uid).map(|(seq, _)| self.exists - seq)
    }

    pub fn by_uid(&self, uid: Uid) -> Option<&Summary> {
        self.rows.values().rev().find(|s| s.uid == uid).map(Box::as_ref)
    }

    /// Known rows, oldest first.
    pub fn known(&self) -> impl DoubleEndedIterator<Item = (Seq, &Summary)> {
        self.rows.iter().map(|(seq, summary)| (Seq(*seq), &**summary))
    }

    pub fn known_len(&self) -> usize {
        self.rows.len()
    }

    /// Smallest range of positions within `wanted` that covers every unknown row; `None` when all are known.
    pub fn missing(&self, wanted: Range<u32>) -> Option<Range<u32>> {
        let wanted = wanted.start.min(self.exists)..wanted.end.min(self.exists);
        let first = wanted.clone().find(|i| self.row(*i).is_none())?;
        let last = wanted.rev().find(|i| self.row(*i).is_none())?;
        Some(first..last + 1)
    }

    /// Adds rows of a window answer. Rows of another folder or validity are ignored: they are late.
    pub fn add_window(&mut self, window: WindowRows) -> bool {
        if window.folder != self.folder || window.validity != self.validity {
            return false;
        }
        self.insert(window.rows);
        true
    }

    fn insert(&mut self, rows: Vec<Row>) {
        for Row { seq, summary } in rows {
            if (1..=self.exists).contains(&seq.0) {
                self.rows.insert(seq.0, Box::new(summary));
            }
        }
    }

    /// Drops rows far from list position `around` until at most `MAX_CACHED_ROWS` are kept.
    pub fn evict(&mut self, around: u32) {
        let centre = self.exists.saturating_sub(around);
        while self.rows.len() > MAX_CACHED_ROWS {
            let low = self.rows.first().map_or(0, |(seq, _)| *seq);
            let high = self.rows.last().map_or(0, |(seq, _)| *seq);
            if centre.abs_diff(low) > centre.abs_diff(high) {
                self.rows.pop_first();
            } else {
                self.rows.pop_last();
            }
        }
    }

    /// Applies one delta. Impossible numbers (beyond `exists`) are ignored, never a panic.
    pub fn apply(&mut self, delta: FolderDelta) {
        match delta {
            FolderDelta::Arrived { exists, unseen, rows } => {
                // RFC 9051 §7.4.1: EXISTS never shrinks; a smaller number would be a broken server.
                self.exists = self.exists.max(exists);
                self.unseen = unseen;
                self.insert(rows);
            }
            FolderDelta::Expunged { seqs, unseen } => {
                for seq in seqs {
                    self.expunge(seq);
                }
                self.unseen = unseen;
            }
            FolderDelta::Flags { changes, unseen } => {
                for change in changes {
                    self.set_flags(change);
                }
                self.unseen = unseen;
            }
        }
    }

    fn expunge(&mut self, seq: Seq) {
        if seq.0 == 0 || seq.0 > self.exists {
            return;
        }
        self.rows.close_gap(seq.0);
        self.exists -= 1;
    }

    fn set_flags(&mut self, change: FlagChange) {
        let row = match self.rows.get_mut(&change.seq.0) {
            Some(row) if change.uid == Uid(0) || row.uid == change.uid => Some(row),
            _ => self.rows.values_mut().find(|r| change.uid != Uid(0) && r.uid == change.uid),
        };
        if let Some(row) = row {
            row.flags = change.flags;
            row.keywords = change.keywords;
            row.modseq = row.modseq.max(change.modseq);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seq: u32, uid: u32) -> Row {
        Row { seq: Seq(seq), summary: Summary { uid: Uid(uid), ..Summary::default() } }
    }

    fn state() -> FolderState {
        FolderState::from_snapshot(FolderSnapshot {
            folder: FolderName::inbox(),
            validity: UidValidity(1),
            exists: 5,
            unseen: 0,
            modseq: ModSeq(0),
            rows: (1..=5).map(|n| row(n, n * 10)).collect(),
            writable: true,
        })
    }

    #[test]
    fn expunge_shifts_what_is_above() {
        let mut s = state();
        s.apply(FolderDelta::Expunged { seqs: vec![Seq(2), Seq(2), Seq(9)], unseen: 0 });
        assert_eq!(s.exists, 3);
        let uids: Vec<u32> = (0..3).filter_map(|i| s.row(i)).map(|r| r.uid.0).collect();
        assert_eq!(uids, [50, 40, 10]);
    }

    #[test]
    fn arrival_leaves_gaps_that_are_asked_for() {
        let mut s = state();
        s.apply(FolderDelta::Arrived { exists: 8, unseen: 3, rows: vec![row(8, 80)] });
        assert_eq!(s.missing(0..4), Some(1..3));
        assert_eq!(s.missing(3..9), None);
        assert_eq!(s.index_of(Uid(50)), Some(3));
    }

    #[test]
    fn late_windows_of_another_folder_are_ignored() {
        let mut s = state();
        let before = s.clone();
        assert!(!s.add_window(WindowRows {
            folder: FolderName("Sent".into()),
            validity: UidValidity(1),
            rows: vec![row(1, 99)]
        }));
        assert_eq!(s, before);
    }

    #[test]
    fn flags_follow_the_uid_even_when_the_number_is_stale() {
        let mut s = state();
        let change =
            FlagChange { seq: Seq(1), uid: Uid(50), flags: Flags::SEEN, keywords: vec![], modseq: ModSeq(3) };
        s.apply(FolderDelta::Flags { changes: vec![change], unseen: 0 });
        assert_eq!(s.by_uid(Uid(50)).unwrap().flags, Flags::SEEN);
        assert_eq!(s.by_uid(Uid(10)).unwrap().flags, Flags::default());
    }
}
