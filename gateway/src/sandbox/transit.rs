//! Mail on its way: a bounded queue in which every message waits for its hop.
use super::date::Moment;
use super::flags::Flags;
use super::message::Content;
use super::store::NewMessage;
use super::world::{Account, World};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// One message for one account; room for it is reserved there.
pub struct Parcel {
    pub to: Arc<Account>,
    pub raw: Bytes,
}

/// Where the SMTP server hands mail over.
#[derive(Clone)]
pub struct Transit {
    queue: mpsc::Sender<(Instant, Parcel)>,
    hop: Duration,
}

impl Transit {
    /// Hands over all parcels or none; `false` when the queue is full.
    pub fn send(&self, parcels: Vec<Parcel>) -> bool {
        let Ok(places) = self.queue.try_reserve_many(parcels.len()) else { return false };
        let due = Instant::now() + self.hop;
        for (place, parcel) in places.zip(parcels) {
            place.send((due, parcel));
        }
        true
    }
}

pub fn start(world: Arc<World>, hop: Duration, stop: &CancellationToken, tasks: &TaskTracker) -> Transit {
    let (queue, mut waiting) = mpsc::channel::<(Instant, Parcel)>(world.bounds.in_transit);
    let stop = stop.clone();
    tasks.spawn(stop.run_until_cancelled_owned(async move {
        // Every parcel waits equally long, so the first in is the first due.
        while let Some((due, parcel)) = waiting.recv().await {
            tokio::time::sleep_until(due).await;
            deliver(&world, parcel);
        }
    }));
    Transit { queue, hop }
}

fn deliver(world: &World, parcel: Parcel) {
    let date = Moment::utc(world.clock.now());
    let new = NewMessage { flags: Flags::default(), date, content: Content::new(parcel.raw) };
    parcel.to.with(|store| {
        store.unreserve(new.content.weight());
        // Room was reserved and INBOX can't be deleted.
        let _ = store.append("INBOX", new);
    });
}
