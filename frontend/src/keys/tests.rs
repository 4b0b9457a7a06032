//! The table against what the contract promises, on Latin and other layouts.
use super::*;
use crate::state::settings::Setting;

fn press<'a>(key: &'a str, code: &'a str) -> Press<'a> {
    Press { key, code, ..Press::default() }
}

fn run(strokes: &[(Press<'_>, i64)]) -> Option<Command> {
    run_with(&Settings::default(), strokes)
}

fn run_with(settings: &Settings, strokes: &[(Press<'_>, i64)]) -> Option<Command> {
    let (mut keys, table) = (Keys::default(), bindings(settings));
    strokes.iter().map(|(p, now)| keys.press(&table, *p, *now)).last().flatten()
}

fn own(keys: &[(Command, char)]) -> Settings {
    let mut settings = Settings::default();
    for (command, stroke) in keys {
        settings.set(Setting::OwnKey(*command, *stroke));
    }
    settings
}

#[test]
fn gmails_keys() {
    let wanted = [
        ("c", Command::Compose),
        ("/", Command::Search),
        ("?", Command::Help),
        ("j", Command::Next),
        ("k", Command::Previous),
        ("o", Command::Open),
        ("u", Command::Back),
        ("x", Command::Select),
        ("e", Command::Archive),
        ("#", Command::Delete),
        ("!", Command::Junk),
        ("s", Command::Star),
        ("r", Command::Reply),
        ("a", Command::ReplyAll),
        ("f", Command::Forward),
        ("v", Command::Move),
        ("z", Command::Undo),
    ];
    for (key, command) in wanted {
        assert_eq!(run(&[(press(key, ""), 0)]), Some(command), "{key}");
    }
    for (key, command) in [("I", Command::MarkRead), ("U", Command::MarkUnread)] {
        let shifted = Press { shift: true, ..press(key, "") };
        assert_eq!(run(&[(shifted, 0)]), Some(command), "Shift+{key}");
    }
    assert_eq!(run(&[(press("i", ""), 0)]), None);
}

#[test]
fn other_layouts_go_by_the_place() {
    for (key, code, command) in [
        ("ㅊ", "KeyC", Command::Compose),
        ("ㅓ", "KeyJ", Command::Next),
        ("с", "KeyC", Command::Compose),
        ("Process", "KeyE", Command::Archive),
    ] {
        assert_eq!(run(&[(press(key, code), 0)]), Some(command), "{key}");
    }
    // Dvorak: the letter that was typed counts, not its place.
    assert_eq!(run(&[(press("c", "KeyI"), 0)]), Some(Command::Compose));
    let shifted = Press { shift: true, ..press("ㅑ", "KeyI") };
    assert_eq!(run(&[(shifted, 0)]), Some(Command::MarkRead));
    // Caps Lock is no Shift.
    assert_eq!(run(&[(press("E", "KeyE"), 0)]), Some(Command::Archive));
    assert_eq!(run(&[(press("ㅊ", "Digit1"), 0)]), None);
}

#[test]
fn never_while_typing_or_composing() {
    for silent in [
        Press { typing: true, ..press("e", "KeyE") },
        Press { composing: true, ..press("ㅊ", "KeyC") },
        Press { modified: true, ..press("c", "KeyC") },
    ] {
        assert_eq!(run(&[(silent, 0)]), None);
    }
    for key in ["Enter", "Escape", "ArrowDown", "Tab", " ", "Shift", "F5", ""] {
        assert_eq!(run(&[(press(key, ""), 0)]), None, "{key}");
    }
}

#[test]
fn two_strokes_in_time() {
    assert_eq!(run(&[(press("g", ""), 0), (press("i", ""), CHORD_MS)]), Some(Command::GoInbox));
    assert_eq!(run(&[(press("ㅎ", "KeyG"), 0), (press("ㅑ", "KeyI"), 9)]), Some(Command::GoInbox));
    assert_eq!(run(&[(press("g", ""), 0), (press("i", ""), CHORD_MS + 1)]), None);
    assert_eq!(run(&[(press("g", ""), 0), (press("e", ""), 1)]), Some(Command::Archive));
    let typed = Press { typing: true, ..press("x", "") };
    assert_eq!(run(&[(press("g", ""), 0), (typed, 1), (press("i", ""), 2)]), None);
}

#[test]
fn no_preset_contradicts_itself() {
    for preset in [KeyPreset::Gmail, KeyPreset::Mox, KeyPreset::Roundcube] {
        let table = bindings(&Settings { preset, ..Settings::default() });
        for (i, a) in table.iter().enumerate() {
            for b in table.iter().skip(i + 1) {
                assert!(!a.clashes(b), "{preset:?}: {a:?} and {b:?}");
            }
            assert_eq!(clash(&table, a.command), None, "{preset:?}");
        }
        for command in [Command::Next, Command::Reply, Command::Delete, Command::Help, Command::Search] {
            assert!(table.iter().any(|b| b.command == command), "{preset:?} lacks {command:?}");
        }
    }
}

#[test]
fn a_key_of_ones_own_takes_the_place_of_the_presets() {
    let settings = own(&[(Command::Star, 'Q'), (Command::Delete, 'd')]);
    let shifted = Press { shift: true, ..press("ㅃ", "KeyQ") };
    assert_eq!(run_with(&settings, &[(shifted, 0)]), Some(Command::Star));
    assert_eq!(run_with(&settings, &[(press("d", "KeyD"), 0)]), Some(Command::Delete));
    for old in ["s", "#", "Delete"] {
        assert_eq!(run_with(&settings, &[(press(old, ""), 0)]), None, "{old}");
    }
    assert_eq!(run_with(&settings, &[(press("g", ""), 0), (press("d", ""), 1)]), Some(Command::GoDrafts));
    let mox = Settings { preset: KeyPreset::Mox, ..settings };
    assert_eq!(run_with(&mox, &[(press("b", ""), 0)]), Some(Command::Move), "the rest is the preset's");
    assert_eq!(run_with(&mox, &[(press("s", ""), 0)]), None);
}

#[test]
fn a_key_taken_twice_is_said_and_ones_own_wins() {
    let settings = own(&[(Command::Star, 'e')]);
    let table = bindings(&settings);
    assert_eq!(clash(&table, Command::Star), Some(Command::Archive));
    assert_eq!(clash(&table, Command::Archive), Some(Command::Star));
    assert_eq!(clash(&table, Command::Reply), None);
    assert_eq!(run_with(&settings, &[(press("e", ""), 0)]), Some(Command::Star));
    // The first of two strokes, taken for a command of its own.
    let settings = own(&[(Command::Compose, 'g')]);
    assert_eq!(run_with(&settings, &[(press("g", ""), 0)]), Some(Command::Compose));
    assert_eq!(clash(&bindings(&settings), Command::GoSent), Some(Command::Compose));
    assert_eq!(clash(&bindings(&settings), Command::Compose), Some(Command::GoInbox));
}

#[test]
fn what_is_written_of_a_stroke_is_what_a_table_says() {
    for keys in ["e", "#", "Shift+i", "Delete", "?"] {
        assert_eq!(written(one(keys)), keys);
    }
}
