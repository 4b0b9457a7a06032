//! What is said of one's own mailbox, in English and Korean: the page shows it as it comes.
use super::claims::Looked;
use super::{MAX_FOLDERS, MAX_LISTED};
use pyeonji_shared::lab::own::{Consent, Offer};
use pyeonji_shared::lab::scenario::Words;

/// Characters of a subject that are shown.
const MAX_SUBJECT: usize = 80;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Both(pub &'static str, pub &'static str);

impl Both {
    pub fn words(self) -> Words {
        Words { en: self.0.to_owned(), ko: self.1.to_owned() }
    }

    pub fn text(self) -> Said {
        Said(self.0.to_owned(), self.1.to_owned())
    }
}

pub struct Said(pub String, pub String);

impl From<Said> for Words {
    fn from(Said(en, ko): Said) -> Self {
        Words { en, ko }
    }
}

pub fn both(en: String, ko: String) -> Said {
    Said(en, ko)
}

/// English for one and for several, Korean before and behind the number.
pub type Unit = (&'static str, &'static str, &'static str, &'static str);

pub const MESSAGE: Unit = ("message", "messages", "메일 ", "통");
pub const FOLDER: Unit = ("folder", "folders", "폴더 ", "개");
pub const ROW: Unit = ("row", "rows", "목록 ", "줄");
pub const TRIP: Unit = ("round trip", "round trips", "왕복 ", "회");
const DAYS: Unit = ("day", "days", "", "일");
const YEARS: Unit = ("year", "years", "", "년");
pub const YEAR: u64 = 365;

/// So long, in days or in years.
pub fn span(days: u64) -> Said {
    if days < 2 * YEAR { many(days, DAYS) } else { many(days / YEAR, YEARS) }
}

pub fn many(n: u64, (one, several, before, behind): Unit) -> Said {
    let unit = if n == 1 { one } else { several };
    both(format!("{n} {unit}"), format!("{before}{n}{behind}"))
}

/// In thousands, as the lab counts.
pub fn octets(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{}.{} KB", n / 1_000, n % 1_000 / 100),
        1_000_000..1_000_000_000 => format!("{}.{} MB", n / 1_000_000, n % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", n / 1_000_000_000, n % 1_000_000_000 / 100_000_000),
    }
}

pub fn time(seconds: u64) -> Said {
    match seconds {
        0 => both("less than a second".into(), "1초 미만".into()),
        1..120 => both(format!("{seconds} s"), format!("{seconds}초")),
        120..7_200 => both(format!("{} min", seconds / 60), format!("{}분", seconds / 60)),
        _ => both(format!("{} h", seconds / 3_600), format!("{}시간", seconds / 3_600)),
    }
}

/// As it stands in a sentence: short, apart from what is around it whichever way it is written, and never empty.
pub fn subject(whole: &str) -> String {
    let mut short: String = whole.trim().chars().take(MAX_SUBJECT).collect();
    if short.len() < whole.trim().len() {
        short.push('…');
    }
    if short.is_empty() { "—".to_owned() } else { format!("\u{2068}{short}\u{2069}") }
}

pub const IMAP_COSTS: Both = Both("IMAP costs more traffic than POP3", "IMAP은 POP3보다 통신량이 많다");
pub const FIRST_DOWNLOAD: Both = Both(
    "A first check by POP3 brings more than a first look by IMAP",
    "POP3로 처음 확인할 때는 IMAP으로 처음 볼 때보다 많이 받는다",
);
pub const POP3_SEES_ALL: Both = Both("POP3 shows all my mail", "POP3로도 내 메일이 다 보인다");
pub const ROOM: Both = Both("My mailbox has room for another year", "내 메일함은 앞으로 1년은 더 쓸 수 있다");
pub const FETCH_LEAVES: Both =
    Both("Fetching by POP3 leaves a message on the server as it is", "POP3로 받아도 서버의 메일은 그대로다");
pub const NOTHING: Both = Both("", "");
pub const NOT_THE_INBOX: Both = Both(
    " These aren’t the messages of the Inbox alone, or not all of them: the provider’s settings for POP3 say which it shows.",
    " 받은편지함의 메일 수와 다릅니다. 어떤 메일을 보여 줄지는 메일 서비스의 POP3 설정에 따릅니다.",
);
pub const NO_QUOTA: Both = Both(
    "The server names no quota. If it has one, it shows only once mail is refused.",
    "서버가 용량 한도를 알려 주지 않습니다. 한도가 있다면 메일이 거절될 때에야 알 수 있습니다.",
);
pub const TOO_SHORT: Both = Both(
    " The newest messages of the Inbox say nothing about the days to come: they came within a day, or there are none.",
    " 받은편지함의 최근 메일이 하루 안에 왔거나 없어서 앞으로를 내다볼 수 없습니다.",
);
pub const UNSEEN: Both =
    Both("What became of it couldn’t be seen.", "그 뒤에 어떻게 되었는지는 확인하지 못했습니다.");
