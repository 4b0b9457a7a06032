//! The threads that read messages: few, with large stacks, behind a bounded queue (R29, R30, R32).
use super::view::{self, Effort};
use crate::account::request::RawMessage;
use pyeonji_shared::ids::MessageRef;
use pyeonji_shared::message::MessageView;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Messages waiting for a thread; further callers wait in line for a place.
const QUEUE: usize = 32;
/// mail-parser's recursive `Drop` needs room (SECURITY.md); the guards keep it far below this.
const STACK: usize = 16 << 20;
/// After this long the HTML is given up and the plain text is shown.
/// An unoptimised build is some twenty times slower.
const DEADLINE: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 1 });
/// Bytes of source that are read in one more second, for messages that had to be fetched whole.
const BYTES_PER_SECOND: usize = 5 << 20;

/// Hands messages to the threads. Clones share them; the threads end with the last clone.
#[derive(Clone, Debug)]
pub struct Worker {
    full: mpsc::Sender<Job>,
    /// A thread of its own for the plain-text fallback, so that it isn't stuck behind what made it necessary.
    plain: mpsc::Sender<Job>,
}

#[derive(Debug)]
struct Job {
    at: MessageRef,
    raw: RawMessage,
    effort: Effort,
    started: oneshot::Sender<()>,
    done: oneshot::Sender<MessageView>,
}

impl Worker {
    /// Starts `threads` (at least one) threads for whole messages and one for fallbacks.
    pub fn start(threads: usize) -> std::io::Result<Self> {
        let full = lane("mail", threads.max(1))?;
        let plain = lane("mail-plain", 1)?;
        Ok(Self { full, plain })
    }

    /// Reads one message. Never fails: what can't be read is shown as its source.
    pub async fn render(&self, at: MessageRef, raw: RawMessage) -> MessageView {
        let seconds = raw.whole.as_ref().map_or(0, |whole| whole.len() / BYTES_PER_SECOND);
        let deadline = DEADLINE + Duration::from_secs(seconds as u64);
        if let Some(view) = run(&self.full, at.clone(), raw.clone(), Effort::Full, deadline).await {
            return view;
        }
        match run(&self.plain, at.clone(), raw.clone(), Effort::PlainText, deadline).await {
            Some(view) => view,
            None => view::shown_raw(at, &raw),
        }
    }
}

/// Starts the threads of one queue.
fn lane(name: &str, threads: usize) -> std::io::Result<mpsc::Sender<Job>> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let receiver = std::sync::Arc::new(std::sync::Mutex::new(receiver));
    for n in 0..threads {
        let receiver = receiver.clone();
        std::thread::Builder::new().name(format!("{name}-{n}")).stack_size(STACK).spawn(move || {
            while let Some(job) = next(&receiver) {
                work(job);
            }
        })?;
    }
    Ok(sender)
}

fn next(receiver: &std::sync::Mutex<mpsc::Receiver<Job>>) -> Option<Job> {
    // A poisoned lock only means that another thread panicked while it waited; the queue is whole.
    receiver.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).blocking_recv()
}

fn work(job: Job) {
    work_with(job, view::render_with);
}

fn work_with(job: Job, render: impl FnOnce(MessageRef, RawMessage, Effort) -> MessageView) {
    let Job { at, raw, effort, started, done } = job;
    if done.is_closed() {
        return;
    }
    let _ = started.send(());
    let view =
        catch_unwind(AssertUnwindSafe(|| render(at.clone(), raw.clone(), effort))).unwrap_or_else(|_| {
            tracing::error!("a message made its reader panic; its source is shown");
            view::shown_raw(at, &raw)
        });
    let _ = done.send(view);
}

/// `None`: too late, or the threads are gone.
async fn run(
    lane: &mpsc::Sender<Job>,
    at: MessageRef,
    raw: RawMessage,
    effort: Effort,
    deadline: Duration,
) -> Option<MessageView> {
    let (started, begun) = oneshot::channel();
    let (done, view) = oneshot::channel();
    lane.send(Job { at, raw, effort, started, done }).await.ok()?;
    begun.await.ok()?;
    tokio::time::timeout(deadline, view).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyeonji_shared::ids::{FolderName, Uid, UidValidity};
    use pyeonji_shared::message::ViewNote;

    fn at(uid: u32) -> MessageRef {
        MessageRef { folder: FolderName::inbox(), validity: UidValidity(1), uid: Uid(uid) }
    }

    fn raw(source: &[u8]) -> RawMessage {
        RawMessage { whole: Some(bytes::Bytes::copy_from_slice(source)), ..RawMessage::default() }
    }

    #[tokio::test]
    async fn more_messages_than_places_are_all_read() {
        let worker = Worker::start(2).unwrap();
        let tasks: Vec<_> = (1..=3 * QUEUE as u32)
            .map(|uid| {
                let worker = worker.clone();
                tokio::spawn(async move { worker.render(at(uid), raw(b"Subject: a\r\n\r\nbody\r\n")).await })
            })
            .collect();
        for (task, uid) in tasks.into_iter().zip(1..) {
            let view = task.await.unwrap();
            assert_eq!((view.at.uid.0, view.text.as_str()), (uid, "body\n"));
        }
    }

    #[tokio::test]
    async fn r29_the_threads_outlive_a_poison_mail() {
        let worker = Worker::start(1).unwrap();
        let bomb = b"Content-Type: message/rfc822\r\n\r\n".repeat(50_000);
        assert!(worker.render(at(1), raw(&bomb)).await.notes.contains(&ViewNote::ShownRaw));
        assert_eq!(worker.render(at(2), raw(b"\r\nok\r\n")).await.text, "ok\n");
    }

    #[tokio::test]
    async fn r32_a_panic_in_a_reader_is_shown_as_source() {
        let (started, _begun) = oneshot::channel();
        let (done, view) = oneshot::channel();
        let job = Job { at: at(1), raw: raw(b"Subject: x\r\n\r\ny"), effort: Effort::Full, started, done };
        work_with(job, |_, _, _| panic!("a fault in a reader"));
        assert!(view.await.unwrap().notes.contains(&ViewNote::ShownRaw));
    }
}
