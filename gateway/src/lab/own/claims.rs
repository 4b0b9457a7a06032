//! What people say, against what was seen in one's own mailbox. Pure: from what was counted, and from nothing else.
use super::Offered;
use super::imap::{Folders, Row};
use super::pop3::Maildrop;
use super::report::{IMAP, POP3, Steps};
use super::words::{self, Both, both, many, octets, time};
use crate::imap::event::QuotaItem;
use pyeonji_shared::lab::own::Claim;
use pyeonji_shared::lab::report::{Totals, Verdict};

const DAY: i64 = 24 * 3600;
/// Octets of a unit of STORAGE (RFC 9208 §5.1).
const UNIT: u64 = 1_024;
/// Lines that a first download is reckoned for, KB/s.
const FAST: u64 = 1_000;
const SLOW: u64 = 20;

/// What was seen of a mailbox.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    pub imap: Option<Folders>,
    pub pop3: Option<Maildrop>,
    /// What seeing that cost.
    pub imap_cost: Totals,
    pub pop3_cost: Totals,
    /// The newest rows of the Inbox, oldest first.
    pub rows: Vec<Row>,
    pub quota: Option<QuotaItem>,
}

impl Looked {
    pub fn cost_of(&mut self, steps: &Steps) {
        (self.imap_cost, self.pop3_cost) = (steps.spent(IMAP), steps.spent(POP3));
    }

    /// Octets of the account on the server, as far as they are known.
    pub fn used(&self) -> u64 {
        let quota = self.quota.map(|quota| quota.used.saturating_mul(UNIT));
        quota.or(self.pop3.map(|maildrop| maildrop.octets)).unwrap_or_default()
    }
}

fn traffic(cost: Totals) -> u64 {
    cost.sent.saturating_add(cost.received)
}

fn verdict(held: bool) -> Option<Verdict> {
    Some(if held { Verdict::Held } else { Verdict::DidNotHold })
}

pub fn claims(seen: &Looked, now: i64) -> Vec<Claim> {
    let mut all = Vec::new();
    if let (Some(imap), Some(pop3)) = (&seen.imap, seen.pop3) {
        all.push(cost(imap, seen));
        all.push(download(pop3, seen));
        all.push(sees(imap, pop3));
    }
    if seen.imap.is_some() {
        all.push(room(seen, now));
    }
    all
}

/// E6: what signing in and seeing what is there costs.
fn cost(imap: &Folders, seen: &Looked) -> Claim {
    let (by_imap, by_pop3) = (seen.imap_cost, seen.pop3_cost);
    let rows = many(imap.rows.into(), words::ROW);
    let folders = many(imap.counts.len() as u64, words::FOLDER);
    let spent = |cost: Totals| {
        let trips = many(cost.round_trips.into(), words::TRIP);
        both(
            format!("{} in {}", octets(traffic(cost)), trips.0),
            format!("{}, {}", octets(traffic(cost)), trips.1),
        )
    };
    let (one, other) = (spent(by_imap), spent(by_pop3));
    Claim {
        id: "E6".into(),
        claim: words::IMAP_COSTS.words(),
        verdict: verdict(traffic(by_imap) > traffic(by_pop3)),
        found: both(
            format!(
                "To sign in and see what is there: IMAP {}, for {} with counts and {} of the Inbox; POP3 {}, for numbers, sizes and \
                 names alone.",
                one.0, folders.0, rows.0, other.0
            ),
            format!(
                "로그인하고 목록을 보는 데 IMAP은 {}({}와 메일 수, 받은편지함 {}), POP3는 {}(번호, 크기, 이름만)가 들었습니다.",
                one.1, folders.1, rows.1, other.1
            ),
        )
        .into(),
    }
}

/// E6, too: a first check by POP3 brings everything. From LIST alone: nothing is fetched.
fn download(pop3: Maildrop, seen: &Looked) -> Claim {
    let all = pop3.octets.saturating_add(traffic(seen.pop3_cost));
    let messages = many(pop3.messages.into(), words::MESSAGE);
    let (fast, slow) = (time(pop3.octets / FAST / 1_000), time(pop3.octets / SLOW / 1_000));
    let (size, look) = (octets(pop3.octets), octets(traffic(seen.imap_cost)));
    Claim {
        id: "E6".into(),
        claim: words::FIRST_DOWNLOAD.words(),
        verdict: verdict(all > traffic(seen.imap_cost)),
        found: both(
            format!(
                "By POP3 {} would come, {size}: {} at 1 MB/s, {} at 20 KB/s. IMAP’s first look took {look}; each text that is opened \
                 comes on top of it. Nothing was fetched for this: it is what the server says of sizes.",
                messages.0, fast.0, slow.0
            ),
            format!(
                "POP3로는 {}, {size}를 받게 됩니다. 1 MB/s에서 {}, 20 KB/s에서 {} 걸립니다. IMAP으로 처음 볼 때는 {look}가 들었고, 여는 \
                 메일의 본문은 그때마다 더해집니다. 실제로 받은 것은 없으며, 서버가 알려 준 크기로 계산했습니다.",
                messages.1, fast.1, slow.1
            ),
        )
        .into(),
    }
}

