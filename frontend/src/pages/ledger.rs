//! Every message that the mail server has named: where it is, until when, and why.
use crate::components::pager::{day, pager};
use crate::components::{Dialog, Ui, banner};
use crate::dom::tree::{View, each_value, view};
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
    let at = ui.ledger;
    let page = select(move |m| {
        let (filter, number) = at.get();
        let page = |mail| ledger::page(mail, filter, number, m.moment.now / 1000);
        m.mail.as_deref().map(page).unwrap_or_default()
    });
    let lines = Memo::new(move || page.with(|p| p.lines.clone()));
    let place = Memo::new(move || page.with(|p| (p.number, p.found)));
    let none = Memo::new(move || place.get().1 == 0);
    let filters = [T::LedgerAll, T::LedgerOnServer, T::LedgerOnlyHere, T::LedgerLeaving, T::LedgerProblems];
    let index = move || Filter::ALL.iter().position(|f| *f == at.get().0).unwrap_or(0);
    let choose = move |i: usize| at.set((Filter::ALL.get(i).copied().unwrap_or_default(), 0));
    let heads: Vec<View> =
        COLUMNS.into_iter().map(|key| view! { <span role="columnheader">{ui.t(key)}</span> }).collect();
    let go = move |number| at.update(|at| at.1 = number);
    view! {
        <div class="group">
            <p>{ui.t(T::LedgerLead)}</p>
            <div class="ledger-tools">
                {banner::choice(ui.t(T::LedgerShow), "ledger-filter", &filters.map(|key| ui.t(key)), index, choose)}
                {pager(ui, PAGE, place, go)}
            </div>
            <div class="ledger" role="table" aria-label=ui.t(T::SettingsLedger) aria-rowcount=move || (place.get().1 + 1).to_string() hidden=move || none.get()>
                <div role="row" class="heads" aria-rowindex="1">{heads}</div>
                {each_value(lines, |i, _| i as u128, move |l| line(ui, l))}
            </div>
            <p>{move || none.get().then(|| ui.t(T::LedgerNone))}</p>
        </div>
    }
}

fn line(ui: Ui, line: Line) -> View {
    let here = on_device(ui.l, line.here, day(ui));
    let there = on_server(ui.l, &line, day(ui));
    let why = reason(ui.l, line.state);
    let subject = line.subject.filter(|s| !s.trim().is_empty());
    let subject = subject.unwrap_or_else(|| ui.t(T::NoSubject).to_owned());
    let name = line.uidl.0.clone();
    let message = line.at.map(|at| link(at, subject));
    let bytes = size(u64::from(line.size));
    let (uidl, label) = (line.uidl.clone(), fill(ui.l, T::DownloadRest, &[("size", &bytes)]));
    let rest =
        (line.rest || line.coming).then(|| button(label, line.coming, move || wish(&uidl, Wish::Rest)));
    let removal = removal(ui, line.uidl, line.removal);
    view! {
        <div role="row">
            <span role="cell" class="what">{message}<small>{name}</small></span>
            <span role="cell" data-head=ui.t(T::LedgerSize)>{bytes}</span>
            <span role="cell" data-head=ui.t(T::LedgerHere)>{here}</span>
            <span role="cell" data-head=ui.t(T::LedgerThere)>{there}</span>
            <span role="cell">{why}</span>
            <span role="cell" class="acts">{rest}{removal}</span>
        </div>
    }
}

fn removal(ui: Ui, uidl: Uidl, removal: Removal) -> Option<View> {
    Some(match removal {
        Removal::No => return None,
        Removal::Safe => button(ui.t(T::CheckApprove).into(), false, move || wish(&uidl, Wish::Removal)),
        Removal::Sole => {
            button(ui.t(T::CheckApprove).into(), false, move || ui.dialog.set(Dialog::Remove(uidl.clone())))
        }
        Removal::Asked => button(ui.t(T::KeepThere).into(), false, move || wish(&uidl, Wish::None)),
    })
}

fn wish(uidl: &Uidl, wish: Wish) {
    dispatch(Msg::Mail(MailEvent::Wish(uidl.clone(), wish)));
}

fn button(label: String, off: bool, act: impl Fn() + 'static) -> View {
    view! { <button type="button" class="button" disabled=off on:click=move |_| act()>{label}</button> }
}

/// Opens a message where it lies.
pub fn link((folder, uid): (FolderName, Uid), words: String) -> View {
    let route = Route::Message(folder, uid);
    view! {
        <a href=route.path() on:click=move |e| {
            e.prevent_default();
            dispatch(Msg::Go(route.clone()));
        }><bdi>{words}</bdi></a>
    }
}
