//! What people say, and what happened: one row for each experiment that was run, leading to the steps that show it.
use super::super::runtime::{dispatch, select};
use super::super::state::{Msg, Row};
use super::super::words::{W, fill, said, verdict, w};
use crate::dom::tree::{View, view};
use crate::i18n::Locale;
use pyeonji_shared::lab::report::Verdict;

pub fn verdicts(l: Locale) -> View {
    let rows = select(|m| m.rows.clone());
    let lines = move || {
        rows.with(|rows| rows.iter().enumerate().map(|(at, one)| row(l, at, one)).collect::<Vec<View>>())
    };
    let none = move || rows.with(Vec::is_empty);
    view! {
        <section class="verdicts">
            <h2>{w(l, W::Verdicts)}</h2>
            <p hidden=move || !none()>{w(l, W::VerdictsLead)}</p>
            <div class="table" role="table" aria-label=w(l, W::Verdicts) hidden=none>
                {heads(l, W::ColEvidence)}
                {lines}
            </div>
        </section>
    }
}

fn row(l: Locale, at: usize, row: &Row) -> View {
    let changed = row.changed.then(|| view! { <small>{w(l, W::WithChanges)}</small> });
    let evidence: Vec<View> = row
        .runs
        .iter()
        .enumerate()
        .map(|(run, found)| {
            let variant = found.variant.as_ref().map_or(w(l, W::AsIs), |words| said(l, words)).to_owned();
            let key = if found.held { W::EvidenceHeld } else { W::EvidenceNot };
            let words = fill(l, key, &[("variant", &variant)]);
            let words = match found.step {
                Some(n) => fill(l, W::EvidenceStep, &[("words", &words), ("n", &n.to_string())]),
                None => words,
            };
            let step = found.step;
            view! {
                <button type="button" class="link" on:click=move |_| dispatch(Msg::OpenRow { row: at, run: run as u32, step })>{words}</button>
            }
        })
        .collect();
    let claim = said(l, &row.claim).to_owned();
    cells(l, &row.id, view! { {claim}{changed} }, Some(row.verdict), view! { {evidence} })
}

pub fn heads(l: Locale, last: W) -> View {
    view! {
        <div role="row" class="heads">
            <span role="columnheader">{w(l, W::ColClaim)}</span>
            <span role="columnheader">{w(l, W::ColVerdict)}</span>
            <span role="columnheader">{w(l, last)}</span>
        </div>
    }
}

/// What people say, whether it is so, and how that is known.
pub fn cells(l: Locale, id: &str, claim: View, found: Option<Verdict>, evidence: View) -> View {
    let class = match found {
        Some(Verdict::Held) => "held",
        Some(Verdict::DidNotHold) => "not",
        Some(Verdict::Depends) => "depends",
        None => "",
    };
    let words = verdict(l, found);
    let id = id.to_owned();
    view! {
        <div role="row">
            <span role="cell" class="claim"><span class="id">{id}</span>" "{claim}</span>
            <span role="cell"><span class=format!("verdict {class}")>{words}</span></span>
            <span role="cell" class="evidence">{evidence}</span>
        </div>
    }
}
