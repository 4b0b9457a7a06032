//! A recipient field: addresses as removable buttons, and text that isn't one yet.
use super::{Ui, icon};
use crate::dom::tree::{NodeRef, View, ev, html, view};
use crate::dom::ui::node;
use crate::i18n::{T, fill};
use crate::runtime::{dispatch, read, select};
use crate::signals::{Memo, RwSignal, StoredValue};
use crate::state::Msg;
use crate::state::compose::{Edit, Field, Token};
use pyeonji_shared::ids::OpId;
use pyeonji_shared::lower::lower;
use pyeonji_shared::message::Address;

/// Suggestions shown at once.
const MAX_SUGGESTED: usize = 6;
/// Known rows looked through for suggestions.
const MAX_SCANNED: usize = 2_000;

pub fn recipients(ui: Ui, id: OpId, field: Field, label: T, first: bool) -> View {
    let name = match field {
        Field::To => "to",
        Field::Cc => "cc",
        Field::Bcc => "bcc",
    };
    let input_id = format!("{name}-{}", id.hex());
    let (list_id, input_for) = (format!("{input_id}-list"), input_id.clone());
    let tokens = select(move |m| m.composer(id).map(|c| c.field(field).tokens.clone()).unwrap_or_default());
    let typing = select(move |m| m.composer(id).map(|c| c.field(field).typing.clone()).unwrap_or_default());
    let refused = select(move |m| {
        let refused = m.composer(id).map(|c| c.refused.clone()).unwrap_or_default();
        refused.into_iter().filter(|r| !r.accepted).map(|r| r.email).collect::<Vec<_>>()
    });
    let node_ref = NodeRef::<html::Input>::new();
    let composing = RwSignal::new(false);
    super::keep_text(node_ref, typing, composing);
    let after = StoredValue::new(false);
    let handled = StoredValue::new(false);
    let chosen = RwSignal::new(None::<usize>);
    let focused = RwSignal::new(false);
    let suggested =
        Memo::new(
            move || {
                if focused.get() && !composing.get() { suggestions(&typing.get()) } else { Vec::new() }
            },
        );
    let add = move |text: String| {
        chosen.set(None);
        // What the model never heard of as typed can't be cleared by it.
        if let Some(input) = node_ref.get_untracked() {
            input.set_value("");
        }
        dispatch(Msg::Edit(id, Edit::AddRecipients(field, text)));
    };
    // The live value: what the model last heard may lack the end of a composition.
    let commit = move || {
        if let Some(input) = node_ref.get_untracked() {
            let text = input.value();
            if !text.trim().is_empty() {
                add(text);
            }
        }
    };
    let typed = move |text: String| {
        let whole = text.trim_end();
        let ends = text.ends_with([',', ';', '\n', '，', '、'])
            || text.ends_with(' ') && whole.contains('@') && !whole.ends_with('@') && !whole.starts_with('"');
        if ends && !whole.is_empty() {
            add(text);
        } else {
            dispatch(Msg::Edit(id, Edit::Typing(field, text)));
        }
    };
    let keys = move |e: ev::KeyboardEvent| {
        let key = e.key();
        if e.is_composing() || composing.get_untracked() {
            if key == "Enter" || e.code() == "Enter" {
                after.set_value(true);
            }
            return;
        }
        let empty = node_ref.get_untracked().is_some_and(|i| i.value().is_empty());
        let found = suggested.get_untracked();
        match key.as_str() {
            "Enter" if e.ctrl_key() || e.meta_key() => return,
            "Enter" | "Tab" => {
                let pick = chosen.get_untracked().and_then(|i| found.get(i).cloned());
                match pick {
                    Some(address) => add(full(&address)),
                    None if key == "Tab" => return,
                    None if handled.get_value() => {}
                    None => commit(),
                }
            }
            "ArrowDown" if !found.is_empty() => {
                chosen.update(|c| *c = Some(c.map_or(0, |i| (i + 1) % found.len())));
            }
            "ArrowUp" if !found.is_empty() => {
                chosen.update(|c| {
                    *c = Some(c.map_or(found.len() - 1, |i| (i + found.len() - 1) % found.len()))
                });
            }
            "Escape" if !found.is_empty() => focused.set(false),
            "Backspace" if empty => {
                let last = read(|m| m.composer(id).map_or(0, |c| c.field(field).tokens.len()));
                match last.checked_sub(1) {
                    Some(at) => dispatch(Msg::Edit(id, Edit::RemoveRecipient(field, at))),
                    None => return,
                }
            }
            _ => return,
        }
        e.prevent_default();
        e.stop_propagation();
    };
    let buttons = move || {
        let refused = refused.get();
        tokens
            .get()
            .into_iter()
            .enumerate()
            .map(|(at, token)| self::token(ui, id, field, at, &token, &refused))
            .collect::<Vec<_>>()
    };
    let options = {
        let list_id = list_id.clone();
        move || {
            let found = suggested.get();
            (!found.is_empty()).then(|| {
                let options: Vec<View> = found
                    .into_iter()
                    .enumerate()
                    .map(|(i, address)| {
                        let text = full(&address);
                        view! {
                            <li class="option" role="option" id=format!("{list_id}-{i}") aria-selected=move || (chosen.get() == Some(i)).to_string()
                                on:pointerdown=move |e| { e.prevent_default(); add(text.clone()) }>
                                <bdi>{address.name.clone()}</bdi><span class="email">{address.email.clone()}</span>
                            </li>
                        }
                    })
                    .collect();
                view! { <ul class="suggest" id=list_id.clone() role="listbox" aria-label=ui.t(label)>{options}</ul> }
            })
        }
    };
    let active = {
        let list_id = list_id.clone();
        move || chosen.get().map(|i| format!("{list_id}-{i}"))
    };
    view! {
        <div class="line recipients">
            <label for=input_for>{ui.t(label)}</label>
            <div class="tokens">
                {buttons}
                <input id=input_id node_ref=node_ref type="text" role="combobox" inputmode="email" autocomplete="off" autocapitalize="none" spellcheck="false"
                    data-first=first.then_some("") aria-label=ui.t(label) aria-autocomplete="list" aria-haspopup="listbox" aria-controls=list_id
                    aria-expanded=move || (!suggested.get().is_empty()).to_string() aria-activedescendant=active
                    on:focus=move |_| focused.set(true)
                    on:blur=move |_| { focused.set(false); if !composing.get_untracked() { commit() } }
                    on:compositionstart=move |_| composing.set(true)
                    on:compositionend=move |e| {
                        composing.set(false);
                        if after.get_value() {
                            after.set_value(false);
                            handled.set_value(true);
                            commit();
                        } else {
                            dispatch(Msg::Edit(id, Edit::Typing(field, node::value(e.target()))));
                        }
                    }
                    on:input=move |e| if !composing.get_untracked() { typed(node::typed(&e)) }
                    on:paste=move |e| {
                        // Many at once: lines and commas become tokens; a single word is just typed.
                        let text = node::pasted(&e);
                        if text.contains([',', ';', '\n', '@']) {
                            e.prevent_default();
                            add(text);
                        }
                    }
                    on:keydown=keys on:keyup=move |_| handled.set_value(false)/>
            </div>
            {options}
        </div>
    }
}

