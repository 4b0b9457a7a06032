//! Encryption of the mail on this device: turning it on and off, the recovery code, and mail that is locked.
use crate::components::{Ui, button, icon, primary};
use crate::device::{stored, vault as cipher};
use crate::dom::tree::{View, view};
use crate::dom::ui::node;
use crate::i18n::{T, count};
use crate::runtime::{dispatch, load_takeout, select};
use crate::signals::{Memo, RwSignal};
use crate::state::Msg;
use crate::state::mail::vault::{Order, Phase, Told, Vault};
use crate::state::mail::{MailEvent, StoreError, TAKEOUT};

fn order(order: Order) {
    dispatch(Msg::Mail(MailEvent::Vault(Told::Order(order))));
}

/// In the settings of this device; the module that most people load has only the way there.
pub fn vault(ui: Ui) -> View {
    let content = if TAKEOUT {
        settings(ui)
    } else {
        view! { <p class="fine">{ui.t(T::VaultLead)}</p>{button(ui.t(T::VaultSettings), load_takeout)} }
    };
    view! {
        <section class="group" aria-labelledby="vault">
            <h2 id="vault">{ui.t(T::VaultTitle)}</h2>
            {content}
        </section>
    }
}

fn settings(ui: Ui) -> View {
    // Before the store was read nothing is known of it.
    let known = select(|m| m.mail.as_deref().is_some_and(|mail| mail.mailbox.is_some()));
    let state = select(|m| m.mail.as_deref().map(|mail| mail.vault.clone()).unwrap_or_default());
    let words = move || {
        let state = state.get();
        match state.phase {
            _ if !known.get() => String::new(),
            _ if !cipher::is_possible() => ui.t(T::VaultInsecure).to_owned(),
            Phase::Off => ui.t(T::VaultOff).to_owned(),
            Phase::On => ui.t(T::VaultOn).to_owned(),
            Phase::Closing => count(ui.l, T::VaultClosing, state.left),
            Phase::Opening => count(ui.l, T::VaultOpening, state.left),
        }
    };
    // The number that is left is no reason to draw these again.
    let acts = Memo::new(move || Vault { left: 0, ..state.get() });
    let acts = move || match acts.get() {
        _ if !known.get() || !cipher::is_possible() => view! {},
        Vault { code: Some(code), .. } => keep(ui, code),
        Vault { busy: true, .. } => view! {},
        Vault { failed: Some(_), phase: Phase::Closing | Phase::Opening, .. } => {
            button(ui.t(T::Retry), || order(Order::Convert))
        }
        Vault { phase: Phase::Off, .. } => button(ui.t(T::VaultStart), || order(Order::Prepare)),
        _ => view! {
            <p>
                {button(ui.t(T::VaultNewCode), || order(Order::Prepare))}" "
                {button(ui.t(T::VaultStop), || order(Order::Open))}
            </p>
        },
    };
    let failed = Memo::new(move || state.with(|s| s.failed.is_some()));
    let failed = move || {
        let note =
            || view! { <div class="note bad" role="alert">{icon("warn")}<p>{ui.t(T::VaultFailed)}</p></div> };
        failed.get().then(note)
    };
    view! {
        <p role="status">{words}</p>
        {failed}
        {acts}
        <p class="fine">{ui.t(T::VaultHint)}</p>
    }
}

/// The code is shown once; nothing begins before the person has it.
fn keep(ui: Ui, code: String) -> View {
    let kept = RwSignal::new(false);
    let shown = code.clone();
    let save =
        move || stored::save_text(&format!("{}\n{code}\n", ui.t(T::VaultFile)), "pyeonji-recovery-code.txt");
    let go = move || kept.get().then(|| primary(ui.t(T::VaultDo), || order(Order::Close)));
    view! {
        <div class="note" role="group" aria-label=ui.t(T::VaultCode)>
            <div>
                <p>{ui.t(T::VaultCodeHint)}</p>
                <p><output class="code" aria-label=ui.t(T::VaultCode)>{shown}</output></p>
                <p>{button(ui.t(T::VaultSave), save)}</p>
                <label class="check"><input type="checkbox" on:change=move |e| kept.set(node::checked(&e))/>{ui.t(T::VaultKept)}</label>
                <p>{button(ui.t(T::Cancel), || order(Order::Cancel))}" "{go}</p>
            </div>
        </div>
    }
}

/// Above the list, where the key of this sign-in doesn't open the mail.
pub fn locked(ui: Ui) -> View {
    let locked = select(|m| {
        let vault = m.mail.as_deref().map(|mail| &mail.vault)?;
        vault.locked.then_some((vault.busy, vault.failed))
    });
    let (typed, asking) = (RwSignal::new(String::new()), RwSignal::new(false));
    let wipe = move || match asking.get() {
        false => button(ui.t(T::VaultWipe), move || asking.set(true)),
        true => view! {
            <div role="alert"><p>{ui.t(T::VaultWipeWords)}</p></div>
            <p>{button(ui.t(T::Cancel), move || asking.set(false))}" "{button(ui.t(T::VaultWipeDo), || order(Order::Wipe))}</p>
        },
    };
    let content = move || {
        let (busy, failed) = locked.get()?;
        let why = |error| if error == StoreError::Locked { T::VaultWrong } else { T::VaultFailed };
        let failed = failed.map(|error| view! { <p role="alert">{ui.t(why(error))}</p> });
        Some(view! {
            <form class="note bad" aria-label=ui.t(T::VaultLocked) on:submit=move |e| {
                    e.prevent_default();
                    order(Order::Unlock(typed.get_untracked()));
                }>
                {icon("warn")}
                <div>
                    <p>{ui.t(T::VaultLocked)}" "{ui.t(T::VaultLockedHint)}</p>
                    {failed}
                    <div class="field">
                        <label for="unlock">{ui.t(T::VaultTyped)}</label>
                        <input id="unlock" type="password" autocomplete="off" maxlength="1000" prop:value=typed.get_untracked()
                            on:input=move |e| typed.set(node::typed(&e))/>
                    </div>
                    <button type="submit" class="button primary" disabled=busy>{ui.t(T::VaultUnlock)}</button>" "
                    {wipe}
                </div>
            </form>
        })
    };
    view! { <div>{content}</div> }
}
