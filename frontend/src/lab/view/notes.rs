//! What went wrong, and what to do about it.
use super::super::names;
use super::super::runtime::{dispatch, select};
use super::super::state::{Msg, Trouble};
use super::super::words::{W, w};
use super::{button, filled};
use crate::dom::tree::{View, view};
use crate::i18n::Locale;
use pyeonji_shared::lab::call::{Place, Refusal};

pub fn trouble(l: Locale) -> View {
    let trouble = select(|m| m.trouble.clone());
    let note = move || {
        let trouble = trouble.get()?;
        let (title, what, again) = words(l, &trouble);
        Some(view! {
            <div class="note bad" role="alert">
                <p>{title.map(|title| view! { <strong>{title}</strong> })}<span>{what}</span></p>
                {again.then(|| button("button", w(l, W::Retry), || dispatch(Msg::Retry)))}
            </div>
        })
    };
    view! { {note} }
}

/// Title, words, and whether trying again may help.
fn words(l: Locale, trouble: &Trouble) -> (Option<String>, String, bool) {
    match trouble {
        Trouble::BadLink => (None, w(l, W::BadLink).into(), false),
        Trouble::Failed(_) => (None, w(l, W::FailedWhat).into(), true),
        Trouble::Refused(Refusal::Busy) => (None, w(l, W::BusyWhat).into(), true),
        Trouble::Refused(Refusal::Full { visitors, wait_seconds }) => {
            let time = names::time(l, u64::from(*wait_seconds) * 1_000);
            let title = filled(l, W::FullTitle, &[("n", visitors.to_string())]);
            (Some(title), filled(l, W::FullWhat, &[("time", time)]), true)
        }
        Trouble::Refused(Refusal::Wrong { place, reason }) => {
            let with = |key, n: u32, column: u32| {
                let values =
                    [("n", n.to_string()), ("column", column.to_string()), ("reason", reason.clone())];
                filled(l, key, &values)
            };
            let what = match *place {
                Place::Whole => with(W::WrongWhole, 0, 0),
                Place::Line { line, column } => with(W::WrongLine, line, column),
                Place::Step(n) => with(W::WrongStep, n, 0),
                Place::Expectation(n) => with(W::WrongExpect, n, 0),
            };
            (None, what, false)
        }
    }
}
