//! What a POP3 client does with a message, as Thunderbird does it: rule × what is here × age × what the person did ×
//! what the server or a second client did. Written by hand; the last column is what is expected.
//!
//! Thunderbird's source (`Pop3Client.sys.mjs`, `nsLocalMailFolder.cpp`): a message that is kept is deleted once mail
//! isn't left on the server, or once it was received before the day that is so many days ago; one whose head alone is
//! here isn't, by any rule; a local deletion marks it for the server only where the settings say so, and a head also
//! under "download and delete". Rows marked `*` differ on purpose:
//! - Thunderbird forgets a name that isn't listed, and fetches it again if it comes back; here it is recognised.
//! - Its mark for deletion outlives a change of the rule; here the rule must still say so when DELE is sent.
//! - It fetches all of a large message where the server has no TOP; here the limit holds until the person asks.
//! - It doesn't notice a name that is given to another message.
use super::{DAY, NOW, listing, row, uidl};
use crate::call::device::Listing;
use crate::device::LocalId;
use crate::device::entry::{Here, OnServer};
use crate::device::ledger::Ledger;
use crate::device::plan::{Rule, Settings, plan};

/// `rule`: delete | copy | days N | until; a second one after `>` is what the rule was changed to before the check.
/// `limit` 1000 octets. `here`: new | head | whole. `age`: days (d) or seconds (s) since it was stored. `person`: what
/// was done here, in order. `server`: what happened there. `does`: fetch | head | delete | keep | gone | nothing, and
/// what is on this device after the check.
const TABLE: &str = "
rule           | here  | size | age      | person           | server            | does             | here then
---------------+-------+------+----------+------------------+-------------------+------------------+----------
delete         | new   |  500 |          |                  |                   | fetch, delete    | whole
copy           | new   |  500 |          |                  |                   | fetch            | whole
days 7         | new   |  500 |          |                  |                   | fetch            | whole
until          | new   |  500 |          |                  |                   | fetch            | whole

delete         | new   | 1000 |          |                  |                   | fetch, delete    | whole
delete         | new   | 1001 |          |                  |                   | head             | head
copy           | new   | 5000 |          |                  |                   | head             | head
days 7         | new   | 5000 |          |                  |                   | head             | head
until          | new   | 5000 |          |                  |                   | head             | head
copy           | new   | 5000 |          |                  | no TOP            | keep             | nothing *
delete         | new   | 5000 |          |                  | no TOP            | keep             | nothing *

delete         | whole |  500 | 0 s      |                  |                   | delete           | whole
delete         | whole |  500 | 400 d    |                  |                   | delete           | whole
copy           | whole |  500 | 0 s      |                  |                   | keep             | whole
copy           | whole |  500 | 4000 d   |                  |                   | keep             | whole
until          | whole |  500 | 4000 d   |                  |                   | keep             | whole
days 7         | whole |  500 | 0 s      |                  |                   | keep             | whole
days 7         | whole |  500 | 6 d      |                  |                   | keep             | whole
days 7         | whole |  500 | 604799 s |                  |                   | keep             | whole
days 7         | whole |  500 | 604800 s |                  |                   | keep             | whole
days 7         | whole |  500 | 604801 s |                  |                   | delete           | whole
days 7         | whole |  500 | 8 d      |                  |                   | delete           | whole
days 30        | whole |  500 | 8 d      |                  |                   | keep             | whole
days 0         | whole |  500 | 4000 d   |                  |                   | keep             | whole
days 7         | whole |  500 | -1 d     |                  |                   | keep             | whole
days 7         | whole |  500 | -400 d   |                  |                   | keep             | whole

delete         | head  | 5000 | 400 d    |                  |                   | keep             | head
copy           | head  | 5000 | 400 d    |                  |                   | keep             | head
days 7         | head  | 5000 | 400 d    |                  |                   | keep             | head
until          | head  | 5000 | 400 d    |                  |                   | keep             | head
delete         | head  | 5000 | 1 d      | rest             |                   | fetch, delete    | whole
copy           | head  | 5000 | 1 d      | rest             |                   | fetch            | whole
days 7         | head  | 5000 | 400 d    | rest             |                   | fetch            | whole
until          | head  | 5000 | 1 d      | rest             |                   | fetch            | whole
copy           | new   | 5000 |          | rest             | no TOP            | fetch            | whole

