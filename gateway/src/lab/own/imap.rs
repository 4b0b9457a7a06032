//! One's own mailbox by IMAP, read only: EXAMINE, STATUS and FETCH never set `\Seen` (RFC 9051 §6.3.3, §6.3.11, §6.4.5).
use super::device::Recorded;
use super::{Account, MAX_FOLDERS};
use crate::account::connect::Dialer;
use crate::account::link::Link;
use crate::imap::command::Items;
use crate::imap::event::{Completion, Data, Fetch, ListItem, QuotaItem, Reply, Selected, StatusItem};
use crate::imap::{Command, Event};
use crate::mail::header::{decode_text, message_ids};
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, Seq, Uid, UidValidity};
use pyeonji_shared::limits::FIRST_ROWS;
use pyeonji_shared::message::Flags;
use std::time::Duration;
use tokio::time::timeout;

/// For a polite end.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a first look shows, as the page's does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders {
    /// Folders with mail of their own, and how many messages they have, where that was told.
    pub counts: Vec<(FolderName, Option<u32>)>,
    /// Folders that weren't counted, because there are too many.
    pub beyond: usize,
    /// Rows of the Inbox that came.
    pub rows: u32,
    pub inbox: u32,
}

/// A message of the Inbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub seq: u32,
    pub uid: Uid,
    pub validity: UidValidity,
    pub size: u32,
    /// Seconds since 1970-01-01 UTC.
    pub received: i64,
    pub read: bool,
    pub subject: String,
    pub message_id: Option<String>,
}

pub struct Session {
    link: Link,
    inbox: Selected,
}

impl Session {
    pub async fn open(account: &Account<'_>, device: &Recorded) -> Result<Self, ApiError> {
        let (provider, who) = (account.provider.clone(), account.who.clone());
        let dialer = Dialer::alone(device.net.clone(), provider, who, 1);
        Ok(Self { link: dialer.dial(&mut Vec::new()).await?, inbox: Selected::default() })
    }

    /// Several commands in one flight; what the last one is answered with.
    async fn run(
        &mut self,
        commands: impl IntoIterator<Item = Command>,
        mut each: impl FnMut(Data),
    ) -> Result<Completion, ApiError> {
        let mut flying: Vec<_> = commands.into_iter().map(|command| self.link.submit(command)).collect();
        loop {
            match self.link.next().await {
                Event::Done { id, result } if flying.contains(&id) => {
                    flying.retain(|own| *own != id);
                    let done = result.map_err(|error| ApiError::from(&error))?;
                    if flying.is_empty() {
                        return Ok(done);
                    }
                }
                Event::Data(data) => each(data),
                Event::Failed(error) => return Err((&error).into()),
                _ => {}
            }
        }
    }

    fn offers(&self, name: &str) -> bool {
        self.link.engine().capabilities().is_some_and(|known| known.has(name))
    }

    fn examine() -> Command {
        Command::Select { folder: FolderName::inbox(), condstore: false, examine: true }
    }

    fn selected(&mut self, done: Completion) -> Result<(), ApiError> {
        let Reply::Selected(selected) = done.reply else { return Err(ApiError::new(ErrorKind::Protocol)) };
        self.inbox = selected;
        Ok(())
    }

    /// All folders with their counts, and the newest rows of the Inbox.
    pub async fn overview(&mut self) -> Result<Folders, ApiError> {
        let (mut listed, mut told) = (Vec::new(), Vec::new());
        let mut hear = |data| match data {
            Data::List(item) => listed.push(item),
            Data::Status(status) => told.push(status),
            _ => {}
        };
        let list = Command::List { with_status: true };
        if self.offers("LIST-STATUS") {
            let done = self.run([list, Self::examine()], &mut hear).await?;
            self.selected(done)?;
        } else {
            self.run([list], &mut hear).await?;
            let own = own(&listed).take(MAX_FOLDERS).map(|item| item.folder.clone());
            for folder in own.collect::<Vec<_>>() {
                // A folder that isn't counted is no reason to count none.
                match self
                    .run([Command::Status { folder }], |data| {
                        told.extend(if let Data::Status(status) = data { Some(status) } else { None });
                    })
                    .await
                {
                    Err(error) if error.kind == ErrorKind::Disconnected => return Err(error),
                    _ => {}
                }
            }
            let done = self.run([Self::examine()], |_| {}).await?;
            self.selected(done)?;
        }
        let mut rows = 0;
        self.newest(Items::Row, |_| rows += 1).await?;
        Ok(folders(&listed, &told, rows, self.inbox.exists))
    }

