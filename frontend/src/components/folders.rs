//! The folder tree.
use super::{Dialog, Ui, icon};
use crate::dom::tree::{View, each_value, ev, view};
use crate::dom::ui::node;
use crate::i18n::{T, count_with, fill, folder_label, number};
use crate::runtime::{dispatch, read, select};
use crate::signals::RwSignal;
use crate::state::Msg;
use crate::state::compose::Start;
use crate::state::folders::FolderRow;
use crate::state::mail::HERE;
use crate::state::msg::Action;
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::ids::FolderName;

pub fn folders(ui: Ui) -> View {
    let rows = select(|m| m.folders.rows(&m.overlay, &m.list.folder));
    let by_place = |place: usize, _: &FolderRow| place as u128;
    let items = each_value(rows, by_place, move |row| item(ui, row));
    let own = select(|m| HERE && m.mail.is_some());
    view! {
        <nav class="nav" aria-label=ui.t(T::Folders)
            on:keydown=move |e| if e.key() == "Escape" && ui.drawer.get_untracked() { e.stop_propagation(); ui.drawer.set(false) }>
            {compose(ui)}
            <div class="tree" role="tree" aria-label=ui.t(T::Folders) on:keydown=keys>{items}</div>
            {move || own.get().then(|| view! {
                <button type="button" class="button plain new-folder" on:click=move |_| ui.dialog.set(Dialog::Folder(None))>{icon("folder")}{ui.t(T::NewFolder)}</button>
            })}
        </nav>
        {move || ui.drawer.get().then(|| view! {
            <div class="drawer-veil" on:click=move |_| ui.drawer.set(false)></div>
        })}
    }
}

/// The button that begins a message; on a phone it floats above the list.
fn compose(ui: Ui) -> View {
    view! {
        <button type="button" class="button primary compose" on:click=move |_| {
            ui.drawer.set(false);
            dispatch(Msg::Compose(Start::New));
        }>{icon("compose")}{ui.t(T::Compose)}</button>
    }
}

fn item(ui: Ui, row: FolderRow) -> View {
    let delimiter = read(|m| m.account.as_ref().and_then(|a| a.delimiter));
    let label = match row.special {
        Some(_) => folder_label(ui.l, &row.name, row.special, delimiter),
        None => row.label.clone(),
    };
    let full = if row.unread > 0 {
        count_with(ui.l, T::FolderUnread, row.unread, &[("name", &label)])
    } else {
        label.clone()
    };
    let (name, dropped) = (row.name.clone(), row.name.clone());
    let over = RwSignal::new(false);
    let selectable = row.selectable;
    // A folder of one's own on this device: a button in the line offers what can be done with it.
    let own = HERE && row.special.is_none() && read(|m| m.mail.is_some());
    let menu = own.then(|| menu(ui, row.name.clone(), &label, row.current));
    view! {
        <div class="treeitem" class:unread={row.unread > 0} class:drop=move || over.get() role="treeitem"
            tabindex=if row.current { "0" } else { "-1" } aria-level=(row.depth + 1).to_string()
            aria-selected=row.current.to_string() aria-disabled=(!selectable).then_some("true") aria-label=full
            style=format!("--level:{}", row.depth.min(8))
            on:click=move |_| if selectable { ui.drawer.set(false); dispatch(Msg::OpenFolder(name.clone())) }
            on:dragover=move |e| if selectable && ui.dragged.get_untracked().is_some() { e.prevent_default(); over.set(true) }
            on:dragleave=move |_| over.set(false)
            on:drop=move |e| { e.prevent_default(); over.set(false); drop_on(ui, &dropped) }>
            {icon(picture(row.special))}
            <span class="label">{label}</span>
            <span class="count" data-count=(row.unread > 0).then(|| number(row.unread))></span>
            {menu}
        </div>
    }
}

fn menu(ui: Ui, own: FolderName, label: &str, current: bool) -> View {
    let words = fill(ui.l, T::OwnFolder, &[("name", label)]);
    view! {
        <button type="button" class="tool" aria-label=words tabindex=if current { "0" } else { "-1" } on:click=move |e| {
            e.stop_propagation();
            ui.dialog.set(Dialog::Folder(Some(own.clone())));
        }>{icon("more")}</button>
    }
}

/// Drops the dragged row, or all that are selected if it is one of them.
fn drop_on(ui: Ui, folder: &FolderName) {
    if let Some(uid) = ui.dragged.get_untracked() {
        ui.dragged.set(None);
        let action = Action::MoveTo(folder.clone());
        let msg = if read(|m| m.list.selected.contains_key(&uid)) {
            Msg::Act(action)
        } else {
            Msg::ActOn(uid, action)
        };
        dispatch(msg);
    }
}

/// Arrow keys within the tree (one tab stop).
fn keys(e: ev::KeyboardEvent) {
    let by = match e.key().as_str() {
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        "Enter" | " " => {
            e.prevent_default();
            e.stop_propagation();
            node::click(e.target());
            return;
        }
        _ => return,
    };
    e.prevent_default();
    e.stop_propagation();
    node::focus_neighbour(&e, "[role=treeitem]:not([aria-disabled])", by);
}

pub fn picture(special: Option<SpecialUse>) -> &'static str {
    match special {
        Some(SpecialUse::Inbox) => "inbox",
        Some(SpecialUse::Drafts) => "drafts",
        Some(SpecialUse::Sent) => "sent",
        Some(SpecialUse::Archive) => "archive",
        Some(SpecialUse::Junk) => "junk",
        Some(SpecialUse::Trash) => "trash",
        Some(SpecialUse::All) => "all",
        Some(SpecialUse::Flagged) => "star",
        None => "folder",
    }
}
