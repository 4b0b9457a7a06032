//! Opening composers and typing into them.
use super::{Out, ask, read, send};
use crate::state::compose::{
    Attached, AttachedState, Composer, Edit, Field, Kept, MAX_COMPOSERS, MAX_KEPT, Phase, Recipients,
    ServerCopy, Start, Token,
};
use crate::state::effect::{Effect, Focus};
use crate::state::mail::{HERE, MailEffect};
use crate::state::model::{Model, Pending};
use crate::state::notice::{Doing, Text};
use crate::state::quote;
use pyeonji_shared::call::Call;
use pyeonji_shared::call::read::Read;
use pyeonji_shared::draft::{AttachmentSource, Origin, OriginKind};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::{OpId, Uid};
use pyeonji_shared::limits::{MAX_ATTACHMENTS, MAX_RECIPIENTS, MAX_SUBJECT_CHARS};
use pyeonji_shared::message::{Address, MessageView};

/// References kept in a reply: the first and the newest (RFC 5322 §3.6.4 sets no bound; header limits do).
const MAX_REFERENCES: usize = 50;

fn blank(m: &mut Model) -> Composer {
    let (id, message) = (m.make_id(), m.make_id());
    let domain = m.address().rsplit_once('@').map_or("localhost", |(_, d)| d).to_ascii_lowercase();
    Composer {
        id,
        message_id: format!("<{}@{domain}>", message.hex()),
        to: Recipients::default(),
        cc: Recipients::default(),
        bcc: Recipients::default(),
        subject: String::new(),
        text: String::new(),
        rev: 0,
        attachments: Vec::new(),
        origin: None,
        replaces: None,
        phase: Phase::Editing,
        edition: 0,
        kept: Kept::Safe,
        dirty_since: None,
        server_copy: ServerCopy::None,
        server_edition: 0,
        error: None,
        refused: Vec::new(),
        problem: None,
        minimised: false,
        discarded: false,
        touched: false,
        trying: None,
        again: false,
        reuploads: 0,
        closing: false,
    }
}

fn open(m: &mut Model, out: &mut Out, composer: Composer) {
    // Those that are on their way out have no window any more.
    let shown = m.composers.iter().filter(|c| c.is_shown()).count();
    if shown >= MAX_COMPOSERS || m.composers.len() >= MAX_KEPT {
        m.notices.alert(Text::TooManyComposers);
        return;
    }
    for other in &mut m.composers {
        other.minimised = true;
    }
    // Who and what is answered is known; the text is what is written next.
    let answer = composer.origin.is_some() && !composer.to.tokens.is_empty();
    let first = if answer { Focus::Text } else { Focus::Composer };
    out.push(Effect::Focus(first(composer.id)));
    m.composers.push(composer);
}

pub fn begin(m: &mut Model, out: &mut Out, start: Start) {
    if start == Start::New {
        let mut composer = blank(m);
        composer.text = signed(m, String::new());
        return open(m, out, composer);
    }
    if let Some(uid) = m.reader.as_ref().map(|r| r.at.uid).or(m.list.cursor) {
        begin_on(m, out, start, uid);
    }
}

/// As [`begin`], on this message.
pub fn begin_on(m: &mut Model, out: &mut Out, start: Start, uid: Uid) {
    let at = read::at(m, uid);
    if let Some(open) =
        m.composers.iter_mut().find(|c| start == Start::Draft && c.replaces.as_ref() == Some(&at))
    {
        // This draft is open already.
        open.minimised = false;
        open.closing = false;
        let id = open.id;
        out.push(Effect::Focus(Focus::Composer(id)));
        return;
    }
    match m.bodies.get(&at) {
        Some(view) => from_view(m, out, start, &view),
        None => {
            let call = Call::Read(Read { at: at.clone(), background: false });
            ask(m, out, Pending::ReadFor { at, start }, None, call);
        }
    }
}

pub fn source_read(m: &mut Model, out: &mut Out, start: Start, result: Result<Box<MessageView>, ApiError>) {
    match result {
        Ok(view) => from_view(m, out, start, &view),
        Err(error) => {
            m.notices.alert(Text::Failed(Doing::Read, error));
        }
    }
}

fn signed(m: &Model, text: String) -> String {
    if m.settings.signature.is_empty() { text } else { format!("\n\n-- \n{}{text}", m.settings.signature) }
}

fn tokens(addresses: Vec<Address>) -> Recipients {
    let tokens = addresses.into_iter().map(|a| Token { valid: quote::is_address(&a.email), address: a });
    Recipients { tokens: tokens.collect(), typing: String::new() }
}