fn token(ui: Ui, id: OpId, field: Field, at: usize, token: &Token, refused: &[String]) -> View {
    let shown =
        if token.address.name.is_empty() { &token.address.email } else { &token.address.name }.clone();
    let label = fill(ui.l, T::RemoveToken, &[("name", &full(&token.address))]);
    let wrong = !token.valid || refused.iter().any(|r| r.eq_ignore_ascii_case(&token.address.email));
    view! {
        <button type="button" class="token" class:wrong=wrong aria-label=label.clone() title=label
            on:click=move |_| dispatch(Msg::Edit(id, Edit::RemoveRecipient(field, at)))>
            <span>{shown}</span>{icon("close")}
        </button>
    }
}

fn full(address: &Address) -> String {
    if address.name.is_empty() {
        address.email.clone()
    } else {
        format!("\"{}\" <{}>", address.name.replace(['"', '\\'], ""), address.email)
    }
}

/// People of the rows that are known, by how their name or address begins.
fn suggestions(typed: &str) -> Vec<Address> {
    let wanted = lower(typed.trim());
    if wanted.is_empty() {
        return Vec::new();
    }
    read(|m| {
        let mut found: Vec<Address> = Vec::new();
        let rows = m.list.state.iter().flat_map(|s| s.known().rev()).take(MAX_SCANNED);
        for address in rows.flat_map(|(_, row)| row.from.iter().chain(&row.to)) {
            let name = lower(&address.name);
            let fits = lower(&address.email).starts_with(&wanted)
                || name.split_whitespace().any(|word| word.starts_with(&wanted))
                || name.starts_with(&wanted);
            if fits
                && !address.suspicious
                && !address.email.is_empty()
                && !found.iter().any(|f| f.email == address.email)
            {
                found.push(address.clone());
                if found.len() == MAX_SUGGESTED {
                    break;
                }
            }
        }
        found
    })
}
