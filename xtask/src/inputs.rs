//! What the page is built from, as one digest: where it is the same, `dist/` is up to date. Cargo can't say that: the page's modules
//! are one library with different features, and each is built over the one before.
use crate::sh::{self, Result, root};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Files and folders that decide what the page is.
const INPUTS: [&str; 6] = ["Cargo.toml", "Cargo.lock", ".cargo", "frontend", "shared", "xtask"];
/// So does what these say.
const VARIABLES: [&str; 2] = ["PYEONJI_WASM_ROUTE", "RUSTFLAGS"];

pub fn digest() -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(sh::quiet(&mut sh::command("rustc", &["-vV"])).unwrap_or_default());
    for name in VARIABLES {
        hash.update(format!("{name}={}\n", std::env::var(name).unwrap_or_default()));
    }
    for input in INPUTS {
        add(&root(), Path::new(input), &mut hash)?;
    }
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// Names and contents, in the order of names.
fn add(root: &Path, at: &Path, hash: &mut Sha256) -> Result {
    let failed = |e: std::io::Error| format!("{}: {e}", at.display());
    let whole = root.join(at);
    if whole.is_dir() {
        let entries = fs::read_dir(&whole).map_err(failed)?;
        let inside = entries.map(|entry| entry.map(|e| at.join(e.file_name())).map_err(failed));
        let mut inside = inside.collect::<Result<Vec<PathBuf>>>()?;
        // An editor's locks, which are links to nowhere.
        inside.retain(|path| !path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")));
        inside.sort();
        return inside.iter().try_for_each(|at| add(root, at, hash));
    }
    let bytes = fs::read(&whole).map_err(failed)?;
    hash.update(format!("{} {}\n", at.display(), bytes.len()));
    hash.update(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(folder: &Path) -> String {
        let mut hash = Sha256::new();
        add(folder, Path::new("in"), &mut hash).unwrap();
        format!("{:x?}", hash.finalize())
    }

    #[test]
    fn every_change_of_a_name_or_a_content_is_another_digest() {
        let folder = std::env::temp_dir().join(format!("pyeonji-inputs-{}", std::process::id()));
        let inside = folder.join("in/deep");
        fs::create_dir_all(&inside).unwrap();
        let mut seen = Vec::new();
        for (name, text) in [("a", "x"), ("a", "y"), ("b", ""), ("b", "a 1\n"), ("c", "")] {
            fs::write(inside.join(name), text).unwrap();
            assert_eq!(of(&folder), of(&folder));
            seen.push(of(&folder));
        }
        let before = of(&folder);
        fs::write(inside.join(".#a"), "an editor's").unwrap();
        assert_eq!(of(&folder), before);
        fs::rename(inside.join("c"), inside.join("d")).unwrap();
        seen.push(of(&folder));
        fs::remove_dir_all(&folder).unwrap();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 6);
    }

    #[test]
    fn all_of_them_are_there() {
        assert_eq!(digest().unwrap(), digest().unwrap());
    }
}