fn from_view(m: &mut Model, out: &mut Out, start: Start, view: &MessageView) {
    let mut composer = blank(m);
    let (locale, zone, own) = (m.settings.locale(), m.zone, m.address().to_owned());
    match start {
        Start::New => {}
        Start::Reply | Start::ReplyAll => {
            let (to, cc) = quote::recipients(view, &own, start == Start::ReplyAll);
            (composer.to, composer.cc) = (tokens(to), tokens(cc));
            composer.subject = quote::reply_subject(&view.subject);
            composer.text = signed(m, quote::reply_text(view, locale, zone));
            composer.origin = Some(origin(view, OriginKind::Reply));
        }
        Start::Forward => {
            composer.subject = quote::forward_subject(&view.subject);
            composer.text = signed(m, quote::forward_text(view, locale, zone));
            composer.attachments = parts(m, view);
            composer.origin = Some(origin(view, OriginKind::Forward));
        }
        Start::Draft => {
            composer.to = tokens(view.to.clone());
            composer.cc = tokens(view.cc.clone());
            composer.bcc = tokens(view.bcc.clone());
            composer.subject = view.subject.clone();
            composer.text = quote::bounded(view.text.clone());
            composer.attachments = parts(m, view);
            composer.origin = Some(origin(view, OriginKind::Draft));
            composer.replaces = Some(view.at.clone());
        }
    }
    if HERE && m.mail.is_some() {
        extract(&mut composer, out);
    }
    open(m, out, composer);
}

/// Files of a message that is kept on this device are taken out of it, and go up to the gateway as picked files do.
fn extract(composer: &mut Composer, out: &mut Out) {
    let id = composer.id;
    for attached in &mut composer.attachments {
        let AttachedState::OnServer(AttachmentSource::Part { at, section }) = &attached.state else {
            continue;
        };
        let (uid, section) = (at.uid.0, section.clone());
        attached.state = AttachedState::Storing;
        let effect = MailEffect::Extract { composer: id, key: attached.key, uid, section };
        out.push(Effect::Mail(effect));
    }
}

fn origin(view: &MessageView, kind: OriginKind) -> Origin {
    let mut references = view.references.clone();
    if kind != OriginKind::Draft {
        references.extend(view.message_id.clone().filter(|id| !view.references.contains(id)));
    }
    while references.len() > MAX_REFERENCES {
        references.remove(1);
    }
    Origin { kind, at: view.at.clone(), message_id: view.message_id.clone(), references }
}

/// Attachments stay on the server and never travel through the browser.
fn parts(m: &mut Model, view: &MessageView) -> Vec<Attached> {
    let listed = view.parts.iter().filter(|p| !p.inline).take(MAX_ATTACHMENTS);
    listed
        .map(|part| Attached {
            key: m.make_id(),
            name: part.name.clone(),
            mime: part.mime.clone(),
            size: u64::from(part.size) / 4 * 3,
            state: AttachedState::OnServer(AttachmentSource::Part {
                at: view.at.clone(),
                section: part.section.clone(),
            }),
        })
        .collect()
}

/// `mailto:` takes only to, cc, bcc, subject and body (R13, RFC 6068).
pub fn mailto(m: &mut Model, out: &mut Out, url: &str) {
    let Some((scheme, rest)) = url.split_once(':') else { return };
    if !scheme.eq_ignore_ascii_case("mailto") {
        return;
    }
    let (to, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut composer = blank(m);
    composer.text = signed(m, String::new());
    let decode = |text: &str| {
        let plain = text.replace("%0D%0A", "\n").replace("%0d%0a", "\n").replace("%0A", "\n");
        let lines: Option<Vec<String>> = plain.split('\n').map(crate::state::route::decode).collect();
        lines.map(|l| l.join("\n"))
    };
    let add = |field: &mut Recipients, text: &str| field.tokens.extend(quote::parse_addresses(text));
    add(&mut composer.to, &decode(to).unwrap_or_default());
    for pair in query.split('&').take(50) {
        let Some((key, value)) = pair.split_once('=') else { continue };
        let Some(value) = decode(value) else { continue };
        match key.to_ascii_lowercase().as_str() {
            "to" => add(&mut composer.to, &value),
            "cc" => add(&mut composer.cc, &value),
            "bcc" => add(&mut composer.bcc, &value),
            "subject" => composer.subject = one_line(&value),
            "body" => composer.text = quote::bounded(format!("{value}{}", composer.text)),
            _ => {}
        }
    }
    for field in [Field::To, Field::Cc, Field::Bcc] {
        composer.field_mut(field).tokens.truncate(MAX_RECIPIENTS);
    }
    open(m, out, composer);
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_SUBJECT_CHARS).collect()
}

pub fn edit(m: &mut Model, out: &mut Out, id: OpId, edit: Edit) {
    let Some(composer) = m.composer_mut(id).filter(|c| c.is_editable()) else { return };
    match edit {
        Edit::AddRecipients(field, text) => {
            let added = quote::parse_addresses(&text);
            let recipients = composer.field_mut(field);
            recipients.typing.clear();
            for token in added {
                let known = |t: &Token| t.address.email.eq_ignore_ascii_case(&token.address.email);
                if !recipients.tokens.iter().any(known) && recipients.tokens.len() < 2 * MAX_RECIPIENTS {
                    recipients.tokens.push(token);
                }
            }
        }
        Edit::RemoveRecipient(field, index) => {
            let tokens = &mut composer.field_mut(field).tokens;
            if index < tokens.len() {
                tokens.remove(index);
            }
        }
        Edit::Typing(field, text) => composer.field_mut(field).typing = text.chars().take(20_000).collect(),
        Edit::Subject(text) => composer.subject = one_line(&text),
        Edit::Text(text) => composer.text = quote::bounded(text),
        Edit::RemoveAttachment(key) => return super::upload::remove(m, out, id, key),
    }
    composer.problem = None;
    send::changed(m, out, id);
}
