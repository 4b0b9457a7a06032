//! What came with a message, and other ways to see it.
use super::{Ui, body, icon};
use crate::dom::tree::{View, view};
use crate::i18n::{T, fill, size};
use crate::link::urls;
use crate::runtime::select;
use crate::signals::Memo;
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
    let at = view.at.clone();
    let source = at.clone();
    let parts: Vec<Part> = view.parts.iter().filter(|p| !p.inline).cloned().collect();
    let none = parts.is_empty();
    let list = move || {
        let session = session.get()?;
        let items: Vec<View> = parts.iter().map(|part| item(ui, session, &at, part)).collect();
        Some(view! { <ul class="attachments" aria-label=ui.t(T::Attachments)>{items}</ul> })
    };
    let both = body::has_both(view);
    view! {
        {(!none).then_some(list)}
        <p class="part-tools">
            {both.then(|| view! {
                <button type="button" class="linkish" on:click=move |_| toggle()>
                    {move || ui.t(if plain() { T::ShowHtml } else { T::ShowText })}
                </button>
            })}
            {move || session.get().map(|session| view! {
                <a class="linkish" href=urls::raw(session, &source, false) target="_blank" rel="noopener">{ui.t(T::ShowSource)}</a>
                <a class="linkish" href=urls::raw(session, &source, true) download="">{ui.t(T::DownloadSource)}</a>
            })}
        </p>
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
