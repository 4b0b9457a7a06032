//! The table against what the contract promises, on Latin and other layouts.
use super::*;

fn press<'a>(key: &'a str, code: &'a str) -> Press<'a> {
    Press { key, code, ..Press::default() }
}

fn run(strokes: &[(Press<'_>, i64)]) -> Option<Command> {
    let mut keys = Keys::default();
    strokes.iter().map(|(p, now)| keys.press(KeyPreset::Gmail, *p, *now)).last().flatten()
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
        let table = bindings(preset);
        for (i, a) in table.iter().enumerate() {
            for b in table.iter().skip(i + 1) {
                assert_ne!(strokes(a.keys), strokes(b.keys), "{preset:?}: {} and {}", a.keys, b.keys);
                // A first stroke that is also a command of its own would never be that command.
                if strokes(a.keys).1.is_some() != strokes(b.keys).1.is_some() {
                    assert_ne!(strokes(a.keys).0, strokes(b.keys).0, "{preset:?}: {} and {}", a.keys, b.keys);
                }
            }
        }
        for command in [Command::Next, Command::Reply, Command::Delete, Command::Help, Command::Search] {
            assert!(table.iter().any(|b| b.command == command), "{preset:?} lacks {command:?}");
        }
    }
}
