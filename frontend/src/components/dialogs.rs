//! The modal dialogs: moving, and asking before what can't be undone.
use super::{Dialog, Ui, folder, folders::picture, help, icon, tags};
use crate::dom::tree::{NodeRef, View, ev, html, view};
use crate::dom::ui::node;
use crate::i18n::{T, count, fill, folder_label};
use crate::runtime::{dispatch, read, select};
use crate::signals::{Memo, RwSignal, effect};
use crate::state::Msg;
use crate::state::mail::{HERE, MailEvent};
use crate::state::msg::Action;
use crate::view::links;
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::device::entry::Wish;
use pyeonji_shared::ids::FolderName;
use pyeonji_shared::lower::lower;

pub fn dialogs(ui: Ui) -> View {
    let asked =
        select(|m| m.confirm.as_ref().map_or(0, |set| u32::try_from(set.uids.len()).unwrap_or(u32::MAX)));
    let shown = move || match (asked.get(), ui.dialog.get()) {
        (n @ 1.., _) => {
            let words = ui.t(T::ConfirmDeleteWords).to_owned();
            let title = ui.t(T::DeleteForever);
            let yes = || dispatch(Msg::Confirm(true));
            modal(ui, title, false, ask(ui, count(ui.l, T::ConfirmDelete, n), words, title.into(), yes))
        }
        (_, Dialog::Help) => modal(ui, ui.t(T::Help), true, help::help(ui, false)),
        (_, Dialog::Move) => modal(ui, ui.t(T::MoveTitle), false, move_to(ui)),
        (_, Dialog::Folder(name)) if HERE => {
            let title = ui.t(if name.is_some() { T::OwnFolderTitle } else { T::NewFolder });
            modal(ui, title, false, folder::folder(ui, name))
        }
        (_, Dialog::Tags) if HERE => modal(ui, ui.t(T::Tags), false, tags::tags(ui)),
        (_, Dialog::Remove(uidl)) if HERE => {
            let yes = move || dispatch(Msg::Mail(MailEvent::Wish(uidl.clone(), Wish::Removal)));
            let (head, words) = (ui.t(T::RemoveSole).into(), ui.t(T::RemoveSoleWords).into());
            modal(ui, ui.t(T::CheckApprove), false, ask(ui, head, words, ui.t(T::CheckApprove).into(), yes))
        }
        (_, Dialog::Merge(groups)) if HERE => {
            let head = count(ui.l, T::MergeAsk, u32::try_from(groups.len()).unwrap_or(u32::MAX));
            let yes = move || dispatch(Msg::Mail(MailEvent::Merge(groups.to_vec())));
            let words = ui.t(T::MergeWords).into();
            modal(ui, ui.t(T::MergeTitle), false, ask(ui, head, words, ui.t(T::Merge).into(), yes))
        }
        (_, Dialog::Leaving { text, href }) => {
            let host = links::host(&href).unwrap_or_default().to_owned();
            let words = fill(ui.l, T::LeavingWords, &[("text", &text), ("host", &host)]);
            let open = fill(ui.l, T::OpenLink, &[("host", &host)]);
            modal(
                ui,
                ui.t(T::LeavingTitle),
                false,
                ask(ui, words, href.clone(), open, move || node::open_window(&href)),
            )
        }
        _ => view! {},
    };
    view! { {shown} }
}

/// A native modal dialog: the browser keeps the focus inside and gives it back afterwards.
fn modal(ui: Ui, title: &'static str, large: bool, content: View) -> View {
    let node_ref = NodeRef::<html::Dialog>::new();
    effect(move |_| {
        if let Some(dialog) = node_ref.get() {
            node::show_modal(&dialog);
        }
    });
    view! {
        <dialog class="dialog" class:large=large node_ref=node_ref aria-label=title on:close=move |_| { ui.dialog.set(Dialog::None); dispatch(Msg::Confirm(false)) }
            on:click=move |e| if node::is_itself(&e) { close(ui) }>
            <div class="sheet">
                <header><h2>{title}</h2>
                    <button type="button" class="tool" aria-label=ui.t(T::Close) title=ui.t(T::Close) on:click=move |_| close(ui)>{icon("close")}</button>
                </header>
                {content}
            </div>
        </dialog>
    }
}