delete         | whole |  500 | 1 d      | delete           |                   | delete           | nothing
copy           | whole |  500 | 400 d    | delete           |                   | keep             | nothing
days 7         | whole |  500 | 1 d      | delete           |                   | keep             | nothing
days 7         | whole |  500 | 8 d      | delete           |                   | delete           | nothing
until          | whole |  500 | 0 s      | delete           |                   | delete           | nothing
until          | whole |  500 | 1 d      | delete, undo     |                   | keep             | whole
delete         | head  | 5000 | 1 d      | delete           |                   | delete           | nothing
copy           | head  | 5000 | 1 d      | delete           |                   | keep             | nothing
days 7         | head  | 5000 | 8 d      | delete           |                   | keep             | nothing
until          | head  | 5000 | 1 d      | delete           |                   | delete           | nothing
until          | head  | 5000 | 1 d      | rest, delete     |                   | delete           | nothing
copy           | head  | 5000 | 1 d      | rest, delete     |                   | keep             | nothing

copy           | whole |  500 | 1 d      | remove           |                   | delete           | whole
copy           | head  | 5000 | 1 d      | remove           |                   | delete           | head
copy           | new   | 5000 |          | remove           | no TOP            | delete           | nothing
copy           | whole |  500 | 1 d      | remove, not      |                   | keep             | whole
days 30        | whole |  500 | 1 d      | remove           |                   | delete           | whole

copy > delete  | whole |  500 | 400 d    |                  |                   | delete           | whole
copy > delete  | head  | 5000 | 400 d    |                  |                   | keep             | head
copy > days 7  | whole |  500 | 8 d      |                  |                   | delete           | whole
copy > days 7  | whole |  500 | 6 d      |                  |                   | keep             | whole
copy > until   | whole |  500 | 1 d      | delete           |                   | keep             | nothing
copy > delete  | whole |  500 | 1 d      | delete           |                   | delete           | nothing
copy > delete  | head  | 5000 | 1 d      | delete           |                   | keep             | nothing
until > copy   | whole |  500 | 1 d      | delete           |                   | keep             | nothing *
until > days 7 | whole |  500 | 1 d      | delete           |                   | keep             | nothing *
until > delete | head  | 5000 | 1 d      | delete           |                   | delete           | nothing
delete > copy  | whole |  500 | 1 d      |                  |                   | keep             | whole
days 7 > copy  | whole |  500 | 400 d    |                  |                   | keep             | whole

delete         | whole |  500 | 1 d      |                  | gone              | gone             | whole
copy           | whole |  500 | 1 d      |                  | gone              | gone             | whole
days 7         | whole |  500 | 400 d    |                  | gone              | gone             | whole
until          | whole |  500 | 1 d      |                  | gone              | gone             | whole
copy           | head  | 5000 | 1 d      |                  | gone              | gone             | head
copy           | head  | 5000 | 1 d      | rest             | gone              | gone             | head
until          | whole |  500 | 1 d      | delete           | gone              | gone             | nothing
copy           | whole |  500 | 1 d      |                  | gone, back        | keep             | whole *
delete         | whole |  500 | 1 d      |                  | gone, back        | delete           | whole *
until          | whole |  500 | 1 d      | delete           | gone, back        | delete           | nothing *
copy           | whole |  500 | 1 d      | delete           | gone, back        | keep             | nothing *
days 7         | whole |  500 | 8 d      |                  | gone, back        | delete           | whole *
copy           | new   |  500 |          |                  | gone              | nothing          | nothing
copy           | whole |  500 | 1 d      |                  | other size        | fetch            | whole *
days 7         | whole |  500 | 8 d      |                  | other size        | fetch            | whole *
until          | whole |  500 | 1 d      | delete           | other size        | fetch            | whole *
delete         | whole |  500 | 1 d      |                  | twice             | delete           | whole
delete         | whole |  500 | 1 d      |                  | twice, two sizes  | keep             | whole *
copy           | whole |  500 | 1 d      | remove           | twice, two sizes  | keep             | whole *
delete         | whole |  500 | 1 d      |                  | empty             | gone             | whole
";

const LIMIT: u32 = 1000;
const MINE: LocalId = LocalId(1);

fn rule(text: &str) -> Rule {
    match text {
        "delete" => Rule::DownloadAndDelete,
        "copy" => Rule::LeaveCopy,
        "until" => Rule::UntilDeletedHere,
        days => Rule::LeaveDays(days.strip_prefix("days ").unwrap().parse().unwrap()),
    }
}

fn settings(rule: Rule) -> Settings {
    Settings { rule, size_limit: Some(LIMIT) }
}

fn seconds(text: &str) -> i64 {
    match text.split_once(' ') {
        Some((days, "d")) => days.parse::<i64>().unwrap() * DAY,
        Some((seconds, "s")) => seconds.parse().unwrap(),
        _ => 0,
    }
}

