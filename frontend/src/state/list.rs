//! The message list: one folder or the results of a search, seen through a viewport.
use super::model::{Model, Tag};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::folder::FolderState;
use pyeonji_shared::ids::{FolderName, Uid, UidValidity};
use pyeonji_shared::message::{Address, Flags, Summary};
use pyeonji_shared::sorted::Sorted;
use std::ops::Range;

/// Pictures of other folders kept.
pub const MAX_RECENT: usize = 4;
/// Messages that can be selected at once.
pub const MAX_SELECTED: usize = 10_000;

#[derive(Clone, Debug, Default)]
pub struct List {
    pub folder: FolderName,
    /// The picture of `folder`, or still of the one before while `opening` (the list never blanks on reconnect).
    pub state: Option<FolderState>,
    pub opening: bool,
    pub error: Option<ApiError>,
    /// What stands in the search box.
    pub search_text: String,
    pub search: Option<Search>,
    /// Positions on the screen, a little more included.
    pub viewport: Range<u32>,
    pub cursor: Option<Uid>,
    pub selected: Sorted<Uid, ()>,
    /// Where a shift-click counts from.
    pub anchor: Option<Uid>,
    /// Positions of rows that an operation hides, rising. Kept by `List::hide`.
    pub hidden: Vec<u32>,
    pub scroll: Scroll,
    /// Window requests under way: tag and positions in the source.
    pub windows: Vec<(Tag, Range<u32>)>,
    /// The mark `rows` (or `search`) was set for what is shown.
    pub marked: bool,
    /// The cursor goes here once the row is known.
    pub want_cursor: Option<u32>,
    /// Pictures of folders visited before, newest last; painted at once and corrected by the answer.
    pub recent: Vec<FolderState>,
    /// The last window that was answered and how often it was asked in a row: a server that leaves rows out must
    /// not be asked for ever.
    pub answered: (Range<u32>, u32),
}

/// Asks the scroller to move; done once per `rev`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scroll {
    pub rev: u32,
    pub to: ScrollTo,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScrollTo {
    #[default]
    Top,
    /// Bring this position into view with the least movement.
    Reveal(u32),
    /// Rows came (or left) above: move by so many rows, so that what is read stays in place.
    By(i64),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    pub text: String,
    pub validity: UidValidity,
    /// `None` once all is found.
    pub tag: Option<Tag>,
    /// Newest first.
    pub uids: Vec<Uid>,
    /// What is shown belongs to this search (not still to the one before).
    pub fresh: bool,
    pub rows: Sorted<Uid, Summary>,
    pub truncated: bool,
    pub error: Option<ApiError>,
    /// Row requests under way.
    pub asking: Sorted<Uid, ()>,
}

/// Result rows kept; the farthest from the viewport go first.
pub const MAX_SEARCH_ROWS: usize = 2_000;

/// One row, ready to be drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowView {
    pub uid: Uid,
    pub index: u32,
    /// Sender, or recipients in Sent and Drafts.
    pub people: Vec<Address>,
    /// `people` are recipients.
    pub outgoing: bool,
    pub subject: String,
    /// Seconds since 1970-01-01 UTC.
    pub date: i64,
    pub flags: Flags,
    pub attachment: bool,
    pub broken: bool,
    pub selected: bool,
    pub cursor: bool,
    /// Open in the reader.
    pub open: bool,
}

/// What the list says where there are no rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListNote {
    /// Nothing to say: rows are there.
    None,
    Loading,
    Empty,
    NothingFound,
    Searching,
    Failed(ApiError),
}

impl List {
    pub fn is_search(&self) -> bool {
        self.search.is_some()
    }

    /// Rows in the source, hidden ones included.
    fn source_len(&self) -> u32 {
        match (&self.search, &self.state) {
            (Some(search), _) => u32::try_from(search.uids.len()).unwrap_or(u32::MAX),
            (None, Some(state)) => state.exists,
            (None, None) => 0,
        }
    }

