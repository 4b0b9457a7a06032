//! A folder of one's own, in a dialog: made, renamed, deleted.
use super::{Ui, button, dialogs::close, primary};
use crate::dom::tree::{View, ev, view};
use crate::dom::ui::node;
use crate::i18n::{T, fill};
use crate::mailbox::FolderError;
use crate::runtime::{dispatch, read};
use crate::signals::RwSignal;
use crate::state::Msg;
use crate::state::mail::{FolderChange, MailEvent};
use pyeonji_shared::ids::FolderName;

/// What is done with `name`, or a new one without.
pub fn folder(ui: Ui, name: Option<FolderName>) -> View {
    let typed = RwSignal::new(name.as_ref().map(|n| n.as_str().to_owned()).unwrap_or_default());
    let refused = RwSignal::new(None::<FolderError>);
    let asking = RwSignal::new(false);
    let carry_out = move |change| {
        dispatch(Msg::Mail(MailEvent::Folder(change)));
        match read(|m| m.mail.as_ref().and_then(|mail| mail.refused)) {
            None => close(ui),
            why => refused.set(why),
        }
    };
    let old = name.clone();
    let submit = move |e: ev::Event| {
        e.prevent_default();
        let new = FolderName(typed.get_untracked().trim().to_owned());
        carry_out(match &old {
            Some(old) => FolderChange::Rename(old.clone(), new),
            None => FolderChange::Create(new),
        });
    };
    let problem =
        move || refused.get().map(|why| view! { <p class="problem" role="alert">{ui.t(words(why))}</p> });
    let delete = name.clone().map(|_| button(ui.t(T::FolderDelete), move || asking.set(true)));
    let done = ui.t(if name.is_some() { T::FolderRename } else { T::FolderCreate });
    view! {
        <form on:submit=submit hidden=move || asking.get()>
            <div class="field">
                <label for="folder-name">{ui.t(T::FolderName)}</label>
                <input id="folder-name" type="text" autofocus required autocomplete="off" maxlength="200" aria-describedby="folder-hint"
                    aria-invalid=move || refused.get().map(|_| "true") prop:value=typed.get_untracked()
                    on:input=move |e| { typed.set(node::typed(&e)); refused.set(None) }/>
                <p id="folder-hint" class="fine">{ui.t(T::FolderNameHint)}</p>
                {problem}
            </div>
            <div class="buttons">
                {delete}
                {button(ui.t(T::Cancel), move || close(ui))}
                <button type="submit" class="button primary">{done}</button>
            </div>
        </form>
        {move || name.clone().filter(|_| asking.get()).map(|name| view! {
            <p role="alert">{fill(ui.l, T::FolderDeleteAsk, &[("name", name.as_str())])}</p>
            <div class="buttons">
                {button(ui.t(T::Cancel), move || asking.set(false))}
                {primary(ui.t(T::FolderDelete), move || carry_out(FolderChange::Delete(name.clone())))}
            </div>
        })}
    }
}

fn words(why: FolderError) -> T {
    match why {
        FolderError::Name => T::FolderBadName,
        FolderError::Taken => T::FolderTaken,
        FolderError::TooMany => T::FolderTooMany,
        FolderError::Standard => T::ReadOnly,
        FolderError::Missing => T::FolderMissing,
    }
}
