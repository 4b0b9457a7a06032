//! Keeping what is typed, and sending it exactly once.
//!
//! The order is: upload → note on the device that it goes out under this `OpId` → ask the gateway → answer → forget.
//! A page that dies at any step finds the note again and goes on with `again`: the gateway answers from its memory of
//! the `OpId`, or looks for the Message-ID in Sent, before anything leaves (invariant 1).
use super::{Out, ask, mail, page, upload, wire};
use crate::state::compose::{
    AttachedState, Composer, Field, Kept, Looked, MAX_KEPT, Phase, Problem, ServerCopy,
};
use crate::state::effect::{Effect, Mark, Timer};
use crate::state::mail::HERE;
use crate::state::model::{LinkState, Model, Pending};
use crate::state::msg::{DeviceEvent, Resolve};
use crate::state::notice::{Doing, NoticeKind, Text, UNDO_MS, Undo};
use crate::state::quote;
use crate::state::record::{Record, Stage};
use pyeonji_shared::call::compose::{FindSent, SaveDraft, Send};
use pyeonji_shared::call::organise::Delete;
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::draft::SentCopy;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{MessageSet, OpId};
use pyeonji_shared::limits::MAX_TEXT;

/// Pause in typing after which the device writes, and the longest it waits while typing goes on.
const KEEP_MS: u32 = 300;
const KEEP_AT_MOST_MS: i64 = 2_000;
/// Times that lost uploads are sent again by themselves.
const MAX_REUPLOADS: u8 = 2;

/// Something was typed: written down at the next pause.
pub fn changed(m: &mut Model, out: &mut Out, id: OpId) {
    let now = m.moment.now;
    let Some(composer) = m.composer_mut(id) else { return };
    composer.edition = composer.edition.wrapping_add(1);
    composer.touched = true;
    composer.error = None;
    composer.refused.clear();
    if composer.kept != Kept::Writing {
        composer.kept = Kept::Waiting;
    }
    let since = *composer.dirty_since.get_or_insert(now);
    if now - since >= KEEP_AT_MOST_MS {
        keep(m, out, id);
    } else {
        out.push(Effect::Timer { timer: Timer::Keep(id), ms: KEEP_MS });
    }
}

pub fn keep_due(m: &mut Model, out: &mut Out, id: OpId) {
    if m.composer(id).is_some_and(|c| c.dirty_since.is_some()) {
        keep(m, out, id);
    }
}

pub fn keep_all(m: &mut Model, out: &mut Out) {
    let ids: Vec<OpId> = m.composers.iter().filter(|c| c.dirty_since.is_some()).map(|c| c.id).collect();
    for id in ids {
        keep(m, out, id);
    }
}

fn keep(m: &mut Model, out: &mut Out, id: OpId) {
    let (now, ok) = (m.moment.now, m.device_ok);
    let Some(composer) = m.composer_mut(id) else { return };
    if !ok {
        composer.kept = Kept::Failed;
        return;
    }
    composer.dirty_since = None;
    composer.kept = Kept::Writing;
    out.push(Effect::Keep(Record::of(composer, now)));
}

pub fn device(m: &mut Model, out: &mut Out, event: DeviceEvent) {
    match event {
        _ if m.sign_in.erasing => page::erase(m, out, event),
        DeviceEvent::Opened(records) => {
            m.device_ok = true;
            restored(m, out, records);
            keep_all(m, out);
        }
        DeviceEvent::Unavailable => {
            m.device_ok = false;
            m.notices.alert(Text::Failed(Doing::Device, ApiError::new(ErrorKind::Unsupported)));
        }
        DeviceEvent::Kept { composer: id, edition, stage, ok } => {
            let Some(composer) = m.composer_mut(id) else { return };
            if composer.edition == edition {
                composer.kept = if ok { Kept::Safe } else { Kept::Failed };
            }
            // The note may go out now. Where the device refuses, a reload brings back the older record, and what
            // comes back from a device always looks into Sent first.
            if let Phase::Noting(op) = composer.phase
                && (stage == Stage::Sending(op) || !ok)
            {
                hand_over(m, out, id, op);
            }
        }
        DeviceEvent::BlobStored { composer, key, ok: _ } => upload::stored(m, out, composer, key),
    }
}

