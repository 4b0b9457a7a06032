//! The letters of the lab: of so many KB, about, and the same each time.
use super::device::DOMAIN;
use crate::mail::compose::{ComposeError, Piece, Plan, plan};
use bytes::Bytes;
use pyeonji_shared::draft::Draft;
use pyeonji_shared::lab::scenario::Account;
use pyeonji_shared::message::Address;
use std::fmt::Write;

/// So many KB with `head`.
fn fill(head: &mut String, name: &str, kilobytes: u32) {
    let mut n = 0;
    while head.len() < kilobytes as usize * 1_000 {
        n += 1;
        let _ = write!(
            head,
            "Line {n} of {name}: the ferry leaves at noon, and the tide table is on the wall.\r\n"
        );
    }
}

/// One that arrives for Ada.
pub fn arriving(name: &str, kilobytes: u32) -> Vec<u8> {
    let (from, to) = (Account::Bora, Account::Ada);
    let mut out = format!(
        "Date: Mon, 5 Jan 2026 09:00:00 +0000\r\nFrom: {} <{}>\r\nTo: {}\r\nSubject: {name}\r\n\
         Message-ID: <{name}{DOMAIN}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
        from.name(),
        from.address(),
        to.address(),
    );
    fill(&mut out, name, kilobytes);
    out.into_bytes()
}

/// Who writes, and to whom.
pub struct Parties {
    pub from: (String, String),
    pub to: (String, String),
}

/// One that a person writes: as it leaves, and as it is kept, with the blind copy's address.
pub struct Written {
    /// The writer's address.
    pub from: String,
    pub message_id: String,
    pub to: Vec<String>,
    pub leaves: Bytes,
    pub kept: Bytes,
}

/// Written by the product's composer. `now`: seconds since 1970.
pub fn write(
    parties: &Parties,
    name: &str,
    kilobytes: u32,
    copy_to_self: bool,
    now: i64,
) -> Result<Written, ComposeError> {
    let Parties { from, to } = parties;
    let address = |(name, email): &(String, String)| Address {
        name: name.clone(),
        email: email.clone(),
        ..Address::default()
    };
    let mut text = String::new();
    fill(&mut text, name, kilobytes);
    let draft = Draft {
        message_id: format!("<{name}{DOMAIN}"),
        from_name: from.0.clone(),
        to: vec![address(to)],
        bcc: if copy_to_self { vec![address(from)] } else { Vec::new() },
        subject: name.to_owned(),
        text,
        ..Draft::default()
    };
    let planned = |keep_bcc| plan(&draft, &address(from), now, &[], keep_bcc);
    let (leaves, kept) = (planned(false)?, planned(true)?);
    Ok(Written {
        from: from.1.clone(),
        message_id: draft.message_id.clone(),
        to: leaves.envelope_to.clone(),
        leaves: whole(&leaves),
        kept: whole(&kept),
    })
}

/// A letter of the lab has no attachments.
fn whole(plan: &Plan) -> Bytes {
    let pieces = plan.pieces.iter().map(|piece| match piece {
        Piece::Bytes(bytes) => &bytes[..],
        Piece::Attachment(_) => &[],
    });
    pieces.flatten().copied().collect()
}
