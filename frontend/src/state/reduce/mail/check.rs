//! A check, step by step: one tab at a time, list, fetch and commit, ask where something leaves the server, remove. Whatever cuts
//! it, the next one goes on where it was, because nothing counts that isn't stored.
use super::{commit, fetch, ledger_changes, ledger_head, look, now, open};
use crate::state::effect::{Effect, Timer};
use crate::state::mail::check::{Check, Item, Part, Stage};
use crate::state::mail::options::Options;
use crate::state::mail::{Change, Commit, Key, MailEffect, Shelf, StoreError, meta};
use crate::state::model::{LinkState, Model, Pending, Tag};
use crate::state::msg::LinkEvent;
use crate::state::notice::Text;
use crate::state::reduce::{Out, ask, cancel, link};
use pyeonji_shared::call::device::{MailPart, Remove};
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::device::plan::{Plan, State, plan, state};
use pyeonji_shared::device::schedule::{Because, Cause};
use pyeonji_shared::device::{Sum, Uidl};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::Event;
use pyeonji_shared::ids::{FolderName, Uid};
use pyeonji_shared::limits::MAX_RETRIEVE;

/// The database was read: the `first` time a check begins, if the person wants one at start.
pub fn loaded(m: &mut Model, out: &mut Out, first: bool) {
    let at = now(m);
    let Some(mail) = &mut m.mail else { return };
    if matches!(mail.check.stage, Stage::Locking) {
        // Read again because another tab had written: the check goes on.
        return look::look(m, out);
    }
    if matches!(mail.check.stage, Stage::Merging { .. }) {
        return;
    }
    let first = first || mail.next.is_some_and(|next| next.because == Because::Start);
    let cause = if first { Cause::Start } else { Cause::None };
    mail.next = mail.checks.next(&mail.options.schedule, cause, mail.opened, at);
    wait(m, out);
}

/// The database couldn't be read: no check without it.
pub fn unread(m: &mut Model, out: &mut Out, error: StoreError) {
    if m.mail.as_ref().is_some_and(|mail| matches!(mail.check.stage, Stage::Locking)) {
        ended(m, out, Some(super::store_error(error)));
    }
}

/// Sets the clock for the next check.
fn schedule(m: &mut Model, out: &mut Out) {
    let at = now(m);
    let Some(mail) = &mut m.mail else { return };
    mail.next = mail.checks.next(&mail.options.schedule, Cause::None, mail.opened, at);
    wait(m, out);
}

fn wait(m: &mut Model, out: &mut Out) {
    let at = now(m);
    let Some(next) = m.mail.as_ref().and_then(|mail| mail.next) else { return };
    let ms = next.wait(at).saturating_mul(1000).max(1);
    out.push(Effect::Timer { timer: Timer::Check, ms });
}

/// Time for a check, unless there is none yet.
pub fn due(m: &mut Model, out: &mut Out) {
    let at = now(m);
    let Some(mail) = &mut m.mail else { return };
    let due = mail.next.is_some_and(|next| next.at <= at);
    if due && m.link == LinkState::Online {
        start(m, out, false);
    } else if !due {
        wait(m, out);
    }
}

/// Begins a check. By hand it begins at once, unless the server wants more time.
pub fn start(m: &mut Model, out: &mut Out, by_hand: bool) {
    let (at, online) = (now(m), m.link == LinkState::Online && m.session.is_some());
    let Some(mail) = &mut m.mail else { return };
    if mail.mailbox.is_none() || !matches!(mail.check.stage, Stage::Idle) {
        return;
    }
    if !online {
        mail.check.error = Some(ApiError::new(ErrorKind::Offline));
        return;
    }
    if by_hand {
        let next = mail.checks.next(&mail.options.schedule, Cause::Hand, mail.opened, at);
        if let Some(next) = next.filter(|n| n.at > at) {
            mail.next = Some(next);
            return wait(m, out);
        }
    }
    mail.check = Check { stage: Stage::Locking, by_hand, ..Check::default() };
    out.push(Effect::Mail(MailEffect::Lock));
}

