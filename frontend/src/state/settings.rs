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

macro_rules! commands {
    ($($name:ident)*) => {
        /// What a key does.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Command { $($name),* }

        impl Command {
            /// In the order of the help sheet.
            pub const ALL: &[Command] = &[$(Command::$name),*];

            /// What it is kept as.
            fn letter(self) -> char {
                char::from(b'A' + self as u8)
            }
        }
    };
}

// New ones come at the end: keys of one's own are kept by the place in this list.
commands! {
    Next Previous Open Back Select Search GoInbox GoSent GoDrafts GoArchive Help
    Compose Reply ReplyAll Forward Archive Delete Junk Move Star MarkRead MarkUnread Undo
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
    /// Keys of one's own, which take the place of the preset's: a letter for the command and the stroke (see `keys::stroke`),
    /// and so on. As text, for which the page has all the code. What was kept before there were any ends before this.
    pub own_keys: String,
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
            own_keys: String::new(),
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
    /// This stroke for that command.
    OwnKey(Command, char),
    /// The preset's keys again, for every command.
    NoOwnKeys,
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
            Setting::OwnKey(command, stroke) => {
                let mut all = String::new();
                for c in Command::ALL {
                    if let Some(stroke) = if *c == command { Some(stroke) } else { self.own_key(*c) } {
                        all.push(c.letter());
                        all.push(stroke);
                    }
                }
                self.own_keys = all;
            }
            Setting::NoOwnKeys => self.own_keys.clear(),
        }
    }

    /// The stroke that was chosen for this command.
    pub fn own_key(&self, command: Command) -> Option<char> {
        let mut kept = self.own_keys.chars();
        while let (Some(letter), Some(stroke)) = (kept.next(), kept.next()) {
            if letter == command.letter() {
                return Some(stroke);
            }
        }
        None
    }

    pub fn has_own_keys(&self) -> bool {
        !self.own_keys.is_empty()
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// What [`Self::to_bytes`] wrote; the defaults when it can't be read.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        // For what ends before `own_keys`; after it, a byte more isn't looked at.
        postcard::from_bytes(&[bytes, &[0]].concat()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen() -> Settings {
        let mut settings = Settings::default();
        for change in [
            Setting::Language(Language::Korean),
            Setting::Theme(Theme::Dark),
            Setting::Density(Density::Compact),
            Setting::Keys(false),
            Setting::Preset(KeyPreset::Roundcube),
            Setting::MarkRead(false),
            Setting::Notify(true),
            Setting::Name("에이다\r\n\u{7}".into()),
            Setting::Signature("-- \nAda".into()),
            Setting::OwnKey(Command::Star, 'q'),
            Setting::OwnKey(Command::Help, 'h'),
            Setting::OwnKey(Command::Star, 'W'),
        ] {
            settings.set(change);
        }
        settings
    }

    #[test]
    fn every_choice_is_kept() {
        let settings = chosen();
        assert_eq!(settings.name, "에이다", "no header can be smuggled in by a name");
        let own = [Command::Star, Command::Help, Command::Next].map(|c| settings.own_key(c));
        assert_eq!(own, [Some('W'), Some('h'), None]);
        assert_eq!(settings.own_keys.len(), 4, "one for a command");
        assert_eq!(Settings::from_bytes(&settings.to_bytes()), settings);
        let mut reset = settings.clone();
        reset.set(Setting::NoOwnKeys);
        assert_eq!(reset, Settings { own_keys: String::new(), ..settings });
    }

    #[test]
    fn what_an_earlier_build_kept_is_read_and_nonsense_is_not() {
        let old = Settings { own_keys: String::new(), ..chosen() };
        let mut bytes = old.to_bytes();
        assert_eq!(bytes.pop(), Some(0), "own keys: none");
        assert_eq!(Settings::from_bytes(&bytes), old);
        bytes.truncate(7);
        for bytes in [&bytes[..], b"", b"\xff\xff\xff"] {
            assert_eq!(Settings::from_bytes(bytes), Settings::default());
        }
    }

    #[test]
    fn every_command_can_have_a_key_of_its_own() {
        let mut settings = Settings::default();
        for (command, stroke) in Command::ALL.iter().zip('a'..) {
            settings.set(Setting::OwnKey(*command, stroke));
        }
        for (command, stroke) in Command::ALL.iter().zip('a'..) {
            assert_eq!(settings.own_key(*command), Some(stroke), "{command:?}");
        }
    }

    #[test]
    fn texts_are_bounded() {
        let mut settings = Settings::default();
        settings.set(Setting::Name("가".repeat(5_000)));
        settings.set(Setting::Signature("가".repeat(5_000)));
        assert_eq!((settings.name.chars().count(), settings.signature.chars().count()), (200, 2_000));
    }
}
