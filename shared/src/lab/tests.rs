//! Both forms of a scenario, and changes that add up.
use super::amount::Amount;
use super::places::{Held, Places, State};
use super::scenario::{Measure, Order, What};

fn held(message: &str, read: bool) -> Held {
    Held {
        folder: "Inbox".into(),
        message: message.into(),
        state: State { read, starred: false, readable: true },
    }
}

#[test]
fn an_amount_goes_over_the_wire() {
    for than in [Amount::Number(7), Amount::Of("pop3-a".into())] {
        let measure = Measure { what: What::Traffic, of: "imap-a".into(), is: Order::More, than };
        let bytes = postcard::to_allocvec(&measure).expect("bytes");
        assert_eq!(postcard::from_bytes::<Measure>(&bytes).as_ref(), Ok(&measure));
    }
}

#[test]
fn changes_add_up_to_what_is_there() {
    let (mut seen, mut told) = (Places::default(), Places::default());
    let moments = [
        vec![held("a", false)],
        vec![held("a", true), held("b", false), held("b", false)],
        vec![held("a", true), held("b", false), held("b", false)],
        vec![held("b", true)],
    ];
    let mut counts = Vec::new();
    for moment in moments {
        let changes = seen.see("server", moment);
        counts.push(changes.len());
        changes.iter().for_each(|change| told.apply(change));
        assert_eq!(seen, told);
    }
    assert_eq!(counts, [1, 2, 0, 2]);
    assert_eq!(told.copies("server", "Inbox", "b").len(), 1);
    assert!(told.copies("server", "Inbox", "a").is_empty() && told.copies("server", "Trash", "b").is_empty());
}