/// Closes by the element itself, so that the focus returns; `on:close` then clears the state.
pub fn close(ui: Ui) {
    if !node::close_dialog() {
        ui.dialog.set(Dialog::None);
    }
}

fn ask(ui: Ui, head: String, words: String, yes: String, act: impl Fn() + 'static) -> View {
    view! {
        <p>{head}</p>
        <p class="fine">{words}</p>
        <div class="buttons">
            <button type="button" class="button" on:click=move |_| close(ui)>{ui.t(T::Cancel)}</button>
            <button type="button" class="button primary" on:click=move |_| { close(ui); act() }>{yes}</button>
        </div>
    }
}

#[derive(Clone, PartialEq)]
struct Target {
    name: FolderName,
    label: String,
    special: Option<SpecialUse>,
}

fn move_to(ui: Ui) -> View {
    let all: Vec<Target> = read(|m| {
        let delimiter = m.account.as_ref().and_then(|a| a.delimiter);
        let rows = m.folders.rows(&m.overlay, &m.list.folder).into_iter();
        rows.filter(|r| r.selectable && !r.current)
            .map(|r| {
                let label = match r.special {
                    Some(_) => folder_label(ui.l, &r.name, r.special, delimiter),
                    // The whole path: two folders may share their last level.
                    None => r.name.as_str().to_owned(),
                };
                Target { label, name: r.name, special: r.special }
            })
            .collect()
    });
    let filter = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let found = Memo::new(move || {
        let wanted = lower(&filter.get());
        let fits =
            |t: &&Target| lower(&t.label).contains(&wanted) || lower(t.name.as_str()).contains(&wanted);
        all.iter().filter(fits).cloned().collect::<Vec<_>>()
    });
    let go = move |name: FolderName| {
        close(ui);
        dispatch(Msg::Act(Action::MoveTo(name)));
    };
    let keys = move |e: ev::KeyboardEvent| {
        if e.is_composing() {
            return;
        }
        let last = found.with_untracked(Vec::len).saturating_sub(1);
        match e.key().as_str() {
            "ArrowDown" => at.update(|a| *a = (*a + 1).min(last)),
            "ArrowUp" => at.update(|a| *a = a.saturating_sub(1)),
            "Enter" => {
                if let Some(target) = found.with_untracked(|f| f.get(at.get_untracked()).cloned()) {
                    go(target.name);
                }
            }
            _ => return,
        }
        e.prevent_default();
    };
    let options = move || {
        let found = found.get();
        if found.is_empty() {
            return view! { <p class="fine">{ui.t(T::NoSuchFolder)}</p> };
        }
        let options: Vec<View> = found
            .into_iter()
            .enumerate()
            .map(|(i, target)| {
                let Target { name, label, special } = target;
                view! {
                    <li class="option" role="option" id=format!("move-{i}") aria-selected=move || (at.get() == i).to_string()
                        on:click=move |_| go(name.clone())>{icon(picture(special))}<bdi>{label}</bdi></li>
                }
            })
            .collect();
        view! { <ul id="move-list" role="listbox" aria-label=ui.t(T::Folders)>{options}</ul> }
    };
    view! {
        <input class="input" type="text" role="combobox" autofocus aria-label=ui.t(T::FindFolder) placeholder=ui.t(T::FindFolder) autocomplete="off"
            aria-expanded="true" aria-controls="move-list" aria-activedescendant=move || format!("move-{}", at.get())
            on:input=move |e| { filter.set(node::typed(&e)); at.set(0) } on:keydown=keys/>
        <div class="scroll">{options}</div>
    }
}
