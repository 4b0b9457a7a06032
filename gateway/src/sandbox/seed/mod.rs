//! The mail that a world starts with.
use super::flags::{Flags, SEEN};
use super::store::Use;
use super::world::World;
use bytes::Bytes;

/// Fills every account.
pub fn fill(world: &World, _large: u32) {
    for account in world.accounts() {
        account.with(|store| {
            let folders = [
                ("Drafts", Some(Use::Drafts)),
                ("Sent", Some(Use::Sent)),
                ("Archive", Some(Use::Archive)),
                ("Junk", Some(Use::Junk)),
                ("Trash", Some(Use::Trash)),
                ("영수증", None),
                ("Projects/Pyeonji", None),
            ];
            for (name, special) in folders {
                if store.create(name, special).is_ok() {
                    store.subscribed.insert(name.to_owned());
                }
            }
        });
        for n in 0..40 {
            let raw = format!(
                "From: Bora Lee <bora@green.test>\r\nTo: {} <{}>\r\nSubject: Note {n}\r\nDate: {}\r\nMessage-ID: <note-{n}@green.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello, this is note {n}.\r\n",
                account.name,
                account.address,
                super::date::Moment::utc(world.clock.now() - 3_600 * (40 - n)).header()
            );
            let flags = if n % 3 == 0 { Flags::default() } else { Flags::system(SEEN) };
            let _ = world.deliver(account, "INBOX", flags, Bytes::from(raw));
        }
    }
}
