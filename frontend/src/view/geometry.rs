//! Where rows are in a list of any length, in a scroll area that browsers can still draw.
use std::ops::Range;

/// Tallest scroll area used, in pixels. Firefox stops at 17.9 million, Chromium and Safari at 33.5 million.
pub const MAX_HEIGHT: f64 = 12_000_000.0;
/// Rows drawn above and below what is visible.
pub const OVERSCAN: u32 = 6;

/// A list of rows of one height, looked at through a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Geometry {
    pub rows: u32,
    /// Pixels.
    pub row: f64,
    /// Height of the window, pixels.
    pub window: f64,
}

impl Geometry {
    fn full(&self) -> f64 {
        f64::from(self.rows) * self.row
    }

    /// Height of the scroll area.
    pub fn height(&self) -> f64 {
        self.full().min(MAX_HEIGHT)
    }

    /// Pixels of list per pixel of scrolling: 1 unless the list is taller than a browser can scroll.
    fn scale(&self) -> f64 {
        let (real, drawn) = (self.full() - self.window, self.height() - self.window);
        if real > drawn && drawn > 0.0 { real / drawn } else { 1.0 }
    }

    /// Distance from the top of the list to the top of the window.
    fn offset(&self, scroll: f64) -> f64 {
        (scroll.max(0.0) * self.scale()).min((self.full() - self.window).max(0.0))
    }

    /// Rows that are visible, even in part.
    pub fn visible(&self, scroll: f64) -> Range<u32> {
        if self.row <= 0.0 {
            return 0..0;
        }
        let top = self.offset(scroll);
        let first = floor(top / self.row).min(self.rows);
        let last = floor((top + self.window) / self.row).saturating_add(1).min(self.rows);
        first..last
    }

    /// First row to draw.
    pub fn first(&self, scroll: f64) -> u32 {
        let slots = self.slots();
        self.visible(scroll).start.saturating_sub(OVERSCAN).min(self.rows.saturating_sub(slots))
    }

    /// Rows to draw: constant while the window has one height.
    pub fn slots(&self) -> u32 {
        if self.row <= 0.0 { 0 } else { floor(self.window / self.row).saturating_add(2 + 2 * OVERSCAN) }
    }

    /// Where the row's top stands in the scroll area.
    pub fn top(&self, index: u32, scroll: f64) -> f64 {
        let place = f64::from(index) * self.row;
        if self.scale() > 1.0 { scroll + place - self.offset(scroll) } else { place }
    }

    /// Where to scroll so that this row is the window's first.
    pub fn scroll_for(&self, index: u32) -> f64 {
        let most = (self.height() - self.window).max(0.0);
        (f64::from(index) * self.row / self.scale()).min(most)
    }

    /// Where to scroll so that the row is in view, moving as little as possible; `None` when it is already.
    pub fn reveal(&self, index: u32, scroll: f64) -> Option<f64> {
        let (top, place) = (self.offset(scroll), f64::from(index) * self.row);
        if place < top {
            Some(self.scroll_for(index))
        } else if place + self.row > top + self.window {
            let most = (self.height() - self.window).max(0.0);
            Some(((place + self.row - self.window).max(0.0) / self.scale()).min(most))
        } else {
            None
        }
    }
}

/// Which row the slot draws when the first drawn row is `first`: each slot keeps its row as long as it can.
pub fn slot_row(slot: u32, first: u32, slots: u32) -> u32 {
    if slots == 0 {
        return first;
    }
    let base = first - first % slots + slot;
    if base < first { base.saturating_add(slots) } else { base }
}

fn floor(x: f64) -> u32 {
    // Saturates at both ends, and NaN is 0.
    x.floor() as u32
}

/// Whole pixels. (Formatting a float by itself costs the page 10 KB of tables.)
pub fn whole(pixels: f64) -> i64 {
    pixels.round_ties_even() as i64
}

/// A length for a style.
pub fn px(pixels: f64) -> String {
    format!("{}px", whole(pixels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIST: Geometry = Geometry { rows: 100_000, row: 60.0, window: 900.0 };

    #[test]
    fn a_hundred_thousand_rows_are_true_to_scale() {
        assert_eq!(LIST.height(), 6_000_000.0);
        assert_eq!(LIST.visible(0.0), 0..16);
        assert_eq!(LIST.visible(90.0), 1..17);
        assert_eq!(LIST.visible(LIST.height() - LIST.window).end, 100_000);
        assert_eq!(LIST.top(99_999, 5_999_100.0), 5_999_940.0);
        assert_eq!(LIST.reveal(20, 0.0), Some(360.0));
        assert_eq!(LIST.reveal(3, 0.0), None);
        assert_eq!(LIST.reveal(3, 600.0), Some(180.0));
    }

    #[test]
    fn an_empty_list_and_an_unmeasured_one() {
        let empty = Geometry { rows: 0, ..LIST };
        assert_eq!((empty.height(), empty.visible(50.0), empty.first(0.0)), (0.0, 0..0, 0));
        let unmeasured = Geometry { row: 0.0, window: 0.0, ..LIST };
        assert_eq!((unmeasured.slots(), unmeasured.visible(0.0)), (0, 0..0));
    }

    proptest! {
        /// Whatever the length, the end of the scroll bar is the end of the list, and what is visible is drawn
        /// where it can be seen.
        #[test]
        fn every_row_can_be_reached(rows in 1u32..5_000_000, at in 0u32..5_000_000, window in 100f64..2_000.0) {
            let g = Geometry { rows, row: 60.0, window };
            let index = at % rows;
            prop_assert!(g.height() <= MAX_HEIGHT);
            let scroll = g.reveal(index, 0.0).unwrap_or(0.0);
            prop_assert!(scroll >= 0.0 && scroll <= (g.height() - window).max(0.0) + 0.5);
            let top = g.top(index, scroll);
            prop_assert!(top >= scroll - 1.0 && top + g.row <= scroll + window.max(g.row) + 1.0);
            let drawn = g.first(scroll)..g.first(scroll) + g.slots();
            prop_assert!(drawn.contains(&index));
        }

        #[test]
        fn each_slot_draws_one_row_and_all_are_drawn(first in 0u32..1_000_000, slots in 1u32..80) {
            let mut rows: Vec<u32> = (0..slots).map(|s| slot_row(s, first, slots)).collect();
            rows.sort_unstable();
            prop_assert_eq!(rows, (first..first + slots).collect::<Vec<u32>>());
            // One row further: all slots but one keep theirs.
            let moved = (0..slots).filter(|s| slot_row(*s, first, slots) != slot_row(*s, first + 1, slots)).count();
            prop_assert_eq!(moved, 1);
        }
    }
}