pub fn minimise(m: &mut Model, out: &mut Out, id: OpId, minimised: bool) {
    let Some(composer) = m.composer_mut(id) else { return };
    composer.minimised = minimised;
    if composer.touched {
        keep(m, out, id);
    }
}

fn restored(m: &mut Model, out: &mut Out, records: Vec<Record>) {
    let mut n = 0;
    let mut records = records;
    records.sort_unstable_by_key(|r| r.written);
    // One window is open at a time: what is being written now, or else what was written last.
    if let Some(last) = records.pop() {
        let busy = m.composers.iter().any(|c| !c.minimised);
        records.iter_mut().for_each(|r| r.minimised = true);
        records.push(Record { minimised: last.minimised || busy, ..last });
    }
    for record in records {
        if m.composer(record.id).is_none() && m.composers.len() < MAX_KEPT {
            m.composers.push(record.into_composer());
            n += 1;
        }
    }
    if n > 0 {
        let now = m.moment.now;
        m.notices.status(now, Text::Restored(n));
    }
    resume_all(m, out);
}

/// Sends that were under way in an earlier page or before signing in again go on.
pub fn resume_all(m: &mut Model, out: &mut Out) {
    if m.link != LinkState::Online || m.session.is_none() {
        return;
    }
    let ids: Vec<OpId> = m.composers.iter().map(|c| c.id).collect();
    for id in ids {
        for attached in m.composer_mut(id).into_iter().flat_map(|c| &mut c.attachments) {
            if matches!(&attached.state, AttachedState::Failed(e) if e.kind == ErrorKind::Offline) {
                attached.state = AttachedState::Stored;
            }
        }
        upload::start(m, out, id);
        if HERE && let Some(Phase::Filing { date, .. }) = m.composer(id).map(|c| c.phase.clone()) {
            mail::file_sent(m, out, id, date);
            continue;
        }
        let asked = m.pending.values().any(|p| *p == Pending::Send(id));
        if let Some(composer) = m.composer_mut(id).filter(|_| !asked)
            && matches!(composer.phase, Phase::Sending { .. })
        {
            composer.again = true;
            composer.phase = Phase::Uploading;
        }
        uploads_changed(m, out, id);
    }
}

pub fn send(m: &mut Model, out: &mut Out, id: OpId) {
    let (limits, address_ok) = (m.limits.clone(), |c: &Composer| {
        [Field::To, Field::Cc, Field::Bcc]
            .into_iter()
            .flat_map(|f| &c.field(f).tokens)
            .find(|t| !t.valid)
            .cloned()
    });
    let Some(composer) = m.composer_mut(id).filter(|c| c.is_editable()) else { return };
    for field in [Field::To, Field::Cc, Field::Bcc] {
        let recipients = composer.field_mut(field);
        let typed = std::mem::take(&mut recipients.typing);
        recipients.tokens.extend(quote::parse_addresses(&typed));
    }
    let count = composer.to.tokens.len() + composer.cc.tokens.len() + composer.bcc.tokens.len();
    let size: u64 = composer.attachments.iter().map(|a| a.size / 3 * 4 + a.size / 54).sum::<u64>()
        + composer.text.len() as u64;
    let failed = failed(composer);
    composer.problem = if count == 0 {
        Some(Problem::NoRecipient)
    } else if let Some(bad) = address_ok(composer) {
        Some(Problem::BadAddress(bad.address.email))
    } else if count > limits.recipients as usize {
        Some(Problem::TooManyRecipients(limits.recipients))
    } else if size > limits.message {
        Some(Problem::TooBig(limits.message))
    } else if composer.text.len() > MAX_TEXT {
        Some(Problem::TextTooLong)
    } else {
        failed
    };
    if composer.problem.is_some() {
        return;
    }
    composer.error = None;
    composer.refused.clear();
    composer.closing = false;
    composer.phase = Phase::Uploading;
    upload::start(m, out, id);
    uploads_changed(m, out, id);
}

