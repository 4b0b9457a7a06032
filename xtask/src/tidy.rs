//! House rules that a compiler doesn't check: file sizes, first lines, arrows between folders, border types.
use crate::sh::{self, Result, root};
use crate::supply;
use std::fs;

const MAX_LINES: usize = 600;

/// A word that may stand only in files whose path begins with one of these.
struct Border {
    word: &'static str,
    allowed: &'static [&'static str],
    why: &'static str,
}

const BORDERS: &[Border] = &[
    Border {
        word: "imap_codec::",
        allowed: &["gateway/src/imap/", "gateway/src/sandbox/", "fuzz/"],
        why: "codec types stop at the engine",
    },
    Border { word: "lettre::", allowed: &["gateway/src/smtp/"], why: "lettre stops at smtp/" },
    Border {
        word: "mail_parser::",
        allowed: &["gateway/src/mail/", "gateway/src/sandbox/"],
        why: "mail-parser stops at mail/",
    },
    Border { word: "mail_builder::", allowed: &["gateway/src/mail/"], why: "mail-builder stops at mail/" },
    Border { word: "ammonia::", allowed: &["gateway/src/mail/"], why: "ammonia stops at mail/" },
    Border { word: "cssparser::", allowed: &["gateway/src/mail/"], why: "cssparser stops at mail/" },
    Border {
        word: "TcpStream::connect",
        allowed: &["gateway/src/egress", "tests/", "fuzz/"],
        why: "only egress dials (invariant 6)",
    },
    Border {
        word: "web_sys::",
        allowed: &["frontend/src/dom", "frontend/src/link", "frontend/src/device"],
        why: "only dom, link and device name web_sys",
    },
    Border {
        word: "js_sys::",
        allowed: &["frontend/src/dom", "frontend/src/link", "frontend/src/device"],
        why: "only dom, link and device name js_sys",
    },
    Border { word: "unbounded_channel", allowed: &[], why: "every queue is bounded (invariant 8)" },
    Border { word: "mpsc::unbounded", allowed: &[], why: "every queue is bounded (invariant 8)" },
    Border { word: "Mutex<HashMap", allowed: &[], why: "one owner per state (invariant 12)" },
    Border { word: "RwLock<HashMap", allowed: &[], why: "one owner per state (invariant 12)" },
    Border { word: "inner_html", allowed: &[], why: "no HTML sink in the app (R5)" },
    Border { word: "outer_html", allowed: &[], why: "no HTML sink in the app (R5)" },
    Border { word: "insert_adjacent_html", allowed: &[], why: "no HTML sink in the app (R5)" },
    Border {
        word: "HtmlDocument",
        allowed: &["frontend/src/dom/ui/frame.rs"],
        why: "only the message frame is written (R5)",
    },
    Border { word: "#[ignore", allowed: &[], why: "no skipped tests" },
    Border { word: "should_panic", allowed: &[], why: "assert on errors instead" },
    Border { word: "todo!(", allowed: &[], why: "no stubs" },
    Border { word: "unimplemented!(", allowed: &[], why: "no stubs" },
];

/// No I/O and no clock of its own: time and bytes come as arguments (invariant 10).
const IO: &[&str] = &["tokio::", "std::net", "Instant::now", "SystemTime::now"];

/// Files and folders that do no I/O.
const PURE: &[&str] = &[
    "gateway/src/imap/",
    "gateway/src/pop3/",
    "gateway/src/smtp/classify.rs",
    "gateway/src/smtp/dialogue.rs",
    "gateway/src/smtp/dot.rs",
    "gateway/src/smtp/envelope.rs",
    "gateway/src/smtp/extensions.rs",
    "gateway/src/smtp/reply.rs",
    "frontend/src/link/protocol.rs",
    "frontend/src/link/backoff.rs",
    "shared/src/",
];

/// Names of protocols, which nothing that the page is made of may know (invariant 11)…
const PROTOCOLS: &[&str] = &["Imap", "Pop3", "IMAP", "POP3"];
const NAMELESS: &[&str] = &["frontend/src/", "shared/src/"];
/// …but for where a person chooses between them or compares them, the words of it, and what is said of them.
const NAMED: &[&str] = &["/settings", "/login", "/i18n/", "/lab", "shared/src/call/device.rs"];