pub fn locked(m: &mut Model, out: &mut Out, got: bool) {
    let awaited = m.mail.as_mut().filter(|mail| matches!(mail.check.stage, Stage::Locking));
    let Some(mail) = awaited else {
        // Stopped or signed out meanwhile: other tabs wait for it.
        if got {
            out.push(Effect::Mail(MailEffect::Unlock));
        }
        return;
    };
    if !got {
        // Another tab checks, and tells what it stores.
        mail.check = Check::default();
        let at = now(m);
        if let Some(mail) = &mut m.mail {
            mail.checks.done(at);
        }
        return schedule(m, out);
    }
    if mail.stale {
        open::reload(mail, out);
    } else {
        look::look(m, out);
    }
}

/// An answer to one of the check's own questions.
pub fn done(m: &mut Model, out: &mut Out, tag: Tag, result: Result<Reply, ApiError>) {
    let Some(mail) = &mut m.mail else { return };
    match (&mail.check.stage, result) {
        (Stage::Looking(of), Ok(Reply::Listing(listing))) if *of == tag => look::listed(m, out, *listing),
        (Stage::Looking(of), Err(error)) if *of == tag => ended(m, out, Some(error)),
        (Stage::Fetching(fetching), result) if fetching.tag == tag => fetch::ended(m, out, result.map(drop)),
        (Stage::Removing(of), Ok(Reply::Removed(removed))) if *of == tag => {
            let at = now(m);
            let Some(mail) = &mut m.mail else { return };
            mail.checks.signed_in(at);
            let mut changes = ledger_changes(&mail.ledger.removed(&removed.removed, at));
            changes.extend(ledger_changes(&mail.ledger.missing(&removed.missing, at)));
            changes.push(ledger_head(mail));
            let gone: Vec<&Uidl> = removed.removed.iter().chain(&removed.missing).collect();
            mail.check.leaving.retain(|r| !gone.contains(&&r.uidl));
            let more = !mail.check.leaving.is_empty() && !gone.is_empty();
            commit(m, out, changes, Commit::Ledger);
            if more { approve(m, out) } else { ended(m, out, None) }
        }
        (Stage::Removing(of), Err(error)) if *of == tag => ended(m, out, Some(error)),
        _ => {}
    }
}

pub fn chunk(m: &mut Model, out: &mut Out, tag: Tag, part: MailPart) {
    fetch::part(m, out, tag, part);
}

fn planned(m: &Model) -> Option<Plan> {
    let mail = m.mail.as_ref()?;
    let listing = mail.check.listing.as_deref()?;
    Some(plan(&mail.ledger, listing, &mail.options.rules, mail.room.left(), now(m)))
}

/// Fetches what the plan says, or goes on to what leaves the server.
pub(super) fn fetch_planned(m: &mut Model, out: &mut Out) {
    let Some(plan) = planned(m) else { return };
    let Some(mail) = &mut m.mail else { return };
    let items = |rows: &[pyeonji_shared::call::device::Listed], part| {
        rows.iter().map(|row| Item { row: row.clone(), part }).collect::<Vec<_>>()
    };
    let mut todo = items(&plan.compare, Part::Compare);
    todo.extend(items(&plan.whole, Part::Whole));
    todo.extend(items(&plan.heads, Part::Head));
    let fetched = mail.check.fetched;
    if todo.is_empty() || fetched >= fetch::MAX_ROUNDS || mail.check.stopping {
        return leave(m, out, plan);
    }
    mail.check.fetched += 1;
    mail.check.notes = plan.notes.clone();
    for item in todo.iter().filter(|i| i.part == Part::Whole) {
        mail.check.of.add(item.row.size);
    }
    todo.reverse();
    mail.check.todo = todo;
    next_slice(m, out);
}

