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
const DEADLINE: Duration = Duration::from_secs(1);

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
        if let Some(view) = run(&self.full, at.clone(), raw.clone(), Effort::Full, DEADLINE).await {
            return view;
        }
        match run(&self.plain, at.clone(), raw.clone(), Effort::PlainText, DEADLINE).await {
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
    let Job { at, raw, effort, started, done } = job;
    if done.is_closed() {
        return;
    }
    let _ = started.send(());
    let view = catch_unwind(AssertUnwindSafe(|| view::render_with(at.clone(), raw.clone(), effort)))
        .unwrap_or_else(|_| {
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
