//! Tags: small ones in the row and in the reader, and the dialog that puts them on messages and takes them off.
use super::{Dialog, Ui};
use crate::dom::tree::{NodeRef, View, ev, html, view};
use crate::dom::ui::node;
use crate::i18n::{T, fill};
use crate::mailbox::{TagError, tags};
use crate::runtime::{dispatch, read, select};
use crate::signals::{Memo, RwSignal, StoredValue};
use crate::state::mail::{MailEvent, TagChange};
use crate::state::{Model, Msg};
use pyeonji_shared::ids::MessageRef;
use pyeonji_shared::lower::lower;
use std::rc::Rc;

/// Tags that are shown; the others are counted.
const MAX_CHIPS: usize = 3;

pub fn of_row(m: &Model, index: u32) -> Vec<String> {
    let row = m.mail.as_ref().and_then(|_| m.list.summary(index));
    row.map(|row| tags::shown(&row.keywords)).unwrap_or_default()
}

/// In a row's name all of them.
pub fn say(ui: Ui, tags: &[String], name: &mut String) {
    if !tags.is_empty() {
        name.push_str(", ");
        name.push_str(&fill(ui.l, T::TagsOf, &[("name", &tags.join(", "))]));
    }
}

/// In a row.
pub fn chips(tags: Memo<Vec<String>>) -> View {
    let one = |words: String, _| view! { <bdi class="tag">{words}</bdi> };
    view! { {move || shown(&tags.get(), one)} }
}

/// The first ones, and (`true`) how many more there are.
fn shown(tags: &[String], one: impl Fn(String, bool) -> View) -> Vec<View> {
    let mut all = Vec::new();
    for tag in tags.iter().take(MAX_CHIPS) {
        all.push(one(tag.clone(), false));
    }
    if tags.len() > MAX_CHIPS {
        all.push(one(format!("+{}", tags.len() - MAX_CHIPS), true));
    }
    all
}

/// In the reader: each one searches for its like, and the number opens the dialog.
pub fn line(ui: Ui, at: &MessageRef) -> View {
    let uid = at.uid;
    let tags = select(move |m| {
        let record = m.mail.as_ref().and_then(|mail| mail.mailbox.as_ref()?.record(uid));
        record.map(|r| tags::shown(&r.keywords)).unwrap_or_default()
    });
    let one = move |words: String, more| {
        let search = tags::search(&words);
        let open = move |_| {
            if more {
                return open_dialog(ui);
            }
            dispatch(Msg::SearchTyped(search.clone()));
            dispatch(Msg::SearchNow);
            dispatch(Msg::Close);
        };
        view! { <button type="button" class="tag" on:click=open><bdi>{words}</bdi></button> }
    };
    view! {
        <div class="tags" role="group" aria-label=ui.t(T::Tags) hidden=move || tags.with(Vec::is_empty)>{move || shown(&tags.get(), one)}</div>
    }
}

/// Opens the dialog. The button that stays is where the focus goes back to when it is closed.
pub fn open_dialog(ui: Ui) {
    node::focus("more");
    ui.dialog.set(Dialog::Tags);
}

/// The dialog, for what is chosen when it opens.
pub fn tags(ui: Ui) -> View {
    let uids = Rc::new(read(Model::chosen));
    let (chosen, n) = (uids.clone(), u32::try_from(uids.len()).unwrap_or(u32::MAX));
    let known = select(move |m| {
        let mailbox = m.mail.as_ref().and_then(|mail| mail.mailbox.as_ref());
        mailbox.map(|mailbox| mailbox.tags(&chosen)).unwrap_or_default()
    });
    // A tag that nobody has any more stays in sight, to be put on again.
    let names = RwSignal::new(Vec::new());
    known.with_untracked(|all| {
        names.update(|names| all.iter().for_each(|(_, (tag, _))| names.push(tag.clone())))
    });
    let (field, refused) = (NodeRef::<html::Input>::new(), RwSignal::new(None::<TagError>));
    let state = move |small: &String| match known.with(|all| all.get(small).map_or(0, |(_, of)| *of)) {
        0 => "false",
        of if of == n => "true",
        _ => "mixed",
    };
    let put: Rc<dyn Fn(String, bool)> = Rc::new(move |tag, on| {
        dispatch(Msg::Mail(MailEvent::Tag(TagChange { uids: uids.to_vec(), tag, on })));
        refused.set(read(|m| m.mail.as_ref().and_then(|mail| mail.untagged)));
    });
    let change = put.clone();
    let add = Rc::new(move || {
        // The live value: an event may have come before the end of a composition.
        let Some(input) = field.get_untracked() else { return };
        let typed = input.value();
        if typed.trim().is_empty() {
            return;
        }
        match tags::name(&node::composed(&typed)) {
            Err(why) => refused.set(Some(why)),
            Ok(tag) => {
                change(tag.clone(), true);
                if refused.get_untracked().is_none() {
                    input.set_value("");
                    if !names.with_untracked(|names| tags::has(names, &tag)) {
                        names.update(|names| names.push(tag));
                    }
                }
            }
        }
    });
    let (submit, end) = (add.clone(), add);
    let after = StoredValue::new(false);
    let one = move |tag: String| {
        let small = lower(&tag);
        let name = tag.clone();
        let (now, checked) = (small.clone(), move || state(&small));
        let put = put.clone();
        let toggle = move |_| put(tag.clone(), state(&now) != "true");
        view! { <button type="button" role="checkbox" class="option" aria-checked=checked on:click=toggle><bdi>{name}</bdi></button> }
    };
    let problem = move || {
        let words = match refused.get()? {
            TagError::Name => T::TagBadName,
            TagError::Full => T::TagFull,
            TagError::TooMany => T::TagTooMany,
        };
        Some(view! { <p class="problem" role="alert">{ui.t(words)}</p> })
    };
    view! {
        <form class="new-tag" on:submit=move |e: ev::Event| { e.prevent_default(); submit() }>
            <input class="input" type="text" node_ref=field autofocus autocomplete="off" aria-label=ui.t(T::TagNew) placeholder=ui.t(T::TagNew)
                aria-invalid=move || refused.get().map(|_| "true") on:input=move |_| refused.set(None)
                on:keydown=move |e| after.set_value(e.is_composing() && e.code() == "Enter")
                on:compositionend=move |_| if after.get_value() { end() }/>
            <button type="submit" class="button">{ui.t(T::TagAdd)}</button>
        </form>
        {problem}
        <div class="scroll">{move || names.get().into_iter().map(&one).collect::<Vec<View>>()}</div>
    }
}
