//! What the page knows of one's own mailbox, and the same as a text for whoever helps.
use super::card::{text, words};
use super::words::{W, said, verdict, w};
use crate::i18n::Locale;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::lab::call::Answer;
use pyeonji_shared::lab::own::{Claim, Offer};
use pyeonji_shared::lab::report::Proto;
use pyeonji_shared::lab::scenario::Words;

/// The device whose wire is shown first.
pub const IMAP: &str = "imap-a";

#[derive(Clone, Debug, Default)]
pub struct Mine {
    pub busy: bool,
    /// Rises with every answer, so that nothing of it must be compared to see that it is another.
    pub turn: u32,
    /// Why there is none of it, or why one of the protocols is missing in it.
    pub troubles: Vec<(Option<Proto>, ApiError)>,
    pub notes: Vec<Words>,
    pub claims: Vec<Claim>,
    pub offer: Option<Offer>,
}

/// What was found, and all that passed. No secret is in it: the gateway takes them out before anything is told.
pub fn document(l: Locale, mine: &Mine, answer: Option<&Answer>) -> String {
    let mut out = w(l, W::MineFound).to_owned() + "\n";
    for (of, error) in &mine.troubles {
        let (what, remedy) = words::error(l, error.kind);
        out += &format!("  ! {} {what} {remedy}\n    {}\n", of.map_or("", words::protocol), error.detail);
    }
    for claim in &mine.claims {
        let (words, found) = (said(l, &claim.claim), said(l, &claim.found));
        out += &format!("  - {} {words}: {}\n    {found}\n", claim.id, verdict(l, claim.verdict));
    }
    for note in &mine.notes {
        out += &format!("  {}\n", said(l, note));
    }
    for device in answer.iter().flat_map(|answer| &answer.report.runs).flat_map(|run| &run.devices) {
        out += &format!("\n{}\n{}", device.device, text::transcript(&device.lines));
    }
    out
}
