//! What comes in from outside (R41), judged from the lock files alone: `cargo deny` looks at licences, too, in `ci`.
use crate::sh::{Result, root};
use std::fs;

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
/// Other TLS than rustls, and what would bring a C library with it.
const DENIED: &[&str] = &["openssl", "openssl-sys", "native-tls", "aws-lc-sys", "aws-lc-rs"];
/// Lock files, and the manifests whose crates forbid unsafe code by the workspace's lints.
const LOCKS: &[&str] = &["Cargo.lock", "fuzz/Cargo.lock"];
const CRATES: &[&str] = &["shared", "gateway", "frontend", "frontend/markup", "tests", "xtask"];

pub fn faults() -> Result<Vec<String>> {
    let read = |path: &str| fs::read_to_string(root().join(path)).map_err(|e| format!("{path}: {e}"));
    let mut faults = Vec::new();
    for path in LOCKS {
        lock(path, &read(path)?, &mut faults);
    }
    let deny = read("deny.toml")?;
    for word in DENIED
        .iter()
        .filter(|name| **name != "openssl")
        .chain(&["unknown-registry = \"deny\"", "unknown-git = \"deny\""])
    {
        if !deny.contains(word) {
            faults.push(format!("deny.toml: {word} is missing"));
        }
    }
    if !read("Cargo.toml")?.contains("unsafe_code = \"forbid\"") {
        faults.push("Cargo.toml: the lints don't forbid unsafe code".into());
    }
    for name in CRATES {
        if !read(&format!("{name}/Cargo.toml"))?.contains("[lints]\nworkspace = true") {
            faults.push(format!("{name}/Cargo.toml: without the workspace's lints"));
        }
    }
    Ok(faults)
}

/// Each package of a lock file: from the registry with its checksum, or our own.
fn lock(path: &str, text: &str, faults: &mut Vec<String>) {
    for package in text.split("[[package]]").skip(1) {
        let value = |key: &str| {
            let mut lines = package.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
            lines.next().unwrap_or_default().trim_matches('"')
        };
        let (name, source) = (value("name"), value("source"));
        if DENIED.contains(&name) {
            faults.push(format!("{path}: {name} may not come in"));
        }
        let from_registry = source == REGISTRY && value("checksum").len() == 64;
        let ours = source.is_empty() && (name == "xtask" || name.starts_with("pyeonji"));
        if !from_registry && !ours {
            faults.push(format!("{path}: {name} comes from {source:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r41_crates_come_from_the_registry_and_none_is_denied() {
        assert_eq!(faults().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn r41_each_rule_fires() {
        let sum = "0".repeat(64);
        let package = |name: &str, source: &str, sum: &str| {
            format!(
                "[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\nsource = \"{source}\"\nchecksum = \"{sum}\"\n\n"
            )
        };
        let text = [
            package("fine", REGISTRY, &sum),
            package("openssl-sys", REGISTRY, &sum),
            package("from-git", "git+https://example.org/x", &sum),
            package("no-checksum", REGISTRY, ""),
            "[[package]]\nname = \"by-path\"\nversion = \"1.0.0\"\n\n".to_owned(),
            "[[package]]\nname = \"pyeonji-shared\"\nversion = \"1.0.0\"\n".to_owned(),
        ];
        let mut found = Vec::new();
        lock("Cargo.lock", &text.concat(), &mut found);
        let names: Vec<&str> = found.iter().filter_map(|fault| fault.split(' ').nth(1)).collect();
        assert_eq!(names, ["openssl-sys", "from-git", "no-checksum", "by-path"], "{found:?}");
    }
}
