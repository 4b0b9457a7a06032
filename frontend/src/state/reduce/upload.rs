//! Attachments: kept on the device at once, then uploaded; uploaded again when the gateway lost them.
use super::{Out, send};
use crate::state::compose::{Attached, AttachedState, Phase};
use crate::state::effect::Effect;
use crate::state::model::Model;
use crate::state::msg::{NewFile, UploadEvent};
use crate::state::notice::Text;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::OpId;
use pyeonji_shared::limits::MAX_ATTACHMENTS;

/// Uploads under way in one composer.
const MAX_UPLOADS: usize = 2;

pub fn attach(m: &mut Model, out: &mut Out, id: OpId, files: Vec<NewFile>) {
    let limit = m.limits.upload;
    let device_ok = m.device_ok;
    let mut refused = Vec::new();
    let Some(composer) = m.composer_mut(id).filter(|c| c.is_editable()) else { return };
    for file in files {
        if composer.attachments.len() >= MAX_ATTACHMENTS {
            refused.push(Text::TooManyFiles);
            break;
        }
        if file.size > limit {
            refused.push(Text::FileTooBig(file.name, limit));
            continue;
        }
        let NewFile { key, name, mime, size } = file;
        let state = if device_ok { AttachedState::Storing } else { AttachedState::Stored };
        composer.attachments.push(Attached { key, name, mime, size, state });
        out.push(Effect::StoreBlob { composer: id, key });
    }
    for text in refused {
        m.notices.alert(text);
    }
    send::changed(m, out, id);
    start(m, out, id);
}

/// The bytes are on the device (or can't be: then only this page has them).
pub fn stored(m: &mut Model, out: &mut Out, id: OpId, key: OpId) {
    if let Some(composer) = m.composer_mut(id)
        && let Some(a) = composer.attachments.iter_mut().find(|a| a.key == key)
        && a.state == AttachedState::Storing
    {
        a.state = AttachedState::Stored;
    }
    start(m, out, id);
}

/// Begins the uploads that wait.
pub fn start(m: &mut Model, out: &mut Out, id: OpId) {
    if m.session.is_none() {
        return;
    }
    let Some(composer) = m.composer_mut(id) else { return };
    let busy = composer.attachments.iter().filter(|a| matches!(a.state, AttachedState::Uploading(_))).count();
    let waiting = composer.attachments.iter_mut().filter(|a| a.state == AttachedState::Stored);
    for attached in waiting.take(MAX_UPLOADS.saturating_sub(busy)) {
        attached.state = AttachedState::Uploading(0);
        out.push(Effect::Upload {
            composer: id,
            key: attached.key,
            name: attached.name.clone(),
            mime: attached.mime.clone(),
        });
    }
}

pub fn retry(m: &mut Model, out: &mut Out, id: OpId, key: OpId) {
    if let Some(composer) = m.composer_mut(id) {
        for attached in composer.attachments.iter_mut().filter(|a| a.key == key) {
            if matches!(attached.state, AttachedState::Failed(_)) {
                attached.state = AttachedState::Stored;
            }
        }
    }
    start(m, out, id);
}

pub fn remove(m: &mut Model, out: &mut Out, id: OpId, key: OpId) {
    let Some(composer) = m.composer_mut(id) else { return };
    let Some(at) = composer.attachments.iter().position(|a| a.key == key) else { return };
    let attached = composer.attachments.remove(at);
    match attached.state {
        AttachedState::Uploading(_) => out.push(Effect::CancelUpload(key)),
        AttachedState::Uploaded(blob) => out.push(Effect::DropUpload(blob)),
        _ => {}
    }
    composer.problem = None;
    send::changed(m, out, id);
    out.push(Effect::ForgetBlob(key));
    start(m, out, id);
}

pub fn handle(m: &mut Model, out: &mut Out, event: UploadEvent) {
    let (id, key, state) = match event {
        UploadEvent::Progress { composer, key, sent } => (composer, key, AttachedState::Uploading(sent)),
        UploadEvent::Done { composer, key, result: Ok(blob) } => {
            (composer, key, AttachedState::Uploaded(blob))
        }
        UploadEvent::Done { composer, key, result: Err(error) } => {
            (composer, key, AttachedState::Failed(error))
        }
        UploadEvent::Missing { composer, key } => {
            (composer, key, AttachedState::Failed(ApiError::new(ErrorKind::UploadGone)))
        }
    };
    let Some(composer) = m.composer_mut(id) else { return };
    let Some(attached) = composer.attachments.iter_mut().find(|a| a.key == key) else { return };
    if !matches!(attached.state, AttachedState::Uploading(_)) {
        return;
    }
    let failed = matches!(state, AttachedState::Failed(_));
    let progress = matches!(state, AttachedState::Uploading(_));
    attached.state = state;
    if failed && composer.phase == Phase::Uploading {
        let name = attached.name.clone();
        send::upload_failed(m, out, id, name);
    }
    if !progress {
        start(m, out, id);
        send::uploads_changed(m, out, id);
    }
}