/// Uids for what is asked for next.
pub(super) fn next_slice(m: &mut Model, out: &mut Out) {
    let Some(mail) = &mut m.mail else { return };
    if mail.check.todo.is_empty() || mail.check.stopping {
        return fetch_planned(m, out);
    }
    let count = u32::try_from(mail.check.todo.len().min(MAX_RETRIEVE)).unwrap_or(1);
    mail.check.stage = Stage::Reserving;
    out.push(Effect::Mail(MailEffect::Reserve { count }));
}

pub fn reserved(m: &mut Model, out: &mut Out, first: Result<u32, StoreError>) {
    if !m.mail.as_ref().is_some_and(|mail| matches!(mail.check.stage, Stage::Reserving)) {
        return;
    }
    match first {
        Ok(first) => fetch::begin(m, out, first),
        Err(error) => ended(m, out, Some(super::store_error(error))),
    }
}

/// What was fetched is stored: what may leave the server now?
fn leave(m: &mut Model, out: &mut Out, plan: Plan) {
    let Some(mail) = &mut m.mail else { return };
    mail.check.notes = plan.notes;
    if plan.delete.is_empty() || mail.check.stopping {
        return ended(m, out, None);
    }
    let mut sum = Sum::default();
    plan.delete.iter().for_each(|r| sum.add(r.size));
    mail.check.leaving = plan.delete;
    mail.check.leaving_sum = sum;
    if mail.options.ask {
        mail.check.stage = Stage::Asking;
    } else {
        approve(m, out);
    }
}

/// The person agrees, once.
pub fn approved(m: &mut Model, out: &mut Out) {
    if m.mail.as_ref().is_some_and(|mail| matches!(mail.check.stage, Stage::Asking)) {
        approve(m, out);
    }
}

/// What leaves the server is written down before it is tried (R37).
fn approve(m: &mut Model, out: &mut Out) {
    let at = now(m);
    let Some(mail) = &mut m.mail else { return };
    if mail.check.leaving.is_empty() {
        return;
    }
    if m.link != LinkState::Online {
        return ended(m, out, Some(ApiError::new(ErrorKind::Offline)));
    }
    let uidls: Vec<Uidl> = mail.check.leaving.iter().take(MAX_RETRIEVE).map(|r| r.uidl.clone()).collect();
    let mut changes = ledger_changes(&mail.ledger.tried(&uidls, at));
    changes.push(ledger_head(mail));
    let id = commit(m, out, changes, Commit::Tried);
    if let Some(mail) = &mut m.mail {
        mail.check.stage = Stage::Noting { commit: id };
    }
}

/// It is written down, unless the check has ended meanwhile.
pub fn tried(m: &mut Model, out: &mut Out, id: u32, failed: Option<StoreError>) {
    let Some(mail) = &mut m.mail else { return };
    if !matches!(mail.check.stage, Stage::Noting { commit } if commit == id) {
        return;
    }
    if let Some(error) = failed {
        return ended(m, out, Some(super::store_error(error)));
    }
    let Some(mail) = &mut m.mail else { return };
    let uidls = mail.check.leaving.iter().take(MAX_RETRIEVE).map(|r| r.uidl.clone()).collect();
    let op = m.make_id();
    let tag = ask(m, out, Pending::Remove, Some(op), Call::Remove(Remove { uidls }));
    if let Some(mail) = &mut m.mail {
        mail.check.stage = Stage::Removing(tag);
    }
}

/// Nothing leaves the server this time.
pub fn later(m: &mut Model, out: &mut Out) {
    if m.mail.as_ref().is_some_and(|mail| matches!(mail.check.stage, Stage::Asking)) {
        ended(m, out, None);
    }
}

/// The person has had enough. What is stored stays, and nothing leaves the server.
pub fn stop(m: &mut Model, out: &mut Out) {
    let Some(mail) = &mut m.mail else { return };
    mail.check.stopping = true;
    match &mail.check.stage {
        Stage::Looking(tag) => {
            let tag = *tag;
            cancel(m, out, tag);
            ended(m, out, None);
        }
        Stage::Fetching(fetching) => {
            let tag = fetching.tag;
            cancel(m, out, tag);
            fetch::ended(m, out, Ok(()));
        }
        // What is being removed is seen to its end.
        _ => {}
    }
}

