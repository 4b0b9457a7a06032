//! Fetching: pieces and whole messages as they come, stored in batches. The gateway sends on only as far as what it sent is
//! durable, and the ledger says "here" only in the same transaction as the message itself.
use super::{check, commit, ledger_changes, ledger_head, now, open};
use crate::mailbox::{Added, Origin, Record};
use crate::state::effect::Effect;
use crate::state::mail::check::{
    Arrived, BATCH, BATCH_BYTES, COMMITS, Committing, Fetching, Item, Part, Ready, Stage,
};
use crate::state::mail::{Change, Commit, DeviceMail, Key, MailEffect, Shelf, StoreError};
use crate::state::model::{Model, Pending, Tag};
use crate::state::msg::LinkEvent;
use crate::state::reduce::{Out, ask, cancel, link, read};
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::call::Call;
use pyeonji_shared::call::device::{Fetched, MailPart, Retrieve, Wanted};
use pyeonji_shared::device::entry::Here;
use pyeonji_shared::device::{LocalId, Sum, is_own_copy};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::Event;
use pyeonji_shared::ids::{FolderName, Uid};
use pyeonji_shared::limits::MAX_RETRIEVE;
use pyeonji_shared::message::Flags;

/// Times in one check that a plan is made and fetched: the heads to compare, what they leave to be fetched, and once more.
pub const MAX_ROUNDS: u8 = 3;
/// Lines of the body that come with a head.
const HEAD_LINES: u32 = 40;

pub fn begin(m: &mut Model, out: &mut Out, first_uid: u32) {
    let Some(mail) = &mut m.mail else { return };
    let rest = mail.check.todo.len().saturating_sub(MAX_RETRIEVE);
    let mut items = mail.check.todo.split_off(rest);
    items.reverse();
    let wanted = |item: &Item| Wanted {
        uidl: item.row.uidl.clone(),
        lines: match item.part {
            Part::Whole => None,
            Part::Head => Some(HEAD_LINES),
            Part::Compare => Some(0),
        },
    };
    let call = Call::Retrieve(Retrieve { items: items.iter().map(wanted).collect() });
    let tag = ask(m, out, Pending::Retrieve, None, call);
    if let Some(mail) = &mut m.mail {
        let fetching = Fetching {
            tag,
            items,
            first_uid,
            at: 0,
            pieces: 0,
            ready: Vec::new(),
            committing: Vec::new(),
            piece_commits: 0,
            ended: None,
        };
        mail.check.stage = Stage::Fetching(Box::new(fetching));
    }
}

fn fetching(m: &mut Model) -> Option<&mut Fetching> {
    match &mut m.mail.as_mut()?.check.stage {
        Stage::Fetching(fetching) => Some(fetching),
        _ => None,
    }
}

pub fn part(m: &mut Model, out: &mut Out, tag: Tag, part: MailPart) {
    let Some(f) = fetching(m).filter(|f| f.tag == tag) else { return };
    let Some(item) = f.items.get(part.item as usize).cloned() else { return };
    if part.item != f.at {
        (f.at, f.pieces) = (part.item, 0);
    }
    let (uid, piece) = (f.first_uid.saturating_add(part.item), f.pieces);
    f.pieces += 1;
    match part.end {
        None => {
            f.piece_commits += 1;
            let change = Change::Put(Shelf::Sources, Key::Piece(uid, piece), part.bytes);
            commit(m, out, vec![change], Commit::Piece);
        }
        Some(Ok(fetched)) => {
            f.ready.push(Ready { uid, item, bytes: part.bytes, piece, fetched });
            store(m, out);
        }
        Some(Err(error)) => {
            if error.kind == ErrorKind::Gone {
                let at = now(m);
                let Some(mail) = &mut m.mail else { return };
                let mut changes = ledger_changes(&mail.ledger.missing(&[item.row.uidl], at));
                changes.push(ledger_head(mail));
                commit(m, out, changes, Commit::Ledger);
            }
            // What of it is stored already belongs to nothing.
            if piece > 0 {
                let orphans = Change::Delete(Shelf::Sources, Key::Number(uid));
                commit(m, out, vec![orphans], Commit::Ledger);
            }
            out.push(Effect::Mail(MailEffect::Credit { tag, n: 1 }));
        }
    }
}

