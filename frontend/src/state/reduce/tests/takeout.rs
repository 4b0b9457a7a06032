//! Taking mail out and bringing it in: what is stored, what is passed over, and what is said of it.
use super::device_pages::{at_home, commits, ledger, look, record, settle};
use super::*;
use crate::mailbox::brought::Along;
use crate::mailbox::out::Format;
use crate::mailbox::tests::view;
use crate::state::effect::Password;
use crate::state::mail::takeout::{
    Account, Batch, Failure, Got, Item, Job, Kind, Mark, Order, Report, Step, Told, Why, Work, is_due,
};
use crate::state::mail::{Change, Key, MailEffect, MailEvent, Shelf, StoreError};
use pyeonji_shared::call::device::Fetched;
use pyeonji_shared::device::Sum;
use pyeonji_shared::device::entry::Here;
use pyeonji_shared::device::ledger::Ledger;
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::ids::OpId;
use pyeonji_shared::message::MessageView;

fn tell(page: &mut Page, told: Told) {
    page.send(Msg::Mail(MailEvent::Takeout(told)));
}

/// Orders to the runtime since the last time.
fn orders(page: &mut Page) -> Vec<Order> {
    let effects = std::mem::take(&mut page.effects);
    let (orders, others): (Vec<_>, Vec<_>) =
        effects.into_iter().partition(|e| matches!(e, Effect::Mail(MailEffect::Takeout(_))));
    page.effects = others;
    let order = |e| match e {
        Effect::Mail(MailEffect::Takeout(order)) => order,
        _ => unreachable!(),
    };
    orders.into_iter().map(order).collect()
}

fn begin(page: &mut Page, job: Job) -> (u32, Work) {
    tell(page, Told::Begin(job));
    match orders(page).pop() {
        Some(Order::Begin(number, work)) => (number, work),
        other => panic!("{other:?}"),
    }
}

fn import() -> Job {
    Job::Import { files: vec![OpId([1; 16])], into: FolderName("Archive".into()) }
}

fn report(page: &Page) -> Report {
    page.m.mail.as_ref().unwrap().takeout.report.clone().expect("it has ended")
}

fn here(page: &Page) -> bool {
    page.m.mail.as_ref().unwrap().takeout.running.as_ref().unwrap().here
}

fn item(uid: u32, source: u8, along: Along) -> Item {
    let view = MessageView {
        message_id: Some(format!("<{source}@x>")),
        ..view("Ada <ada@blue.test>", &format!("Letter {source}"), "text")
    };
    let fetched = Fetched { size: 90, view, spans: Vec::new(), policy: 1, digest: [source; 32] };
    Item { along, got: Ok(Box::new(Got { uid, piece: 0, bytes: vec![b'x'; 90], fetched })) }
}

fn folders(page: &Page) -> Vec<(String, u32)> {
    let mailbox = page.m.mail.as_ref().unwrap().mailbox.as_ref().unwrap();
    let counted = |f: pyeonji_shared::account::Folder| (f.name.0, f.counts.map_or(0, |c| c.messages));
    mailbox.folders().into_iter().map(counted).filter(|(_, n)| *n > 0).collect()
}

fn whole(records: &[Record]) -> Page {
    at_home(records, &ledger(records))
}

use crate::mailbox::Record;

/// What was brought reaches the page.
fn bring(page: &mut Page, number: u32, items: Vec<Item>) {
    tell(page, Told::Batch(number, Box::new(Batch { items, ..Batch::default() })));
}

#[test]
fn what_is_brought_is_stored_in_one_piece_and_then_seen() {
    let mut page = whole(&[record("INBOX", 1, "a", 7)]);
    let (number, work) = begin(&mut page, import());
    assert!(matches!(work, Work::Import { own, .. } if own == "ada@blue.test"));
    tell(&mut page, Told::Of(number, Sum { messages: 0, bytes: 500 }));
    page.effects.clear();
    let to = |folder: &str| Along { folder: folder.into(), ..Along::default() };
    let batch = Batch {
        folders: vec!["empty".into()],
        items: vec![
            item(100, 1, to("work/new")),
            item(101, 7, to("")),
            item(102, 2, to("")),
            Item { along: Along { name: "broken.eml".into(), ..Along::default() }, got: Err(Why::Damaged) },
            item(103, 1, to("")),
        ],
        read: 400,
        ..Batch::default()
    };
    tell(&mut page, Told::Batch(number, Box::new(batch)));
    assert_eq!(folders(&page), [("INBOX".into(), 1)], "not before it is stored");
    let [(_, changes)] = &commits(&page)[..] else { panic!("one transaction") };
    for uid in [100, 102] {
        let put = |c: &&Change| match c {
            Change::Put(_, Key::Number(of) | Key::Piece(of, 0), _) => *of == uid,
            _ => false,
        };
        assert_eq!(changes.iter().filter(put).count(), 4, "record, view, text, source");
    }
    let folders_written = changes.iter().filter(|c| matches!(c, Change::Put(Shelf::Meta, ..))).count();
    assert_eq!(folders_written, 1, "two new folders, one list of them");
    assert_eq!(orders(&mut page), []);
    settle(&mut page);
    assert_eq!(folders(&page), [("INBOX".into(), 1), ("Archive".into(), 1), ("work/new".into(), 1)]);
    assert_eq!(orders(&mut page), [Order::Next(number)]);
    let told = page
        .effects
        .iter()
        .any(|e| matches!(e, Effect::Mail(MailEffect::Share(uids)) if *uids == [100, 102]));
    assert!(told, "other tabs hear of it");
    assert!(!page.effects.iter().any(|e| matches!(e, Effect::Notify { .. })), "no news");

    tell(&mut page, Told::Batch(number, Box::new(Batch { read: 500, last: true, ..Batch::default() })));
    settle(&mut page);
    assert_eq!(orders(&mut page), [Order::End]);
    let failed = vec![Failure { name: "broken.eml".into(), why: Why::Damaged }];
    let expected = Report {
        kind: Kind::Import,
        made: 2,
        there: 2,
        failures: 1,
        failed,
        bytes: 500,
        ..Report::default()
    };
    assert_eq!(report(&page), expected);
    assert_eq!(page.m.mail.as_ref().unwrap().options.backed_up, None);
}

