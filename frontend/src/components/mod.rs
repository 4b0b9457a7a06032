//! One file per component. Components are functions of the language and of signals; they read the model through
//! selectors and say what happened by messages.
pub mod attachments;
pub mod banner;
pub mod body;
pub mod check;
pub mod composer;
pub mod dialogs;
pub mod files;
pub mod folder;
pub mod folders;
pub mod headers;
pub mod help;
pub mod list;
pub mod notices;
pub mod pager;
pub mod place;
pub mod reader;
pub mod recipients;
pub mod row;
pub mod splitter;
pub mod tags;
pub mod toolbar;

use crate::dom::tree::{NodeRef, View, html, view};
use crate::i18n::{Locale, T};
use crate::runtime::{dispatch, read};
use crate::signals::{Memo, RwSignal, effect};
use crate::state::Msg;
use crate::state::msg::Action;
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::device::Uidl;
use pyeonji_shared::device::duplicates::Group;
use pyeonji_shared::ids::{FolderName, Uid};
use std::rc::Rc;

/// What is open beside the model: it is gone after a reload, and nobody misses it.
#[derive(Clone, Copy)]
pub struct Ui {
    pub l: Locale,
    /// The folder tree is shown over the page (narrow windows).
    pub drawer: RwSignal<bool>,
    pub dialog: RwSignal<Dialog>,
    /// The row that is dragged to a folder.
    pub dragged: RwSignal<Option<Uid>>,
    /// Of the settings.
    pub tab: RwSignal<usize>,
    /// What the ledger shows (by its place in [`Filter::ALL`]), and which page of it.
    ///
    /// [`Filter::ALL`]: crate::state::mail::ledger::Filter::ALL
    pub ledger: (RwSignal<usize>, RwSignal<usize>),
}

/// The one modal dialog.
#[derive(Clone, Debug, Default)]
pub enum Dialog {
    #[default]
    None,
    Help,
    Move,
    /// A link whose text names another site (R11).
    Leaving {
        text: String,
        href: String,
    },
    /// The tags of what is chosen.
    Tags,
    /// A new folder of one's own, or what to do with this one.
    Folder(Option<FolderName>),
    /// Remove this message from the server though not all of it is here?
    Remove(Uidl),
    /// Merge these duplicates?
    Merge(Rc<Vec<Group>>),
}

impl Ui {
    pub fn new(l: Locale) -> Self {
        Self {
            l,
            drawer: RwSignal::new(false),
            dialog: RwSignal::new(Dialog::None),
            dragged: RwSignal::new(None),
            // Whoever had that loaded wants it.
            tab: RwSignal::new(if crate::state::mail::TAKEOUT { 3 } else { 0 }),
            ledger: (RwSignal::new(0), RwSignal::new(0)),
        }
    }

    pub fn t(self, key: T) -> &'static str {
        crate::i18n::t(self.l, key)
    }

    /// Junk, or not junk where one is in Junk.
    pub fn junk(self) {
        let action = if open_special() == Some(SpecialUse::Junk) { Action::NotJunk } else { Action::Junk };
        dispatch(Msg::Act(action));
    }
}

/// The special use of the open folder.
pub fn open_special() -> Option<SpecialUse> {
    read(|m| m.folders.special_of(&m.list.folder))
}

/// Puts text of the model into a field where it differs, never over a composition: an effect comes later, when the next
/// syllable may have begun, and the end of that tells the model the whole text.
pub fn keep_text(field: NodeRef<html::Input>, text: Memo<String>, composing: RwSignal<bool>) {
    effect(move |_| {
        let text = text.get();
        if let Some(input) = field.get()
            && input.value() != text
            && !composing.get_untracked()
        {
            input.set_value(&text);
        }
    });
}

/// A picture from the sprite.
pub fn icon(name: &'static str) -> View {
    let href = format!("#i-{name}");
    view! { <svg class="icon" aria-hidden="true"><use href=href></use></svg> }
}

/// A button with words.
pub fn button(words: impl Into<String>, act: impl Fn() + 'static) -> View {
    button_of("button", words.into(), Box::new(act))
}

/// The one that goes on.
pub fn primary(words: impl Into<String>, act: impl Fn() + 'static) -> View {
    button_of("button primary", words.into(), Box::new(act))
}

fn button_of(class: &'static str, words: String, act: Box<dyn Fn()>) -> View {
    view! { <button type="button" class=class on:click=move |_| act()>{words}</button> }
}

/// A button with a picture and a name.
pub fn tool(name: &'static str, label: &'static str, act: impl Fn() + 'static) -> View {
    view! {
        <button type="button" class="tool" aria-label=label title=label on:click=move |_| act()>{icon(name)}</button>
    }
}
