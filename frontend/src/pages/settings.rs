//! The settings: few, kept in this browser, in force at once.
use crate::components::{Ui, banner, help, icon};
use crate::dom::tree::{View, view};
use crate::dom::ui::node;
use crate::dom::window;
use crate::i18n::T;
use crate::runtime::{dispatch, read, select};
use crate::signals::RwSignal;
use crate::state::Msg;
use crate::state::settings::{Density, KeyPreset, Setting, Settings};

pub fn settings(ui: Ui) -> View {
    let tab = RwSignal::new(0_usize);
    let tabs = [T::SettingsGeneral, T::SettingsWriting, T::SettingsKeyboard];
    let buttons: Vec<View> = tabs
        .into_iter()
        .enumerate()
        .map(|(i, key)| {
            view! {
                <button type="button" role="tab" id=format!("tab-{i}") aria-controls="tab-panel" aria-selected=move || (tab.get() == i).to_string()
                    tabindex=move || if tab.get() == i { "0" } else { "-1" } on:click=move |_| tab.set(i)>{ui.t(key)}</button>
            }
        })
        .collect();
    let panel = move || match tab.get() {
        0 => general(ui),
        1 => writing(ui),
        _ => keyboard(ui),
    };
    view! {
        <div class="top">{banner::banner(ui)}</div>
        <main class="settings">
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
    let set_density = |i| Setting::Density(if i == 1 { Density::Compact } else { Density::Comfortable });
    view! {
        <div class="group">
            {banner::language(ui)}
            {banner::theme(ui)}
            {banner::choice(ui.t(T::Density), "density", &[ui.t(T::Comfortable), ui.t(T::Compact)], move || density.get(), set_density)}
            {check(ui.t(T::MarkReadOnOpen), |s| s.mark_read, Setting::MarkRead)}
            {check(ui.t(T::NotifyNewMail), |s| s.notify, |on| {
                if on {
                    window::ask_to_notify();
                }
                Setting::Notify(on)
            })}
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
    let preset = select(|m| m.settings.preset);
    let index = move || match preset.get() {
        KeyPreset::Gmail => 0,
        KeyPreset::Mox => 1,
        KeyPreset::Roundcube => 2,
    };
    let set = |i| {
        Setting::Preset(match i {
            1 => KeyPreset::Mox,
            2 => KeyPreset::Roundcube,
            _ => KeyPreset::Gmail,
        })
    };
    view! {
        <div class="group">
            {banner::choice(ui.t(T::KeyPreset), "preset", &["Gmail", "mox", "Roundcube"], index, set)}
            {help::help(ui, true)}
        </div>
    }
}

fn check(label: &'static str, now: fn(&Settings) -> bool, set: impl Fn(bool) -> Setting + 'static) -> View {
    let on = select(move |m| now(&m.settings));
    view! {
        <label class="check"><input type="checkbox" prop:checked=move || on.get()
            on:change=move |e| dispatch(Msg::Set(set(node::checked(&e))))/>{label}</label>
    }
}