    async fn newest(&mut self, items: Items, mut each: impl FnMut(Box<Fetch>)) -> Result<(), ApiError> {
        let exists = self.inbox.exists;
        if exists == 0 {
            return Ok(());
        }
        let from = Seq(exists.saturating_sub(FIRST_ROWS.saturating_sub(1)).max(1));
        let command = Command::FetchWindow { from, to: None, items };
        let hear = |data| {
            if let Data::Fetch(fetch) = data {
                each(fetch);
            }
        };
        self.run([command], hear).await.map(drop)
    }

    /// Sizes, dates and names of the newest rows, oldest first, and the quota where the server names one.
    pub async fn details(&mut self) -> Result<(Vec<Row>, Option<QuotaItem>), ApiError> {
        let (mut rows, mut quota) = (Vec::new(), None);
        let validity = self.inbox.validity;
        self.newest(Items::Copied, |fetch| rows.extend(row(&fetch, validity))).await?;
        rows.sort_by_key(|row| row.seq);
        if self.offers("QUOTA") {
            let command = Command::Quota { folder: FolderName::inbox() };
            let hear = |data| {
                if let Data::Quota(item) = data {
                    quota.get_or_insert(item);
                }
            };
            match self.run([command], hear).await {
                // Who won't say it has none for us.
                Err(error) if error.kind == ErrorKind::Disconnected => return Err(error),
                _ => {}
            }
        }
        Ok((rows, quota.filter(|quota| quota.limit > 0)))
    }

    /// Whether a message of the Inbox is marked as read; `None`: it isn't there.
    pub async fn is_read(&mut self, validity: UidValidity, uid: Uid) -> Result<Option<bool>, ApiError> {
        let done = self.run([Self::examine()], |_| {}).await?;
        self.selected(done)?;
        if self.inbox.validity != validity {
            return Err(ApiError::new(ErrorKind::ValidityChanged));
        }
        let mut read = None;
        let command = Command::FetchUids { uids: vec![uid], items: Items::Flags };
        self.run([command], |data| match data {
            Data::Fetch(fetch) if fetch.uid == Some(uid) => {
                read = fetch.flags.map(|list| list.flags.contains(Flags::SEEN));
            }
            _ => {}
        })
        .await?;
        Ok(read)
    }

    pub async fn end(mut self) {
        self.link.submit(Command::Logout);
        let goodbye = async { while !matches!(self.link.next().await, Event::Failed(_)) {} };
        timeout(FAREWELL, goodbye).await.ok();
    }
}

/// Folders with mail of their own: where one shows the mail of others, nothing is counted twice.
fn own(listed: &[ListItem]) -> impl Iterator<Item = &ListItem> {
    let shows = |item: &ListItem| matches!(item.special, Some(SpecialUse::All | SpecialUse::Flagged));
    listed.iter().filter(move |item| item.selectable && !shows(item))
}

fn folders(listed: &[ListItem], told: &[StatusItem], rows: u32, inbox: u32) -> Folders {
    let mut counts: Vec<(FolderName, Option<u32>)> = Vec::new();
    let mut beyond = 0;
    for item in own(listed) {
        let name = if item.folder.is_inbox() { FolderName::inbox() } else { item.folder.clone() };
        // RFC 9051 §6.3.9: a name may be listed twice.
        if counts.iter().any(|(known, _)| *known == name) {
            continue;
        }
        if counts.len() >= MAX_FOLDERS {
            beyond += 1;
            continue;
        }
        let same =
            |status: &&StatusItem| status.folder == name || (name.is_inbox() && status.folder.is_inbox());
        let status = told.iter().find(same).and_then(|status| status.messages);
        let status = if name.is_inbox() { Some(inbox) } else { status };
        counts.push((name, status));
    }
    Folders { counts, beyond, rows, inbox }
}

fn row(fetch: &Fetch, validity: UidValidity) -> Option<Row> {
    let envelope = fetch.envelope.as_ref();
    Some(Row {
        seq: fetch.seq.0,
        uid: fetch.uid?,
        validity,
        // What comes unasked has none.
        size: fetch.size?,
        received: fetch.received.unwrap_or_default(),
        read: fetch.flags.as_ref().is_some_and(|list| list.flags.contains(Flags::SEEN)),
        subject: envelope.and_then(|e| e.subject.as_deref()).map(decode_text).unwrap_or_default(),
        message_id: envelope.and_then(|e| message_ids(e.message_id.as_ref()?).into_iter().next()),
    })
}