/// The file that can't go along, if there is one.
fn failed(composer: &Composer) -> Option<Problem> {
    let failed = composer.attachments.iter().find(|a| matches!(a.state, AttachedState::Failed(_)));
    failed.map(|a| Problem::Attachment(a.name.clone()))
}

pub fn stop(m: &mut Model, out: &mut Out, id: OpId) {
    let Some(composer) = m.composer_mut(id) else { return };
    let untouched = match composer.phase {
        Phase::Uploading => composer.trying.is_none(),
        Phase::Noting(_) => true,
        _ => false,
    };
    if untouched {
        composer.phase = Phase::Editing;
        composer.trying = None;
        changed(m, out, id);
        keep(m, out, id);
    }
}

pub fn upload_failed(m: &mut Model, out: &mut Out, id: OpId, name: String) {
    let Some(composer) = m.composer_mut(id) else { return };
    if composer.trying.is_none() {
        composer.phase = Phase::Editing;
    } else if let Some(op) = composer.trying.take() {
        let error = ApiError::new(ErrorKind::SendUnknown);
        composer.phase = Phase::Unknown { op, error, looked: Looked::NotYet };
        keep(m, out, id);
    }
    if let Some(composer) = m.composer_mut(id) {
        composer.problem = Some(Problem::Attachment(name));
    }
}

/// An upload ended: go on if that was what the send (or a closing draft) waited for.
pub fn uploads_changed(m: &mut Model, out: &mut Out, id: OpId) {
    let Some(composer) = m.composer(id) else { return };
    let (ready, failed) = (wire::draft(m, composer).is_some(), failed(composer));
    let Some(composer) = m.composer_mut(id) else { return };
    let waiting = composer.problem == Some(Problem::Uploading);
    if failed.is_some() && (composer.closing || waiting) {
        // What can't be saved whole isn't closed.
        composer.closing = false;
        composer.problem = failed;
    } else if ready && waiting {
        composer.problem = None;
    }
    if ready && composer.phase == Phase::Uploading {
        match composer.trying {
            // The device has the note already.
            Some(op) => hand_over(m, out, id, op),
            None => note(m, out, id),
        }
    } else if ready && composer.closing && composer.server_copy == ServerCopy::None {
        save_draft(m, out, id);
    }
}

/// Writes down that the message goes out under a new id; the device's answer lets it go.
fn note(m: &mut Model, out: &mut Out, id: OpId) {
    let op = m.make_id();
    let ok = m.device_ok;
    let Some(composer) = m.composer_mut(id) else { return };
    composer.phase = Phase::Noting(op);
    if ok {
        keep(m, out, id);
    } else {
        hand_over(m, out, id, op);
    }
}

fn hand_over(m: &mut Model, out: &mut Out, id: OpId, op: OpId) {
    if m.link == LinkState::Offline && m.session.is_none() {
        // Signed out meanwhile: goes on after the next welcome.
        if let Some(composer) = m.composer_mut(id) {
            composer.trying = Some(op);
            composer.phase = Phase::Uploading;
        }
        return;
    }
    let Some(mut draft) = m.composer(id).and_then(|c| wire::draft(m, c)) else { return };
    if HERE {
        wire::copy_to_self(m, &mut draft);
    }
    let Some(composer) = m.composer_mut(id) else { return };
    composer.trying = Some(op);
    composer.phase = Phase::Sending { op, done: 0, total: 0 };
    let call = Call::Send(Send { draft, again: composer.again, replaces: composer.replaces.clone() });
    ask(m, out, Pending::Send(id), Some(op), call);
}

pub fn progress(m: &mut Model, id: OpId, now: u64, of: u64) {
    if let Some(Phase::Sending { done, total, .. }) = m.composer_mut(id).map(|c| &mut c.phase) {
        (*done, *total) = (now, of);
    }
}

