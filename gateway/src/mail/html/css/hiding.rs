//! Which elements a style hides (R13). Reads what the allowlist wrote, in that one spelling, and nothing else.
//!
//! Conditions (`@media`) and states (`:hover`) are passed over: what they hide is shown at other times.
use std::collections::BTreeMap;

/// Rules that hide or show something; further ones are passed over, and what they hide counts as text.
const MAX_RULES: usize = 500;
/// At most this many pixels high, letters can't be read, nor can what is in a box of that size.
const UNREADABLE: f32 = 1.0;
/// A font of ordinary size, in pixels; for sizes that depend on what isn't known here.
const ORDINARY: f32 = 16.0;
/// Pixels of a unit, longer names before those that they end with; `em` and the like are times of the parent's.
const UNITS: &[(&str, f32)] = &[
    ("px", 1.0),
    ("pt", 4.0 / 3.0),
    ("pc", 16.0),
    ("in", 96.0),
    ("cm", 37.8),
    ("mm", 3.78),
    ("rem", ORDINARY),
    ("vw", 10.0),
    ("vh", 10.0),
];
const TIMES: &[(&str, f32)] = &[("em", 1.0), ("ex", 0.5), ("ch", 0.5), ("%", 0.01)];

/// An element as selectors see it.
#[derive(Clone, Debug, Default)]
pub(in crate::mail::html) struct Element {
    /// Lower-case.
    pub name: String,
    pub classes: Vec<String>,
}

/// How much of an element's text can be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::mail::html) struct Seen {
    /// Nothing in it is drawn, whatever its children say.
    pub gone: bool,
    /// `visibility`; children may undo it.
    invisible: bool,
    /// Pixels of its letters.
    size: f32,
}

impl Default for Seen {
    fn default() -> Self {
        Self { gone: false, invisible: false, size: ORDINARY }
    }
}