#[test]
fn what_is_here_is_asked_about_before_it_is_read() {
    let mut page = whole(&[record("INBOX", 1, "a", 7), record("INBOX", 2, "b", 7)]);
    let (number, _) = begin(&mut page, import());
    let mut asks = |digest: u8, exact| {
        tell(&mut page, Told::Asked(number, Mark::Digest { digest: [digest; 32], exact }));
        here(&page)
    };
    assert_eq!([asks(7, true), asks(7, true), asks(7, true), asks(8, false)], [true, true, false, false]);
    let mut id = |id: &str, size| {
        tell(&mut page, Told::Asked(number, Mark::Id { message_id: id.into(), size }));
        here(&page)
    };
    assert_eq!([id("<7@x>", 100), id("<7@x>", 90), id("<9@x>", 100)], [true, false, false]);
    tell(&mut page, Told::Ended(number, None));
    assert_eq!(report(&page).there, 3);
}

#[test]
fn mail_that_was_brought_is_compared_with_what_the_server_has() {
    let mut page = whole(&[]);
    let (number, _) = begin(&mut page, import());
    bring(&mut page, number, vec![item(100, 1, Along::default())]);
    settle(&mut page);
    let mail = page.m.mail.as_mut().unwrap();
    mail.ledger.listed(&look(&["new"]), 2_000);
    assert_eq!(mail.ledger.entries().iter().map(|e| e.here).collect::<Vec<_>>(), [Here::Maybe]);
    // Without, a look finds mail that isn't here.
    let mut other = Ledger::default();
    other.listed(&look(&["new"]), 2_000);
    assert_eq!(other.entries()[0].here, Here::Nothing);
}

#[test]
fn a_store_that_takes_no_more_ends_it() {
    let mut page = whole(&[]);
    let (number, _) = begin(&mut page, import());
    bring(&mut page, number, vec![item(100, 1, Along::default())]);
    let (id, _) = commits(&page).pop().unwrap();
    page.send(Msg::Mail(MailEvent::Committed { id, result: Err(StoreError::Full) }));
    assert_eq!(orders(&mut page), [Order::End]);
    let report = report(&page);
    assert_eq!((report.error.map(|e| e.kind), report.made), (Some(ErrorKind::DeviceFull), 0));
    assert!(folders(&page).is_empty());
    assert!(page.effects.iter().any(|e| matches!(e, Effect::Mail(MailEffect::Load))));
    // Nor is begun what finds no room.
    page.m.mail.as_mut().unwrap().room.quota = 100 << 20;
    let (number, _) = begin(&mut page, import());
    tell(&mut page, Told::Of(number, Sum { messages: 0, bytes: 40 << 20 }));
    assert_eq!(self::report(&page).error.map(|e| e.kind), Some(ErrorKind::DeviceFull));
}

#[test]
fn it_can_be_stopped_and_only_one_runs_at_a_time() {
    let mut page = whole(&[record("INBOX", 1, "a", 7)]);
    let (number, _) = begin(&mut page, import());
    tell(&mut page, Told::Begin(import()));
    assert_eq!(orders(&mut page), [], "one at a time");
    assert!(page.m.mail.as_ref().unwrap().takeout.goes_on(number));
    tell(&mut page, Told::Stop);
    assert!(!page.m.mail.as_ref().unwrap().takeout.goes_on(number));
    // What was under way is stored; nothing more is asked for.
    bring(&mut page, number, vec![item(100, 1, Along::default())]);
    settle(&mut page);
    assert_eq!(orders(&mut page), [Order::End]);
    assert_eq!((report(&page).stopped, report(&page).made), (true, 1));
    // Words about work that is over mean nothing.
    tell(&mut page, Told::Step(number, Step { made: 5, ..Step::default() }));
    tell(
        &mut page,
        Told::Batch(
            number,
            Box::new(Batch { items: vec![item(101, 2, Along::default())], ..Batch::default() }),
        ),
    );
    tell(&mut page, Told::Ended(number, None));
    assert_eq!(report(&page).made, 1);
}

