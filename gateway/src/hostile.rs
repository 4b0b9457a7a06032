//! The scripted hostile servers of the corpus, as each protocol's tests read them (R16).
use std::path::{Path, PathBuf};

/// One server, in RON; only what a test asks for is looked at. The tests of a protocol add what it answers.
pub(crate) struct Case {
    text: String,
}

impl Case {
    pub(crate) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        Self { text: lines.map(|line| format!("{line}\n")).collect() }
    }

    pub(crate) fn after(&self, key: &str) -> Option<&str> {
        let at = self.text.find(&format!("{key}:")).or_else(|| self.text.find(&format!("\"{key}\":")))?;
        self.text[at..].split_once(':').map(|(_, rest)| rest.trim_start())
    }

    /// A text, `Some(…)` or `Text(…)` around it or not.
    pub(crate) fn string(&self, key: &str) -> Option<String> {
        let rest = self.after(key)?;
        let rest = rest.strip_prefix("Some(").or(rest.strip_prefix("Text(")).unwrap_or(rest);
        let (mut out, mut chars) = (String::new(), rest.strip_prefix('"')?.chars());
        loop {
            match chars.next()? {
                '"' => return Some(out),
                '\\' => match chars.next()? {
                    'r' => out.push('\r'),
                    'n' => out.push('\n'),
                    'x' => {
                        let digits: String = chars.by_ref().take(2).collect();
                        out.push(char::from(u8::from_str_radix(&digits, 16).ok()?));
                    }
                    other => out.push(other),
                },
                c => out.push(c),
            }
        }
    }

    /// What takes the place of the usual answer to a command.
    pub(crate) fn overridden(&self, command: &str) -> Option<String> {
        let list = self.after("override_response")?.split_once('}')?.0.to_owned();
        Self { text: list }.string(command)
    }

    /// The texts in the brackets behind the key.
    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        let list = self.after(key).and_then(|rest| rest.strip_prefix('[')?.split_once(']'));
        list.map_or("", |(list, _)| list).split('"').skip(1).step_by(2).map(str::to_owned).collect()
    }
}

/// The files of a folder and of those within it, by name.
pub(crate) fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(cases(&path));
        } else if path.extension().is_some_and(|e| e == "ron") {
            found.push(path);
        }
    }
    found.sort();
    found
}
