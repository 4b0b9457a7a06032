//! What can be done with the open message, or with all that are selected.
use super::{Dialog, Ui, icon, tags, tool};
use crate::dom::tree::{View, ev, view};
use crate::dom::ui::{node, page};
use crate::i18n::T;
use crate::link::urls;
use crate::runtime::{dispatch, read, select};
use crate::signals::{Memo, RwSignal};
use crate::state::Msg;
use crate::state::compose::Start;
use crate::state::mail::HERE;
use crate::state::msg::Action;
use crate::state::reader::Body;
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::message::Flags;

pub fn toolbar(ui: Ui) -> View {
    // Tags are for what is selected, too.
    let open = select(|m| m.reader.is_some() || HERE && m.mail.is_some() && !m.list.selected.is_empty());
    let ready = select(|m| m.reader.as_ref().is_some_and(|r| matches!(r.body, Body::Ready(_))));
    let any = select(|m| m.reader.is_some() || !m.list.selected.is_empty());
    let writable = select(|m| m.list.state.as_ref().is_some_and(|s| s.writable));
    // The first of what an action would be on decides what the toggles say.
    let flags = select(|m| {
        let uid = m.list.selected.keys().next().copied().or(m.reader.as_ref().map(|r| r.at.uid));
        uid.and_then(|u| m.list.position(u)).and_then(|i| m.row(i)).map_or(Flags::SEEN, |r| r.flags)
    });
    let picked = select(|m| !m.list.selected.is_empty());
    let junk = select(|m| m.folders.special_of(&m.list.folder) == Some(SpecialUse::Junk));
    let drafts = select(|m| m.folders.special_of(&m.list.folder) == Some(SpecialUse::Drafts));
    let change = move || any.get() && writable.get();
    let starred = move || flags.get().contains(Flags::FLAGGED);
    let seen = move || flags.get().contains(Flags::SEEN);
    view! {
        <div class="reader-bar">
            <span class="back">{tool("back", ui.t(T::Back), || dispatch(Msg::Close))}</span>
            <div role="toolbar" aria-label=ui.t(T::Actions) on:keydown=arrows>
                {move || drafts.get().then(|| button("drafts", ui.t(T::EditDraft), move || ready.get(), || dispatch(Msg::Compose(Start::Draft))))}
                {button("reply", ui.t(T::Reply), move || ready.get(), || dispatch(Msg::Compose(Start::Reply)))}
                <span class="rare">{button("reply-all", ui.t(T::ReplyAll), move || ready.get(), || dispatch(Msg::Compose(Start::ReplyAll)))}</span>
                {button("forward", ui.t(T::Forward), move || ready.get(), || dispatch(Msg::Compose(Start::Forward)))}
                <span class="gap"></span>
                {button("archive", ui.t(T::Archive), change, || dispatch(Msg::Act(Action::Archive)))}
                {button("trash", ui.t(T::Delete), change, || dispatch(Msg::Act(Action::Delete)))}
                {button("move", ui.t(T::Move), change, move || ui.dialog.set(Dialog::Move))}
                <span class="rare">
                {move || {
                    let label = ui.t(if junk.get() { T::NotJunk } else { T::Junk });
                    button("junk", label, change, move || ui.junk())
                }}
                {move || if seen() || !picked.get() {
                    button("unread", ui.t(T::MarkUnread), change, || dispatch(Msg::Act(Action::MarkUnread)))
                } else {
                    button("check", ui.t(T::MarkRead), change, || dispatch(Msg::Act(Action::MarkRead)))
                }}
                </span>
                <button type="button" class="tool" aria-label=ui.t(T::Star) title=ui.t(T::Star) aria-pressed=move || starred().to_string()
                    disabled=move || !change() on:click=|_| dispatch(Msg::Act(Action::ToggleStar))>{icon("star")}</button>
                {more(ui, open)}
            </div>
        </div>
    }
}

fn button(
    name: &'static str,
    label: &'static str,
    enabled: impl Fn() -> bool + Send + Sync + 'static,
    act: impl Fn() + 'static,
) -> View {
    view! {
        <button type="button" class="tool" aria-label=label title=label disabled=move || !enabled() on:click=move |_| act()>{icon(name)}</button>
    }
}

/// What is needed seldom.
fn more(ui: Ui, open: Memo<bool>) -> View {
    let shown = RwSignal::new(false);
    let place = select(|m| m.session.zip(m.reader.as_ref().map(|r| r.at.clone())));
    let items = move || {
        let place = place.get();
        // Of a message that is kept on this device the source is offered below it.
        let (here, none) = read(|m| (m.mail.is_some(), m.reader.is_none()));
        view! {
            <div class="menu" tabindex="-1">
                <button type="button" class="item phone" hidden=none on:click=move |_| { shown.set(false); dispatch(Msg::Compose(Start::ReplyAll)) }>{icon("reply-all")}{ui.t(T::ReplyAll)}</button>
                <button type="button" class="item phone" on:click=move |_| { shown.set(false); dispatch(Msg::Act(Action::MarkUnread)) }>{icon("unread")}{ui.t(T::MarkUnread)}</button>
                <button type="button" class="item phone" on:click=move |_| { shown.set(false); ui.junk() }>{icon("junk")}{ui.t(if super::open_special() == Some(SpecialUse::Junk) { T::NotJunk } else { T::Junk })}</button>
                {place.filter(|_| !here).map(|(session, at)| view! {
                    <a class="item" href=urls::raw(session, &at, false) target="_blank" rel="noopener" on:click=move |_| shown.set(false)>{icon("file")}{ui.t(T::ShowSource)}</a>
                    <a class="item" href=urls::raw(session, &at, true) download="" on:click=move |_| shown.set(false)>{icon("download")}{ui.t(T::DownloadSource)}</a>
                })}
                {(HERE && here).then(|| view! {
                    <button type="button" class="item" on:click=move |_| {
                        tags::open_dialog(ui);
                        shown.set(false);
                    }>{icon("tag")}{ui.t(T::TagsOpen)}</button>
                })}
                <button type="button" class="item" hidden=none on:click=move |_| { shown.set(false); page::print() }>{icon("all")}{ui.t(T::Print)}</button>
            </div>
        }
    };
    view! {
        <span class="menu-wrap" on:focusout=move |e| if node::left(&e) { shown.set(false) }
            on:keydown=move |e| if e.key() == "Escape" && shown.get_untracked() { e.stop_propagation(); shown.set(false) }>
            <button type="button" id="more" class="tool" aria-label=ui.t(T::More) title=ui.t(T::More) aria-expanded=move || shown.get().to_string()
                disabled=move || !open.get() on:click=move |_| shown.update(|s| *s = !*s)>{icon("more")}</button>
            {move || shown.get().then(items)}
        </span>
    }
}

fn arrows(e: ev::KeyboardEvent) {
    let by = match e.key().as_str() {
        "ArrowRight" => 1,
        "ArrowLeft" => -1,
        _ => return,
    };
    e.prevent_default();
    node::focus_neighbour(&e, "button:not(:disabled)", by);
}