pub const WENT: Both = Both(
    "It isn’t in the Inbox any more: the provider archived, moved or deleted it. Look into Archive, All Mail and Trash.",
    "받은편지함에서 사라졌습니다. 메일 서비스가 보관하거나 옮기거나 지웠습니다. 보관함, 전체 메일, 휴지통을 확인하세요.",
);
pub const MARKED: Both = Both(
    "It is marked as read now, on every device that uses IMAP.",
    "이제 IMAP을 쓰는 모든 기기에서 읽음으로 표시됩니다.",
);
pub const MARKED_BEFORE: Both = Both(
    "It is still in the Inbox. It was marked as read before, so whether POP3 marks can’t be seen from it.",
    "받은편지함에 그대로 있습니다. 전에 이미 읽음이었으므로 POP3가 읽음으로 바꾸는지는 알 수 없습니다.",
);
pub const UNTOUCHED: Both = Both(
    "It is still in the Inbox, and not marked as read.",
    "받은편지함에 그대로 있고 읽음으로 바뀌지 않았습니다.",
);

pub fn title_look() -> Words {
    Both("My own mailbox", "내 메일함").words()
}

pub fn title_fetch() -> Words {
    Both("One message of my own, by POP3", "내 메일 한 통을 POP3로").words()
}

/// A protocol that the provider isn't set up for here.
pub fn no_server(missing: &str, left: &str) -> Words {
    both(
        format!(
            "No {missing} server is set up here for your provider, so this is {left}’s half alone. Ask whoever runs this webmail to add \
             it if your provider has one."
        ),
        format!(
            "이 메일 서비스에는 {missing} 서버가 설정되어 있지 않아 {left} 쪽만 보여 줍니다. 서비스에서 제공한다면 웹메일 관리자에게 추가를 \
             요청하세요."
        ),
    )
    .into()
}

/// What wasn't looked at.
pub fn bounds(seen: &Looked) -> Vec<Words> {
    let mut notes = Vec::new();
    if let Some(folders) = &seen.imap {
        let unknown = folders.counts.iter().filter(|(_, messages)| messages.is_none()).count();
        if folders.beyond > 0 || unknown > 0 {
            let n = folders.beyond + unknown;
            notes.push(both(
                format!("Folders that weren’t counted: {n}. At most {MAX_FOLDERS} are, and some can’t be."),
                format!("세지 않은 폴더: {n}개. 최대 {MAX_FOLDERS}개까지 세며, 셀 수 없는 폴더도 있습니다."),
            ));
        }
    }
    if seen.pop3.is_some_and(|maildrop| !maildrop.listed) {
        notes.push(both(
            format!("With more than {MAX_LISTED} messages POP3’s list wasn’t asked for, only their number and size."),
            format!("메일이 {MAX_LISTED}통을 넘어 POP3 목록은 받지 않고 수와 크기만 물었습니다."),
        ));
    } else if seen.pop3.is_some_and(|maildrop| !maildrop.names) {
        notes.push(both(
            "The POP3 server has no UIDL: it has no lasting names for messages, so a device can’t tell by them what it has fetched."
                .into(),
            "POP3 서버에 UIDL이 없습니다. 메일에 변하지 않는 이름이 없어 기기는 무엇을 받았는지 이름으로 알 수 없습니다.".into(),
        ));
    }
    notes.into_iter().map(Words::from).collect()
}

pub fn offer(subject: &str, consent: Consent) -> Offer {
    Offer {
        consent,
        risk: both(
            format!(
                "This one changes something for real. “{subject}” would be fetched whole by POP3 (RETR), and no other message. Many \
                 providers then mark it as read (\\Seen); some archive or delete what was fetched, as their POP3 settings say. Afterwards \
                 IMAP looks what became of it."
            ),
            format!(
                "이 실험은 실제로 메일함을 바꿀 수 있습니다. “{subject}” 한 통만 POP3로 전체를 받습니다(RETR). 많은 서비스가 그 메일을 \
                 읽음(\\Seen)으로 표시하고, POP3 설정에 따라 보관하거나 지우는 서비스도 있습니다. 그런 다음 IMAP으로 어떻게 되었는지 \
                 확인합니다."
            ),
        )
        .into(),
        agree: both(
            format!("I agree that “{subject}” may be marked as read, archived or deleted."),
            format!("“{subject}”이(가) 읽음으로 표시되거나 보관되거나 지워질 수 있음에 동의합니다."),
        )
        .into(),
        act: both(format!("Fetch “{subject}” by POP3"), format!("“{subject}” POP3로 받기")).into(),
    }
}
