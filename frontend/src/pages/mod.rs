//! One file per page, and the frame around them.
mod device;
mod duplicates;
pub mod keyboard;
mod ledger;
mod login;
mod mail;
mod settings;
mod takeout;
mod vault;

use crate::components::{Ui, composer, dialogs, notices};
use crate::dom::paint::after_paint;
use crate::dom::tree::{View, view};
use crate::dom::ui::page;
use crate::i18n::{T, t};
use crate::runtime::select;
use crate::signals::{Memo, RwSignal, StoredValue, effect};
use crate::state::model::Page;
use crate::state::settings::{Density, Theme};

/// Puts the page into the document.
pub fn mount() {
    if let Some(root) = page::root() {
        crate::dom::tree::mount(&root, app);
    }
}

fn app() -> View {
    let locale = select(|m| m.settings.locale());
    let guest = select(|m| m.page == Page::SignIn);
    let settings = select(|m| m.page == Page::Settings);
    // The mail page is built behind the sign-in form, out of sight, while somebody types: signing in only fills it.
    let behind = RwSignal::new(false);
    after_paint(move || behind.set(true));
    let built = Memo::new(move || behind.get() || !guest.get());
    // Each sign-out begins another one: nothing that was drawn for one person is there for the next.
    let turn = RwSignal::new(0_u32);
    effect(move |before: Option<bool>| {
        let guest = guest.get();
        if guest && before == Some(false) {
            turn.update(|n| *n = n.wrapping_add(1));
        }
        guest
    });
    login::login();
    attributes();
    let keys = StoredValue::new(None);
    let content = move || {
        turn.track();
        // The whole page is drawn anew in another language; everything typed is in the model.
        let ui = Ui::new(locale.get());
        keys.set_value(Some(ui));
        view! {
            {move || built.get().then(|| frame(ui, settings.get()))}
            {notices::notices(ui)}
        }
    };
    crate::dom::ui::keyboard::on_page(move |event| {
        if let Some(ui) = keys.get_value() {
            keyboard::pressed(ui)(event);
        }
    });
    view! { {content} }
}

fn frame(ui: Ui, settings: bool) -> View {
    let content = if settings { settings::settings(ui) } else { mail::mail(ui) };
    view! {
        <div class="app" class:drawer=move || ui.drawer.get()>
            {content}
            {composer::composers(ui)}
            {dialogs::dialogs(ui)}
        </div>
    }
}

/// What style sheets, tests and assistive technology read at `<html>`, and the window's title.
fn attributes() {
    let link = select(|m| m.link.name());
    effect(move |_| page::set_root("data-link", link.get()));
    let theme = select(|m| m.settings.theme);
    effect(move |_| {
        let name = match theme.get() {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        page::set_root("data-theme", name);
    });
    let density = select(|m| m.settings.density);
    effect(move |_| {
        page::set_root(
            "data-density",
            if density.get() == Density::Compact { "compact" } else { "comfortable" },
        );
    });
    let locale = select(|m| m.settings.locale());
    effect(move |_| page::set_root("lang", locale.get().tag()));
    let shown = select(|m| m.page);
    effect(move |_| {
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
    effect(move |_| page::set_title(&title.get()));
}
