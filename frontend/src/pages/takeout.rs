//! "Take your mail with you": a copy as files, files brought in, and copies to and from another account.
use crate::components::pager::day;
use crate::components::{Ui, banner, button, icon};
use crate::dom::files;
use crate::dom::tree::{NodeRef, View, html, view};
use crate::dom::ui::node;
use crate::i18n::{T, fill, folder_label, outcome, progress, remedy, stayed, what_happened};
use crate::mailbox::out::Format;
use crate::runtime::{dispatch, load_takeout, select};
use crate::signals::{Memo, RwSignal};
use crate::state::effect::Password;
use crate::state::mail::takeout::{Account, Job, Kind, Report, Told, is_due};
use crate::state::mail::{MailEvent, TAKEOUT};
use crate::state::{Model, Msg};
use pyeonji_shared::account::{Folder, SpecialUse};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::ids::FolderName;

type Named = (FolderName, Option<SpecialUse>);

pub fn takeout(ui: Ui) -> View {
    let all = || vec![export(ui), import(ui), rescue(ui), state(ui)];
    let way_there = || {
        vec![view! { <p class="fine">{ui.t(T::TakeoutHint)}</p> }, button(ui.t(T::TakeoutOpen), load_takeout)]
    };
    view! {
        <section class="takeout" aria-labelledby="takeout">
            <h2 id="takeout">{ui.t(T::Takeout)}</h2>
            {reminder(ui)}
            {if TAKEOUT { all() } else { way_there() }}
        </section>
    }
}

fn tell(told: Told) {
    dispatch(Msg::Mail(MailEvent::Takeout(told)));
}

fn begin(job: Job) {
    tell(Told::Begin(job));
}

/// When a copy was saved, and whether one is due: something is nowhere but here.
fn saved(m: &Model) -> Option<(Option<i64>, bool)> {
    let mail = m.mail.as_deref()?;
    let mailbox = mail.mailbox.as_ref()?;
    let at = mail.options.backed_up;
    let there = |uidl| mail.ledger.get(uidl).is_some_and(|entry| entry.on_server());
    let due = is_due(at, m.moment.now / 1000)
        && mailbox.records().any(|(_, record)| !record.uidl.as_ref().is_some_and(there));
    Some((at, due))
}

fn reminder(ui: Ui) -> View {
    let saved = select(saved);
    let words = move || {
        let (at, due) = saved.get()?;
        let date = |key| at.map(|at| fill(ui.l, key, &[("date", &day(ui, at))]));
        Some(match due {
            true => {
                let words = date(T::TakeoutOld).unwrap_or_else(|| ui.t(T::TakeoutNever).to_owned());
                view! { <div class="note">{icon("warn")}<p>{words}</p></div> }
            }
            false => view! { <p class="fine">{date(T::TakeoutLast)}</p> },
        })
    };
    view! { {words} }
}

fn named(folders: &[Folder]) -> Vec<Named> {
    folders.iter().map(|f| (f.name.clone(), f.special)).collect()
}

/// The folders of this device.
fn own() -> Memo<Vec<Named>> {
    select(|m| {
        let mailbox = m.mail.as_ref().and_then(|mail| mail.mailbox.as_ref());
        mailbox.map(|mailbox| named(&mailbox.folders())).unwrap_or_default()
    })
}

/// A choice of folders; the names of own ones whole. `first` stands before them.
fn pick(
    ui: Ui,
    label: T,
    id: &'static str,
    first: Option<T>,
    of: Memo<Vec<Named>>,
    at: RwSignal<usize>,
) -> View {
    let choice = move || {
        let names = of.get();
        let names = names.iter().map(|(name, special)| folder_label(ui.l, name, *special, None));
        let all: Vec<String> = first.map(|key| ui.t(key).to_owned()).into_iter().chain(names).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        banner::choice(ui.t(label), id, &all, Memo::new(move || at.get()), Box::new(move |i| at.set(i)))
    };
    view! { {choice} }
}

fn picked(of: Memo<Vec<Named>>, at: usize) -> Option<FolderName> {
    of.get_untracked().get(at).map(|(name, _)| name.clone())
}

fn export(ui: Ui) -> View {
    let (folders, what, format) = (own(), RwSignal::new(0_usize), RwSignal::new(0_usize));
    let formats = [ui.t(T::ExportMbox), ui.t(T::ExportEml)];
    let set = Box::new(move |i| format.set(i));
    let save = move || {
        let folder = what.get_untracked().checked_sub(1).and_then(|at| picked(folders, at));
        let format = if format.get_untracked() == 0 { Format::Mbox } else { Format::Eml };
        begin(Job::Export { folder, format });
    };
    view! {
        <fieldset>
            <legend>{ui.t(T::Export)}</legend>
            {pick(ui, T::ExportWhat, "export-what", Some(T::ExportAll), folders, what)}
            {banner::choice(ui.t(T::ExportFormat), "export-format", &formats, Memo::new(move || format.get()), set)}
            {act(ui.t(T::Export), save)}
        </fieldset>
    }
}

/// A button that is there while nothing runs.
fn act(label: &'static str, act: impl Fn() + 'static) -> View {
    let busy = select(|m| m.mail.as_ref().is_some_and(|mail| mail.takeout.running.is_some()));
    view! { <button type="button" class="button" disabled=move || busy.get() on:click=move |_| act()>{label}</button> }
}

