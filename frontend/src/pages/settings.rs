//! The settings: few, kept in this browser, in force at once.
use super::{device, duplicates, ledger};
use crate::components::banner::change;
use crate::components::{Ui, banner, help, icon};
use crate::dom::tree::{View, view};
use crate::dom::ui::node;
use crate::dom::window;
use crate::i18n::T;
use crate::runtime::{dispatch, read, select};
use crate::signals::Memo;
use crate::state::Msg;
use crate::state::mail::HERE;
use crate::state::settings::{Density, KeyPreset, Setting};

/// The last ones are about mail on this device.
const TABS: [T; 6] = [
    T::SettingsGeneral,
    T::SettingsWriting,
    T::SettingsKeyboard,
    T::SettingsDevice,
    T::SettingsLedger,
    T::SettingsDuplicates,
];
const OWN: usize = 3;

pub fn settings(ui: Ui) -> View {
    let here = select(|m| HERE && m.mail.is_some());
    let tabs = move || TABS.get(..if here.get() { TABS.len() } else { OWN }).unwrap_or_default();
    // A tab about mail on this device, where there is none, is the first one.
    let tab = Memo::new(move || if ui.tab.get() < tabs().len() { ui.tab.get() } else { 0 });
    let button = move |i: usize, key: T| {
        let on = move || tab.get() == i;
        view! {
            <button type="button" role="tab" id=format!("tab-{i}") aria-controls="tab-panel" aria-selected=move || on().to_string()
                tabindex=move || if on() { "0" } else { "-1" } on:click=move |_| ui.tab.set(i)>{ui.t(key)}</button>
        }
    };
    let buttons = move || tabs().iter().enumerate().map(|(i, key)| button(i, *key)).collect::<Vec<View>>();
    let panel = move || match tab.get() {
        0 => general(ui),
        1 => writing(ui),
        3 if HERE => device::device(ui),
        4 if HERE => ledger::ledger(ui),
        5 if HERE => duplicates::duplicates(ui),
        _ => keyboard(ui),
    };
    let wide = move || HERE && tab.get() == 4;
    view! {
        <div class="top">{banner::banner(ui)}</div>
        <main class="settings" class:wide=wide>
            <div class="settings-head">
                <button type="button" class="button plain" on:click=|_| dispatch(Msg::OpenMail)>{icon("back")}{ui.t(T::BackToMail)}</button>
                <h1>{ui.t(T::Settings)}</h1>
            </div>
            <div class="tabs" role="tablist" aria-label=ui.t(T::Settings) on:keydown=move |e| match e.key().as_str() {
                "ArrowRight" => node::focus_neighbour(&e, "[role=tab]", 1),
                "ArrowLeft" => node::focus_neighbour(&e, "[role=tab]", -1),
                _ => {}
            }>{buttons}</div>
            <div id="tab-panel" role="tabpanel" aria-labelledby=move || format!("tab-{}", tab.get())>{panel}</div>
        </main>
    }
}

fn general(ui: Ui) -> View {
    let density = select(|m| usize::from(m.settings.density == Density::Compact));
    let set_density =
        |i| change(Setting::Density(if i == 1 { Density::Compact } else { Density::Comfortable }));
    view! {
        <div class="group">
            {banner::language(ui)}
            {banner::theme(ui)}
            {banner::choice(ui.t(T::Density), "density", &[ui.t(T::Comfortable), ui.t(T::Compact)], density, Box::new(set_density))}
            {check(ui.t(T::MarkReadOnOpen), select(|m| m.settings.mark_read), Box::new(|on| change(Setting::MarkRead(on))))}
            {check(ui.t(T::NotifyNewMail), select(|m| m.settings.notify), Box::new(|on| {
                if on {
                    window::ask_to_notify();
                }
                change(Setting::Notify(on));
            }))}
        </div>
    }
}

fn writing(ui: Ui) -> View {
    view! {
        <div class="group">
            <div class="field">
                <label for="own-name">{ui.t(T::YourName)}</label>
                <input id="own-name" type="text" autocomplete="name" maxlength="200" prop:value=read(|m| m.settings.name.clone())
                    on:change=|e| dispatch(Msg::Set(Setting::Name(node::typed(&e))))/>
                <p class="fine">{ui.t(T::YourNameHint)}</p>
            </div>
            <div class="field">
                <label for="signature">{ui.t(T::Signature)}</label>
                <textarea id="signature" class="input" rows="5" maxlength="2000" prop:value=read(|m| m.settings.signature.clone())
                    on:change=|e| dispatch(Msg::Set(Setting::Signature(node::typed(&e))))></textarea>
            </div>
        </div>
    }
}

fn keyboard(ui: Ui) -> View {
    let preset = select(|m| match m.settings.preset {
        KeyPreset::Gmail => 0,
        KeyPreset::Mox => 1,
        KeyPreset::Roundcube => 2,
    });
    let set = |i| {
        change(Setting::Preset(match i {
            1 => KeyPreset::Mox,
            2 => KeyPreset::Roundcube,
            _ => KeyPreset::Gmail,
        }));
    };
    view! {
        <div class="group">
            {banner::choice(ui.t(T::KeyPreset), "preset", &["Gmail", "mox", "Roundcube"], preset, Box::new(set))}
            {help::help(ui, true)}
        </div>
    }
}

/// A box to tick.
pub fn check(label: &'static str, on: Memo<bool>, set: Box<dyn Fn(bool)>) -> View {
    view! {
        <label class="check"><input type="checkbox" prop:checked=move || on.get()
            on:change=move |e| set(node::checked(&e))/>{label}</label>
    }
}
