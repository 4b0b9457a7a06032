//! The reader: the open message, or why there is none.
use super::{Ui, attachments, body, headers, icon, toolbar};
use crate::dom::tree::{View, view};
use crate::i18n::{T, remedy, t, what_happened};
use crate::link::urls;
use crate::runtime::{dispatch, read, select};
use crate::signals::RwSignal;
use crate::state::Msg;
use crate::state::reader::Body;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::message::{MessageView, ViewNote};
use std::sync::Arc;

pub fn reader(ui: Ui) -> View {
    let shown = select(|m| m.reader.as_ref().map(|r| (r.rev, r.body.clone())));
    let content = move || match shown.get() {
        None => nothing(ui),
        Some((_, Body::Loading)) => skeleton(),
        Some((_, Body::Failed(error))) => failed(ui, &error),
        Some((_, Body::Ready(view))) => article(ui, view),
    };
    view! {
        <section id="reader" class="pane reader" tabindex="-1">
            {toolbar::toolbar(ui)}
            <div class="scroller">{content}</div>
        </section>
    }
}

fn nothing(ui: Ui) -> View {
    view! { <div class="empty">{icon("all")}<h2>{ui.t(T::NothingOpen)}</h2><p>{ui.t(T::NothingOpenHint)}</p></div> }
}

fn skeleton() -> View {
    view! {
        <div class="skeleton" aria-hidden="true">
            <i style="width:60%;height:20px"></i><i style="width:34%"></i><i style="width:22%"></i><i></i><i></i><i style="width:80%"></i>
        </div>
    }
}

fn failed(ui: Ui, error: &ApiError) -> View {
    let raw = read(|m| m.session.zip(m.reader.as_ref().map(|r| r.at.clone())));
    view! {
        <div class="empty" role="alert">
            {icon("warn")}
            <h2>{what_happened(ui.l, error.kind)}</h2>
            <p>{remedy(ui.l, error.kind)}</p>
            {(!error.detail.is_empty()).then(|| view! { <q>{error.detail.clone()}</q> })}
            <button type="button" class="button" on:click=|_| dispatch(Msg::OpenCursor)>{ui.t(T::Retry)}</button>
            {raw.map(|(session, at)| view! {
                <a href=urls::raw(session, &at, false) target="_blank" rel="noopener">{ui.t(T::ShowSource)}</a>
            })}
        </div>
    }
}

fn article(ui: Ui, view: Arc<MessageView>) -> View {
    let subject = view.subject.trim();
    let none = subject.is_empty();
    let subject = if none { ui.t(T::NoSubject).to_owned() } else { subject.to_owned() };
    let notes: Vec<View> = view.notes.iter().map(|note| self::note(ui, *note)).collect();
    let plain = RwSignal::new(false);
    let name = subject.clone();
    view! {
        <article class="article" tabindex="-1" aria-label=name>
            <h1 class:none=none dir="auto">{subject}</h1>
            {headers::headers(ui, &view)}
            {notes}
            {body::images_note(ui, &view)}
            {body::body(ui, view.clone(), plain)}
            {attachments::attachments(ui, &view, plain)}
        </article>
    }
}

fn note(ui: Ui, note: ViewNote) -> View {
    let key = match note {
        ViewNote::HtmlTooBig => T::NoteHtmlTooBig,
        ViewNote::ShownRaw => T::NoteShownRaw,
        ViewNote::Truncated => T::NoteTruncated,
        ViewNote::TooBigToShow => T::NoteTooBigToShow,
        ViewNote::CharsetGuessed => T::NoteCharsetGuessed,
        ViewNote::Encrypted => T::NoteEncrypted,
    };
    view! { <div class="note">{icon("warn")}<p>{t(ui.l, key)}</p></div> }
}
