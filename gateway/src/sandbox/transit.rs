//! Mail on its way: a bounded queue in which every message waits for its hop, or a shelf that somebody empties who simulates one.
use super::date::Moment;
use super::flags::Flags;
use super::message::Content;
use super::store::NewMessage;
use super::world::{Account, World};
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// One message for one recipient.
pub struct Parcel {
    /// The account here that it is for; room for it is reserved there. None: it must be passed on to another server.
    pub account: Option<Arc<Account>>,
    pub from: String,
    pub to: String,
    pub raw: Bytes,
}

impl Parcel {
    /// Keeps room for it; `false` if there is none.
    pub fn reserve(&self) -> bool {
        let bytes = self.raw.len() as u64;
        self.account.as_ref().is_none_or(|account| account.with(|store| store.reserve(bytes)).is_ok())
    }

    pub fn unreserve(&self) {
        if let Some(account) = &self.account {
            account.with(|store| store.unreserve(self.raw.len() as u64));
        }
    }

    /// Puts it into its account's Inbox. What is for another server stays undelivered.
    pub fn deliver(self, world: &World) {
        self.unreserve();
        let Some(account) = self.account else { return };
        let date = Moment::utc(world.clock.now());
        let new = NewMessage { flags: Flags::default(), date, content: Content::new(self.raw) };
        // Room was reserved and INBOX can't be deleted.
        let _ = account.with(|store| store.append("INBOX", new));
    }
}

/// Where the SMTP server hands mail over.
#[derive(Clone)]
pub enum Transit {
    Queue {
        queue: mpsc::Sender<(Instant, Parcel)>,
        hop: Duration,
    },
    /// Until it is taken; at most so many.
    Shelf {
        parcels: Arc<Mutex<Vec<Parcel>>>,
        most: usize,
    },
}

impl Transit {
    pub fn shelf(most: usize) -> Self {
        Self::Shelf { parcels: Arc::default(), most }
    }

    /// Hands over all parcels, or gives them back when the way is full.
    pub fn send(&self, parcels: Vec<Parcel>) -> Result<(), Vec<Parcel>> {
        match self {
            Self::Queue { queue, hop } => {
                let Ok(places) = queue.try_reserve_many(parcels.len()) else { return Err(parcels) };
                let due = Instant::now() + *hop;
                for (place, parcel) in places.zip(parcels) {
                    place.send((due, parcel));
                }
            }
            Self::Shelf { parcels: shelf, most } => {
                let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
                if shelf.len() + parcels.len() > *most {
                    return Err(parcels);
                }
                shelf.extend(parcels);
            }
        }
        Ok(())
    }

    /// What lies on the shelf.
    pub fn take(&self) -> Vec<Parcel> {
        match self {
            Self::Queue { .. } => Vec::new(),
            Self::Shelf { parcels, .. } => {
                std::mem::take(&mut *parcels.lock().unwrap_or_else(PoisonError::into_inner))
            }
        }
    }
}

pub fn start(world: Arc<World>, hop: Duration, stop: &CancellationToken, tasks: &TaskTracker) -> Transit {
    let (queue, mut waiting) = mpsc::channel::<(Instant, Parcel)>(world.bounds.in_transit);
    let stop = stop.clone();
    tasks.spawn(stop.run_until_cancelled_owned(async move {
        // Every parcel waits equally long, so the first in is the first due.
        while let Some((due, parcel)) = waiting.recv().await {
            tokio::time::sleep_until(due).await;
            parcel.deliver(&world);
        }
    }));
    Transit::Queue { queue, hop }
}