impl Seen {
    /// Whether text directly in it can be read.
    pub(in crate::mail::html) fn readable(self) -> bool {
        !self.gone && !self.invisible && self.size > UNREADABLE
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Property {
    Display,
    Visibility,
    Opacity,
    FontSize,
    Overflow,
    Extent(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Hides,
    Shows,
    Inherits,
    Pixels(f32),
    Times(f32),
}

/// Later ones win over earlier ones of the same weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Weight {
    important: bool,
    own: bool,
    classes: usize,
    names: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Declaration {
    property: Property,
    value: Value,
    important: bool,
}

/// A part of a selector: a name, classes, and how the part before it is related.
#[derive(Clone, Debug, Default)]
struct Compound {
    name: Option<String>,
    classes: Vec<String>,
    /// `>` stands before it.
    child: bool,
}

#[derive(Clone, Debug)]
struct Rule {
    /// In the order of reading; at least one.
    compounds: Vec<Compound>,
    declarations: Vec<Declaration>,
}

/// The rules of a message that hide or show something.
#[derive(Clone, Debug, Default)]
pub(in crate::mail::html) struct Sheet {
    rules: Vec<Rule>,
}

impl Sheet {
    /// Reads what `css::sheet` wrote.
    pub(super) fn read(mut css: &str) -> Self {
        let mut rules = Vec::new();
        while let Some((selectors, rest)) = css.split_once('{') {
            if selectors.starts_with('@') {
                css = behind_block(rest);
                continue;
            }
            let Some((block, rest)) = rest.split_once('}') else { break };
            css = rest;
            let found = declarations(block);
            if found.is_empty() {
                continue;
            }
            for compounds in selectors.split(',').filter_map(compounds) {
                if rules.len() < MAX_RULES {
                    rules.push(Rule { compounds, declarations: found.clone() });
                }
            }
        }
        Self { rules }
    }

    /// What can be seen of the last element of the path, within `parent`. `own` is its sanitised `style`; each
    /// comparison of an element with a rule takes one of `steps`, and without any left the rules are passed over.
    pub(in crate::mail::html) fn seen(
        &self,
        path: &[Element],
        own: &str,
        hidden: bool,
        parent: Seen,
        steps: &mut usize,
    ) -> Seen {
        let mut found: BTreeMap<Property, (Weight, Value)> = BTreeMap::new();
        let mut add = |weight: Weight, declarations: &[Declaration]| {
            for declaration in declarations {
                let weight = Weight { important: declaration.important, ..weight };
                let place =
                    found.entry(declaration.property).or_insert((Weight::default(), declaration.value));
                if weight >= place.0 {
                    *place = (weight, declaration.value);
                }
            }
        };
        if hidden {
            let value = Value::Hides;
            add(Weight::default(), &[Declaration { property: Property::Display, value, important: false }]);
        }
        for rule in &self.rules {
            if rule.matches(path, steps) {
                let classes = rule.compounds.iter().map(|c| c.classes.len()).sum();
                let names = rule.compounds.iter().filter(|c| c.name.is_some()).count();
                add(Weight { classes, names, ..Weight::default() }, &rule.declarations);
            }
        }
        add(Weight { own: true, ..Weight::default() }, &declarations(own));
        let value = |property| found.get(&property).map(|(_, value)| *value);
        let hides = |property| value(property) == Some(Value::Hides);
        let name = path.last().map_or("", |element| element.name.as_str());
        // A cell grows with what is in it, whatever height it is given.
        let boxed = !matches!(name, "table" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th");
        let shut = boxed
            && hides(Property::Overflow)
            && ["max-height", "height", "max-width", "width"]
                .iter()
                .any(|name| hides(Property::Extent(name)));
        Seen {
            gone: parent.gone || shut || hides(Property::Display) || hides(Property::Opacity),
            invisible: match value(Property::Visibility) {
                Some(Value::Hides) => true,
                Some(Value::Shows) => false,
                _ => parent.invisible,
            },
            size: match value(Property::FontSize) {
                Some(Value::Pixels(pixels)) => pixels,
                Some(Value::Times(times)) => parent.size * times,
                _ => parent.size,
            },
        }
    }
}

impl Rule {
    fn matches(&self, path: &[Element], steps: &mut usize) -> bool {
        let Some(((last, before), (element, ancestors))) = self.compounds.split_last().zip(path.split_last())
        else {
            return false;
        };
        fits(last, element, steps) && above(before, last.child, ancestors, steps)
    }
}

/// Whether the rest of a selector fits some of the ancestors.
fn above(compounds: &[Compound], child: bool, ancestors: &[Element], steps: &mut usize) -> bool {
    let Some((last, before)) = compounds.split_last() else { return true };
    let mut ancestors = ancestors;
    while let Some((element, further)) = ancestors.split_last() {
        if fits(last, element, steps) && above(before, last.child, further, steps) {
            return true;
        }
        if child {
            return false;
        }
        ancestors = further;
    }
    false
}

fn fits(compound: &Compound, element: &Element, steps: &mut usize) -> bool {
    let Some(left) = steps.checked_sub(1) else { return false };
    *steps = left;
    compound.name.as_ref().is_none_or(|name| *name == element.name)
        && compound.classes.iter().all(|class| element.classes.contains(class))
}

/// What comes behind a block that holds blocks.
fn behind_block(css: &str) -> &str {
    let mut depth = 1;
    for (at, c) in css.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return css.get(at + 1..).unwrap_or_default();
        }
    }
    ""
}

/// `None` for selectors that look at states or at siblings.
fn compounds(selector: &str) -> Option<Vec<Compound>> {
    if selector.contains([':', '+', '~']) {
        return None;
    }
    let mut found = Vec::new();
    let mut child = false;
    for word in selector.replace('>', " > ").split_whitespace() {
        if word == ">" {
            child = true;
            continue;
        }
        let mut parts = word.split('.');
        let name = parts.next().filter(|name| !matches!(*name, "" | "*"));
        found.push(Compound {
            name: name.map(str::to_ascii_lowercase),
            classes: parts.map(str::to_owned).collect(),
            child: std::mem::take(&mut child),
        });
    }
    (!found.is_empty()).then_some(found)
}

/// Those of a block that hide or show. No value holds a `;`: see `values`.
fn declarations(block: &str) -> Vec<Declaration> {
    block.split(';').filter_map(declaration).collect()
}

fn declaration(text: &str) -> Option<Declaration> {
    let (name, value) = text.split_once(':')?;
    let (value, important) = match value.strip_suffix("!important") {
        Some(value) => (value, true),
        None => (value, false),
    };
    let value = value.trim().to_ascii_lowercase();
    let words = |hiding: &[&str]| {
        let hides = value.split(' ').any(|word| hiding.contains(&word));
        if hides { Value::Hides } else { Value::Shows }
    };
    let (property, value) = match name {
        "display" => (Property::Display, words(&["none"])),
        "visibility" if value == "inherit" => (Property::Visibility, Value::Inherits),
        "visibility" => (Property::Visibility, words(&["hidden", "collapse"])),
        "opacity" => (Property::Opacity, opacity(&value)?),
        "font-size" => (Property::FontSize, size(&value)),
        "font" => {
            // The size is what has a unit, or 0: weights are numbers from 1 on.
            let parts = value.split([' ', '/']);
            let size = parts.map(size_of).find(Option::is_some).flatten();
            (Property::FontSize, size.unwrap_or(Value::Pixels(ORDINARY)))
        }
        "overflow" | "overflow-x" | "overflow-y" => (Property::Overflow, words(&["hidden", "clip"])),
        "max-height" => (Property::Extent("max-height"), extent(&value)),
        "height" => (Property::Extent("height"), extent(&value)),
        "max-width" => (Property::Extent("max-width"), extent(&value)),
        "width" => (Property::Extent("width"), extent(&value)),
        _ => return None,
    };
    Some(Declaration { property, value, important })
}

fn opacity(value: &str) -> Option<Value> {
    let part = match value.strip_suffix('%') {
        Some(percent) => percent.parse::<f32>().ok()? / 100.0,
        None => value.parse().ok()?,
    };
    Some(if part <= 0.01 { Value::Hides } else { Value::Shows })
}

fn size(value: &str) -> Value {
    match value {
        "inherit" | "unset" => Value::Inherits,
        "smaller" => Value::Times(1.0 / 1.2),
        "larger" => Value::Times(1.2),
        _ => size_of(value).unwrap_or(Value::Pixels(ORDINARY)),
    }
}

/// A length; `None` for words, calculations and bare numbers but 0.
fn size_of(value: &str) -> Option<Value> {
    if value.parse() == Ok(0.0f32) {
        return Some(Value::Pixels(0.0));
    }
    let number = |unit: &str| value.strip_suffix(unit).and_then(|number| number.parse::<f32>().ok());
    let fixed = UNITS.iter().find_map(|(unit, pixels)| Some(Value::Pixels(number(unit)? * pixels)));
    fixed.or_else(|| TIMES.iter().find_map(|(unit, times)| Some(Value::Times(number(unit)? * times))))
}

fn extent(value: &str) -> Value {
    match size_of(value) {
        Some(Value::Pixels(pixels)) if pixels <= UNREADABLE => Value::Hides,
        Some(Value::Times(0.0)) => Value::Hides,
        _ => Value::Shows,
    }
}
