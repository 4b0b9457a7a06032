//! A scenario: world, devices, steps, and what is claimed. As a file it is JSON, version 1 (docs/lab.md); between page and gateway postcard.
pub use super::account::Account;
use super::amount::Amount;
pub use crate::device::plan::Rule;
use serde::{Deserialize, Serialize};

/// The version of the format that is read here.
pub const FORMAT: u32 = 1;
/// Bytes of a file.
pub const MAX_FILE: usize = 256 << 10;
pub const MAX_DEVICES: usize = 8;
pub const MAX_STEPS: usize = 500;
pub const MAX_VARIANTS: usize = 8;
pub const MAX_EXPECTATIONS: usize = 200;
/// Half of all: past that hardly anything comes through in time.
pub const MAX_LOSS: u32 = 50;
/// Bytes of a name of a device or message.
pub const MAX_NAME: usize = 40;

/// A text in the languages that we speak.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub en: String,
    pub ko: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub format: u32,
    pub id: String,
    pub title: Words,
    /// What people say.
    pub claim: Words,
    #[serde(default)]
    pub network: Network,
    #[serde(default)]
    pub server: Server,
    pub devices: Vec<Device>,
    /// The same steps under other conditions; without any, once as it stands.
    #[serde(default)]
    pub variants: Vec<Variant>,
    pub steps: Vec<Step>,
    /// The claim holds in a run if all of this is so, and what is measured at its end is as it says.
    #[serde(default)]
    pub expect: Vec<Expect>,
    #[serde(default)]
    pub measure: Vec<Measure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// One way.
    pub latency_ms: u32,
    pub kilobytes_per_second: u32,
    /// Of the packets, which are sent again.
    pub loss_percent: u32,
    /// Which ones: the same seed loses the same.
    pub seed: u32,
}

impl Network {
    /// One that loses nothing.
    pub const fn new(latency_ms: u32, kilobytes_per_second: u32) -> Self {
        Self { latency_ms, kilobytes_per_second, loss_percent: 0, seed: 1 }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self::new(20, 1_000)
    }
}

/// What the server can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    pub uidl: bool,
    pub top: bool,
    pub quota_kilobytes: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self { uidl: true, top: true, quota_kilobytes: 100_000 }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    Imap,
    Pop3,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    pub name: String,
    pub protocol: Protocol,
    /// Whose it is.
    #[serde(default)]
    pub account: Account,
    /// POP3: what becomes of the server's copy.
    #[serde(default)]
    pub rule: Rule,
}

/// Other conditions; what isn't named is as in the scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    pub name: Words,
    /// Its place on the axis of a picture, where the conditions differ in one number.
    #[serde(default)]
    pub value: Option<u32>,
    /// Of all devices.
    #[serde(default)]
    pub protocol: Option<Protocol>,
    /// Of all POP3 devices.
    #[serde(default)]
    pub rule: Option<Rule>,
    #[serde(default)]
    pub server: Option<Server>,
    #[serde(default)]
    pub network: Option<Network>,
    /// Of all that is sent.
    #[serde(default)]
    pub copy_to_self: Option<bool>,
    /// Steps that are left out, counted from 1.
    #[serde(default)]
    pub skip: Vec<usize>,
    /// Devices that nobody uses.
    #[serde(default)]
    pub without: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// A message arrives in the Inbox.
    Deliver {
        message: String,
        kilobytes: u32,
    },
    /// IMAP: signs in if it must, and looks at the Inbox. POP3: a whole check under its rule.
    Check {
        device: String,
    },
    Read {
        device: String,
        message: String,
    },
    Star {
        device: String,
        message: String,
    },
    /// IMAP: to Trash. POP3: from this device, and from the server as the rule says.
    Delete {
        device: String,
        message: String,
    },
    /// Writes a message to the other person. `copy_to_self`: also as a blind copy to one's own address.
    Send {
        device: String,
        message: String,
        kilobytes: u32,
        #[serde(default)]
        copy_to_self: bool,
    },
    /// IMAP only: to another folder of the server.
    Move {
        device: String,
        message: String,
        folder: String,
    },
    /// The device is without a network from now on.
    Cut {
        device: String,
    },
    Restore {
        device: String,
    },
    /// The device is broken, with all that was on it; a new one of this name takes its place.
    Lose {
        device: String,
    },
    /// POP3: another rule from now on.
    Rule {
        device: String,
        rule: Rule,
    },
    /// Time passes. Devices sleep meanwhile: what was connected isn't any more.
    Wait {
        hours: u32,
    },
    /// The same several times; `{n}` in a message's name counts from `from`. It is one step of its scenario.
    Repeat {
        times: u32,
        #[serde(default = "one")]
        from: u32,
        steps: Vec<Step>,
    },
}

fn one() -> u32 {
    1
}

fn inbox() -> String {
    super::places::INBOX.to_owned()
}

/// Something that can be counted when all steps are done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    pub what: What,
    /// A device, or `server`.
    pub of: String,
    pub is: Order,
    pub than: Amount,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Octets of both directions, of a device.
    Traffic,
    RoundTrips,
    /// Of the server's account.
    Kilobytes,
    /// Deliveries that the server refused.
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    Less,
    More,
}

/// Something that can be seen. Places are devices, and `server`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub struct Expect {
    /// The step after which it must be so, counted from 1; the last one without.
    #[serde(default)]
    pub after: Option<usize>,
    pub message: String,
    pub is: Is,
    pub at: Vec<String>,
    /// The folder there.
    #[serde(default = "inbox")]
    pub folder: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Is {
    /// In that folder there.
    There,
    /// Not in that folder there.
    Gone,
    Read,
    Unread,
    Starred,
    /// Its text can be read there without a network.
    Readable,
    /// It is there, and its text can't be read without a network.
    Unreadable,
    /// In that folder there more than once.
    Twice,
}

/// The places that are no devices: the mailboxes of the two, the second where somebody of it takes part.
pub const SERVER: &str = "server";
pub const GREEN: &str = "green";
/// Stands for the two servers where mail goes from one to the other; it holds nothing.
pub const RELAY: &str = "relay";
