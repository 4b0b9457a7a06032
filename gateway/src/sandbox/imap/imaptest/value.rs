//! Answers as trees, and how a written expectation matches one.
use std::collections::BTreeMap;

pub type Vars = BTreeMap<String, String>;

#[derive(Clone, Debug)]
pub enum Value {
    Atom(String),
    Text(Vec<u8>),
    List(Vec<Value>),
    /// A message's number, and the one it had before the command.
    Number {
        now: usize,
        before: usize,
    },
}

impl Value {
    pub fn text(&self) -> String {
        match self {
            Value::Atom(text) => text.clone(),
            Value::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Value::List(_) => String::new(),
            Value::Number { now, .. } => now.to_string(),
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// All lines of an output.
pub fn lines(bytes: &[u8]) -> Vec<Vec<Value>> {
    let mut reader = Reader { bytes, at: 0 };
    let mut found = Vec::new();
    while reader.at < bytes.len() {
        found.push(reader.values(None));
        reader.at += 1;
    }
    found
}

pub fn line(bytes: &[u8]) -> Vec<Value> {
    Reader { bytes, at: 0 }.values(None)
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn values(&mut self, close: Option<u8>) -> Vec<Value> {
        let mut found = Vec::new();
        while let Some(b) = self.peek() {
            match b {
                b if Some(b) == close => {
                    self.at += 1;
                    break;
                }
                b'\n' if close.is_none() => break,
                b' ' | b'\r' | b'\n' => self.at += 1,
                b'(' | b'[' => {
                    self.at += 1;
                    let inner = self.values(Some(if b == b'(' { b')' } else { b']' }));
                    found.push(Value::List(inner));
                }
                _ => found.push(self.single()),
            }
        }
        found
    }

    fn single(&mut self) -> Value {
        let start = self.at;
        let lenient = self.peek() == Some(b'~') && self.bytes.get(self.at + 1) == Some(&b'{');
        self.at += usize::from(lenient);
        match self.peek() {
            Some(b'"') => {
                let mut text = Vec::new();
                self.at += 1;
                while let Some(b) = self.peek() {
                    self.at += 1;
                    match b {
                        b'"' => break,
                        b'\\' => {
                            text.extend(self.peek());
                            self.at += 1;
                        }
                        b => text.push(b),
                    }
                }
                Value::Text(text)
            }
            Some(b'{') => {
                let end = self.bytes[self.at..].iter().position(|b| *b == b'\n').unwrap() + self.at + 1;
                let digits: String = self.bytes[self.at..end]
                    .iter()
                    .filter(|b| b.is_ascii_digit())
                    .map(|b| char::from(*b))
                    .collect();
                let size: usize = digits.parse().unwrap();
                self.at = end + size;
                Value::Text(self.bytes[end..end + size].to_vec())
            }
            _ => {
                let mut depth = 0usize;
                while let Some(b) = self.peek() {
                    match b {
                        b'[' => depth += 1,
                        // `resp-text` may hold a lone bracket.
                        b']' if depth == 0 => break,
                        b']' => depth -= 1,
                        b'{' if self.bytes.get(self.at.wrapping_sub(1)) == Some(&b'$') => {}
                        b' ' | b'(' | b')' if depth == 0 => break,
                        b'\r' | b'\n' => break,
                        _ => {}
                    }
                    self.at += 1;
                }
                if self.at == start {
                    self.at += 1;
                }
                Value::Atom(String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned())
            }
        }
    }
}

/// Replaces `$name`, `${name}` and `$$`; unknown names stay.
pub fn expand(text: &str, vars: &Vars) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let (name, after) = match rest.strip_prefix('{') {
            Some(inner) => inner.split_once('}').unwrap_or((inner, "")),
            None => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                rest.split_at(end)
            }
        };
        match vars.get(name) {
            Some(value) => out.push_str(value),
            None => out.push_str(&format!("${name}")),
        }
        rest = after;
    }
    out + rest
}

pub fn starts_with(wanted: &[Value], actual: &[Value], vars: &mut Vars) -> bool {
    wanted.len() <= actual.len() && wanted.iter().zip(actual).all(|(w, a)| same(w, a, vars))
}

