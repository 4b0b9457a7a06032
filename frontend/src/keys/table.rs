//! The presets.
use super::{Binding, Command::*};

const fn to(keys: &'static str, command: super::Command) -> Binding {
    Binding { keys, command }
}

/// Gmail's keys.
pub(super) const GMAIL: &[Binding] = &[
    to("j", Next),
    to("k", Previous),
    to("o", Open),
    to("u", Back),
    to("x", Select),
    to("/", Search),
    to("g i", GoInbox),
    to("g t", GoSent),
    to("g d", GoDrafts),
    to("g a", GoArchive),
    to("?", Help),
    to("c", Compose),
    to("r", Reply),
    to("a", ReplyAll),
    to("f", Forward),
    to("e", Archive),
    to("#", Delete),
    to("Delete", Delete),
    to("!", Junk),
    to("v", Move),
    to("s", Star),
    to("Shift+i", MarkRead),
    to("Shift+u", MarkUnread),
    to("z", Undo),
];

/// mox's keys, where it has the command.
pub(super) const MOX: &[Binding] = &[
    to("j", Next),
    to("k", Previous),
    to("o", Open),
    to("u", Back),
    to("x", Select),
    to("/", Search),
    to("i", GoInbox),
    to("?", Help),
    to("c", Compose),
    to("r", Reply),
    to("Shift+r", ReplyAll),
    to("f", Forward),
    to("a", Archive),
    to("d", Delete),
    to("Delete", Delete),
    to("Shift+j", Junk),
    to("b", Move),
    to("s", Star),
    to("m", MarkRead),
    to("Shift+m", MarkUnread),
    to("z", Undo),
];

/// Roundcube's keys, where it has the command.
pub(super) const ROUNDCUBE: &[Binding] = &[
    to("n", Next),
    to("p", Previous),
    to("o", Open),
    to("u", Back),
    to("x", Select),
    to("/", Search),
    to("?", Help),
    to("c", Compose),
    to("r", Reply),
    to("Shift+r", ReplyAll),
    to("f", Forward),
    to("Shift+a", Archive),
    to("Delete", Delete),
    to("Shift+j", Junk),
    to("v", Move),
    to("Shift+f", Star),
    to("Shift+q", MarkRead),
    to("Shift+u", MarkUnread),
    to("z", Undo),
];