/// E2: which messages each protocol sees.
fn sees(imap: &Folders, pop3: Maildrop) -> Claim {
    let counted = imap.counts.iter().map(|(_, messages)| u64::from(messages.unwrap_or_default())).sum();
    let (folders, all) = (many(imap.counts.len() as u64, words::FOLDER), many(counted, words::MESSAGE));
    let drop = many(pop3.messages.into(), words::MESSAGE);
    let same = pop3.messages == imap.inbox;
    let differs: Both = if same { words::NOTHING } else { words::NOT_THE_INBOX };
    Claim {
        id: "E2".into(),
        claim: words::POP3_SEES_ALL.words(),
        verdict: verdict(u64::from(pop3.messages) >= counted),
        found: both(
            format!(
                "IMAP: {} with {}, {} of them in the Inbox. POP3: {}, {}, and no folders.{}",
                folders.0,
                all.0,
                imap.inbox,
                drop.0,
                octets(pop3.octets),
                differs.0
            ),
            format!(
                "IMAP: {}에 {}, 그중 받은편지함에 {}통. POP3: {}, {}, 폴더는 보이지 않습니다.{}",
                folders.1,
                all.1,
                imap.inbox,
                drop.1,
                octets(pop3.octets),
                differs.1
            ),
        )
        .into(),
    }
}

/// E5: how long the room lasts if all that comes stays on the server.
fn room(seen: &Looked, now: i64) -> Claim {
    let claim = |verdict, found: words::Said| Claim {
        id: "E5".into(),
        claim: words::ROOM.words(),
        verdict,
        found: found.into(),
    };
    let Some(quota) = seen.quota else { return claim(None, words::NO_QUOTA.text()) };
    let (used, limit) = (quota.used.saturating_mul(UNIT), quota.limit.saturating_mul(UNIT));
    let full = both(
        format!("{} of {} are used.", octets(used), octets(limit)),
        format!("{} 중 {}를 쓰고 있습니다.", octets(limit), octets(used)),
    );
    let oldest = seen.rows.iter().map(|row| row.received).min().unwrap_or(now);
    let days = u64::try_from((now - oldest) / DAY).unwrap_or_default();
    let came: u64 = seen.rows.iter().map(|row| u64::from(row.size)).sum();
    if days == 0 || came == 0 {
        return claim(None, both(full.0 + words::TOO_SHORT.0, full.1 + words::TOO_SHORT.1));
    }
    let rate = (came / days).max(1);
    let left = limit.saturating_sub(used) / rate;
    let (rows, lasts) = (many(seen.rows.len() as u64, words::MESSAGE), words::span(left));
    let span = words::span(days);
    let rate = octets(rate);
    claim(
        verdict(left >= words::YEAR),
        both(
            format!(
                "{} The newest {} of the Inbox came within {}: {rate} a day. If all of it stays there, the room lasts {}.",
                full.0, rows.0, span.0, lasts.0
            ),
            format!(
                "{} 받은편지함의 최근 {}이 {} 동안 왔습니다(하루 {rate}). 모두 그대로 두면 {} 뒤에 가득 찹니다.",
                full.1, rows.1, span.1, lasts.1
            ),
        ),
    )
}

/// The newest message that isn't read yet, or else the newest: one that can be told from others.
pub fn offered(rows: &[Row]) -> Option<Offered> {
    let named = || rows.iter().rev().filter(|row| row.message_id.is_some());
    let row = named().find(|row| !row.read).or_else(|| named().next())?;
    let last = rows.last()?.seq;
    Some(Offered {
        subject: words::subject(&row.subject),
        message_id: row.message_id.clone()?,
        validity: row.validity,
        uid: row.uid,
        newer: last.saturating_sub(row.seq),
    })
}

/// What fetching did: `before` and `after` say whether the message is marked as read; `None` inside: it isn't in the Inbox any more,
/// outside: that couldn't be seen.
pub fn fetched(before: bool, after: Option<Option<bool>>, size: u64, subject: &str) -> Claim {
    let (outcome, verdict) = match after {
        None => (words::UNSEEN, None),
        Some(None) => (words::WENT, verdict(false)),
        Some(Some(true)) if !before => (words::MARKED, verdict(false)),
        // What is marked already shows nothing more.
        Some(Some(true)) => (words::MARKED_BEFORE, None),
        Some(Some(false)) => (words::UNTOUCHED, verdict(!before)),
    };
    let size = octets(size);
    Claim {
        id: String::new(),
        claim: words::FETCH_LEAVES.words(),
        verdict,
        found: both(
            format!("“{subject}” was fetched by POP3, {size}. {}", outcome.0),
            format!("“{subject}”을(를) POP3로 받았습니다({size}). {}", outcome.1),
        )
        .into(),
    }
}

#[cfg(test)]
mod tests;