/// A whole untagged line.
pub fn matches(wanted: &[Value], actual: &[Value], vars: &mut Vars) -> bool {
    let verb = |line: &[Value]| {
        let at = usize::from(
            line.first().is_some_and(|v| v.text().starts_with(|c: char| c.is_ascii_digit() || c == '$')),
        );
        line.get(at).map(|v| v.text().to_lowercase()).unwrap_or_default()
    };
    let kind = verb(wanted);
    if kind != verb(actual) {
        return false;
    }
    let (Some(w), Some(a)) = (wanted.last(), actual.last()) else { return false };
    match kind.as_str() {
        "fetch" | "status" => {
            let head = wanted.len() - 1;
            head + 1 == actual.len()
                && starts_with(&wanted[..head], &actual[..head], vars)
                && pairs(w, a, vars)
        }
        "ok" | "no" | "bye" => starts_with(wanted, actual, vars),
        "list" | "lsub" => {
            let (Some(Value::List(w)), Some(Value::List(a))) = (wanted.get(1), actual.get(1)) else {
                return false;
            };
            contains(w, a, vars) && starts_with(&wanted[2..], &actual[2..], vars)
        }
        _ => wanted.len() == actual.len() && starts_with(wanted, actual, vars),
    }
}

/// Every wanted name has its value; there may be more.
fn pairs(wanted: &Value, actual: &Value, vars: &mut Vars) -> bool {
    let (Value::List(wanted), Value::List(actual)) = (wanted, actual) else { return false };
    // Names with a list of fields were read as name and list in one; both sides the same way.
    wanted.chunks(2).all(|pair| {
        let [name, value] = pair else { return false };
        let mut candidates =
            actual.chunks(2).filter(|a| a.len() == 2 && name.text().eq_ignore_ascii_case(&a[0].text()));
        candidates.any(|a| {
            if name.text().eq_ignore_ascii_case("flags") {
                return flags(value, &a[1]);
            }
            same(value, &a[1], vars)
        })
    })
}

/// The same flags in any order, `\Recent` aside.
fn flags(wanted: &Value, actual: &Value) -> bool {
    let sorted = |v: &Value| {
        let Value::List(list) = v else { return Vec::new() };
        let mut names: Vec<String> =
            list.iter().map(|v| v.text().to_lowercase().replace("$$", "$")).collect();
        names.retain(|n| n != "\\recent");
        names.sort();
        names
    };
    sorted(wanted) == sorted(actual)
}

/// `$!unordered` lists: all wanted are there, none of `$!ban=`.
fn contains(wanted: &[Value], actual: &[Value], vars: &mut Vars) -> bool {
    wanted.iter().all(|w| {
        let text = w.text();
        if let Some(banned) = text.strip_prefix("$!ban=") {
            return !actual.iter().any(|a| a.text().eq_ignore_ascii_case(banned));
        }
        text.starts_with("$!") || actual.iter().any(|a| same(w, a, vars))
    })
}

fn same(wanted: &Value, actual: &Value, vars: &mut Vars) -> bool {
    match (wanted, actual) {
        (Value::List(w), Value::List(a)) => {
            if w.iter().any(|v| v.text().starts_with("$!")) {
                return contains(w, a, vars);
            }
            w.len() == a.len() && starts_with(w, a, vars)
        }
        (Value::Atom(w), Value::Number { before, .. }) if w.starts_with('$') => w[1..] == before.to_string(),
        (Value::List(_), _) | (_, Value::List(_)) => false,
        (Value::Text(w), Value::Text(a)) => {
            // A value may be cut between CR and LF, which a script can't write.
            let trim = |t: &[u8]| String::from_utf8_lossy(t).trim_end_matches(['\r', '\n']).to_owned();
            w == a
                || (a.len() <= 3 && trim(w) == trim(a))
                || String::from_utf8_lossy(w).eq_ignore_ascii_case(&String::from_utf8_lossy(a))
        }
        (w, a) => {
            let text = expand(&w.text(), vars);
            if let (Value::Atom(name), true) = (w, text.starts_with('$')) {
                vars.insert(name[1..].trim_matches(['{', '}']).to_owned(), a.text());
                return true;
            }
            text.eq_ignore_ascii_case(&a.text())
        }
    }
}