/// Begins the next commit, unless enough are under way: what comes meanwhile makes a batch.
fn store(m: &mut Model, out: &mut Out) {
    let at = now(m);
    let own = m.device.clone().unwrap_or_default();
    let Some(mail) = &mut m.mail else { return };
    let Stage::Fetching(f) = &mut mail.check.stage else { return };
    if f.committing.len() >= COMMITS {
        return;
    }
    let (pieces, mut bytes) = (f.piece_commits, 0);
    let mut fits = |at: usize, ready: &Ready| {
        bytes += ready.bytes.len();
        // A message is here only once every piece of it is: of those that went before, some may still be refused.
        (at == 0 || bytes <= BATCH_BYTES) && (ready.piece == 0 || pieces == 0)
    };
    let count = f.ready.iter().take(BATCH).enumerate().take_while(|(at, r)| fits(*at, r)).count();
    if count == 0 {
        return;
    }
    let batch: Vec<Ready> = f.ready.drain(..count).collect();
    let mut committing = Committing { id: 0, messages: 0, whole: Sum::default(), arrived: Vec::new() };
    let (mut changes, mut events) = (Vec::new(), Vec::new());
    for ready in batch {
        committing.messages += 1;
        if ready.item.part == Part::Whole {
            committing.whole.add(ready.item.row.size);
        }
        committing.arrived.extend(keep(mail, ready, &own, at, &mut changes, &mut events));
    }
    changes.push(ledger_head(mail));
    committing.id = commit(m, out, changes, Commit::Batch);
    if let Some(f) = fetching(m) {
        f.committing.push(committing);
    }
    for event in events {
        link::handle(m, out, LinkEvent::Event(Box::new(event)));
    }
}

/// What is written for one message. `None`: nothing new comes of it.
fn keep(
    mail: &mut DeviceMail,
    ready: Ready,
    own: &str,
    at: i64,
    changes: &mut Vec<Change>,
    events: &mut Vec<Event>,
) -> Option<Arrived> {
    let Ready { uid, item, bytes, piece, fetched } = ready;
    let (uid, local) = (Uid(uid), LocalId(uid));
    let mailbox = mail.mailbox.as_mut()?;
    if item.part == Part::Compare {
        let id = fetched.view.message_id.as_deref();
        let same = mailbox.known_by_head(&item.row, id).map(|uid| LocalId(uid.0));
        changes.extend(ledger_changes(&mail.ledger.compared(&item.row.uidl, same, at)));
        return None;
    }
    // The head that was here before gives its place, flags and folder to the whole.
    let before = mail.ledger.get(&item.row.uidl).and_then(|e| e.here.local()).map(|l| Uid(l.0));
    let old = before.and_then(|uid| Some((uid, mailbox.record(uid)?.clone())));
    let (folder, place, flags, keywords) = match &old {
        Some((_, old)) => (old.folder.clone(), old.place, old.flags, old.keywords.clone()),
        None => {
            let (folder, flags) = arrival(mailbox, &fetched, own, mail.options.bcc_self);
            (folder, mailbox.next_place(), flags, Vec::new())
        }
    };
    let added = Added {
        folder,
        place,
        flags,
        keywords,
        uidl: Some(item.row.uidl.clone()),
        head_of: (item.part == Part::Head).then_some(u64::from(item.row.size)),
        origin: Origin::FetchedFromServer,
        digest: (item.part == Part::Whole).then_some(fetched.digest),
        now: at,
    };
    let (mut record, text) = Record::from_fetched(&fetched, added);
    record.received = fetched.view.sent.filter(|sent| *sent <= at).unwrap_or(at);
    let own = is_own(&fetched, own, mail.options.bcc_self) && item.part == Part::Whole && old.is_none();
    if let Some(copy) = own.then(|| mailbox.copy_of(&record)).flatten() {
        // One message in Sent: the copy that was kept when it was sent, which is on the server now, too.
        let mut kept = mailbox.record(copy)?.clone();
        kept.uidl = record.uidl;
        // Known at once: what the person does with it meanwhile isn't written over, and no other one is taken for it.
        let whole = kept.to_bytes();
        events.extend(mailbox.changed(vec![(copy, Some(kept))]));
        changes.extend(ledger_changes(&mail.ledger.committed(&item.row, Here::Whole(LocalId(copy.0)), at)));
        changes.push(Change::Put(Shelf::Records, Key::Number(copy.0), whole));
        if piece > 0 {
            changes.push(Change::Delete(Shelf::Sources, Key::Number(uid.0)));
        }
        return None;
    }
    let here = if item.part == Part::Head { Here::Head(local) } else { Here::Whole(local) };
    changes.extend(ledger_changes(&mail.ledger.committed(&item.row, here, at)));
    put(uid, piece, bytes, &record, text, &fetched, changes);
    if let Some((old, _)) = &old {
        changes.extend(super::changes(vec![crate::mailbox::Write::Delete(*old)]));
    }
    Some((uid, record, old.map(|(uid, _)| uid)))
}

