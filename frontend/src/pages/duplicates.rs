//! What lies on this device twice, why, and what merging would leave.
use super::ledger::{link, named};
use crate::components::pager::{day, pager};
use crate::components::{Dialog, Ui, button, primary};
use crate::dom::tree::{View, view};
use crate::i18n::{T, count, duplicate, folder_label, size};
use crate::runtime::{read, select};
use crate::signals::{Memo, RwSignal};
use crate::state::mail::twins;
use pyeonji_shared::device::LocalId;
use pyeonji_shared::device::duplicates::Group;
use pyeonji_shared::ids::Uid;
use std::rc::Rc;

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
        let equal: Rc<Vec<Group>> = Rc::new(groups.with(|g| g.iter().filter(|g| g.exact).cloned().collect()));
        let n = u32::try_from(equal.len()).unwrap_or(u32::MAX);
        (n > 1).then(|| {
            primary(count(ui.l, T::MergeAll, n), move || ui.dialog.set(Dialog::Merge(equal.clone())))
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
                {button(ui.t(T::TwinsAgain), move || again.update(|n| *n = n.wrapping_add(1)))}
                {move || (place.get().1 > PAGE).then(|| pager(ui, PAGE, place, number))}
            </div>
            {shown}
        </div>
    }
}

fn group(ui: Ui, group: &Group) -> View {
    let id = format!("twins-{}", group.keep.0);
    let record =
        |LocalId(local): LocalId| read(|m| m.mail.as_deref()?.mailbox.as_ref()?.record(Uid(local)).cloned());
    let subject = record(group.keep).map(|r| named(ui, &r.head.subject));
    let mut copies: Vec<View> = Vec::new();
    for local in std::iter::once(group.keep).chain(group.spare.iter().copied()).take(COPIES) {
        let Some(record) = record(local) else { continue };
        let special = read(|m| m.folders.special_of(&record.folder));
        let label = folder_label(ui.l, &record.folder, special, None);
        let line = format!("{} · {}", day(ui, record.added_at), size(record.size));
        let stays = (local == group.keep).then(|| view! { <b>{ui.t(T::TwinsStays)}</b> });
        copies.push(
            view! { <li>{link(ui, (record.folder, Uid(local.0)), &label)}<small>{line}</small>{stays}</li> },
        );
    }
    let unsure = (!group.exact).then(|| ui.t(T::TwinsUnsure));
    let this = Rc::new(vec![group.clone()]);
    view! {
        <section class="twins" aria-labelledby=id.clone()>
            <h2 id=id><bdi>{subject}</bdi></h2>
            <p>{ui.t(duplicate(group.why))}" "{unsure}</p>
            <ul>{copies}</ul>
            {button(ui.t(T::Merge), move || ui.dialog.set(Dialog::Merge(this.clone())))}
        </section>
    }
}
