//! Taking mail out and bringing it in. The runtime reads and writes files and talks to the other account; what is brought goes into
//! the store as fetched mail does: source, view and record in one transaction, and only then into sight.
use super::{commit, fetch, ledger_head, now};
use crate::mailbox::brought::Known;
use crate::mailbox::{Changes, Record};
use crate::state::effect::Effect;
use crate::state::mail::options::Options;
use crate::state::mail::takeout::{Batch, Failure, Job, Kind, Mark, Order, Report, Running, Told, Work};
use crate::state::mail::{Change, Commit, Key, MailEffect, MailEvent, Shelf, StoreError};
use crate::state::model::Model;
use crate::state::msg::LinkEvent;
use crate::state::reduce::{Out, link};
use pyeonji_shared::device::Sum;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::Uid;

pub fn handle(m: &mut Model, out: &mut Out, told: Told) {
    match told {
        Told::Begin(job) => begin(m, out, job),
        Told::Stop => {
            if let Some(running) = m.mail.as_mut().and_then(|mail| mail.takeout.running.as_mut()) {
                running.stopping = true;
                running.report.stopped = true;
            }
        }
        Told::Of(number, of) => amount(m, out, number, of),
        Told::Step(number, step) => {
            let Some(running) = running(m, number) else { return };
            let report = &mut running.report;
            report.made = report.made.saturating_add(step.made);
            report.there = report.there.saturating_add(step.there);
            report.bytes = report.bytes.saturating_add(step.bytes);
            step.failed.into_iter().for_each(|failure| report.fail(failure));
        }
        Told::Reached(number, begun) => {
            if running(m, number).is_some()
                && let Some(mail) = &mut m.mail
            {
                mail.takeout.account = Some(*begun);
            }
        }
        Told::Asked(number, mark) => {
            let Some(running) = running(m, number) else { return };
            running.here = match mark {
                Mark::Digest { digest, exact } => running.known.has(&digest, exact),
                Mark::Id { message_id, size } => running.known.has_id(&message_id, size),
            };
            running.report.there += u32::from(running.here);
        }
        Told::Batch(number, batch) => brought(m, out, number, *batch),
        Told::Ended(number, error) => {
            if running(m, number).is_some() {
                ended(m, out, error);
            }
        }
    }
}

fn running(m: &mut Model, number: u32) -> Option<&mut Running> {
    let running = m.mail.as_mut()?.takeout.running.as_deref_mut();
    running.filter(|running| running.number == number)
}

fn begin(m: &mut Model, out: &mut Out, job: Job) {
    let (at, own) = (now(m), m.device.clone().unwrap_or_default());
    let number = m.next_tag;
    let Some(mail) = &mut m.mail else { return };
    let Some(mailbox) = mail.mailbox.as_ref().filter(|_| mail.takeout.running.is_none()) else { return };
    let mut running = Running { number, ..Running::default() };
    let report = &mut running.report;
    let work = match job {
        Job::Export { folder, format } => {
            let plan = mailbox.export(folder.as_ref(), format, &own, at);
            (running.of, report.left_out) = (plan.of, plan.left_out);
            running.all = folder.is_none();
            Work::Export(plan)
        }
        Job::Import { files, into } => {
            (report.kind, running.into) = (Kind::Import, into);
            running.known = Known::of(mailbox);
            Work::Import { files, own }
        }
        Job::Reach(account) => {
            report.kind = Kind::Reach;
            mail.takeout.account = None;
            Work::Reach(account)
        }
        Job::Send(account) => {
            report.kind = Kind::Send;
            let (sending, left_out) = mailbox.sending();
            report.left_out = left_out;
            for letter in sending.iter().flat_map(|s| &s.letters) {
                running.of.messages += 1;
                running.of.bytes += letter.size;
            }
            running.all = true;
            let to = account.address.trim();
            running.back = to.is_empty() || to.eq_ignore_ascii_case(&own);
            Work::Send(account, sending)
        }
        Job::Fetch { account, folder, into } => {
            (report.kind, running.into) = (Kind::Fetch, into);
            running.known = Known::of(mailbox);
            Work::Fetch(account, folder)
        }
    };
    m.next_tag = m.next_tag.wrapping_add(1);
    mail.takeout.report = None;
    let back = running.back;
    mail.takeout.running = Some(Box::new(running));
    if back {
        may_be_here(m, out);
    }
    order(out, Order::Begin(number, work));
}

/// The server has, or is to have, some of this mail under names that aren't known: what the next check finds new is compared first.
fn may_be_here(m: &mut Model, out: &mut Out) {
    let Some(mail) = &mut m.mail else { return };
    mail.ledger.brought_in();
    let head = ledger_head(mail);
    commit(m, out, vec![head], Commit::Ledger);
}

