//! The attachments of a message being written, with their progress.
use super::{Ui, icon};
use crate::dom::tree::{View, each_value, view};
use crate::i18n::{T, fill, size};
use crate::runtime::{dispatch, select};
use crate::signals::Memo;
use crate::state::Msg;
use crate::state::compose::{Attached, AttachedState, Edit};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::ids::OpId;

pub fn files(ui: Ui, id: OpId) -> View {
    let files = select(move |m| m.composer(id).map(|c| c.attachments.clone()).unwrap_or_default());
    let any = Memo::new(move || files.with(|f| !f.is_empty()));
    let by_key = |_: usize, file: &Attached| u128::from_be_bytes(file.key.0);
    let list = move || {
        any.get().then(|| {
            let items = each_value(files, by_key, move |file| item(ui, id, &file));
            view! { <ul class="files" aria-label=ui.t(T::Attachments)>{items}</ul> }
        })
    };
    view! { {list} }
}

fn item(ui: Ui, id: OpId, file: &Attached) -> View {
    let key = file.key;
    let name = file.name.clone();
    let sent = match file.state {
        AttachedState::Uploading(sent) => Some(sent),
        _ => None,
    };
    let error = match &file.state {
        AttachedState::Failed(error) => Some(error.kind),
        _ => None,
    };
    let failed = error.is_some();
    // The device has lost the bytes: there is nothing to upload again.
    let lost = error == Some(ErrorKind::UploadGone);
    let busy = sent.is_some() || matches!(file.state, AttachedState::Storing);
    let words = match failed {
        true => ui.t(if lost { T::FileTakeAgain } else { T::FileFailed }).to_owned(),
        false => size(file.size),
    };
    let remove = fill(ui.l, if busy { T::CancelUpload } else { T::RemoveFile }, &[("name", &name)]);
    let again = fill(ui.l, T::UploadAgain, &[("name", &name)]);
    let percent = sent.map(|s| (s.min(file.size) * 100 / file.size.max(1)).to_string());
    let progress = percent.map(|p| {
        let label = fill(ui.l, T::UploadProgress, &[("name", &name), ("percent", &p)]);
        view! { <progress max="100" value=p aria-label=label></progress> }
    });
    view! {
        <li>
            {icon(if file.mime.starts_with("image/") { "image" } else { "file" })}
            <span class="name"><bdi>{name}</bdi></span>
            <small class:failed=failed>{words}</small>
            <span>
                {(failed && !lost).then(|| view! {
                    <button type="button" class="tool" aria-label=again.clone() title=again on:click=move |_| dispatch(Msg::RetryUpload(id, key))>{icon("refresh")}</button>
                })}
                <button type="button" class="tool" aria-label=remove.clone() title=remove
                    on:click=move |_| dispatch(Msg::Edit(id, Edit::RemoveAttachment(key)))>{icon("close")}</button>
            </span>
            {progress}
        </li>
    }
}