pub fn done(m: &mut Model, out: &mut Out, id: OpId, result: Result<Reply, ApiError>) {
    let error = match result {
        Ok(Reply::Sent(sent)) => {
            let now = m.moment.now;
            let on_device = HERE && sent.copy == SentCopy::OnDevice;
            match sent.copy {
                SentCopy::Failed { error } => m.notices.alert(Text::SentWithoutCopy(error)),
                _ if sent.already => m.notices.status(now, Text::AlreadySent),
                _ => m.notices.status(now, Text::MessageSent),
            };
            out.push(Effect::Mark(Mark { name: "sent", folder: String::new(), count: 1, drawn: false }));
            if on_device {
                if let Some(composer) = m.composer_mut(id) {
                    composer.trying = None;
                    composer.phase = Phase::Filing { date: sent.date, failed: false };
                }
                keep(m, out, id);
                return mail::file_sent(m, out, id, sent.date);
            }
            return forget(m, out, id);
        }
        Ok(_) => ApiError::new(ErrorKind::SendUnknown),
        Err(error) => error,
    };
    let Some(composer) = m.composer_mut(id) else { return };
    let Some(op) = composer.trying.take() else { return };
    composer.minimised = false;
    match error.kind {
        ErrorKind::SendUnknown => composer.phase = Phase::Unknown { op, error, looked: Looked::NotYet },
        ErrorKind::UploadGone if composer.reuploads < MAX_REUPLOADS => {
            // Nothing was sent: the files go up again from the device, then a new try under a new id.
            composer.reuploads += 1;
            composer.phase = Phase::Uploading;
            for attached in &mut composer.attachments {
                if matches!(attached.state, AttachedState::Uploaded(_)) {
                    attached.state = AttachedState::Stored;
                }
            }
            return upload::start(m, out, id);
        }
        _ => {
            composer.phase = Phase::Editing;
            composer.error = Some(error);
        }
    }
    keep(m, out, id);
}

/// The composer has done its work.
pub fn forget(m: &mut Model, out: &mut Out, id: OpId) {
    let Some(at) = m.composers.iter().position(|c| c.id == id) else { return };
    let composer = m.composers.remove(at);
    out.push(Effect::Forget { composer: id, blobs: composer.attachments.iter().map(|a| a.key).collect() });
}

pub fn resolve(m: &mut Model, out: &mut Out, id: OpId, choice: Resolve) {
    let fresh = m.make_id();
    let domain = m.address().rsplit_once('@').map_or("localhost", |(_, d)| d).to_ascii_lowercase();
    let Some(composer) = m.composer_mut(id) else { return };
    let Phase::Unknown { looked, .. } = &mut composer.phase else { return };
    match choice {
        Resolve::Check => {
            if *looked != Looked::Looking {
                *looked = Looked::Looking;
                let message_id = composer.message_id.clone();
                ask(m, out, Pending::FindSent(id), None, Call::FindSent(FindSent { message_id }));
            }
        }
        Resolve::SendAgain => {
            composer.again = true;
            composer.phase = Phase::Uploading;
            upload::start(m, out, id);
            uploads_changed(m, out, id);
        }
        Resolve::Keep => {
            // What is written from here on is another message: it must not be taken for the first one.
            composer.message_id = format!("<{}@{domain}>", fresh.hex());
            composer.again = false;
            composer.phase = Phase::Editing;
            changed(m, out, id);
            keep(m, out, id);
        }
        Resolve::WasSent => forget(m, out, id),
    }
}

pub fn looked(m: &mut Model, out: &mut Out, id: OpId, result: Result<Reply, ApiError>) {
    let now = m.moment.now;
    let Some(composer) = m.composer_mut(id) else { return };
    let Phase::Unknown { looked, error, .. } = &mut composer.phase else { return };
    match result {
        Ok(Reply::FoundSent(Some(_))) => {
            m.notices.status(now, Text::AlreadySent);
            forget(m, out, id);
        }
        Ok(_) => *looked = Looked::NotThere,
        Err(e) => {
            *looked = Looked::NotYet;
            *error = e;
        }
    }
}

