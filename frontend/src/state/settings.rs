//! Choices kept in this browser.
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// What the browser asks for.
    #[default]
    Auto,
    English,
    Korean,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Density {
    #[default]
    Comfortable,
    Compact,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyPreset {
    #[default]
    Gmail,
    Mox,
    Roundcube,
}

/// A language there are texts for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    #[default]
    English,
    Korean,
}

impl Locale {
    /// BCP 47.
    pub const fn tag(self) -> &'static str {
        match self {
            Locale::English => "en",
            Locale::Korean => "ko",
        }
    }
}

/// Kept in `localStorage` as postcard in hexadecimal; append fields only at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub language: Language,
    pub theme: Theme,
    pub density: Density,
    pub keys: bool,
    pub preset: KeyPreset,
    /// Mark a message as read when it is opened.
    pub mark_read: bool,
    /// Ask the browser to notify of new mail.
    pub notify: bool,
    /// Name beside the own address in `From`.
    pub name: String,
    /// Added below new messages.
    pub signature: String,
    /// The browser's language is Korean; what `Language::Auto` means. Set at start, not chosen.
    #[serde(skip)]
    pub browser_korean: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: Language::Auto,
            theme: Theme::Auto,
            density: Density::Comfortable,
            keys: true,
            preset: KeyPreset::Gmail,
            mark_read: true,
            notify: false,
            name: String::new(),
            signature: String::new(),
            browser_korean: false,
        }
    }
}

/// One change, as a person makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    Language(Language),
    Theme(Theme),
    Density(Density),
    Keys(bool),
    Preset(KeyPreset),
    MarkRead(bool),
    Notify(bool),
    Name(String),
    Signature(String),
}

impl Settings {
    /// Characters of a name or signature that are kept.
    const MAX_TEXT: usize = 2_000;

    pub fn locale(&self) -> Locale {
        match self.language {
            Language::English => Locale::English,
            Language::Korean => Locale::Korean,
            Language::Auto if self.browser_korean => Locale::Korean,
            Language::Auto => Locale::English,
        }
    }

    pub fn set(&mut self, change: Setting) {
        match change {
            Setting::Language(v) => self.language = v,
            Setting::Theme(v) => self.theme = v,
            Setting::Density(v) => self.density = v,
            Setting::Keys(v) => self.keys = v,
            Setting::Preset(v) => self.preset = v,
            Setting::MarkRead(v) => self.mark_read = v,
            Setting::Notify(v) => self.notify = v,
            Setting::Name(v) => self.name = v.chars().filter(|c| !c.is_control()).take(200).collect(),
            Setting::Signature(v) => self.signature = v.chars().take(Self::MAX_TEXT).collect(),
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// What [`Self::to_bytes`] wrote; the defaults when it can't be read.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        postcard::from_bytes(bytes).unwrap_or_default()
    }
}
