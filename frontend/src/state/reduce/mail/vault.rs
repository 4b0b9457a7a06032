//! What the person orders about the encryption of this device, and what became of it.
use super::open;
use crate::state::effect::Effect;
use crate::state::mail::vault::{Order, Phase, Told};
use crate::state::mail::{MailEffect, StoreError};
use crate::state::model::Model;
use crate::state::reduce::Out;

pub fn handle(m: &mut Model, out: &mut Out, told: Told) {
    let Some(mail) = &mut m.mail else { return };
    let vault = &mut mail.vault;
    match told {
        Told::Order(Order::Cancel) => vault.code = None,
        Told::Order(order) => {
            if vault.busy {
                return;
            }
            (vault.busy, vault.failed) = (true, None);
            if order == Order::Close {
                vault.code = None;
            }
            out.push(Effect::Mail(MailEffect::Vault(order)));
        }
        Told::Prepared(code) => (vault.busy, vault.code) = (false, Some(code)),
        Told::Phase(phase) => phase_is(m, out, phase),
        Told::Left(left) => vault.left = left,
        Told::Unlocked => {
            (vault.busy, vault.locked) = (false, false);
            mail.error = None;
            open::load(m, out);
        }
        Told::Failed(error) => (vault.busy, vault.failed) = (false, Some(error)),
    }
}

/// What the database says; what an earlier page left unfinished goes on.
pub fn phase_is(m: &mut Model, out: &mut Out, phase: Phase) {
    let Some(mail) = &mut m.mail else { return };
    let vault = &mut mail.vault;
    let before = vault.phase;
    (vault.phase, vault.locked, vault.busy) = (phase, false, phase.is_turning());
    // Where another tab does it, this one is told again what it knows.
    if vault.busy && before != phase {
        out.push(Effect::Mail(MailEffect::Vault(Order::Convert)));
    }
}

/// The mail can't be read for want of a key. One that couldn't be had is asked for again with the next welcome.
pub fn shut(m: &mut Model, error: StoreError) {
    if let Some(mail) = m.mail.as_mut().filter(|_| error == StoreError::Locked) {
        mail.vault.locked = true;
        mail.error = Some(error);
    }
}