/// One message as the store has it.
pub(super) fn put(
    uid: Uid,
    piece: u32,
    bytes: Vec<u8>,
    record: &Record,
    text: String,
    fetched: &Fetched,
    changes: &mut Vec<Change>,
) {
    changes.push(Change::Put(Shelf::Records, Key::Number(uid.0), record.to_bytes()));
    changes.push(Change::Put(Shelf::Views, Key::Number(uid.0), super::bytes(fetched)));
    changes.push(Change::Put(Shelf::Texts, Key::Number(uid.0), text.into_bytes()));
    changes.push(Change::Put(Shelf::Sources, Key::Piece(uid.0, piece), bytes));
}

fn is_own(fetched: &Fetched, own: &str, bcc_self: bool) -> bool {
    is_own_copy(fetched.view.from.first().map(|a| a.email.as_str()), own, bcc_self)
}

/// Where new mail goes: the blind copy of what one sent oneself goes to Sent.
fn arrival(
    mailbox: &crate::mailbox::Mailbox,
    fetched: &Fetched,
    own: &str,
    bcc_self: bool,
) -> (FolderName, Flags) {
    let mine = is_own(fetched, own, bcc_self);
    let sent = mailbox.folders().into_iter().find(|f| f.special == Some(SpecialUse::Sent));
    match sent {
        Some(sent) if mine => (sent.name, Flags::SEEN),
        _ => (FolderName::inbox(), Flags::default()),
    }
}

/// A batch is durable (or isn't).
pub fn stored(m: &mut Model, out: &mut Out, id: u32, failed: Option<StoreError>) {
    let Some(f) = fetching(m) else { return };
    let tag = f.tag;
    let Some(at) = f.committing.iter().position(|c| c.id == id) else { return };
    let Committing { messages, whole, arrived, .. } = f.committing.remove(at);
    if let Some(error) = failed {
        return give_up(m, out, tag, error);
    }
    out.push(Effect::Mail(MailEffect::Credit { tag, n: messages }));
    let Some(mail) = &mut m.mail else { return };
    mail.check.done.messages += whole.messages;
    mail.check.done.bytes += whole.bytes;
    mail.check.fresh += u32::try_from(arrived.iter().filter(|a| a.2.is_none()).count()).unwrap_or(0);
    let gone: Vec<(Uid, Option<Record>)> = arrived.iter().filter_map(|a| Some((a.2?, None))).collect();
    // All of a message of which the head is open.
    let shown = m.reader.as_ref().map(|reader| reader.at.uid);
    let is_it = |a: &&Arrived| a.2.is_some() && a.2 == shown && a.1.folder == m.list.folder;
    let whole = arrived.iter().find(is_it).map(|a| a.0);
    let mut uids: Vec<u32> = arrived.iter().map(|a| a.0.0).collect();
    uids.extend(gone.iter().map(|g| g.0.0));
    let records = arrived.into_iter().map(|(uid, record, _)| (uid, record)).collect();
    let Some(mailbox) = &mut mail.mailbox else { return };
    let mut events = if gone.is_empty() { Vec::new() } else { mailbox.changed(gone) };
    events.extend(mailbox.arrived(records));
    for event in events {
        match (event, &mut m.mail) {
            (Event::NewMail { count, .. }, Some(mail)) => mail.check.news += count,
            (event, _) => link::handle(m, out, LinkEvent::Event(Box::new(event))),
        }
    }
    out.push(Effect::Mail(MailEffect::Share(uids)));
    if let Some(whole) = whole {
        read::open_instead(m, out, whole);
    }
    store(m, out);
    go_on(m, out);
}

pub fn piece_stored(m: &mut Model, out: &mut Out, failed: Option<StoreError>) {
    let Some(f) = fetching(m) else { return };
    let tag = f.tag;
    f.piece_commits = f.piece_commits.saturating_sub(1);
    match failed {
        Some(error) => give_up(m, out, tag, error),
        None => {
            out.push(Effect::Mail(MailEffect::Credit { tag, n: 1 }));
            store(m, out);
            go_on(m, out);
        }
    }
}

/// The store takes no more: nothing more is fetched, and nothing leaves the server.
fn give_up(m: &mut Model, out: &mut Out, tag: Tag, error: StoreError) {
    cancel(m, out, tag);
    check::ended(m, out, Some(super::store_error(error)));
    if let Some(mail) = &mut m.mail {
        open::reload(mail, out);
    }
}

/// The stream has ended, or was stopped.
pub fn ended(m: &mut Model, out: &mut Out, result: Result<(), ApiError>) {
    let Some(f) = fetching(m) else { return };
    f.ended = Some(result);
    go_on(m, out);
}

/// Once the stream has ended and all of it is stored.
fn go_on(m: &mut Model, out: &mut Out) {
    let Some(f) = fetching(m) else { return };
    if !f.committing.is_empty() || !f.ready.is_empty() || f.piece_commits > 0 {
        return;
    }
    match f.ended.clone() {
        None => {}
        Some(Ok(())) => check::next_slice(m, out),
        Some(Err(error)) => check::ended(m, out, Some(error)),
    }
}