/// (folder, what it must not name): the arrows of docs/ARCHITECTURE.md. Tests are free of them.
const ARROWS: &[(&str, &[&str])] = &[
    // The other way to dial; egress needs one only (invariant 6).
    ("gateway/src/", &["TcpSocket"]),
    (
        "gateway/src/imap/",
        &["crate::session", "crate::http", "crate::net", "crate::smtp", "crate::sandbox", "crate::mail"],
    ),
    (
        "gateway/src/pop3/",
        &["crate::session", "crate::http", "crate::net", "crate::smtp", "crate::sandbox", "crate::mail"],
    ),
    ("gateway/src/pop3/", &["crate::imap", "crate::account"]),
    (
        "gateway/src/mail/",
        &["crate::session", "crate::http", "crate::net", "crate::smtp", "crate::imap", "crate::sandbox"],
    ),
    ("gateway/src/smtp/", &["crate::session", "crate::http", "crate::imap", "crate::sandbox"]),
    (
        "gateway/src/net/",
        &["crate::session", "crate::http", "crate::imap", "crate::smtp", "crate::account", "crate::sandbox"],
    ),
    ("gateway/src/account/", &["crate::session", "crate::http", "crate::sandbox"]),
    // Abilities, not protocol names, above `account` (invariant 11).
    ("gateway/src/session/", &["crate::http", "crate::sandbox", "crate::imap", "crate::pop3"]),
    ("gateway/src/http/", &["crate::imap", "crate::pop3", "crate::smtp"]),
    (
        "gateway/src/sandbox/",
        &["crate::session", "crate::http", "crate::account", "crate::imap", "crate::smtp"],
    ),
    (
        "frontend/src/state/",
        &["crate::pages", "crate::components", "crate::dom", "crate::runtime", "crate::signals", "leptos"],
    ),
];

pub fn run() -> Result {
    sh::step("tidy");
    let mut faults = faults()?;
    faults.extend(supply::faults()?);
    for fault in &faults {
        eprintln!("    {fault}");
    }
    if faults.is_empty() { Ok(()) } else { Err(format!("tidy found {} faults", faults.len())) }
}

fn faults() -> Result<Vec<String>> {
    let listing =
        sh::quiet(&mut sh::command("git", &["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    let mut faults = Vec::new();
    for path in listing.lines() {
        let source = [".rs", ".css", ".js"].iter().any(|e| path.ends_with(e));
        // A file deleted but not yet committed is still listed.
        let Ok(text) = fs::read_to_string(root().join(path)) else { continue };
        // The table of words below names every one of them.
        if source && path != "xtask/src/tidy.rs" {
            file(path, &text, &mut faults);
        }
    }
    Ok(faults)
}

fn file(path: &str, text: &str, faults: &mut Vec<String>) {
    let lines = text.lines().count();
    if lines > MAX_LINES {
        faults.push(format!("{path}: {lines} lines, over {MAX_LINES}"));
    }
    if !path.ends_with(".rs") {
        return;
    }
    if !text.starts_with("//!") && !text.starts_with("#![") {
        faults.push(format!("{path}: the first line must say what the file is for (//!)"));
    }
    let code = |line: &str| !line.trim_start().starts_with("//");
    let tests = match path.contains("/tests") {
        true => 0,
        false => text.lines().position(|line| line == "mod tests {").unwrap_or(lines),
    };
    for (number, line) in text.lines().enumerate().filter(|(_, l)| code(l)) {
        for border in BORDERS {
            if line.contains(border.word) && !border.allowed.iter().any(|a| path.starts_with(a)) {
                faults.push(format!("{path}:{}: {} — {}", number + 1, border.word, border.why));
            }
        }
        if number >= tests {
            continue;
        }
        let pure = PURE.iter().map(|place| (*place, IO));
        for (folder, banned) in ARROWS.iter().copied().chain(pure) {
            let hit = banned.iter().find(|b| path.starts_with(folder) && line.contains(**b));
            if let Some(module) = hit {
                faults.push(format!("{path}:{}: {folder} must not use {module}", number + 1));
            }
        }
        let nameless = NAMELESS.iter().any(|place| path.starts_with(place));
        if nameless
            && !NAMED.iter().any(|place| path.contains(place))
            && let Some(name) = PROTOCOLS.iter().find(|name| line.contains(**name))
        {
            faults.push(format!(
                "{path}:{}: {name} — abilities, not protocol names (invariant 11)",
                number + 1
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_tidy() {
        assert_eq!(faults().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn each_rule_fires() {
        let mut found = Vec::new();
        file(
            "gateway/src/session/x.rs",
            "//! x\nuse crate::http::y;\nlet s = TcpStream::connect(a);\n",
            &mut found,
        );
        file("gateway/src/imap/engine/x.rs", "//! x\nlet now = Instant::now();\n", &mut found);
        file("gateway/src/smtp/dialogue.rs", "//! x\nuse tokio::net::TcpStream;\n", &mut found);
        file(
            "gateway/src/egress/x.rs",
            "//! x\nTcpSocket::new_v4();\nmod tests {\nTcpSocket::new_v4();\n",
            &mut found,
        );
        file("frontend/src/pages/mail.rs", "//! x\nif account.kind == Kind::Pop3 {}\n", &mut found);
        file("frontend/src/pages/login.rs", "//! x POP3\nlet POP3 = 1;\n", &mut found);
        file("shared/src/x.rs", "//! x\n/// Of POP3.\nfn f() {}\n", &mut found);
        file("gateway/src/session/y.rs", "//! y\nuse crate::imap::Engine;\n", &mut found);
        file("gateway/src/spool.rs", "//! z\ntype All = Arc<Mutex<HashMap<Id, Blob>>>;\n", &mut found);
        file("shared/src/y.rs", "fn f() {}\n", &mut found);
        file("shared/src/z.css", &"a\n".repeat(MAX_LINES + 1), &mut found);
        assert_eq!(found.len(), 10, "{found:?}");
    }
}
