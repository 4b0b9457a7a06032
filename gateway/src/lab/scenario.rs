//! A scenario file: JSON, version 1 (docs/lab.md). World, devices, steps, and what is claimed.
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The version of the format that is read here.
pub const FORMAT: u32 = 1;
/// Bytes of a file.
pub const MAX_FILE: usize = 256 << 10;
pub const MAX_DEVICES: usize = 8;
pub const MAX_STEPS: usize = 500;
pub const MAX_VARIANTS: usize = 8;
pub const MAX_EXPECTATIONS: usize = 200;
/// Bytes of a name of a device or message.
pub const MAX_NAME: usize = 40;
/// KB of one message.
const MAX_KILOBYTES: u32 = 1_000;
/// KB of all messages that a scenario delivers.
const MAX_MAIL: u64 = 20_000;

/// A text in the languages that we speak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The claim holds in a run if all of this is so.
    pub expect: Vec<Expect>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// One way.
    pub latency_ms: u32,
    pub kilobytes_per_second: u32,
}

impl Default for Network {
    fn default() -> Self {
        Self { latency_ms: 20, kilobytes_per_second: 1_000 }
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
    /// POP3: what becomes of the server's copy.
    #[serde(default)]
    pub rule: Rule,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    DownloadAndDelete,
    #[default]
    LeaveCopy,
    LeaveDays(u16),
    UntilDeletedHere,
}

/// Other conditions; what isn't named is as in the scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    pub name: Words,
    /// Of all POP3 devices.
    #[serde(default)]
    pub rule: Option<Rule>,
    #[serde(default)]
    pub server: Option<Server>,
    #[serde(default)]
    pub network: Option<Network>,
    /// Steps that are left out, counted from 1.
    #[serde(default)]
    pub skip: Vec<usize>,
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
    Wait {
        hours: u32,
    },
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Is {
    /// In the Inbox there.
    There,
    /// Not in the Inbox there.
    Gone,
    Read,
    Unread,
    Starred,
    /// Its text can be read there without a network.
    Readable,
    /// It is there, and its text can't be read without a network.
    Unreadable,
    /// In the Inbox there more than once.
    Twice,
}

/// The place that is no device.
pub const SERVER: &str = "server";

/// Why a file is no scenario, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("line {line}, column {column}: {reason}")]
    Json { line: usize, column: usize, reason: String },
    #[error("{0}")]
    Scenario(String),
    #[error("step {step}: {reason}")]
    Step { step: usize, reason: String },
    #[error("expectation {number}: {reason}")]
    Expect { number: usize, reason: String },
}

impl Scenario {
    pub fn read(text: &str) -> Result<Self, Wrong> {
        if text.len() > MAX_FILE {
            return Err(Wrong::Scenario(format!("a scenario has at most {MAX_FILE} bytes")));
        }
        let scenario: Self = serde_json::from_str(text).map_err(|error| {
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
            Wrong::Json { line: error.line(), column: error.column(), reason }
        })?;
        scenario.check()?;
        Ok(scenario)
    }

