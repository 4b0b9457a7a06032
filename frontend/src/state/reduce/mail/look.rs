//! What lies on the server is asked, and taken into the ledger. A mailbox that is as it was seen isn't listed again.
use super::{check, commit, ledger_changes, ledger_head, now};
use crate::state::mail::check::Stage;
use crate::state::mail::{Change, Commit, DeviceMail, Key, Shelf, meta};
use crate::state::model::{Model, Pending};
use crate::state::reduce::{Out, ask};
use pyeonji_shared::call::Call;
use pyeonji_shared::call::device::{Listing, Look};
use pyeonji_shared::device::plan::plan;

pub(super) fn look(m: &mut Model, out: &mut Out) {
    let at = now(m);
    let seen = m.mail.as_ref().and_then(|mail| mail.seen.filter(|_| quiet(mail, at)));
    let tag = ask(m, out, Pending::Look, None, Call::Look(Look { seen }));
    if let Some(mail) = &mut m.mail {
        mail.check.stage = Stage::Looking(tag);
        mail.check.back |= mail.takeout.goes_back();
    }
}

/// If the server has what it had, this check has nothing to fetch and nothing to remove.
fn quiet(mail: &DeviceMail, at: i64) -> bool {
    let listing = Listing { messages: mail.ledger.there(), heads: true, ..Listing::default() };
    let plan = plan(&mail.ledger, &listing, &mail.options.rules, mail.room.left(), at);
    plan.whole.is_empty() && plan.heads.is_empty() && plan.compare.is_empty() && plan.delete.is_empty()
}

pub(super) fn listed(m: &mut Model, out: &mut Out, mut listing: Listing) {
    let at = now(m);
    let Some(mail) = &mut m.mail else { return };
    mail.checks.signed_in(at);
    mail.checks.looked(listing.login_delay);
    if let Some(count) = listing.unchanged {
        listing.messages = mail.ledger.there();
        if usize::try_from(count) != Ok(listing.messages.len()) {
            // What the mark stood for isn't what the ledger says (another tab, a removal): everything is listed.
            mail.seen = None;
            return look(m, out);
        }
    }
    let mut changes = ledger_changes(&mail.ledger.listed(&listing, at));
    if mail.check.back || mail.takeout.goes_back() {
        // More of it may have come to lie there since.
        mail.ledger.brought_in();
    }
    changes.push(ledger_head(mail));
    if mail.seen != listing.mark {
        mail.seen = listing.mark;
        changes.push(Change::Put(Shelf::Meta, Key::Text(meta::SEEN.into()), super::bytes(&mail.seen)));
    }
    mail.check.listing = Some(Box::new(listing));
    commit(m, out, changes, Commit::Ledger);
    check::fetch_planned(m, out);
}
