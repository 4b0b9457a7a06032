//! A composer as the wire's draft.
use crate::state::compose::{AttachedState, Composer, Recipients};
use crate::state::model::Model;
use pyeonji_shared::draft::{Attachment, AttachmentSource, Draft};
use pyeonji_shared::message::Address;

fn addresses(recipients: &Recipients) -> Vec<Address> {
    recipients.tokens.iter().map(|t| t.address.clone()).collect()
}

/// `None` while an attachment isn't at the gateway.
pub fn draft(m: &Model, composer: &Composer) -> Option<Draft> {
    let mut attachments = Vec::new();
    for attached in &composer.attachments {
        let source = match &attached.state {
            AttachedState::Uploaded(blob) => AttachmentSource::Upload(*blob),
            AttachedState::OnServer(source) => source.clone(),
            _ => return None,
        };
        attachments.push(Attachment { name: attached.name.clone(), mime: attached.mime.clone(), source });
    }
    Some(Draft {
        message_id: composer.message_id.clone(),
        from_name: m.settings.name.clone(),
        to: addresses(&composer.to),
        cc: addresses(&composer.cc),
        bcc: addresses(&composer.bcc),
        subject: composer.subject.clone(),
        text: composer.text.clone(),
        attachments,
        origin: composer.origin.clone(),
    })
}

/// The blind copy of what one sends from this device, where it was asked for: it comes back with the next check, into Sent.
pub fn copy_to_self(m: &Model, draft: &mut Draft) {
    let wanted = m.mail.as_ref().is_some_and(|mail| mail.options.bcc_self);
    let Some(own) = m.device.as_ref().filter(|_| wanted) else { return };
    let mut all = draft.to.iter().chain(&draft.cc).chain(&draft.bcc);
    if !all.any(|a| a.email.eq_ignore_ascii_case(own)) {
        draft.bcc.push(Address { email: own.clone(), ..Address::default() });
    }
}