    /// Everything that is named must be there.
    fn check(&self) -> Result<(), Wrong> {
        let wrong = |reason: String| Err(Wrong::Scenario(reason));
        if self.format != FORMAT {
            return wrong(format!("format {} isn't known here; this program reads {FORMAT}", self.format));
        }
        let many = [
            ("devices", self.devices.len(), MAX_DEVICES),
            ("steps", self.steps.len(), MAX_STEPS),
            ("variants", self.variants.len(), MAX_VARIANTS),
            ("expectations", self.expect.len(), MAX_EXPECTATIONS),
        ];
        for (what, count, most) in many {
            if count > most {
                return wrong(format!("{count} {what}; there can be {most}"));
            }
        }
        let mut devices = BTreeSet::new();
        for device in &self.devices {
            if !is_name(&device.name) || device.name == SERVER || !devices.insert(device.name.as_str()) {
                return wrong(format!(
                    "\"{}\" can't be the name of a device, or is one already",
                    device.name
                ));
            }
        }
        if self.steps.is_empty() || self.expect.is_empty() {
            return wrong("a scenario has steps, and says what it expects".into());
        }
        let networks = self.variants.iter().filter_map(|v| v.network).chain([self.network]);
        if networks.into_iter().any(|n| n.kilobytes_per_second == 0 || n.latency_ms > 60_000) {
            return wrong("a network carries something, within a minute".into());
        }
        let beyond = |n: &usize| *n == 0 || *n > self.steps.len();
        if let Some(n) = self.variants.iter().flat_map(|v| &v.skip).find(|n| beyond(n)) {
            return wrong(format!("there is no step {n} to skip"));
        }
        let (mut messages, mut mail) = (BTreeSet::new(), 0);
        for (at, step) in self.steps.iter().enumerate() {
            self.check_step(step, &mut messages, &mut mail)
                .map_err(|reason| Wrong::Step { step: at + 1, reason })?;
        }
        for (at, expect) in self.expect.iter().enumerate() {
            let fail = |reason: String| Err(Wrong::Expect { number: at + 1, reason });
            if expect.after.is_some_and(|n| n == 0 || n > self.steps.len()) {
                return fail(format!("there is no such step; they count from 1 to {}", self.steps.len()));
            }
            if !messages.contains(expect.message.as_str()) {
                return fail(format!("no step delivers \"{}\"", expect.message));
            }
            if let Some(place) = expect.at.iter().find(|p| *p != SERVER && !devices.contains(p.as_str())) {
                return fail(format!("there is no device \"{place}\""));
            }
            if expect.at.is_empty() {
                return fail("it says nowhere".into());
            }
        }
        Ok(())
    }

    fn check_step<'a>(
        &self,
        step: &'a Step,
        messages: &mut BTreeSet<&'a str>,
        mail: &mut u64,
    ) -> Result<(), String> {
        let (device, message) = match step {
            Step::Deliver { message, kilobytes } => {
                *mail += u64::from(*kilobytes);
                if !is_name(message) || !messages.insert(message) {
                    return Err(format!("\"{message}\" can't be the name of a message, or is one already"));
                }
                if *kilobytes == 0 || *kilobytes > MAX_KILOBYTES || *mail > MAX_MAIL {
                    return Err(format!(
                        "a message has 1 to {MAX_KILOBYTES} KB, and all together at most {MAX_MAIL}"
                    ));
                }
                return Ok(());
            }
            Step::Wait { hours: 1..=9_000 } => return Ok(()),
            Step::Wait { .. } => return Err("one waits 1 to 9000 hours".into()),
            Step::Check { device }
            | Step::Cut { device }
            | Step::Restore { device }
            | Step::Lose { device }
            | Step::Rule { device, .. } => (device, None),
            Step::Read { device, message }
            | Step::Star { device, message }
            | Step::Delete { device, message }
            | Step::Move { device, message, .. } => (device, Some(message)),
        };
        let Some(found) = self.devices.iter().find(|d| d.name == *device) else {
            return Err(format!("there is no device \"{device}\""));
        };
        if let Some(message) = message.filter(|m| !messages.contains(m.as_str())) {
            return Err(format!("\"{message}\" hasn't been delivered before"));
        }
        match (step, found.protocol) {
            (Step::Move { folder, .. }, Protocol::Imap) if is_name(folder) => Ok(()),
            (Step::Move { .. }, Protocol::Imap) => Err("a folder needs a name".into()),
            (Step::Move { .. }, Protocol::Pop3) => Err("POP3 has one mailbox and no folders".into()),
            (Step::Rule { .. }, Protocol::Imap) => Err("only POP3 has a rule for the server's copy".into()),
            _ => Ok(()),
        }
    }

    /// As it is under a variant's conditions.
    pub fn under(&self, variant: &Variant) -> Self {
        let mut scenario = self.clone();
        scenario.variants = Vec::new();
        scenario.server = variant.server.unwrap_or(self.server);
        scenario.network = variant.network.unwrap_or(self.network);
        if let Some(rule) = variant.rule {
            scenario.devices.iter_mut().for_each(|d| d.rule = rule);
        }
        scenario
    }
}

/// Letters, digits, hyphen, underscore: it stands in a Message-ID and on the wire.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}