fn order(out: &mut Out, order: Order) {
    out.push(Effect::Mail(MailEffect::Takeout(order)));
}

/// How much there is; what finds no room isn't begun.
fn amount(m: &mut Model, out: &mut Out, number: u32, of: Sum) {
    let Some(running) = running(m, number) else { return };
    running.of = of;
    let comes = matches!(running.report.kind, Kind::Import | Kind::Fetch);
    if comes && m.mail.as_ref().is_some_and(|mail| of.bytes > mail.room.left()) {
        ended(m, out, Some(ApiError::new(ErrorKind::DeviceFull)));
    }
}

fn brought(m: &mut Model, out: &mut Out, number: u32, batch: Batch) {
    let at = now(m);
    let Some(mail) = &mut m.mail else { return };
    let running = mail.takeout.running.as_deref_mut().filter(|running| running.number == number);
    let (Some(mailbox), Some(running)) = (&mut mail.mailbox, running) else { return };
    let (mut made, mut changes) = (Changes::default(), Vec::new());
    running.last = batch.last;
    running.report.bytes = batch.read;
    running.report.left_out = running.report.left_out.saturating_add(batch.left_out);
    for folder in &batch.folders {
        mailbox.home(folder, &running.into, &mut made);
    }
    for item in batch.items {
        let got = match item.got {
            Ok(got) => *got,
            Err(why) => {
                running.report.fail(Failure { name: item.along.name, why });
                continue;
            }
        };
        if running.known.has_all(&got.fetched, &item.along) {
            running.report.there += 1;
            if got.piece > 0 {
                // What of it is stored already belongs to nothing.
                changes.push(Change::Delete(Shelf::Sources, Key::Number(got.uid)));
            }
            continue;
        }
        running.known.add(&got.fetched, &item.along);
        let folder = mailbox.home(&item.along.folder, &running.into, &mut made);
        let (record, text) = mailbox.record_of(&got.fetched, &item.along, folder, at);
        fetch::put(Uid(got.uid), got.piece, got.bytes, &record, text, &got.fetched, &mut changes);
        running.storing.push((Uid(got.uid), record));
    }
    // Each folder that was made wrote the whole list; only the last one is what the store holds afterwards.
    changes.extend(super::changes(made.writes.pop().into_iter().collect()));
    for event in made.events {
        link::handle(m, out, LinkEvent::Event(Box::new(event)));
    }
    if changes.is_empty() {
        return next(m, out);
    }
    commit(m, out, changes, Commit::Takeout);
}

/// They are durable (or aren't).
pub fn stored(m: &mut Model, out: &mut Out, failed: Option<StoreError>) {
    if let Some(error) = failed {
        return ended(m, out, Some(super::store_error(error)));
    }
    let Some(mail) = &mut m.mail else { return };
    let (Some(mailbox), Some(running)) = (&mut mail.mailbox, mail.takeout.running.as_deref_mut()) else {
        return;
    };
    let stored: Vec<(Uid, Record)> = std::mem::take(&mut running.storing);
    let first = running.report.made == 0 && !stored.is_empty();
    running.report.made = running.report.made.saturating_add(u32::try_from(stored.len()).unwrap_or(0));
    let uids: Vec<u32> = stored.iter().map(|(uid, _)| uid.0).collect();
    // Not as new mail: nobody is to be told of letters of last year.
    let events = mailbox.changed(stored.into_iter().map(|(uid, record)| (uid, Some(record))).collect());
    for event in events {
        link::handle(m, out, LinkEvent::Event(Box::new(event)));
    }
    if first {
        may_be_here(m, out);
    }
    out.push(Effect::Mail(MailEffect::Share(uids)));
    next(m, out);
}

fn next(m: &mut Model, out: &mut Out) {
    let running = m.mail.as_ref().and_then(|mail| mail.takeout.running.as_deref());
    let Some(Running { number, last, stopping, .. }) = running else { return };
    if *last || *stopping {
        return ended(m, out, None);
    }
    order(out, Order::Next(*number));
}

fn ended(m: &mut Model, out: &mut Out, error: Option<ApiError>) {
    let at = now(m);
    let Some(mail) = &mut m.mail else { return };
    let Some(running) = mail.takeout.running.take() else { return };
    let (all, back, options) = (running.all, running.back, mail.options);
    let report = Report { error, ..running.report };
    let saved = all && report.is_whole();
    mail.takeout.report = Some(report);
    if back {
        // A check meanwhile may have compared what was there by then.
        may_be_here(m, out);
    }
    order(out, Order::End);
    out.push(Effect::Mail(MailEffect::Estimate));
    if saved {
        super::handle(m, out, MailEvent::Options(Options { backed_up: Some(at), ..options }));
    }
}
