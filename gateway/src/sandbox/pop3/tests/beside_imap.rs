//! POP3 and IMAP on one mailbox: what each sees of what the other does.
use super::{Talk, inbox, with_messages};
use crate::sandbox::imap::session::Session as Imap;
use crate::sandbox::limit::Bounds;
use crate::sandbox::world::World;
use std::sync::Arc;

/// IMAP with INBOX open.
struct Beside(Imap);

impl Beside {
    fn new(world: &Arc<World>) -> Self {
        let mut beside = Self(Imap::new(world.clone()));
        beside.say("a LOGIN ada@blue.test blue-lantern-42\r\nb SELECT INBOX\r\n");
        beside
    }

    fn say(&mut self, text: &str) -> String {
        self.0.input(text.as_bytes());
        while self.0.advance() {}
        String::from_utf8(self.0.output()).unwrap()
    }
}

#[test]
fn what_quit_deletes_imap_sees_go() {
    let world = with_messages(Bounds::default(), 3);
    let (mut asks, mut idles) = (Beside::new(&world), Beside::new(&world));
    assert_eq!(idles.say("c IDLE\r\n"), "+ idling\r\n");
    idles.0.watch().unwrap().mark_unchanged();
    let mut talk = Talk::signed_in(&world);
    talk.say("RETR 1\r\nDELE 1\r\nDELE 3\r\n");
    assert!(!idles.0.watch().unwrap().has_changed().unwrap());
    assert_eq!(asks.say("c NOOP\r\n"), "c OK NOOP done\r\n");
    talk.say("QUIT\r\n");
    assert!(idles.0.watch().unwrap().has_changed().unwrap());
    idles.0.wake();
    assert_eq!(idles.say(""), "* 1 EXPUNGE\r\n* 2 EXPUNGE\r\n");
    assert_eq!(asks.say("d NOOP\r\n"), "* 1 EXPUNGE\r\n* 2 EXPUNGE\r\nd OK NOOP done\r\n");
    assert!(asks.say("e UID SEARCH ALL\r\n").starts_with("* SEARCH 2\r\n"));
}

#[test]
fn the_view_is_that_of_sign_in_whatever_imap_does() {
    let world = with_messages(Bounds::default(), 3);
    let mut talk = Talk::signed_in(&world);
    let mut imap = Beside::new(&world);
    imap.say("c STORE 2 +FLAGS (\\Deleted)\r\nd EXPUNGE\r\n");
    imap.say("e APPEND INBOX {3+}\r\nnew\r\n");
    assert_eq!(
        talk.say("STAT\r\nUIDL 2\r\nLIST 2\r\n"),
        "+OK 3 87\r\n+OK 2 6ab13b8000000002\r\n+OK 2 29\r\n"
    );
    let gone = "-ERR The message was removed by another program\r\n";
    assert_eq!(talk.say("RETR 2\r\nTOP 2 0\r\n"), gone.repeat(2));
    assert!(talk.say("RETR 3\r\n").contains("number 3"));
    // Deleting it again does no harm, and no other message takes its place.
    assert_eq!(talk.outcomes("RETR 4\r\nDELE 2\r\nDELE 1\r\nQUIT\r\n"), [false, true, true, true]);
    assert_eq!(inbox(&world), [3, 4]);
    assert_eq!(Talk::signed_in(&world).say("STAT\r\n"), "+OK 2 34\r\n");
    // The same from IMAP's side: what POP3 took is no longer there to fetch.
    assert!(imap.say("f FETCH 1 FLAGS\r\n").contains("f OK [EXPUNGEISSUED]"));
}
