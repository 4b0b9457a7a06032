//! The keyboard sheet, drawn from the table of keys.
use super::Ui;
use crate::dom::tree::{View, view};
use crate::dom::ui::node;
use crate::i18n::{T, fill};
use crate::keys::{Group, bindings};
use crate::runtime::{dispatch, read, select};
use crate::state::Msg;
use crate::state::settings::Setting;

pub fn help(ui: Ui) -> View {
    let preset = read(|m| m.settings.preset);
    let groups =
        [(Group::Moving, T::KeysMoving), (Group::Acting, T::KeysActing), (Group::Writing, T::KeysWriting)];
    let sections: Vec<View> = groups
        .into_iter()
        .map(|(group, title)| {
            let mut lines: Vec<View> = bindings(preset)
                .iter()
                .filter(|b| b.command.group() == group)
                .map(|b| line(ui, ui.t(b.command.text()), b.keys))
                .collect();
            if group == Group::Writing {
                lines.push(line(ui, ui.t(T::Send), "Ctrl+Enter"));
            }
            view! { <h3>{ui.t(title)}</h3><dl class="keys">{lines}</dl> }
        })
        .collect();
    let on = select(|m| m.settings.keys);
    view! {
        <div class="scroll" tabindex="0">{sections}</div>
        <label class="check"><input type="checkbox" prop:checked=move || on.get()
            on:change=move |e| dispatch(Msg::Set(Setting::Keys(node::checked(&e))))/>{ui.t(T::KeysOn)}</label>
    }
}

fn line(ui: Ui, label: &'static str, keys: &'static str) -> View {
    let text = match keys.split_once(' ') {
        Some((first, second)) => fill(ui.l, T::KeyAfter, &[("first", first), ("second", second)]),
        None => keys.to_owned(),
    };
    view! { <div><dt>{label}</dt><dd><kbd>{text}</kbd></dd></div> }
}