fn import(ui: Ui) -> View {
    let (folders, into) = (own(), RwSignal::new(0_usize));
    let chosen = move |e: &_| {
        let (Some(list), Some(into)) = (node::files(e), picked(folders, into.get_untracked())) else {
            return;
        };
        let files = files::take(&list).into_iter().map(|file| file.key).collect();
        begin(Job::Import { files, into });
    };
    view! {
        <fieldset>
            <legend>{ui.t(T::Import)}</legend>
            {pick(ui, T::ImportInto, "import-into", None, folders, into)}
            <p class="fine">{ui.t(T::ImportHint)}</p>
            {act(ui.t(T::Import), || node::choose("import-files"))}
            <input id="import-files" type="file" multiple hidden aria-label=ui.t(T::Import)
                on:change=move |e| { chosen(&e); node::clear(e.target()); }/>
        </fieldset>
    }
}

fn rescue(ui: Ui) -> View {
    let (which, remote, into) = (RwSignal::new(0_usize), RwSignal::new(0_usize), RwSignal::new(0_usize));
    let (address, password) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let account = move || {
        // Never in the model, as at sign-in.
        let text = |of: NodeRef<html::Input>| of.get_untracked().map(|i| i.value()).unwrap_or_default();
        Account { address: text(address), password: Password(text(password)) }
    };
    let other = Memo::new(move || which.get() == 1);
    let fields = move || {
        other.get().then(|| view! {
            <div class="field"><label for="rescue-address">{ui.t(T::SignInAddress)}</label>
                <input id="rescue-address" node_ref=address type="email" autocomplete="off" maxlength="254"/></div>
            <div class="field"><label for="rescue-password">{ui.t(T::SignInPassword)}</label>
                <input id="rescue-password" node_ref=password type="password" autocomplete="off" maxlength="1024"/></div>
        })
    };
    let reached = select(|m| {
        let begun = m.mail.as_ref().and_then(|mail| mail.takeout.account.as_ref());
        begun.map(|begun| (begun.address.clone(), named(&begun.folders)))
    });
    let (theirs, ours) = (Memo::new(move || reached.get().map(|(_, all)| all).unwrap_or_default()), own());
    let fetch = move || {
        if let (Some(folder), Some(into)) =
            (picked(theirs, remote.get_untracked()), picked(ours, into.get_untracked()))
        {
            begin(Job::Fetch { account: account(), folder, into });
        }
    };
    let back = move || {
        reached.get().map(|(address, _)| {
            view! {
                <p>{fill(ui.l, T::RescueFolder, &[("address", &address)])}</p>
                {pick(ui, T::Folders, "rescue-folder", None, theirs, remote)}
                {pick(ui, T::ImportInto, "rescue-into", None, ours, into)}
                {act(ui.t(T::RescueFetch), fetch)}
            }
        })
    };
    let whose = [ui.t(T::RescueOwn), ui.t(T::RescueOther)];
    let set = Box::new(move |i| which.set(i));
    view! {
        <fieldset>
            <legend>{ui.t(T::Rescue)}</legend>
            <p class="fine">{ui.t(T::RescueHint)}</p>
            {banner::choice(ui.t(T::RescueWhich), "rescue-which", &whose, Memo::new(move || which.get()), set)}
            {fields}
            {act(ui.t(T::RescueSend), move || begin(Job::Send(account())))}
            {act(ui.t(T::RescueReach), move || begin(Job::Reach(account())))}
            {back}
        </fieldset>
    }
}

/// How far it is, or how it ended.
fn state(ui: Ui) -> View {
    let now = select(move |m| {
        let running = m.mail.as_ref()?.takeout.running.as_deref()?;
        Some(progress(ui.l, running))
    });
    let running = move || {
        now.get().map(|(words, part)| {
            let bar = part.map(|part| {
                view! { <progress max="100" value=part.to_string() aria-label=ui.t(T::Takeout)></progress> }
            });
            view! { <p>{words}</p>{bar}{button(ui.t(T::Stop), || tell(Told::Stop))} }
        })
    };
    let report = select(|m| m.mail.as_ref()?.takeout.report.clone());
    view! {
        <div class="takeout-state" role="group" aria-label=ui.t(T::Takeout)>{running}</div>
        {move || report.get().map(|report| ended(ui, &report))}
    }
}

fn ended(ui: Ui, report: &Report) -> View {
    let own = |kind: ErrorKind| match (report.kind, kind) {
        (_, ErrorKind::InUse) => Some(T::TakeoutElsewhere),
        (Kind::Send | Kind::Fetch, ErrorKind::Cancelled) => Some(T::RescueOver),
        _ => None,
    };
    let error = report.error.as_ref().map(|error| {
        let words = match own(error.kind) {
            Some(key) => ui.t(key).to_owned(),
            None => format!("{} {}", what_happened(ui.l, error.kind), remedy(ui.l, error.kind)),
        };
        let said = (!error.detail.is_empty()).then(|| view! { <q>{error.detail.clone()}</q> });
        view! { <div class="note bad" role="alert">{icon("warn")}<p>{words}" "{said}</p></div> }
    });
    let failed: Vec<View> = report
        .failed
        .iter()
        .map(|failure| view! { <li><bdi>{failure.name.clone()}</bdi>": "{stayed(ui.l, &failure.why)}</li> })
        .collect();
    let list = (!failed.is_empty()).then(|| view! { <ul aria-label=ui.t(T::TakeoutFailed)>{failed}</ul> });
    let words = outcome(ui.l, report);
    view! { {error}<p role="status">{words}</p>{list} }
}
