//! Carries out commands of the keyboard, wherever the focus is (the message frame forwards its keys).
use crate::components::{Dialog, Ui};
use crate::dom::tree::ev::KeyboardEvent;
use crate::dom::ui::{clock, keyboard};
use crate::keys::{Command, Keys, Press, bindings};
use crate::runtime::{dispatch, read};
use crate::state::Msg;
use crate::state::compose::Start;
use crate::state::model::Page;
use crate::state::msg::{Action, Move, Select};
use pyeonji_shared::account::SpecialUse;
use std::cell::RefCell;

thread_local! {
    static KEYS: RefCell<Keys> = RefCell::new(Keys::default());
}

/// The listener for one document.
pub fn pressed(ui: Ui) -> impl FnMut(KeyboardEvent) + 'static {
    move |event| {
        if event.default_prevented() || read(|m| m.page) != Page::Mail || keyboard::in_dialog() {
            return;
        }
        let (key, code) = (event.key(), event.code());
        let press = Press {
            typing: keyboard::is_typing(&event) || keyboard::in_composer(&event),
            composing: event.is_composing() || event.key_code() == 229,
            ..keyboard::press(&event, &key, &code)
        };
        if press.key == "Escape" && !press.typing {
            if ui.drawer.get_untracked() {
                ui.drawer.set(false);
            } else {
                dispatch(Msg::Close);
            }
            return;
        }
        let Some(table) = read(|m| m.settings.keys.then(|| bindings(&m.settings))) else { return };
        let command = KEYS.with_borrow_mut(|keys| keys.press(&table, press, clock::now()));
        if let Some(command) = command {
            event.prevent_default();
            carry_out(ui, command);
        }
    }
}

fn carry_out(ui: Ui, command: Command) {
    let reading = read(|m| m.reader.is_some());
    let msg = match command {
        Command::Next if reading => Msg::OpenNext(1),
        Command::Next => Msg::Cursor(Move::Next),
        Command::Previous if reading => Msg::OpenNext(-1),
        Command::Previous => Msg::Cursor(Move::Previous),
        Command::Open => Msg::OpenCursor,
        Command::Back => Msg::Close,
        Command::Select => Msg::Select(Select::ToggleCursor),
        Command::Search => Msg::FocusSearch,
        Command::GoInbox => return go(SpecialUse::Inbox),
        Command::GoSent => return go(SpecialUse::Sent),
        Command::GoDrafts => return go(SpecialUse::Drafts),
        Command::GoArchive => return go(SpecialUse::Archive),
        Command::Compose => Msg::Compose(Start::New),
        Command::Reply => Msg::Compose(Start::Reply),
        Command::ReplyAll => Msg::Compose(Start::ReplyAll),
        Command::Forward => Msg::Compose(Start::Forward),
        Command::Archive => Msg::Act(Action::Archive),
        Command::Delete => Msg::Act(Action::Delete),
        Command::Junk => return ui.junk(),
        Command::Move => return ui.dialog.set(Dialog::Move),
        Command::Star => Msg::Act(Action::ToggleStar),
        Command::MarkRead => Msg::Act(Action::MarkRead),
        Command::MarkUnread => Msg::Act(Action::MarkUnread),
        Command::Undo => Msg::UndoLast,
        Command::Help => return ui.dialog.set(Dialog::Help),
    };
    dispatch(msg);
}

fn go(special: SpecialUse) {
    if let Some(folder) = read(|m| m.folders.special(special).map(|e| e.folder.name.clone())) {
        dispatch(Msg::OpenFolder(folder));
    }
}
