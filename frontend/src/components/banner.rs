//! The banner: search, state of the connection, the account.
use super::{Dialog, Ui, icon, tool};
use crate::dom::tree::{NodeRef, View, ev, html, view};
use crate::dom::ui::node;
use crate::i18n::{T, fill};
use crate::runtime::{dispatch, read, select};
use crate::signals::{Memo, RwSignal, StoredValue};
use crate::state::Msg;
use crate::state::model::LinkState;
use crate::state::msg::Select;
use crate::state::settings::{Language, Setting, Theme};

pub fn banner(ui: Ui) -> View {
    let state = select(|m| m.link);
    view! {
        <header class="banner">
            <button type="button" class="tool menu-button" aria-label=ui.t(T::Menu) title=ui.t(T::Menu)
                aria-expanded=move || ui.drawer.get().to_string()
                on:click=move |_| ui.drawer.update(|d| *d = !*d)>{icon("menu")}</button>
            <a class="brand" href="/" on:click=move |e| {
                e.prevent_default();
                dispatch(Msg::OpenMail);
            }>
                <svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><use href="#i-mark"></use></svg>
                <span>{ui.t(T::Product)}</span>
            </a>
            {search(ui)}
            <div class="spring"></div>
            <span class="linkstate">{move || (state.get() != LinkState::Online).then(|| ui.t(T::Reconnecting))}</span>
            {account(ui)}
        </header>
    }
}

/// The search box. Typing on replaces the search; Enter during a composition acts once, after it.
fn search(ui: Ui) -> View {
    let text = select(|m| m.list.search_text.clone());
    let node_ref = NodeRef::<html::Input>::new();
    let composing = RwSignal::new(false);
    super::keep_text(node_ref, text, composing);
    let after = StoredValue::new(false);
    let handled = StoredValue::new(false);
    let enter = move || {
        if let Some(input) = node_ref.get() {
            dispatch(Msg::SearchTyped(input.value()));
        }
        dispatch(Msg::SearchNow);
    };
    let keydown = move |e: ev::KeyboardEvent| match e.key().as_str() {
        _ if e.is_composing() || composing.get_untracked() => {
            let enter = e.key() == "Enter" || e.code() == "Enter";
            if enter {
                after.set_value(true);
            }
        }
        "Enter" => {
            e.prevent_default();
            if !handled.get_value() {
                enter();
            }
        }
        "Escape" => {
            e.prevent_default();
            e.stop_propagation();
            dispatch(Msg::SearchClear);
            node::focus("messages");
        }
        "ArrowDown" => {
            e.prevent_default();
            node::focus("messages");
        }
        _ => {}
    };
    view! {
        <search class="search">
            {icon("search")}
            <input id="search" type="search" node_ref=node_ref autocomplete="off" spellcheck="false" enterkeyhint="search"
                aria-label=ui.t(T::SearchMail) placeholder=ui.t(T::SearchPlaceholder)
                on:compositionstart=move |_| composing.set(true)
                on:compositionend=move |e| {
                    composing.set(false);
                    dispatch(Msg::SearchTyped(node::value(e.target())));
                    if after.get_value() {
                        after.set_value(false);
                        handled.set_value(true);
                        enter();
                    }
                }
                on:input=move |e| {
                    if !composing.get_untracked() {
                        dispatch(Msg::SearchTyped(node::typed(&e)));
                    }
                }
                on:keydown=keydown
                on:keyup=move |_| handled.set_value(false)/>
            {move || (!text.get().is_empty()).then(|| tool("close", ui.t(T::ClearSearch), || {
                dispatch(Msg::SearchClear);
                node::focus("search");
            }))}
        </search>
    }
}

fn account(ui: Ui) -> View {
    let open = RwSignal::new(false);
    let address = select(|m| m.address().to_owned());
    let provider = select(|m| m.account.as_ref().map(|a| a.provider.clone()).unwrap_or_default());
    let name = move || fill(ui.l, T::Account, &[("address", &address.get())]);
    view! {
        <div class="menu-wrap" on:focusout=move |e| if node::left(&e) { open.set(false) }
            on:keydown=move |e| if e.key() == "Escape" && open.get_untracked() { e.stop_propagation(); open.set(false); node::focus("account"); }>
            <button id="account" type="button" class="tool" aria-label=name title=name aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|o| *o = !*o)>
                <span class="avatar" aria-hidden="true">{move || address.get().chars().next().map(String::from)}</span>
            </button>
            {move || open.get().then(|| view! {
                <div class="menu" tabindex="-1">
                    <p class="who"><b>{address.get()}</b><small>{provider.get()}</small></p>
                    <hr/>
                    {language(ui)}
                    {theme(ui)}
                    <hr/>
                    {entry("gear", ui.t(T::Settings), move || { open.set(false); dispatch(Msg::OpenSettings) })}
                    {entry("menu", ui.t(T::Wire), move || {
                        open.set(false);
                        read(|m| m.session).inspect(node::open_wire);
                    })}
                    {entry("menu", ui.t(T::Lab), move || { open.set(false); node::open_window("/lab#mine") })}
                    {entry("all", ui.t(T::Help), move || { open.set(false); ui.dialog.set(Dialog::Help) })}
                    {entry("back", ui.t(T::SignOut), move || {
                        open.set(false);
                        dispatch(Msg::Select(Select::None));
                        dispatch(Msg::SignOut);
                    })}
                </div>
            })}
        </div>
    }
}

fn entry(name: &'static str, label: &'static str, act: impl Fn() + 'static) -> View {
    view! { <button type="button" class="item" on:click=move |_| act()>{icon(name)}{label}</button> }
}

/// The choice of language; also in the settings.
pub fn language(ui: Ui) -> View {
    let now = select(|m| match m.settings.language {
        Language::Auto => 0,
        Language::English => 1,
        Language::Korean => 2,
    });
    let set = |i| {
        change(Setting::Language(match i {
            1 => Language::English,
            2 => Language::Korean,
            _ => Language::Auto,
        }));
    };
    choice(ui.t(T::Language), "language", &[ui.t(T::Automatic), "English", "한국어"], now, Box::new(set))
}

/// The choice of theme; also in the settings.
pub fn theme(ui: Ui) -> View {
    let now = select(|m| match m.settings.theme {
        Theme::Auto => 0,
        Theme::Light => 1,
        Theme::Dark => 2,
    });
    let set = |i| {
        change(Setting::Theme(match i {
            1 => Theme::Light,
            2 => Theme::Dark,
            _ => Theme::Auto,
        }));
    };
    choice(ui.t(T::Theme), "theme", &[ui.t(T::Automatic), ui.t(T::Light), ui.t(T::Dark)], now, Box::new(set))
}

pub fn change(setting: Setting) {
    dispatch(Msg::Set(setting));
}

/// A labelled choice of one.
pub fn choice(
    label: &'static str,
    id: &'static str,
    options: &[&str],
    now: Memo<usize>,
    set: Box<dyn Fn(usize)>,
) -> View {
    let options: Vec<View> = options
        .iter()
        .enumerate()
        .map(|(i, text)| {
            view! { <option value=i.to_string() prop:selected=move || now.get() == i>{text.to_string()}</option> }
        })
        .collect();
    view! {
        <p class="choice">
            <label for=id>{label}</label>
            <select id=id class="input" on:change=move |e| set(node::typed(&e).parse().unwrap_or(0))>{options}</select>
        </p>
    }
}
