//! An account on a server as a whole: what every folder truly holds, and the means to put mail there and to remove it. For the lab, which
//! compares what devices were told with what is so. One link, one thing at a time.
use super::connect::Dialer;
use super::folders::{Folders, Place};
use super::job::removal::Removal;
use super::link::Link;
use super::side::{self, Appending, Side, Trouble};
use super::special;
use crate::config::Provider;
use crate::imap::Command;
use crate::net::Net;
use crate::secret::Credentials;
use bytes::Bytes;
use pyeonji_shared::account::{Folder, SpecialUse};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::ids::{FolderName, Uid};
use pyeonji_shared::message::Flags;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Messages that are looked at; an account with more is refused.
const MAX_MESSAGES: u32 = 20_000;

/// A message in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub folder: FolderName,
    pub uid: Uid,
    pub flags: Flags,
    pub size: u32,
    /// As the server cut it, with its brackets.
    pub message_id: Option<Bytes>,
}

pub struct Inspector {
    dialer: Dialer,
    link: Option<Link>,
    folders: Folders,
}

impl Inspector {
    /// Signs in and lists the folders.
    ///
    /// # Errors
    /// When the server can't be reached, or doesn't take the credentials.
    pub async fn open(net: Net, provider: Arc<Provider>, credentials: Credentials) -> Result<Self, ApiError> {
        let links = net.limits().links_per_account;
        let dialer = Dialer::alone(net, provider, credentials, links);
        let mut this = Self { dialer, link: None, folders: Folders::default() };
        let mut side = this.side().await?;
        let result = side.folders().await;
        this.folders = this.back(side, result)?;
        Ok(this)
    }

    async fn side(&mut self) -> Result<Side, ApiError> {
        let link = match self.link.take() {
            Some(link) => link,
            None => side::fresh(&self.dialer, None).await?,
        };
        Ok(Side { link, limits: self.dialer.limits.clone(), pace: self.dialer.pace.clone() })
    }

    /// Keeps the link if it is fit for more.
    fn back<T>(&mut self, side: Side, result: Result<T, Trouble>) -> Result<T, ApiError> {
        if result.as_ref().map_or_else(|trouble| trouble.usable, |_| true) {
            self.link = Some(side.link);
        }
        result.map_err(|trouble| trouble.error)
    }

    /// Folders with mail of their own: where one shows the mail of others, nothing is counted twice.
    fn own(&self) -> Vec<FolderName> {
        let own =
            |f: &&Folder| f.selectable && !matches!(f.special, Some(SpecialUse::All | SpecialUse::Flagged));
        self.folders.all().iter().filter(own).map(|f| f.name.clone()).collect()
    }

    /// How many messages each folder has; without those that have none.
    pub async fn counts(&mut self) -> Result<Vec<(FolderName, u32)>, ApiError> {
        let mut side = self.side().await?;
        let mut counts = Vec::new();
        for folder in self.own() {
            let selected = side.select_any(&folder, true).await.map(|selected| selected.exists);
            match selected {
                Ok(0) => {}
                Ok(count) => counts.push((folder, count)),
                Err(trouble) => return self.back(side, Err(trouble)),
            }
        }
        self.back(side, Ok(counts))
    }

    /// Everything there is, folder by folder, in the order of their numbers.
    ///
    /// # Errors
    /// [`ErrorKind::TooBig`] past 20,000 messages.
    pub async fn contents(&mut self) -> Result<Vec<Stored>, ApiError> {
        let mut side = self.side().await?;
        let mut all = Vec::new();
        for folder in self.own() {
            if let Err(trouble) = contents(&mut side, &folder, &mut all).await {
                return self.back(side, Err(trouble));
            }
        }
        self.back(side, Ok(all))
    }

    /// Puts a message into a folder, as its server would: unread.
    pub async fn deliver(&mut self, folder: &FolderName, source: Bytes) -> Result<(), ApiError> {
        let (give, body) = mpsc::channel(1);
        let size = source.len() as u64;
        // There is room for one.
        give.try_send(Ok(source)).ok();
        let to = Place { folder: folder.clone(), create: false };
        let appending =
            Appending { to, flags: Flags::default(), keywords: Vec::new(), date: None, size, body };
        let mut side = self.side().await?;
        let result = side.append(appending).await.map(drop);
        self.back(side, result)
    }

    /// Where a folder of this name is in the account: that of its use, or one of its name. `true`: it had to be made.
    pub async fn folder(&mut self, name: &str) -> Result<(FolderName, bool), ApiError> {
        let Place { folder, create } =
            self.folders.twin(&FolderName(name.to_owned()), special::by_name(name));
        if create {
            let mut side = self.side().await?;
            let result = side.command(Command::Create { folder: folder.clone() }, |_| {}).await.map(drop);
            self.back(side, result)?;
            self.folders.made(folder.clone());
        }
        Ok((folder, create))
    }

    /// Removes a folder that holds nothing more.
    pub async fn remove_folder(&mut self, folder: &FolderName) -> Result<(), ApiError> {
        let mut side = self.side().await?;
        // Not the one that is open: a server may hang up on whoever has it so (RFC 2180 §3).
        let result = match side.select_any(&FolderName::inbox(), true).await {
            Ok(_) => side.command(Command::Delete { folder: folder.clone() }, |_| {}).await.map(drop),
            Err(trouble) => Err(trouble),
        };
        self.back(side, result)
    }

    /// Removes for good exactly these.
    pub async fn remove(&mut self, doomed: &[Stored]) -> Result<(), ApiError> {
        for folder in self.own() {
            let uids: Vec<Uid> = doomed.iter().filter(|s| s.folder == folder).map(|s| s.uid).collect();
            if uids.is_empty() {
                continue;
            }
            let mut side = self.side().await?;
            let result = remove(&mut side, &folder, uids).await;
            self.back(side, result)?;
        }
        Ok(())
    }
}

async fn contents(side: &mut Side, folder: &FolderName, all: &mut Vec<Stored>) -> Result<(), Trouble> {
    let exists = side.select_any(folder, true).await?.exists;
    if u32::try_from(all.len()).unwrap_or(u32::MAX).saturating_add(exists) > MAX_MESSAGES {
        return Err(Trouble { error: ApiError::new(ErrorKind::TooBig), usable: true });
    }
    let mut from = 1;
    while from <= exists {
        let found = side.window(from, exists).await?;
        // A server that gives nothing won't give more.
        let Some(last) = found.last().map(|fetch| fetch.seq.0) else { break };
        all.extend(found.into_iter().filter_map(|fetch| {
            Some(Stored {
                folder: folder.clone(),
                uid: fetch.uid?,
                flags: fetch.flags.unwrap_or_default().flags,
                // What comes unasked has none.
                size: fetch.size?,
                message_id: fetch.envelope.and_then(|e| e.message_id),
            })
        }));
        from = last.max(from).saturating_add(1);
    }
    Ok(())
}

async fn remove(side: &mut Side, folder: &FolderName, uids: Vec<Uid>) -> Result<(), Trouble> {
    let exists = side.select_any(folder, false).await?.exists;
    side.job(Box::new(Removal::new(uids, exists))).await.map(drop)
}
