//! Every message that the mail server has named: where it is, until when, and why.
use crate::components::pager::{day, pager};
use crate::components::{Dialog, Ui, banner, button};
use crate::dom::tree::{View, view};
use crate::i18n::{T, fill, on_device, on_server, reason, size};
use crate::runtime::{dispatch, select};
use crate::signals::Memo;
use crate::state::Msg;
use crate::state::mail::MailEvent;
use crate::state::mail::ledger::{self, Filter, Line, PAGE, Removal};
use crate::state::route::Route;
use pyeonji_shared::device::Uidl;
use pyeonji_shared::device::entry::Wish;
use pyeonji_shared::ids::{FolderName, Uid};

const COLUMNS: [T; 6] =
    [T::LedgerMessage, T::LedgerSize, T::LedgerHere, T::LedgerThere, T::LedgerWhy, T::Actions];

pub fn ledger(ui: Ui) -> View {
    let (filter, number) = ui.ledger;
    let page = select(move |m| {
        let (filter, number) = (Filter::ALL.get(filter.get()).copied().unwrap_or_default(), number.get());
        let page = |mail| ledger::page(mail, filter, number, m.moment.now / 1000);
        m.mail.as_deref().map(page).unwrap_or_default()
    });
    let place = Memo::new(move || page.with(|p| (p.number, p.found)));
    let chosen = Memo::new(move || filter.get());
    let filters = [T::LedgerAll, T::LedgerOnServer, T::LedgerOnlyHere, T::LedgerLeaving, T::LedgerProblems];
    let choose = move |i| {
        filter.set(i);
        number.set(0);
    };
    let heads: Vec<View> =
        COLUMNS.iter().map(|key| view! { <span role="columnheader">{ui.t(*key)}</span> }).collect();
    let lines = move || page.with(|p| p.lines.iter().map(|l| line(ui, l)).collect::<Vec<View>>());
    let none = move || place.get().1 == 0;
    view! {
        <div class="group">
            <p>{ui.t(T::LedgerLead)}</p>
            <div class="ledger-tools">
                {banner::choice(ui.t(T::LedgerShow), "ledger-filter", &filters.map(|key| ui.t(key)), chosen, Box::new(choose))}
                {pager(ui, PAGE, place, number)}
            </div>
            <div class="ledger" role="table" aria-label=ui.t(T::SettingsLedger) aria-rowcount=move || (place.get().1 + 1).to_string() hidden=none>
                <div role="row" class="heads" aria-rowindex="1">{heads}</div>
                {lines}
            </div>
            <p>{move || none().then(|| ui.t(T::LedgerNone))}</p>
        </div>
    }
}

fn line(ui: Ui, line: &Line) -> View {
    let day: &dyn Fn(i64) -> String = &|at| day(ui, at);
    let here = on_device(ui.l, line.here, day);
    let there = on_server(ui.l, line, day);
    let message = line.at.clone().map(|at| link(ui, at, line.subject.as_deref().unwrap_or_default()));
    let bytes = size(u64::from(line.size));
    let label = fill(ui.l, T::DownloadRest, &[("size", &bytes)]);
    let rest = line.rest.then(|| wish(label, &line.uidl, Wish::Rest));
    let removal = match line.removal {
        Removal::No => None,
        Removal::Safe => Some(wish(ui.t(T::CheckApprove).into(), &line.uidl, Wish::Removal)),
        Removal::Asked => Some(wish(ui.t(T::KeepThere).into(), &line.uidl, Wish::None)),
        Removal::Sole => {
            let uidl = line.uidl.clone();
            Some(button(ui.t(T::CheckApprove), move || ui.dialog.set(Dialog::Remove(uidl.clone()))))
        }
    };
    view! {
        <div role="row">
            <span role="cell">{message}<small>{line.uidl.0.clone()}</small></span>
            <span role="cell" data-head=ui.t(T::LedgerSize)>{bytes}</span>
            <span role="cell" data-head=ui.t(T::LedgerHere)>{here}</span>
            <span role="cell" data-head=ui.t(T::LedgerThere)>{there}</span>
            <span role="cell">{reason(ui.l, line.state)}</span>
            <span role="cell" class="acts">{rest}{removal}</span>
        </div>
    }
}

fn wish(label: String, uidl: &Uidl, wish: Wish) -> View {
    let uidl = uidl.clone();
    button(label, move || dispatch(Msg::Mail(MailEvent::Wish(uidl.clone(), wish))))
}

/// Opens a message where it lies.
pub fn link(ui: Ui, (folder, uid): (FolderName, Uid), words: &str) -> View {
    let route = Route::Message(folder, uid);
    view! {
        <a href=route.path() on:click=move |e| {
            e.prevent_default();
            dispatch(Msg::Go(route.clone()));
        }><bdi>{named(ui, words)}</bdi></a>
    }
}

/// A subject, or that there is none.
pub fn named(ui: Ui, subject: &str) -> String {
    if subject.trim().is_empty() { ui.t(T::NoSubject).into() } else { subject.into() }
}