pub fn save_draft(m: &mut Model, out: &mut Out, id: OpId) {
    let draft = m.composer(id).and_then(|c| wire::draft(m, c));
    let op = m.make_id();
    let Some(composer) = m.composer_mut(id).filter(|c| c.phase == Phase::Editing) else { return };
    if composer.server_copy == ServerCopy::Saving {
        return;
    }
    let Some(draft) = draft else {
        // A closing one is saved by `uploads_changed`.
        if !composer.closing {
            composer.problem = failed(composer).or(Some(Problem::Uploading));
        }
        return;
    };
    composer.server_copy = ServerCopy::Saving;
    let call = Call::SaveDraft(SaveDraft { draft, replaces: composer.replaces.clone() });
    let pending = Pending::SaveDraft(id, composer.edition);
    let edition = composer.edition;
    keep(m, out, id);
    if HERE && mail::is_here(m) {
        return mail::save_draft(m, out, id, edition);
    }
    ask(m, out, pending, Some(op), call);
}

pub fn draft_saved(m: &mut Model, out: &mut Out, id: OpId, edition: u32, result: Result<Reply, ApiError>) {
    let now = m.moment.now;
    let Some(composer) = m.composer_mut(id) else { return };
    match result {
        Ok(Reply::DraftSaved(saved)) => {
            composer.replaces = saved.at.or(composer.replaces.take());
            composer.server_copy = ServerCopy::Saved;
            composer.server_edition = edition;
            if composer.closing && composer.edition == edition {
                forget(m, out, id);
            } else {
                keep(m, out, id);
            }
            m.notices.status(now, Text::DraftSaved);
        }
        other => {
            let error = other.err().unwrap_or(ApiError::new(ErrorKind::Internal));
            composer.server_copy = ServerCopy::Failed(error.clone());
            composer.closing = false;
            m.notices.alert(Text::Failed(Doing::SaveDraft, error));
        }
    }
}

pub fn close(m: &mut Model, out: &mut Out, id: OpId) {
    let Some(composer) = m.composer_mut(id) else { return };
    if composer.phase != Phase::Editing {
        composer.minimised = true;
        return;
    }
    let saved = composer.server_copy == ServerCopy::Saved && composer.server_edition == composer.edition;
    if !composer.touched || saved {
        return forget(m, out, id);
    }
    composer.problem = failed(composer);
    if composer.problem.is_some() {
        composer.minimised = false;
        return;
    }
    composer.closing = true;
    composer.server_copy = ServerCopy::None;
    keep(m, out, id);
    upload::start(m, out, id);
    save_draft(m, out, id);
}

pub fn discard(m: &mut Model, out: &mut Out, id: OpId) {
    let now = m.moment.now;
    let Some(composer) = m.composer_mut(id).filter(|c| c.phase == Phase::Editing) else { return };
    if !composer.touched && composer.replaces.is_none() {
        return forget(m, out, id);
    }
    composer.discarded = true;
    let notice = m.notices.reserve();
    m.notices.undoable(notice, now, NoticeKind::Status, Text::Discarded, Undo::Discard(id));
    let ms = u32::try_from(UNDO_MS).unwrap_or(10_000);
    out.push(Effect::Timer { timer: Timer::Discard(id), ms });
}

pub fn discard_for_good(m: &mut Model, out: &mut Out, id: OpId) {
    let Some(composer) = m.composer(id).filter(|c| c.discarded) else { return };
    if let Some(at) = composer.replaces.clone() {
        let op = m.make_id();
        let set = MessageSet { folder: at.folder, validity: at.validity, uids: vec![at.uid] };
        ask(m, out, Pending::Nothing, Some(op), Call::Delete(Delete { set }));
    }
    forget(m, out, id);
}
