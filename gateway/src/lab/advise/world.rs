//! Habits as a scenario: years of mail, thinned so that it can be run, on a mailbox that is smaller by as much.
use pyeonji_shared::lab::advice::{Choice, Habits, Point, Scale};
use pyeonji_shared::lab::scenario::{
    Account, Device, FORMAT, Network, Protocol, Rule, Scenario, Server, Step, Variant, Words,
};

/// Letters that are simulated.
const LETTERS: u64 = 40;
/// KB of all of them together.
const KILOBYTES: u64 = 15_000;
/// KB of the letter that is sent.
const SENT_KILOBYTES: u32 = 20;
/// The simulated mailbox holds so many letters at least: one comes while others are on their way out.
const LEAST_ROOM: u64 = 3;
/// Days for which a copy may be left; the longest is taken that fills half of the mailbox at most.
const DAYS: [u16; 4] = [30, 14, 7, 3];

const DEVICES: [&str; 4] = ["first", "second", "third", "fourth"];
pub const SENT_LETTER: &str = "reply";

pub fn letter(n: u32) -> String {
    format!("m{n}")
}

pub struct World {
    pub scenario: Scenario,
    pub scale: Scale,
    /// What each of the variants stands for.
    pub choices: Vec<Choice>,
    pub devices: Vec<&'static str>,
    /// Letters that are opened on the first device.
    pub opened: Vec<u32>,
    /// Steps, counted from 1: the last letter was looked at by all; the reply was; the first device is cut off; it was replaced.
    pub rounds: usize,
    pub replied: usize,
    pub cut: usize,
    pub replaced: usize,
}

fn number<T: TryInto<u32>>(n: T) -> u32 {
    n.try_into().unwrap_or(u32::MAX)
}

fn same(text: &str) -> Words {
    Words { en: text.into(), ko: text.into() }
}

impl World {
    /// `habits`: bounded.
    pub fn new(habits: &Habits) -> Self {
        let (size, letters) = (u64::from(habits.kb_per_mail), habits.letters());
        let simulated = LETTERS.min(KILOBYTES / size.max(1)).min(letters).max(1);
        let room = u64::from(habits.quota_mb) * 1_000 * simulated / letters.max(1);
        let days = u64::from(habits.keep_years) * 365;
        let scale = Scale {
            simulated: number(simulated),
            letters,
            days: number(days),
            quota_kilobytes: number(room.max(LEAST_ROOM * size + 1)),
        };
        let devices: Vec<&str> = DEVICES.into_iter().take(usize::from(habits.devices)).collect();
        let first = devices.first().copied().unwrap_or("first").to_owned();
        let opened: Vec<u32> = (1..=scale.simulated).filter(|n| is_opened(*n, habits)).collect();
        let mut steps = Vec::new();
        let look = |steps: &mut Vec<Step>| {
            steps.extend(devices.iter().map(|d| Step::Check { device: (*d).to_owned() }));
        };
        for n in 1..=scale.simulated {
            steps.push(Step::Deliver { message: letter(n), kilobytes: u32::from(habits.kb_per_mail) });
            look(&mut steps);
            if opened.contains(&n) {
                steps.push(Step::Read { device: first.clone(), message: letter(n) });
            }
            steps.push(Step::Wait { hours: number(days * 24 / simulated).max(1) });
        }
        // Everybody hears of what was read last.
        look(&mut steps);
        let rounds = steps.len();
        steps.push(Step::Send {
            device: first.clone(),
            message: SENT_LETTER.into(),
            kilobytes: SENT_KILOBYTES,
            copy_to_self: devices.len() > 1,
        });
        look(&mut steps);
        let replied = steps.len();
        steps.push(Step::Cut { device: first.clone() });
        let cut = steps.len();
        steps.push(Step::Restore { device: first.clone() });
        steps.push(Step::Lose { device: first.clone() });
        steps.push(Step::Check { device: first });
        let replaced = steps.len();
        let device = |name: &&str| Device {
            name: (*name).to_owned(),
            protocol: Protocol::Pop3,
            account: Account::Ada,
            rule: Rule::LeaveCopy,
        };
        let choices = choices(habits);
        let scenario = Scenario {
            format: FORMAT,
            id: "advice".into(),
            title: Words { en: "Which should I use?".into(), ko: "무엇을 쓰면 좋을까요?".into() },
            claim: same(""),
            network: Network::default(),
            server: Server { quota_kilobytes: scale.quota_kilobytes, ..Server::default() },
            devices: devices.iter().map(device).collect(),
            variants: choices.iter().map(variant).collect(),
            steps,
            expect: Vec::new(),
            measure: Vec::new(),
        };
        Self { scenario, scale, choices, devices, opened, rounds, replied, cut, replaced }
    }

    /// The step that shows a point's figure.
    pub fn shown_by(&self, what: Point) -> u32 {
        number(match what {
            Point::SentCopies => self.replied,
            Point::Offline | Point::LeftBehind => self.cut,
            Point::Survives => self.replaced,
            Point::OtherDevices
            | Point::ReadState
            | Point::Refused
            | Point::Traffic
            | Point::ServerKilobytes => self.rounds,
        })
    }
}

/// Spread evenly over all.
fn is_opened(n: u32, habits: &Habits) -> bool {
    let up_to = |n: u32| u64::from(n) * u64::from(habits.share_read_percent) / 100;
    up_to(n) > up_to(n.saturating_sub(1))
}

/// In the order in which they are preferred where nothing else decides. "Until deleted here" is the same as leaving a copy: nobody
/// deletes anything in here.
fn choices(habits: &Habits) -> Vec<Choice> {
    let a_day = u64::from(habits.mail_per_day) * u64::from(habits.kb_per_mail);
    let half = u64::from(habits.quota_mb) * 1_000 / 2;
    let days = DAYS.into_iter().find(|days| u64::from(*days) * a_day <= half);
    let rules = [Some(Rule::LeaveCopy), days.map(Rule::LeaveDays), Some(Rule::DownloadAndDelete)];
    let pop3 = rules.into_iter().flatten().map(|rule| Choice { protocol: Protocol::Pop3, rule: Some(rule) });
    std::iter::once(Choice { protocol: Protocol::Imap, rule: None }).chain(pop3).collect()
}

fn variant(choice: &Choice) -> Variant {
    let name = match choice.rule {
        None => same("IMAP"),
        Some(Rule::LeaveCopy | Rule::UntilDeletedHere) => {
            Words { en: "POP3, leave a copy".into(), ko: "POP3, 서버에 남기기".into() }
        }
        Some(Rule::LeaveDays(days)) => {
            Words { en: format!("POP3, leave it {days} days"), ko: format!("POP3, {days}일 남기기") }
        }
        Some(Rule::DownloadAndDelete) => {
            Words { en: "POP3, download and delete".into(), ko: "POP3, 내려받고 지우기".into() }
        }
    };
    // With IMAP the copy is in everybody's Sent as it is.
    let copy_to_self = (choice.protocol == Protocol::Imap).then_some(false);
    Variant { name, protocol: Some(choice.protocol), rule: choice.rule, copy_to_self, ..Variant::default() }
}
