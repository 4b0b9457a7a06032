//! docs/config.md, written from the table of keys.
use super::keys::{Key, Kind, SECTIONS};
use super::limits::Limits;
use std::fmt::Write as _;

const HEAD: &str = "# Configuration

One TOML file: `pyeonji serve --config pyeonji.toml`. `pyeonji check --config pyeonji.toml` says what is wrong with it,
with line numbers, before anything listens. File names are relative to the configuration file.

This page is made by `pyeonji config-reference`.

```toml
listen = \"127.0.0.1:8080\"
public_url = \"https://mail.example.org\"
trusted_proxies = [\"127.0.0.1/32\"]

[session]
key_file = \"session.key\"

[[provider]]
name = \"Example\"
domains = [\"example.org\"]
imap = { host = \"imap.example.org\" }
smtp = { host = \"smtp.example.org\" }
```
";

const LIMITS: &str = "
## [limits]

Bounds that may have to fit the machine and the people; each is a whole number above 0. What is refused or cut off at
one is counted in `pyeonji_limit_hits_total` of `/metrics`, under its name here; not so the pauses at `outbox_bytes`, and `command_seconds` towards servers for
sending.

Bounds of parsers, queues and caches are constants, named beside what they bound: HTML and styles in
`gateway/src/mail/html`, headers in `mail/header`, parts of a message in `mail/view`, IMAP and SMTP in `gateway/src/imap` and `smtp`, a
session's queues and turns in `gateway/src/session` and `account`, and what page and gateway must agree on in `shared/src/limits.rs`.

| key | default | |
|---|---|---|
";

/// The whole page.
pub fn reference() -> String {
    let mut page = HEAD.to_string();
    for (heading, about, keys) in SECTIONS {
        let _ = write!(page, "\n## {heading}\n\n{about}\n\n| key | value | default | |\n|---|---|---|---|\n");
        for key in keys.iter().filter(|k| k.kind != Kind::Section) {
            let _ =
                writeln!(page, "| `{}` | {} | {} | {} |", key.name, kind(key.kind), default(key), key.about);
        }
    }
    page.push_str(LIMITS);
    for (name, default, about) in Limits::TABLE {
        let _ = writeln!(page, "| `{name}` | {default} | {} |", about.trim());
    }
    page
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".into(),
        Kind::Flag => "`true` or `false`".into(),
        Kind::Number(from, to) => format!("{from} to {to}"),
        Kind::Texts => "list of texts".into(),
        Kind::Ports => "list of ports".into(),
        Kind::Server => "server".into(),
        Kind::Section => "section".into(),
    }
}

fn default(key: &Key) -> String {
    match key.default {
        "" => "**required**".into(),
        "-" => "—".into(),
        code if code.starts_with(['"', '[']) || code.parse::<u64>().is_ok() || code == "false" => {
            format!("`{code}`")
        }
        words => words.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_reference_in_docs_is_current() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/config.md");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&file, reference()).unwrap();
        }
        let found = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(found == reference(), "docs/config.md is stale: run the tests once with UPDATE_EXPECT=1");
    }

    #[test]
    fn every_key_is_explained() {
        for (heading, _, keys) in SECTIONS {
            for key in keys.iter().filter(|k| k.kind != Kind::Section) {
                assert!(key.about.ends_with('.'), "{heading} {}", key.name);
            }
        }
        for (name, _, about) in Limits::TABLE {
            assert!(about.trim().ends_with('.'), "{name}");
        }
    }
}
