//! What came with a message, and other ways to see it.
use super::{Ui, body, icon};
use crate::device::stored;
use crate::dom::tree::{View, ev, view};
use crate::i18n::{T, fill, size};
use crate::link::urls;
use crate::runtime::{read, select};
use crate::signals::Memo;
use crate::state::mail::HERE;
use pyeonji_shared::ids::{MessageRef, SessionId};
use pyeonji_shared::message::{MessageView, Part};

pub fn attachments(
    ui: Ui,
    view: &MessageView,
    shown: Memo<Option<body::Shown>>,
    toggle: impl Fn() + Copy + 'static,
) -> View {
    let plain = move || shown.with(|s| s.as_ref().is_some_and(|s| s.plain));
    let session = select(|m| m.session);
    let here = HERE && read(|m| m.mail.is_some());
    let at = view.at.clone();
    let source = at.clone();
    let parts: Vec<Part> = view.parts.iter().filter(|p| !p.inline).cloned().collect();
    let none = parts.is_empty();
    let list = move || {
        let items: Vec<View> = if HERE && here {
            parts.iter().map(|part| stored(ui, at.uid.0, part)).collect()
        } else {
            let session = session.get()?;
            parts.iter().map(|part| item(ui, session, &at, part)).collect()
        };
        Some(view! { <ul class="attachments" aria-label=ui.t(T::Attachments)>{items}</ul> })
    };
    let both = body::has_both(view);
    let uid = source.uid.0;
    view! {
        {(!none).then_some(list)}
        <p class="part-tools">
            {both.then(|| view! {
                <button type="button" class="linkish" on:click=move |_| toggle()>
                    {move || ui.t(if plain() { T::ShowHtml } else { T::ShowText })}
                </button>
            })}
            {(HERE && here).then(|| view! {
                <button type="button" class="linkish" on:click=move |_| stored::show_source(uid)>{ui.t(T::ShowSource)}</button>
                <button type="button" class="linkish" on:click=move |_| stored::save_source(uid)>{ui.t(T::DownloadSource)}</button>
            })}
            {move || session.get().filter(|_| !(HERE && here)).map(|session| view! {
                <a class="linkish" href=urls::raw(session, &source, false) target="_blank" rel="noopener">{ui.t(T::ShowSource)}</a>
                <a class="linkish" href=urls::raw(session, &source, true) download="">{ui.t(T::DownloadSource)}</a>
            })}
        </p>
    }
}

/// A file of a message that is kept on this device.
fn stored(ui: Ui, uid: u32, part: &Part) -> View {
    let picture = if part.mime.starts_with("image/") { "image" } else { "file" };
    let bytes = size(u64::from(part.size) / 4 * 3);
    let label = fill(ui.l, T::Download, &[("name", &part.name)]);
    let (name, section) = (part.name.clone(), part.section.clone());
    let save = {
        let (name, section) = (name.clone(), section.clone());
        move |_: ev::MouseEvent| stored::save_part(uid, section.clone(), name.clone())
    };
    let preview = part.preview.then(|| {
        let title = fill(ui.l, T::OpenFile, &[("name", &name)]);
        let mime = part.mime.clone();
        let open = move |_: ev::MouseEvent| stored::open_part(uid, section.clone(), mime.clone());
        view! { <button type="button" class="tool" aria-label=title.clone() title=title on:click=open>{icon("search")}</button> }
    });
    view! {
        <li>
            <button type="button" class="file" title=label on:click=save>
                {icon(picture)}
                <span class="name"><bdi>{name}</bdi><small>{bytes}</small></span>
            </button>
            {preview}
        </li>
    }
}

fn item(ui: Ui, session: SessionId, at: &MessageRef, part: &Part) -> View {
    let href = urls::part(session, at, &part.section, false);
    let look = part.preview.then(|| urls::part(session, at, &part.section, true));
    let picture = if part.mime.starts_with("image/") { "image" } else { "file" };
    // Base64 carries three bytes in four.
    let bytes = size(u64::from(part.size) / 4 * 3);
    let label = fill(ui.l, T::Download, &[("name", &part.name)]);
    let name = part.name.clone();
    let preview = look.map(|look| {
        let title = fill(ui.l, T::OpenFile, &[("name", &name)]);
        view! { <a class="tool" href=look target="_blank" rel="noopener" aria-label=title.clone() title=title>{icon("search")}</a> }
    });
    view! {
        <li>
            <a href=href download=name.clone() title=label>
                {icon(picture)}
                <span class="name"><bdi>{name.clone()}</bdi><small>{bytes}</small></span>
            </a>
            {preview}
        </li>
    }
}
