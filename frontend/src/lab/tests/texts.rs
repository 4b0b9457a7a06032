//! What the page says.
use super::deliver;
use crate::i18n::Locale;
use crate::lab::meaning::meaning;
use crate::lab::names;
use crate::lab::state::own;
use crate::lab::words::{W, fill, w};
use pyeonji_shared::lab::report::{Direction, Line, Proto};
use pyeonji_shared::lab::scenario::SERVER;

fn line(protocol: Proto, direction: Direction, text: &str) -> Line {
    Line { protocol, at: 0, direction, bytes: 0, round_trip: 1, cause: 0, text: text.into() }
}

#[test]
fn lines_say_what_they_mean() {
    use Direction::{FromServer, ToServer};
    let said = |protocol, direction, text: &str| {
        meaning(Locale::English, &line(protocol, direction, text))
            .map(|(words, rfc)| format!("{words}, {}", rfc.name()))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        said(Proto::Imap, ToServer, "P12 UID MOVE 3 \"Trash\""),
        some("moves messages to another folder, RFC 9051 §6.4.8")
    );
    assert_eq!(said(Proto::Imap, ToServer, "DONE"), some("stops waiting, RFC 9051 §6.3.13"));
    assert_eq!(
        said(Proto::Imap, FromServer, "* 3 EXISTS"),
        some("so many messages are in the folder, RFC 9051 §7.4.1")
    );
    assert_eq!(said(Proto::Imap, FromServer, "P12 NO no"), some("the server won’t, RFC 9051 §7.1.2"));
    assert_eq!(
        said(Proto::Pop3, ToServer, "QUIT"),
        some("ends; only now marked messages are removed, RFC 1939 §6")
    );
    assert_eq!(
        said(Proto::Smtp, ToServer, "MAIL FROM:<ada@blue.test>"),
        some("says who sends, RFC 5321 §4.1.1.2")
    );
    assert_eq!(said(Proto::Smtp, FromServer, "550 no"), some("refused, RFC 5321 §4.2.1"));
    assert_eq!(said(Proto::Pop3, FromServer, "(4096 octets)"), None);
}

#[test]
fn names_are_those_that_people_know() {
    let devices = own().devices;
    assert_eq!(names::place(Locale::English, &devices, "imap-a"), "IMAP device A");
    assert_eq!(names::place(Locale::Korean, &devices, "pop3-b"), "POP3 기기 B");
    assert_eq!(names::place(Locale::English, &devices, SERVER), "Mail server");
    assert_eq!(names::step(Locale::English, &devices, &deliver()), "Rent (4 KB) is delivered");
    let used: Vec<String> = (0..16).fold(Vec::new(), |mut used, _| {
        used.push(names::fresh_message(&used.iter().map(String::as_str).collect::<Vec<_>>()));
        used
    });
    assert_eq!((used[0].as_str(), used[15].as_str()), ("rent", "m3"));
    assert_eq!(names::octets(999) + &names::octets(1_500) + &names::octets(2_340_000), "999 B1.5 KB2.3 MB");
    assert_eq!(names::time(Locale::English, 86_400_000 * 3), "3 days");
}

#[test]
fn every_text_is_there_in_both_languages_with_the_same_placeholders() {
    for key in W::ALL {
        let holes = |text: &str| {
            let mut holes: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|t| t.split_once('}').map(|(name, _)| name.to_owned()))
                .collect();
            holes.sort();
            holes.dedup();
            holes
        };
        let (english, korean) = (w(Locale::English, *key), w(Locale::Korean, *key));
        assert!(!english.is_empty() && !korean.is_empty(), "{key:?}");
        assert_eq!(holes(english), holes(korean), "{key:?}");
    }
    assert_eq!(fill(Locale::English, W::Holds, &[("n", "1"), ("size", "{n}")]), "1 message, {n}");
    assert_eq!(fill(Locale::Korean, W::Days, &[("n", "1")]), "1일");
}