    /// Rows as shown; `aria-rowcount`.
    pub fn len(&self) -> u32 {
        self.source_len().saturating_sub(u32::try_from(self.hidden.len()).unwrap_or(0))
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Position in the source of the row shown at `index`.
    pub fn source_index(&self, index: u32) -> u32 {
        // hidden[j] - j never falls: it is the number of shown rows before the j-th hidden one.
        let skipped =
            self.hidden.iter().zip(0u32..).take_while(|(h, j)| h.saturating_sub(*j) <= index).count();
        index.saturating_add(u32::try_from(skipped).unwrap_or(0))
    }

    /// Position as shown of the row at `source`; `None` when it is hidden.
    pub fn shown_index(&self, source: u32) -> Option<u32> {
        match self.hidden.binary_search(&source) {
            Ok(_) => None,
            Err(before) => Some(source.saturating_sub(u32::try_from(before).unwrap_or(0))),
        }
    }

    pub fn summary(&self, index: u32) -> Option<&Summary> {
        let at = self.source_index(index);
        match &self.search {
            Some(search) => search.rows.get(search.uids.get(usize::try_from(at).ok()?)?),
            None => self.state.as_ref()?.row(at),
        }
    }

    pub fn summary_of(&self, uid: Uid) -> Option<&Summary> {
        let found = self.search.as_ref().and_then(|s| s.rows.get(&uid));
        found.or_else(|| self.state.as_ref()?.by_uid(uid))
    }

    pub fn uid_at(&self, index: u32) -> Option<Uid> {
        match &self.search {
            Some(search) => search.uids.get(usize::try_from(self.source_index(index)).ok()?).copied(),
            None => self.summary(index).map(|s| s.uid),
        }
    }

    /// Position as shown.
    pub fn position(&self, uid: Uid) -> Option<u32> {
        let source = match &self.search {
            Some(search) => u32::try_from(search.uids.iter().position(|u| *u == uid)?).ok()?,
            None => self.state.as_ref()?.index_of(uid)?,
        };
        self.shown_index(source)
    }

    pub fn validity(&self) -> UidValidity {
        self.state.as_ref().map(|s| s.validity).unwrap_or_default()
    }

    /// The picture is of the folder that is open (not still of the one before).
    pub fn is_current(&self) -> bool {
        self.state.as_ref().is_some_and(|s| s.folder == self.folder)
    }

    /// Recomputes which positions are hidden. UIDs rising.
    pub fn hide(&mut self, hidden: &[Uid]) {
        self.hidden.clear();
        if hidden.is_empty() {
            return;
        }
        if let Some(search) = &self.search {
            self.hidden = (0u32..)
                .zip(&search.uids)
                .filter(|(_, u)| hidden.binary_search(u).is_ok())
                .map(|(i, _)| i)
                .collect();
        } else if let Some(state) = &self.state {
            let exists = state.exists;
            self.hidden = state
                .known()
                .rev()
                .filter(|(_, s)| hidden.binary_search(&s.uid).is_ok())
                .map(|(seq, _)| exists.saturating_sub(seq.0))
                .collect();
        }
    }

    pub fn scroll_to(&mut self, to: ScrollTo) {
        self.scroll = Scroll { rev: self.scroll.rev.wrapping_add(1), to };
    }

    /// Positions on the screen.
    pub fn on_screen(&self) -> Range<u32> {
        self.viewport.start.min(self.len())..self.viewport.end.min(self.len())
    }
}

impl Model {
    /// The row shown at `index`; `None` while it is being fetched.
    pub fn row(&self, index: u32) -> Option<RowView> {
        let list = &self.list;
        let summary = list.summary(index)?;
        let folder = list.state.as_ref().map_or(&list.folder, |s| &s.folder);
        let outgoing = matches!(
            self.folders.special_of(folder),
            Some(pyeonji_shared::account::SpecialUse::Sent | pyeonji_shared::account::SpecialUse::Drafts)
        );
        Some(RowView {
            uid: summary.uid,
            index,
            people: if outgoing { summary.to.clone() } else { summary.from.clone() },
            outgoing,
            subject: summary.subject.clone(),
            date: summary.received,
            flags: self.overlay.flags(folder, list.validity(), summary.uid, summary.flags),
            attachment: summary.attachment,
            broken: summary.broken,
            selected: list.selected.contains_key(&summary.uid),
            cursor: list.cursor == Some(summary.uid),
            open: self.reader.as_ref().is_some_and(|r| r.at.uid == summary.uid && &r.at.folder == folder),
        })
    }

    /// What the list says instead of rows.
    pub fn list_note(&self) -> ListNote {
        let list = &self.list;
        if let Some(search) = &list.search {
            return match (&search.error, search.tag, list.is_empty()) {
                (Some(error), _, _) => ListNote::Failed(error.clone()),
                (None, Some(_), true) => ListNote::Searching,
                (None, None, true) => ListNote::NothingFound,
                (None, _, false) => ListNote::None,
            };
        }
        if let Some(error) = &list.error {
            return ListNote::Failed(error.clone());
        }
        match &list.state {
            None => ListNote::Loading,
            Some(_) if !list.is_current() => ListNote::Loading,
            Some(_) if list.is_empty() => ListNote::Empty,
            Some(_) => ListNote::None,
        }
    }
}
