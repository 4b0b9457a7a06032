//! The sign-in page: the form is plain HTML in `index.html`; here it learns to answer.
use crate::dom::tasks;
use crate::dom::tree::{View, view};
use crate::dom::ui::page;
use crate::i18n::{Locale, T, count, remedy, t, what_happened};
use crate::runtime::{dispatch, select};
use crate::signals::{RwSignal, effect};
use crate::state::Msg;
use crate::state::effect::Password;
use crate::state::model::Page;
use pyeonji_shared::error::ErrorKind;

pub fn login() {
    page::take_form(|typed| {
        let password = Password(typed.password);
        dispatch(Msg::SignIn {
            address: typed.address.trim().to_owned(),
            password,
            remember: typed.remember,
            kind: typed.kind,
        });
    });
    page::on_domain(|domain| {
        tasks::later(async move {
            let types = crate::dom::http::account_types(&domain).await;
            page::offer_types(&domain, &types);
        });
    });
    let state = select(|m| (m.settings.locale(), m.sign_in.clone()));
    effect(move |_| {
        let (l, form) = state.get();
        page::prefill(&form.address);
        let expired = form.expired && form.error.is_none();
        let kind = form.error.as_ref().map(|e| e.kind);
        page::show_form(&page::Form {
            busy: form.busy,
            button: t(l, if form.busy { T::SignInBusy } else { T::SignInButton }),
            what: match kind {
                Some(kind) => what_happened(l, kind),
                None if expired => t(l, T::SignInExpired),
                None => "",
            },
            remedy: kind.map_or("", |kind| remedy(l, kind)),
            quotation: form.error.as_ref().map_or("", |e| e.detail.as_str()),
            wrong: kind == Some(ErrorKind::WrongPassword),
        });
    });
    let locale = select(|m| m.settings.locale());
    effect(move |before: Option<Locale>| {
        let l = locale.get();
        // `boot.js` did it for the language at start.
        if before.is_some() {
            page::translate(&[
                ("signin.lead", t(l, T::SignInLead)),
                ("signin.address", t(l, T::SignInAddress)),
                ("signin.password", t(l, T::SignInPassword)),
                ("signin.remember", t(l, T::SignInRemember)),
                ("signin.type", t(l, T::SignInType)),
                ("signin.pop3", t(l, T::SignInPop3)),
                ("signin.fine", t(l, T::SignInFine)),
                ("signin.lab", t(l, T::Lab)),
            ]);
        }
        l
    });
    page::fill_form(kept);
    let shown = select(|m| m.page);
    effect(move |_| {
        if shown.get() != Page::SignIn {
            page::forget_password();
        }
    });
}

/// What was typed stays on this device after signing out: it is said (R38), and can be removed, after asking.
fn kept() -> View {
    let (locale, kept) =
        (select(|m| m.settings.locale()), select(|m| m.sign_in.kept.as_ref().map_or(0, |k| k.1)));
    let asking = RwSignal::new(false);
    let note = move || {
        let (l, n) = (locale.get(), kept.get());
        let (words, label, warning) = match asking.get() {
            true => (T::ConfirmDelete, T::DeleteForever, t(l, T::ConfirmDeleteWords)),
            false => (T::KeptHereStill, T::RemoveKept, ""),
        };
        (n > 0).then(|| {
            view! {
                <div class="note">
                    <p>{count(l, words, n)}" "<b>{warning}</b></p>
                    <button type="button" class="button" on:click=move |_| match asking.get_untracked() {
                        true => { asking.set(false); dispatch(Msg::RemoveKept) }
                        false => asking.set(true),
                    }>{t(l, label)}</button>
                </div>
            }
        })
    };
    view! { <div role="status">{note}</div> }
}
