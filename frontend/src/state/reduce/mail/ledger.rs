//! What the person wants for single messages on the server.
use super::{check, commit, ledger_changes, ledger_head};
use crate::state::mail::Commit;
use crate::state::mail::check::Stage;
use crate::state::model::Model;
use crate::state::reduce::Out;
use pyeonji_shared::device::entry::Wish;
use pyeonji_shared::device::{Sum, Uidl};

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
        spare(m, out, uidl);
    }
    if wish == Wish::Rest {
        check::start(m, out, true);
    }
}

/// A check that hasn't asked the server yet to remove it doesn't do so either.
fn spare(m: &mut Model, out: &mut Out, uidl: &Uidl) {
    let Some(mail) = &mut m.mail else { return };
    let check = &mut mail.check;
    let asked = match check.stage {
        Stage::Asking | Stage::Noting { .. } => false,
        // Some are being removed, and others after them.
        Stage::Removing(_) => true,
        _ => return,
    };
    check.leaving.retain(|removal| removal.uidl != *uidl);
    check.leaving_sum = Sum::default();
    check.leaving.iter().for_each(|removal| check.leaving_sum.add(removal.size));
    if check.leaving.is_empty() && !asked {
        check::ended(m, out, None);
    }
}
