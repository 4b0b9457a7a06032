//! Experiments on one's own mailbox: what was found, and the one that changes something, which nobody begins by accident.
use super::super::card::words::{BUSY, SAVE, SAVE_WHY, protocol, say};
use super::super::mine::document;
use super::super::runtime::{dispatch, read, select};
use super::super::state::Msg;
use super::super::words::{W, said, w};
use super::card::problem;
use super::{button, meters, now_on_bench, verdicts, wire};
use crate::dom::lab as browser;
use crate::dom::tree::{View, ev, view};
use crate::i18n::Locale;
use crate::signals::Memo;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::lab::own::{Ask, Claim, Offer};
use pyeonji_shared::lab::report::Proto;
use pyeonji_shared::lab::scenario::Words;

pub fn mine(l: Locale) -> View {
    let busy = select(|m| m.mine.busy);
    let turn = select(|m| m.mine.turn);
    let moment = now_on_bench();
    let status = move || match (busy.get(), turn.get()) {
        (true, _) => say(l, BUSY),
        (_, 0) => "",
        _ => w(l, W::MineFound),
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
    let save = move || {
        read(|m| browser::save(document(l, &m.mine, m.answer.as_ref()).as_bytes(), "my-mailbox.txt"));
    };
    let keep = move || {
        turn.get();
        read(|m| m.answer.is_some()).then(|| {
            let why = say(l, SAVE_WHY);
            view! { <div class="card-head">{button("button", say(l, SAVE), save)}<span class="fine">{why}</span></div> }
        })
    };
    view! {
        <section class="verdicts mine" aria-busy=move || busy.get().to_string()>
            <h2>{w(l, W::TabMine)}</h2>
            <p class="card-lead">{w(l, W::MineLead)}</p>
            <div><button type="button" class="button primary" disabled=move || busy.get()
                on:click=|_| dispatch(Msg::Mine(Ask::Look))>{w(l, W::MineLook)}</button></div>
            <p role="status">{status}</p>
            {content}
            {keep}
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
        ErrorKind::Gone | ErrorKind::ValidityChanged | ErrorKind::Unsupported => {
            view! { <p>{w(l, W::MineGone)}</p> }
        }
        _ => problem(l, error),
    };
    let of = of.map(protocol);
    view! { <div class="note bad" role="alert"><strong>{of}</strong>{words}</div> }
}

fn claims(l: Locale, all: &[Claim]) -> View {
    let row = |one: &Claim| {
        let (claim, found) = (text(l, &one.claim), text(l, &one.found));
        verdicts::cells(l, &one.id, view! { {claim} }, one.verdict, view! { {found} })
    };
    let rows: Vec<View> = all.iter().map(row).collect();
    view! {
        <div class="table" role="table" aria-label=w(l, W::MineFound)>{verdicts::heads(l, W::MineFound)}{rows}</div>
    }
}

/// The browser itself sends nothing off before the box is ticked.
fn offer(l: Locale, offer: &Offer, busy: Memo<bool>) -> View {
    let consent = offer.consent;
    let (risk, agree, act) = (text(l, &offer.risk), text(l, &offer.agree), text(l, &offer.act));
    view! {
        <form class="card-service offer" on:submit=move |e: ev::Event| { e.prevent_default(); dispatch(Msg::Mine(Ask::Fetch(consent))) }>
            <p>{risk}</p>
            <label class="check"><input type="checkbox" required/><span>{agree}</span></label>
            <div><button type="submit" class="button" disabled=move || busy.get()>{act}</button></div>
        </form>
    }
}
