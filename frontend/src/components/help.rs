//! The keyboard sheet, drawn from the table of keys. In the settings each key is a button that takes another one.
use super::Ui;
use crate::dom::tree::{View, ev, view};
use crate::dom::ui::{keyboard, node};
use crate::i18n::{T, fill};
use crate::keys::{Binding, Command, Group, bindings, clash, stroke, written};
use crate::runtime::{dispatch, select};
use crate::signals::RwSignal;
use crate::state::Msg;
use crate::state::settings::Setting;

pub fn help(ui: Ui, change: bool) -> View {
    // The command that waits for a key, by its place.
    let taking = RwSignal::new(None);
    let mut sections = Vec::new();
    for (group, title) in
        [(Group::Moving, T::KeysMoving), (Group::Acting, T::KeysActing), (Group::Writing, T::KeysWriting)]
    {
        let mut lines = Vec::new();
        for command in Command::ALL {
            if command.group() == group {
                lines.push(line(ui, *command, change.then_some(taking)));
            }
        }
        if group == Group::Writing {
            lines.push(view! { <div><dt>{ui.t(T::Send)}</dt><dd><kbd>"Ctrl+Enter"</kbd></dd></div> });
        }
        sections.push(view! { <h3>{ui.t(title)}</h3><dl class="keys">{lines}</dl> });
    }
    let on = select(|m| m.settings.keys);
    let own = select(|m| m.settings.has_own_keys());
    view! {
        <div class="scroll" tabindex=(!change).then_some("0")>{sections}</div>
        {move || (change && own.get()).then(|| view! {
            <button type="button" class="button" on:click=|_| dispatch(Msg::Set(Setting::NoOwnKeys))>{ui.t(T::KeyReset)}</button>
        })}
        <label class="check"><input type="checkbox" prop:checked=move || on.get()
            on:change=move |e| dispatch(Msg::Set(Setting::Keys(node::checked(&e))))/>{ui.t(T::KeysOn)}</label>
    }
}

/// A command and its keys; where they can be changed, commands without a key, too.
fn line(ui: Ui, command: Command, taking: Option<RwSignal<Option<usize>>>) -> View {
    let label = ui.t(command.text());
    let keys = select(move |m| written_all(ui, &bindings(&m.settings), command));
    let Some(taking) = taking else {
        return view! {
            <div hidden=move || keys.get().is_empty()><dt>{label}</dt><dd><kbd>{move || keys.get()}</kbd></dd></div>
        };
    };
    let place = Some(command as usize);
    let mine = move || taking.get() == place;
    let clash = select(move |m| {
        let other = clash(&bindings(&m.settings), command);
        other.map_or_else(String::new, |c| fill(ui.l, T::KeyClash, &[("name", ui.t(c.text()))]))
    });
    let pressed = move |e: ev::KeyboardEvent| {
        if taking.get_untracked() != place {
            return;
        }
        let (key, code) = (e.key(), e.code());
        match stroke(keyboard::press(&e, &key, &code)) {
            Some(stroke) => dispatch(Msg::Set(Setting::OwnKey(command, stroke))),
            None if key == "Escape" => {}
            // Shift on its way to a letter; Enter and Space end it as a click.
            None => return,
        }
        e.prevent_default();
        e.stop_propagation();
        taking.set(None);
    };
    view! {
        <div>
            <dt>{label}<small class="bad">{move || clash.get()}</small></dt>
            <dd><button type="button" class="tool" title=ui.t(T::KeyChange) aria-label=move || format!("{label}: {}", keys.get())
                aria-pressed=move || mine().to_string() on:keydown=pressed on:blur=move |_| taking.set(None)
                on:click=move |_| taking.update(|t| *t = place.filter(|_| *t != place))>
                <kbd>{move || if mine() { ui.t(T::KeyPress).to_owned() } else { keys.get() }}</kbd>
            </button></dd>
        </div>
    }
}

/// The keys of a command, as they are written.
fn written_all(ui: Ui, table: &[Binding], command: Command) -> String {
    let mut all = String::new();
    for binding in table.iter().filter(|b| b.command == command) {
        if !all.is_empty() {
            all.push_str(" / ");
        }
        let first = written(binding.first);
        all += &match binding.second {
            Some(second) => fill(ui.l, T::KeyAfter, &[("first", &first), ("second", &written(second))]),
            None => first,
        };
    }
    all
}
