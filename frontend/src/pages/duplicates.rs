//! What lies on this device twice, why, and what merging would leave.
use super::ledger::link;
use crate::components::pager::{day, pager};
use crate::components::{Dialog, Ui};
use crate::dom::tree::{View, view};
use crate::i18n::{T, count, duplicate, folder_label, size};
use crate::runtime::{read, select};
use crate::signals::{Memo, RwSignal};
use crate::state::mail::twins;
use pyeonji_shared::device::LocalId;
use pyeonji_shared::device::duplicates::Group;
use pyeonji_shared::ids::{FolderName, Uid};

/// Groups of one page, and copies of a group that are shown.
const PAGE: usize = 50;
const COPIES: usize = 20;

pub fn duplicates(ui: Ui) -> View {
    // Compared when the page is opened, after a merging, and when asked for: with every change it would take too long.
    let again = RwSignal::new(0_u32);
    let turn = select(|m| m.mail.as_deref().map(|mail| (mail.mailbox.is_some(), mail.merged)));
    let groups = Memo::new(move || {
        again.track();
        turn.track();
        read(|m| m.mail.as_deref().map(twins::groups).unwrap_or_default())
    });
    let number = RwSignal::new(0_usize);
    let place = Memo::new(move || {
        let all = groups.with(Vec::len);
        (number.get().min(all.saturating_sub(1) / PAGE), all)
    });
    let head = move || match u32::try_from(place.get().1).unwrap_or(u32::MAX) {
        0 => ui.t(T::TwinsNone).to_owned(),
        n => count(ui.l, T::TwinsFound, n),
    };
    let all = move || {
        let equal = groups.with(|g| g.iter().filter(|g| g.exact).cloned().collect::<Vec<_>>());
        let n = u32::try_from(equal.len()).unwrap_or(u32::MAX);
        (n > 1).then(|| {
            view! {
                <button type="button" class="button primary" on:click=move |_| ui.dialog.set(Dialog::Merge(equal.clone()))>{count(ui.l, T::MergeAll, n)}</button>
            }
        })
    };
    let shown = move || {
        let (page, _) = place.get();
        groups.with(|g| g.iter().skip(page * PAGE).take(PAGE).map(|g| group(ui, g)).collect::<Vec<View>>())
    };
    view! {
        <div class="group">
            <p role="status">{head}</p>
            <div class="ledger-tools">
                {all}
                <button type="button" class="button" on:click=move |_| again.update(|n| *n = n.wrapping_add(1))>{ui.t(T::TwinsAgain)}</button>
                {move || (place.get().1 > PAGE).then(|| pager(ui, PAGE, place, move |n| number.set(n)))}
            </div>
            {shown}
        </div>
    }
}

/// What is said of one copy.
struct Copy {
    subject: String,
    folder: FolderName,
    label: String,
    came: i64,
    size: u64,
}

fn copy(ui: Ui, LocalId(local): LocalId) -> Option<Copy> {
    read(|m| {
        let record = m.mail.as_deref()?.mailbox.as_ref()?.record(Uid(local))?;
        let label = folder_label(ui.l, &record.folder, m.folders.special_of(&record.folder), None);
        Some(Copy {
            subject: record.head.subject.clone(),
            folder: record.folder.clone(),
            label,
            came: record.added_at,
            size: record.size,
        })
    })
}

fn group(ui: Ui, group: &Group) -> View {
    let id = format!("twins-{}", group.keep.0);
    let subject = copy(ui, group.keep).map(|c| c.subject).filter(|s| !s.trim().is_empty());
    let one = |local: LocalId| {
        let copy = copy(ui, local)?;
        let line = format!("{} · {}", day(ui)(copy.came), size(copy.size));
        let stays = (local == group.keep).then(|| view! { <b>{ui.t(T::TwinsStays)}</b> });
        Some(view! { <li>{link((copy.folder, Uid(local.0)), copy.label)}<small>{line}</small>{stays}</li> })
    };
    let copies: Vec<View> =
        std::iter::once(group.keep).chain(group.spare.iter().copied()).take(COPIES).filter_map(one).collect();
    let unsure = (!group.exact).then(|| ui.t(T::TwinsUnsure));
    let this = vec![group.clone()];
    view! {
        <section class="twins" aria-labelledby=id.clone()>
            <h2 id=id><bdi>{subject.unwrap_or_else(|| ui.t(T::NoSubject).to_owned())}</bdi></h2>
            <p>{ui.t(duplicate(group.why))}" "{unsure}</p>
            <ul>{copies}</ul>
            <button type="button" class="button" on:click=move |_| ui.dialog.set(Dialog::Merge(this.clone()))>{ui.t(T::Merge)}</button>
        </section>
    }
}
