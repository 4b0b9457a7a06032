//! The reader: the open message, or why there is none.
use super::{Ui, attachments, body, headers, icon, toolbar};
use crate::dom::tree::{View, view};
use crate::dom::ui::node;
use crate::i18n::{T, remedy, t, what_happened};
use crate::link::urls;
use crate::runtime::{dispatch, read, select};
use crate::signals::{Memo, RwSignal, effect};
use crate::state::Msg;
use crate::state::mail::HERE;
use crate::state::reader::Body;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::message::{MessageView, ViewNote};

pub fn reader(ui: Ui) -> View {
    let state = select(|m| m.reader.as_ref().map(|r| r.body.clone()));
    let other = move || match state.get() {
        None => nothing(ui),
        Some(Body::Loading) => skeleton(),
        Some(Body::Failed(error)) => failed(ui, &error),
        Some(Body::Ready(_)) => view! {},
    };
    view! {
        <section id="reader" class="pane reader" tabindex="-1">
            {toolbar::toolbar(ui)}
            <div class="scroller" id="reader-scroll">
                {other}
                {article(ui)}
            </div>
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
    let raw = read(|m| m.session.filter(|_| m.mail.is_none()).zip(m.reader.as_ref().map(|r| r.at.clone())));
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

/// The article stays and is filled anew, because the frame in it does.
fn article(ui: Ui) -> View {
    let open = select(|m| m.reader.as_ref().and_then(|r| Some((r.rev, r.view()?.clone()))));
    // The opening that the person wants to see as plain text.
    let plain = RwSignal::new(None::<u32>);
    let shown = Memo::new(move || {
        open.get().map(|(rev, view)| body::Shown { rev, view, plain: plain.get() == Some(rev) })
    });
    let rev = Memo::new(move || shown.with(|s| s.as_ref().map(|s| s.rev)));
    effect(move |before: Option<Option<u32>>| {
        let rev = rev.get();
        if rev.is_some() && before.flatten() != rev {
            node::scroll_to_top("reader-scroll");
        }
        rev
    });
    let toggle = move || plain.update(|p| *p = if p.is_some() { None } else { rev.get_untracked() });
    let view = Memo::new(move || open.get().map(|(_, view)| view));
    view! {
        <article class="article" tabindex="-1" hidden=move || rev.get().is_none()
            aria-label=move || view.with(|v| v.as_ref().map(|v| subject(ui, v)))>
            {move || view.get().map(|view| head(ui, &view))}
            {body::body(ui, shown)}
            {move || view.get().map(|view| attachments::attachments(ui, &view, shown, toggle))}
        </article>
    }
}

fn subject(ui: Ui, view: &MessageView) -> String {
    let subject = view.subject.trim();
    if subject.is_empty() { ui.t(T::NoSubject).to_owned() } else { subject.to_owned() }
}

/// Everything above the body.
fn head(ui: Ui, view: &MessageView) -> View {
    let none = view.subject.trim().is_empty();
    let notes: Vec<View> = view.notes.iter().map(|note| self::note(ui, *note)).collect();
    view! {
        <h1 class:none=none dir="auto">{subject(ui, view)}</h1>
        {headers::headers(ui, view)}
        {HERE.then(|| super::tags::line(ui, &view.at))}
        {HERE.then(|| super::place::line(ui, &view.at))}
        {notes}
        {body::images_note(ui, view)}
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