/// The list that the check sees, after what happened at the server.
fn server(ledger: &mut Ledger, size: u32, events: &[&str], now: i64) -> Listing {
    let mut list = listing(vec![row("m", size), row("other", 1)]);
    for event in events {
        match *event {
            "gone" => list.messages.retain(|m| m.uidl.0 != "m"),
            "back" => {
                ledger.listed(&list, now);
                list.messages.insert(0, row("m", size));
            }
            "other size" => list.messages[0].size = size + 1,
            "twice" => list.messages.push(row("m", size)),
            "two sizes" => list.messages.last_mut().unwrap().size = size + 1,
            "no TOP" => list.heads = false,
            "empty" => list.messages.clear(),
            other => panic!("{other}"),
        }
    }
    list
}

/// One whole check, as a checker does it: look, fetch and commit, plan again, remove. Says what it did to `m`.
fn check(ledger: &mut Ledger, list: &Listing, settings: &Settings, now: i64) -> String {
    let mine = uidl("m");
    let mut did = Vec::new();
    ledger.listed(list, now);
    let first = plan(ledger, list, settings, u64::MAX, now);
    for row in first.whole.iter().filter(|r| r.uidl == mine) {
        did.push("fetch");
        ledger.committed(row, Here::Whole(LocalId(2)), now);
    }
    for row in first.heads.iter().filter(|r| r.uidl == mine) {
        did.push("head");
        ledger.committed(row, Here::Head(LocalId(2)), now);
    }
    let then = plan(ledger, list, settings, u64::MAX, now);
    if then.delete.iter().any(|r| r.uidl == mine) {
        did.push("delete");
        ledger.tried(std::slice::from_ref(&mine), now);
        ledger.removed(std::slice::from_ref(&mine), now);
    }
    let gone = then.gone.contains(&mine);
    match (did.is_empty(), ledger.get(&mine).map(|e| e.server)) {
        (false, _) => {}
        (true, Some(OnServer::There { .. })) => did.push("keep"),
        (true, Some(OnServer::Gone { .. })) if gone => did.push("gone"),
        (true, _) => did.push("nothing"),
    }
    did.join(", ")
}

fn run(cells: &[&str]) -> (String, &'static str) {
    let [rules, here, size, age, person, events] = *cells else { panic!("{cells:?}") };
    let (before, after) = rules.split_once(" > ").unwrap_or((rules, rules));
    let (before, after) = (settings(rule(before)), settings(rule(after)));
    let size: u32 = size.parse().unwrap();
    let stored = NOW - seconds(age);
    let mut ledger = Ledger::default();
    let look = listing(vec![row("m", size), row("other", 1)]);
    let split =
        |text: &'_ str| text.split(", ").filter(|t| !t.is_empty()).map(str::to_owned).collect::<Vec<_>>();

    // With a clock that was set back the message is stored after "now".
    if here != "new" || !person.is_empty() {
        ledger.listed(&look, stored);
    }
    match here {
        "head" => drop(ledger.committed(&look.messages[0], Here::Head(MINE), stored)),
        "whole" => drop(ledger.committed(&look.messages[0], Here::Whole(MINE), stored)),
        _ => {}
    }
    for act in split(person) {
        match act.as_str() {
            "delete" => drop(ledger.deleted_here(&[MINE], before.rule, NOW)),
            "undo" => drop(ledger.restored(&[MINE], NOW)),
            "rest" => drop(ledger.want_rest(&uidl("m"))),
            "remove" => drop(ledger.want_removed(&[uidl("m")], true)),
            "not" => drop(ledger.want_removed(&[uidl("m")], false)),
            other => panic!("{other}"),
        }
    }
    ledger.rule_changed(&before, &after);
    let events = split(events);
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let seen = server(&mut ledger, size, &events, NOW);
    let did = check(&mut ledger, &seen, &after, NOW);
    let then = match ledger.get(&uidl("m")) {
        Some(entry) if entry.on_device() => match entry.here {
            Here::Whole(_) => "whole",
            Here::Head(_) => "head",
            Here::Nothing | Here::Maybe => "nothing",
        },
        _ => "nothing",
    };
    (did, then)
}

#[test]
fn every_row_of_the_table() {
    let rows = TABLE.lines().skip(3).filter(|line| !line.is_empty());
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in rows {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [given @ .., does, then] = cells.as_slice() else { panic!("{line}") };
        let (did, here) = run(given);
        if did != *does || here != then.trim_end_matches(" *") {
            wrong.push(format!("{line}\n  did: {did}, here: {here}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 80, "{count} rows");
}

#[test]
fn what_comes_back_to_its_writer_is_a_copy_where_copies_are_asked_for() {
    use crate::device::is_own_copy;
    assert!(is_own_copy(Some("Ada@Blue.test"), "ada@blue.test", true));
    assert!(!is_own_copy(Some("ada@blue.test"), "ada@blue.test", false), "a letter to oneself is a letter");
    assert!(!is_own_copy(Some("bora@green.test"), "ada@blue.test", true));
    assert!(!is_own_copy(None, "ada@blue.test", true));
}
