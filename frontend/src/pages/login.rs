//! The sign-in page: the form is plain HTML in `index.html`; here it learns to answer.
use crate::dom::ui::page;
use crate::i18n::{Locale, T, remedy, t, what_happened};
use crate::runtime::{dispatch, select};
use crate::signals::effect;
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
        wasm_bindgen_futures::spawn_local(async move {
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
            ]);
        }
        l
    });
    let shown = select(|m| m.page);
    effect(move |_| {
        if shown.get() != Page::SignIn {
            page::forget_password();
        }
    });
}
