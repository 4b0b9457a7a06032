//! Experiments on one's own mailbox: what was found, and the one that changes something, which nobody begins by accident.
use super::super::card::words::protocol;
use super::super::runtime::{dispatch, read, select};
use super::super::state::Msg;
use super::super::words::{W, said, w};
use super::card::problem;
use super::{meters, now_on_bench, verdicts, wire};
use crate::dom::tree::{View, ev, view};
use crate::dom::ui::node;
use crate::i18n::Locale;
use crate::signals::{Memo, RwSignal};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::lab::own::{Ask, Claim, Offer};
use pyeonji_shared::lab::report::Proto;
use pyeonji_shared::lab::scenario::Words;

pub fn mine(l: Locale) -> View {
    let busy = select(|m| m.mine.busy);
    let turn = select(|m| m.mine.turn);
    let moment = now_on_bench();
    let status = move || match (busy.get(), turn.get()) {
        (true, _) => w(l, W::MineBusy),
        (_, 0) => "",
        _ => w(l, W::MineDone),
    };
    let content = move || {
        turn.get();
        read(|m| {
            let mine = &m.mine;
            let mut all: Vec<View> = mine.troubles.iter().map(|(of, error)| trouble(l, *of, error)).collect();
            all.extend(mine.notes.iter().map(|note| {
                let note = text(l, note);
                view! { <p>{note}</p> }
            }));
            if !mine.claims.is_empty() {
                all.push(claims(l, &mine.claims));
            }
            all.extend(mine.offer.as_ref().map(|one| offer(l, one, busy)));
            all
        })
    };
    let panels = move || {
        turn.get();
        read(|m| m.answer.is_some()).then(|| view! { {wire::wire(l, moment)}{meters::meters(l, moment)} })
    };
    view! {
        <section class="verdicts mine" aria-busy=move || busy.get().to_string()>
            <h2>{w(l, W::TabMine)}</h2>
            <p class="card-lead">{w(l, W::MineLead)}</p>
            <div><button type="button" class="button primary" disabled=move || busy.get()
                on:click=|_| dispatch(Msg::Mine(Ask::Look))>{w(l, W::MineLook)}</button></div>
            <p role="status">{status}</p>
            {content}
        </section>
        {panels}
    }
}

fn text(l: Locale, words: &Words) -> String {
    said(l, words).to_owned()
}

/// What happened, and what to do; of one protocol, or of all.
fn trouble(l: Locale, of: Option<Proto>, error: &ApiError) -> View {
    let words = match error.kind {
        ErrorKind::SignedOut => {
            view! { <p>{w(l, W::MineSignIn)}</p><a class="button" href="/">{w(l, W::Mail)}</a> }
        }
        ErrorKind::Gone | ErrorKind::ValidityChanged => view! { <p>{w(l, W::MineGone)}</p> },
        ErrorKind::Unsupported => view! { <p>{w(l, W::MineCannot)}</p> },
        _ => problem(l, error),
    };
    let of = of.map(protocol);
    view! { <div class="note bad" role="alert"><strong>{of}</strong>{words}</div> }
}

fn claims(l: Locale, all: &[Claim]) -> View {
    let rows: Vec<View> = all.iter().map(|one| claim(l, one)).collect();
    view! {
        <div class="table" role="table" aria-label=w(l, W::MineFound)>
            <div role="row" class="heads">
                <span role="columnheader">{w(l, W::ColClaim)}</span>
                <span role="columnheader">{w(l, W::ColVerdict)}</span>
                <span role="columnheader">{w(l, W::MineFound)}</span>
            </div>
            {rows}
        </div>
    }
}

fn claim(l: Locale, claim: &Claim) -> View {
    let (class, words) =
        claim.verdict.map_or(("", w(l, W::MineUnknown)), |found| verdicts::verdict(l, found));
    let (id, what, found) = (claim.id.clone(), text(l, &claim.claim), text(l, &claim.found));
    view! {
        <div role="row">
            <span role="cell" class="claim"><span class="id">{id}</span>" "{what}</span>
            <span role="cell"><span class=format!("verdict {class}")>{words}</span></span>
            <span role="cell">{found}</span>
        </div>
    }
}

fn offer(l: Locale, offer: &Offer, busy: Memo<bool>) -> View {
    let agreed = RwSignal::new(false);
    let consent = offer.consent;
    let (risk, agree, act) = (text(l, &offer.risk), text(l, &offer.agree), text(l, &offer.act));
    view! {
        <div class="card-service offer">
            <p>{risk}</p>
            <label class="check"><input type="checkbox"
                on:change=move |e: ev::Event| agreed.set(node::checked(&e))/><span>{agree}</span></label>
            <div><button type="button" class="button" disabled=move || !agreed.get() || busy.get()
                on:click=move |_| dispatch(Msg::Mine(Ask::Fetch(consent)))>{act}</button></div>
        </div>
    }
}