/// The check is over; `None`: well.
pub(super) fn ended(m: &mut Model, out: &mut Out, error: Option<ApiError>) {
    let at = now(m);
    let Some(mail) = &mut m.mail else { return };
    match &error {
        Some(error) if error.kind == ErrorKind::Offline => {}
        Some(error) => mail.checks.failed(error, at),
        None => mail.checks.done(at),
    }
    let (fresh, news) = (mail.check.fresh, mail.check.news);
    let by_hand = mail.check.by_hand;
    let notes = std::mem::take(&mut mail.check.notes);
    let (done, of) = (mail.check.done, mail.check.of);
    mail.check = Check { error, notes, done, of, fresh, ..Check::default() };
    let checks = Change::Put(Shelf::Meta, Key::Text(meta::CHECKS.into()), super::bytes(&mail.checks));
    commit(m, out, vec![checks], Commit::Ledger);
    out.push(Effect::Mail(MailEffect::Unlock));
    out.push(Effect::Mail(MailEffect::Estimate));
    if news > 0 {
        let event = Event::NewMail { folder: FolderName::inbox(), count: news };
        link::handle(m, out, LinkEvent::Event(Box::new(event)));
    }
    if by_hand
        && fresh == 0
        && done.messages == 0
        && m.mail.as_ref().is_some_and(|mail| mail.check.error.is_none())
    {
        let now = m.moment.now;
        m.notices.status(now, Text::NothingNew);
    }
    schedule(m, out);
}

/// All of a message of which only the head is here, at the next check, which begins now.
pub fn rest(m: &mut Model, out: &mut Out, uid: u32) {
    let Some(mail) = &mut m.mail else { return };
    let record = mail.mailbox.as_ref().and_then(|mailbox| mailbox.record(Uid(uid)));
    let Some(uidl) = record.and_then(|r| r.uidl.clone()) else { return };
    let mut changes = ledger_changes(&mail.ledger.want_rest(&uidl));
    changes.push(ledger_head(mail));
    commit(m, out, changes, Commit::Ledger);
    start(m, out, true);
}

pub fn set_options(m: &mut Model, out: &mut Out, options: Options) {
    let Some(mail) = &mut m.mail else { return };
    let before = mail.options;
    mail.options = options;
    let mut changes = ledger_changes(&mail.ledger.rule_changed(&before.rules, &options.rules));
    changes.push(ledger_head(mail));
    changes.push(Change::Put(Shelf::Meta, Key::Text(meta::OPTIONS.into()), super::bytes(&options)));
    commit(m, out, changes, Commit::Ledger);
    spare(m, out, None);
    schedule(m, out);
}

/// What the check that goes on doesn't remove, unless the server was asked to already: this one, or without it all that wouldn't leave
/// by the rules of now.
pub(super) fn spare(m: &mut Model, out: &mut Out, one: Option<&Uidl>) {
    let at = now(m);
    let Some(mail) = &mut m.mail else { return };
    let (check, ledger, rules) = (&mut mail.check, &mail.ledger, &mail.options.rules);
    let removing = match check.stage {
        Stage::Asking | Stage::Noting { .. } => false,
        // Some are being removed, and others after them.
        Stage::Removing(_) => true,
        _ => return,
    };
    let leaves = |uidl: &Uidl| {
        ledger.get(uidl).is_some_and(|entry| matches!(state(entry, rules, true, at), State::Delete(_)))
    };
    check.leaving.retain(|removal| one.map_or_else(|| leaves(&removal.uidl), |one| removal.uidl != *one));
    check.leaving_sum = Sum::default();
    check.leaving.iter().for_each(|removal| check.leaving_sum.add(removal.size));
    if check.leaving.is_empty() && !removing {
        ended(m, out, None);
    }
}
