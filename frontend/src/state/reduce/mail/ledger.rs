//! What the person wants for single messages on the server.
use super::{check, commit, ledger_changes, ledger_head};
use crate::state::mail::Commit;
use crate::state::model::Model;
use crate::state::reduce::Out;
use pyeonji_shared::device::Uidl;
use pyeonji_shared::device::entry::Wish;

/// What is wished for holds from the next check on. For the rest of a message it begins now; what leaves the server is asked about
/// then, as always.
pub fn wish(m: &mut Model, out: &mut Out, uidl: &Uidl, wish: Wish) {
    let Some(mail) = &mut m.mail else { return };
    let one = std::slice::from_ref(uidl);
    let changed = match wish {
        Wish::Rest => mail.ledger.want_rest(uidl),
        Wish::Removal => mail.ledger.want_removed(one, true),
        Wish::None => mail.ledger.want_removed(one, false),
    };
    if changed.write.is_empty() {
        return;
    }
    let mut changes = ledger_changes(&changed);
    changes.push(ledger_head(mail));
    commit(m, out, changes, Commit::Ledger);
    if wish == Wish::None {
        check::spare(m, out, Some(uidl));
    }
    if wish == Wish::Rest {
        check::start(m, out, true);
    }
}
