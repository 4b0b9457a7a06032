//! Experiments on one's own mailbox: what was found, and the one that changes something, which nobody begins by accident.
use super::super::card::words::protocol;
use super::super::runtime::{dispatch, select};
use super::super::state::Msg;
use super::super::words::{W, said, w};
use super::card::problem;
use super::{filled, meters, now_on_bench, verdicts, wire};
use crate::dom::tree::{View, ev, view};
use crate::dom::ui::node;
use crate::i18n::Locale;
use crate::signals::RwSignal;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::lab::own::{Ask, Claim, Found, Offer};
use pyeonji_shared::lab::report::Proto;

pub fn mine(l: Locale) -> View {
    let busy = select(|m| m.mine.busy);
    let state = select(|m| (m.mine.error.clone(), m.mine.found.clone()));
    let moment = now_on_bench();
    let status = move || match (busy.get(), state.get().1) {
        (true, _) => w(l, W::MineBusy).to_owned(),
        (_, Some(found)) => {
            let devices = found.answer.report.runs.iter().flat_map(|run| &run.devices);
            let n: u32 = devices.map(|device| device.totals.connections).sum();
            filled(l, W::MineDone, &[("n", n.to_string())])
        }
        _ => String::new(),
    };
    let content = move || match state.get() {
        (Some(error), _) => Some(trouble(l, None, &error)),
        (_, Some(found)) => Some(whole(l, &found)),
        _ => None,
    };
    let panels = move || {
        state
            .with(|(_, found)| found.is_some())
            .then(|| view! { {wire::wire(l, moment)}{meters::meters(l, moment)} })
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

/// What happened, and what to do; of one protocol, or of all.
fn trouble(l: Locale, of: Option<Proto>, error: &ApiError) -> View {
    let own = match error.kind {
        ErrorKind::SignedOut => Some(W::MineSignIn),
        ErrorKind::Gone | ErrorKind::ValidityChanged => Some(W::MineGone),
        ErrorKind::Unsupported => Some(W::MineCannot),
        _ => None,
    };
    let link = (error.kind == ErrorKind::SignedOut)
        .then(|| view! { <a class="button" href="/">{w(l, W::Mail)}</a> });
    let words = match own {
        Some(key) => view! { <p>{w(l, key)}</p> },
        None => problem(l, error),
    };
    let of = of.map(|of| view! { <strong>{protocol(of)}</strong> });
    view! { <div class="note bad" role="alert">{of}{words}{link}</div> }
}

fn whole(l: Locale, found: &Found) -> View {
    let troubles: Vec<View> = found.troubles.iter().map(|(of, error)| trouble(l, Some(*of), error)).collect();
    let notes: Vec<View> = found
        .notes
        .iter()
        .map(|note| {
            let note = said(l, note).to_owned();
            view! { <p>{note}</p> }
        })
        .collect();
    let claims: Vec<View> = found.claims.iter().map(|one| claim(l, one)).collect();
    let offer = found.offer.as_ref().map(|one| offer(l, one));
    view! {
        {troubles}
        {notes}
        <div class="table" role="table" aria-label=w(l, W::MineFound)>
            <div role="row" class="heads">
                <span role="columnheader">{w(l, W::ColClaim)}</span>
                <span role="columnheader">{w(l, W::ColVerdict)}</span>
                <span role="columnheader">{w(l, W::MineFound)}</span>
            </div>
            {claims}
        </div>
        {offer}
    }
}

fn claim(l: Locale, claim: &Claim) -> View {
    let (class, words) =
        claim.verdict.map_or(("", w(l, W::MineUnknown)), |found| verdicts::verdict(l, found));
    let (id, said_so, found) =
        (claim.id.clone(), said(l, &claim.claim).to_owned(), said(l, &claim.found).to_owned());
    view! {
        <div role="row">
            <span role="cell" class="claim"><span class="id">{id}</span>" "{said_so}</span>
            <span role="cell"><span class=format!("verdict {class}")>{words}</span></span>
            <span role="cell" class="found">{found}</span>
        </div>
    }
}

fn offer(l: Locale, offer: &Offer) -> View {
    let agreed = RwSignal::new(false);
    let busy = select(|m| m.mine.busy);
    let consent = offer.consent;
    let text = |words| said(l, words).to_owned();
    let (risk, agree, act) = (text(&offer.risk), text(&offer.agree), text(&offer.act));
    let label = act.clone();
    view! {
        <div class="card-service offer" role="group" aria-label=label>
            <p>{risk}</p>
            <label class="check"><input type="checkbox"
                on:change=move |e: ev::Event| agreed.set(node::checked(&e))/><span>{agree}</span></label>
            <div><button type="button" class="button" disabled=move || !agreed.get() || busy.get()
                on:click=move |_| dispatch(Msg::Mine(Ask::Fetch(consent)))>{act}</button></div>
        </div>
    }
}
