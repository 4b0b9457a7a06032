//! "Which should I use?": what somebody does with mail, and what the lab advises, with the figures that say so. Words are the page's.
use super::scenario::{Protocol, Rule, Scenario};
use serde::{Deserialize, Serialize};

/// Devices that are simulated at most; more change nothing in what is advised.
pub const MAX_ADVISED: u8 = 4;
pub const MAX_YEARS: u8 = 10;
pub const MAX_PER_DAY: u16 = 1_000;
pub const MAX_MAIL_KB: u16 = 1_000;
pub const MAX_QUOTA_MB: u32 = 1_000_000;

/// How somebody uses mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habits {
    /// On which the same mail is wanted.
    pub devices: u8,
    /// Mail is read where there is no network.
    pub offline_often: bool,
    /// What is transferred costs money.
    pub metered: bool,
    /// Others use this computer, too.
    pub shared_computer: bool,
    /// The devices are backed up.
    pub backups: bool,
    pub quota_mb: u32,
    pub mail_per_day: u16,
    pub kb_per_mail: u16,
    /// Of a hundred letters, how many are opened.
    pub share_read_percent: u8,
    /// How long mail is kept.
    pub keep_years: u8,
    pub offers: Offers,
}

/// What the provider has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    pub imap: bool,
    pub pop3: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            devices: 2,
            offline_often: false,
            metered: false,
            shared_computer: false,
            backups: false,
            quota_mb: 15_000,
            mail_per_day: 20,
            kb_per_mail: 75,
            share_read_percent: 50,
            keep_years: 3,
            offers: Offers { imap: true, pop3: true },
        }
    }
}

impl Habits {
    /// Within the bounds of what can be simulated.
    #[must_use]
    pub fn bounded(self) -> Self {
        Self {
            devices: self.devices.clamp(1, MAX_ADVISED),
            quota_mb: self.quota_mb.clamp(1, MAX_QUOTA_MB),
            mail_per_day: self.mail_per_day.clamp(1, MAX_PER_DAY),
            kb_per_mail: self.kb_per_mail.clamp(1, MAX_MAIL_KB),
            share_read_percent: self.share_read_percent.min(100),
            keep_years: self.keep_years.clamp(1, MAX_YEARS),
            ..self
        }
    }

    /// Letters of all those years.
    pub fn letters(&self) -> u64 {
        u64::from(self.mail_per_day) * 365 * u64::from(self.keep_years)
    }
}

/// What is compared. All figures are of the simulation; [`Scale`] says what they stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Point {
    /// Letters that are on the second device, too.
    OtherDevices,
    /// Letters that are read on the first device and show as read on the second.
    ReadState,
    /// Other devices that have a copy of what was sent from the first.
    SentCopies,
    /// Letters that the server refused, because the mailbox was full.
    Refused,
    /// Letters that are still somewhere after the first device broke.
    Survives,
    /// Letters that can be read on the first device without a network.
    Offline,
    /// Letters that lie readable on the first device, for whoever sits down at it.
    LeftBehind,
    /// KB, up and down, of all devices together.
    Traffic,
    /// KB on the server at the end.
    ServerKilobytes,
}

impl Point {
    pub const ALL: [Point; 9] = [
        Point::OtherDevices,
        Point::ReadState,
        Point::SentCopies,
        Point::Refused,
        Point::Survives,
        Point::Offline,
        Point::LeftBehind,
        Point::Traffic,
        Point::ServerKilobytes,
    ];

    /// More of it is worse.
    pub fn less_is_better(self) -> bool {
        matches!(self, Point::Refused | Point::LeftBehind | Point::Traffic | Point::ServerKilobytes)
    }
}

/// One way to get mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub protocol: Protocol,
    /// Of POP3.
    pub rule: Option<Rule>,
}

/// A figure that speaks for one or the other, or for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub what: Point,
    pub imap: u64,
    pub pop3: u64,
    pub better: Option<Protocol>,
    /// How much it counts for these habits; 0: not at all.
    pub weight: u8,
    /// The step of [`Advice::scenario`] that shows it, counted from 1.
    pub step: u32,
}

/// What to set, or to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Setting {
    /// A blind copy of what is sent goes to oneself.
    CopyToSelf,
    /// Mail is on the devices alone: take copies.
    BackUp,
    /// Open before leaving what is to be read without a network.
    OpenBefore,
    /// Don't keep mail on this computer; sign out.
    KeepNothingHere,
    /// The mailbox is full after so many days: file mail elsewhere before, or get more room.
    MakeRoom { days: u32 },
}

/// One simulated letter stands for several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// Letters that were simulated.
    pub simulated: u32,
    /// Letters of all years.
    pub letters: u64,
    pub days: u32,
    /// The simulated mailbox.
    pub quota_kilobytes: u32,
}

/// A candidate and its points; more is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    pub choice: Choice,
    pub score: u32,
    /// The run of [`Advice::scenario`] that measured it, counted from 0.
    pub run: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// None: the provider offers neither.
    pub choice: Option<Choice>,
    /// The provider leaves no choice of protocol.
    pub forced: bool,
    pub settings: Vec<Setting>,
    /// IMAP against the best of POP3's rules, in the order of [`Point::ALL`].
    pub reasons: Vec<Reason>,
    /// The runs of [`Advice::scenario`] that the reasons' figures are of, counted from 0.
    pub imap_run: u32,
    pub pop3_run: u32,
    pub candidates: Vec<Candidate>,
    pub scale: Scale,
    /// What was simulated: run it to see everything.
    pub scenario: Scenario,
}