#[test]
fn a_whole_copy_elsewhere_is_remembered_and_part_of_one_isn_t() {
    let records = [record("INBOX", 1, "a", 7), record("work", 2, "", 8)];
    let backed_up = |page: &Page| page.m.mail.as_ref().unwrap().options.backed_up;
    let step = || Step { made: 2, bytes: 200, ..Step::default() };
    let mut page = whole(&records);
    let one = Job::Export { folder: Some(FolderName("work".into())), format: Format::Mbox };
    let (number, work) = begin(&mut page, one);
    assert!(matches!(work, Work::Export(plan) if plan.plain && plan.of.messages == 1));
    tell(&mut page, Told::Ended(number, None));
    assert_eq!(backed_up(&page), None, "one folder");
    let all = || Job::Export { folder: None, format: Format::Eml };
    for (failed, error) in [(true, None), (false, Some(ApiError::new(ErrorKind::DeviceFull)))] {
        let (number, _) = begin(&mut page, all());
        let failure = Failure { name: "x".into(), why: Why::Damaged };
        tell(
            &mut page,
            Told::Step(number, Step { failed: failed.then_some(failure).into_iter().collect(), ..step() }),
        );
        tell(&mut page, Told::Ended(number, error));
        assert_eq!(backed_up(&page), None, "not all of it");
    }
    let (number, work) = begin(&mut page, all());
    assert!(matches!(work, Work::Export(plan) if plan.index.is_some() && plan.of.messages == 2));
    tell(&mut page, Told::Step(number, step()));
    tell(&mut page, Told::Ended(number, None));
    assert_eq!((report(&page).made, backed_up(&page)), (2, Some(page.now / 1_000)));
    settle(&mut page);
    // So is everything that is in another account.
    page.m.mail.as_mut().unwrap().options.backed_up = None;
    let account = Account { address: String::new(), password: Password(String::new()) };
    let (number, work) = begin(&mut page, Job::Send(account.clone()));
    assert!(matches!(work, Work::Send(to, sending) if to == account && sending.len() == 2));
    tell(&mut page, Told::Step(number, Step { there: 2, ..step() }));
    tell(&mut page, Told::Ended(number, None));
    assert!(backed_up(&page).is_some());
    assert_eq!((report(&page).made, report(&page).there, report(&page).bytes), (2, 2, 200));
}

#[test]
fn what_was_copied_back_to_its_own_mailbox_is_compared_before_it_is_fetched() {
    let records = [record("INBOX", 1, "", 1), record("INBOX", 2, "", 2)];
    let own = "ada@blue.test";
    for (to, compared) in [("", true), (" Ada@BLUE.test ", true), ("bora@green.test", false)] {
        let mut page = at_home(&records, &Ledger::default());
        page.m.device = Some(own.into());
        let account = Account { address: to.into(), password: Password(String::new()) };
        let (number, _) = begin(&mut page, Job::Send(account));
        let lost = |page: &Page| page.m.mail.as_ref().unwrap().ledger.head().lost;
        assert_eq!(lost(&page), compared, "{to}: before anything is there");
        // A check in the middle of it compares what is there by then, and the next one what comes after; also where the answer to it
        // is read after the end.
        for ends in [false, true] {
            page.effects.clear();
            page.send(Msg::Mail(MailEvent::Check));
            page.send(Msg::Mail(MailEvent::Locked(true)));
            let (tag, _) = page.asked(|c| matches!(c, Call::Look(_))).unwrap();
            if ends {
                tell(&mut page, Told::Step(number, Step { made: 2, ..Step::default() }));
                tell(&mut page, Told::Ended(number, None));
            }
            page.answer(tag, Ok(Reply::Listing(Box::new(look(&[])))));
            settle(&mut page);
            assert_eq!(lost(&page), compared, "{to}");
        }
        page.effects.clear();
        page.send(Msg::Mail(MailEvent::Check));
        page.send(Msg::Mail(MailEvent::Locked(true)));
        let (tag, _) = page.asked(|c| matches!(c, Call::Look(_))).unwrap();
        page.answer(tag, Ok(Reply::Listing(Box::new(look(&["x", "y"])))));
        settle(&mut page);
        page.send(Msg::Mail(MailEvent::Reserved(Ok(10))));
        let (_, call) = page.asked(|c| matches!(c, Call::Retrieve(_))).unwrap();
        let Call::Retrieve(retrieve) = call else { unreachable!() };
        let heads = retrieve.items.iter().all(|item| item.lines == Some(0));
        assert_eq!((retrieve.items.len(), heads), (2, compared), "{to}");
    }
}

#[test]
fn a_copy_is_old_after_thirty_days() {
    assert!(is_due(None, 0));
    assert!(!is_due(Some(1_000), 1_000 + 30 * 86_400));
    assert!(is_due(Some(1_000), 1_001 + 30 * 86_400));
}
