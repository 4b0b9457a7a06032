//! One file per page, and the frame around them.
pub mod keyboard;
mod login;
mod mail;
mod settings;

use crate::components::{Ui, composer, dialogs, notices};
use crate::dom::ui::page;
use crate::i18n::{T, t};
use crate::runtime::select;
use crate::state::model::Page;
use crate::state::settings::{Density, Theme};
use leptos::mount::mount_to;
use leptos::prelude::*;

/// Puts the page into the document.
pub fn mount() {
    if let Some(root) = page::root() {
        mount_to(root, app).forget();
    }
}

fn app() -> AnyView {
    let locale = select(|m| m.settings.locale());
    let shown = select(|m| m.page);
    login::login();
    attributes();
    let keys = StoredValue::new_local(None);
    let content = move || {
        // The whole page is drawn anew in another language; everything typed is in the model.
        let ui = Ui::new(locale.get());
        keys.set_value(Some(ui));
        match shown.get() {
            Page::SignIn => view! { <div class="quiet">{notices::notices(ui)}</div> }.into_any(),
            page => frame(ui, page),
        }
    };
    crate::dom::ui::keyboard::on_page(move |event| {
        if let Some(ui) = keys.get_value() {
            keyboard::pressed(ui)(event);
        }
    });
    view! { {content} }.into_any()
}

fn frame(ui: Ui, page: Page) -> AnyView {
    let content = if page == Page::Settings { settings::settings(ui) } else { mail::mail(ui) };
    view! {
        <div class="app" class:drawer=move || ui.drawer.get()>
            {content}
            {composer::composers(ui)}
            {notices::notices(ui)}
            {dialogs::dialogs(ui)}
        </div>
    }
    .into_any()
}

/// What style sheets, tests and assistive technology read at `<html>`, and the window's title.
fn attributes() {
    let link = select(|m| m.link.name());
    Effect::new(move |_| page::set_root("data-link", link.get()));
    let theme = select(|m| m.settings.theme);
    Effect::new(move |_| {
        let name = match theme.get() {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        page::set_root("data-theme", name);
    });
    let density = select(|m| m.settings.density);
    Effect::new(move |_| {
        page::set_root(
            "data-density",
            if density.get() == Density::Compact { "compact" } else { "comfortable" },
        );
    });
    let locale = select(|m| m.settings.locale());
    Effect::new(move |_| page::set_root("lang", locale.get().tag()));
    let shown = select(|m| m.page);
    Effect::new(move |_| {
        let name = match shown.get() {
            Page::SignIn => "signin",
            Page::Starting => "opening",
            Page::Mail => "mail",
            Page::Settings => "settings",
        };
        page::set_root("data-page", name);
    });
    let title = select(|m| {
        let product = t(m.settings.locale(), T::Product);
        match m.inbox_unread() {
            0 => product.to_owned(),
            n => format!("({n}) {product}"),
        }
    });
    Effect::new(move |_| page::set_title(&title.get()));
}
