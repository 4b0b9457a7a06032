//! A TOML file with the place of everything in it, and the list of what is wrong.
use super::keys::{Key, Kind, did_you_mean};
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One thing that is wrong, in plain words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// From 1; 0 when it is about the file as a whole.
    pub line: usize,
    pub column: usize,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.message),
            line => write!(f, "line {line}, column {}: {}", self.column, self.message),
        }
    }
}

/// A byte range of the file.
pub type Place = Range<usize>;

/// Collects problems by place.
pub struct Problems<'a> {
    text: &'a str,
    list: Vec<Problem>,
}

impl<'a> Problems<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, list: Vec::new() }
    }

    pub fn add(&mut self, place: &Place, message: impl Into<String>) {
        let before = self.text.get(..place.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        self.list.push(Problem { line, column, message: message.into() });
    }

    /// About the file as a whole.
    pub fn add_general(&mut self, message: &str) {
        self.list.push(Problem { line: 0, column: 0, message: message.into() });
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn into_sorted(mut self) -> Vec<Problem> {
        self.list.sort();
        self.list.dedup();
        self.list
    }
}

/// A value that stands somewhere.
#[derive(Clone, Debug)]
pub struct At<T> {
    pub value: T,
    pub place: Place,
}

/// One section with keys known from the table. Values of the wrong kind are reported once, when it is opened,
/// and read as absent afterwards.
pub struct Section<'t, 'i> {
    pub place: Place,
    table: &'t DeTable<'i>,
}

impl<'t, 'i> Section<'t, 'i> {
    pub fn open(
        name: &str,
        place: Place,
        table: &'t DeTable<'i>,
        keys: &[Key],
        problems: &mut Problems<'_>,
    ) -> Self {
        for (found, value) in table {
            let key: &str = found.get_ref();
            match keys.iter().find(|k| k.name == key) {
                None => {
                    let known = keys.iter().map(|k| k.name);
                    let hint = did_you_mean(key, known)
                        .map(|k| format!("; did you mean `{k}`?"))
                        .unwrap_or_default();
                    problems.add(&found.span(), format!("`{key}` is not a key of {name}{hint}"));
                }
                Some(known) => {
                    if let Some(expected) = mismatch(known.kind, value.get_ref()) {
                        problems.add(&value.span(), format!("`{key}` must be {expected}"));
                    }
                }
            }
        }
        for key in keys.iter().filter(|k| k.default.is_empty() && !has(table, k.name)) {
            problems.add(&place, format!("{name} has no `{}`", key.name));
        }
        Self { place, table }
    }

    fn value(&self, key: &str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.table.iter().find(|(found, _)| found.get_ref() == key).map(|(_, value)| value)
    }

    pub fn text(&self, key: &str) -> Option<At<&'t str>> {
        let value = self.value(key)?;
        let text = value.get_ref().as_str()?;
        Some(At { value: text, place: value.span() })
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        self.value(key)?.get_ref().as_bool()
    }

    pub fn number(&self, key: &str) -> Option<At<u64>> {
        let value = self.value(key)?;
        Some(At { value: number(value.get_ref())?, place: value.span() })
    }

    pub fn texts(&self, key: &str) -> Vec<At<&'t str>> {
        let items = self.value(key).and_then(|v| v.get_ref().as_array());
        let items = items.into_iter().flat_map(|list| list.iter());
        items.filter_map(|item| Some(At { value: item.get_ref().as_str()?, place: item.span() })).collect()
    }

    pub fn ports(&self, key: &str) -> Option<Vec<u16>> {
        let items = self.value(key)?.get_ref().as_array()?;
        Some(items.iter().filter_map(|i| u16::try_from(number(i.get_ref())?).ok()).collect())
    }

    pub fn section(
        &self,
        key: &str,
        name: &str,
        keys: &[Key],
        problems: &mut Problems<'_>,
    ) -> Option<Section<'t, 'i>> {
        let value = self.value(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some(Section::open(name, value.span(), table, keys, problems)),
            None => {
                problems.add(&value.span(), format!("`{key}` must be a section: {name}"));
                None
            }
        }
    }

    /// `[[key]]`, any number of times.
    pub fn sections(&self, key: &str, keys: &[Key], problems: &mut Problems<'_>) -> Vec<Section<'t, 'i>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let name = format!("[[{key}]]");
        let tables = value.get_ref().as_array().map(|list| list.iter().collect::<Vec<_>>());
        let mut found = Vec::new();
        for item in tables.unwrap_or_else(|| vec![value]) {
            match item.get_ref().as_table() {
                Some(table) if value.get_ref().is_array() => {
                    found.push(Section::open(&name, item.span(), table, keys, problems));
                }
                _ => problems.add(&item.span(), format!("write {name}, with two brackets")),
            }
        }
        found
    }

    /// Name, value and place of everything in it.
    pub fn entries(&self) -> impl Iterator<Item = (&'t str, Option<u64>, Place, Place)> {
        self.table.iter().map(|(k, v)| (k.get_ref().as_ref(), number(v.get_ref()), k.span(), v.span()))
    }
}

fn has(table: &DeTable<'_>, key: &str) -> bool {
    table.iter().any(|(found, _)| found.get_ref() == key)
}

fn number(value: &DeValue<'_>) -> Option<u64> {
    match value {
        DeValue::Integer(n) => u64::from_str_radix(&n.as_str().replace('_', ""), n.radix()).ok(),
        _ => None,
    }
}

/// What was expected, if this isn't it.
fn mismatch(kind: Kind, value: &DeValue<'_>) -> Option<String> {
    let all = |test: fn(&DeValue<'_>) -> bool| {
        value.as_array().is_some_and(|list| list.iter().all(|item| test(item.get_ref())))
    };
    let (fits, expected) = match kind {
        Kind::Text => (value.as_str().is_some(), "a text in quotes".to_string()),
        Kind::Flag => (value.as_bool().is_some(), "true or false".into()),
        Kind::Number(from, to) => {
            let fits = number(value).is_some_and(|n| (from..=to).contains(&n));
            (fits, format!("a whole number from {from} to {to}"))
        }
        Kind::Texts => (all(|v| v.as_str().is_some()), "a list of texts: [\"…\", \"…\"]".into()),
        Kind::Ports => {
            let fits = all(|v| number(v).is_some_and(|n| n <= 65_535));
            (fits, "a list of ports: [80, 443]".into())
        }
        Kind::Server => (value.is_table(), "a server: { host = \"…\", port = …, tls = \"…\" }".into()),
        // Opened, and judged, on their own.
        Kind::Section => return None,
    };
    (!fits).then_some(expected)
}
