//! What the gateway costs: processor time of a sign-in with list and message, memory of idle sessions and of large files.
use super::figures::{Figures, Idle, Side, Task, Transfer};
use super::mailbox::{BIG, Mailbox};
use super::process::Process;
use crate::client::{Browserless, Wire};
use http_body_util::BodyExt;
use pyeonji_shared::call::list::Open;
use pyeonji_shared::call::read::Read;
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::event::Snapshot;
use pyeonji_shared::ids::{FolderName, MessageRef, Uid};
use std::time::{Duration, Instant};

/// Time for a gateway that was just busy to come to rest.
const REST: Duration = Duration::from_secs(2);

/// A signed-in session with its socket.
pub struct Signed {
    pub http: Browserless,
    pub wire: Wire,
}

impl Signed {
    pub async fn new(url: &str, mailbox: &Mailbox) -> Self {
        Self::timed(url, mailbox).await.0
    }

    /// With the milliseconds of sign-in and of the socket.
    pub async fn timed(url: &str, mailbox: &Mailbox) -> (Self, f64, f64) {
        let start = Instant::now();
        let mut http = Browserless::new(url);
        http.sign_in(&mailbox.user, &mailbox.password).await.expect("sign-in");
        let signed_in = start.elapsed();
        let wire = http.connect(None).await.expect("a socket");
        let socket = start.elapsed() - signed_in;
        (Self { http, wire }, super::floor::ms(signed_in), super::floor::ms(socket))
    }

    pub fn snapshot(&self) -> &Snapshot {
        self.wire.welcome.snapshot.as_ref().expect("a snapshot")
    }

    pub fn inbox(&self) -> MessageRef {
        let open = self.snapshot().open.as_ref().expect("the Inbox");
        MessageRef { folder: open.folder.clone(), validity: open.validity, uid: Uid(0) }
    }

    pub async fn sign_out(self) {
        let answer = self.http.post("/api/logout", "application/json", Vec::new()).await;
        assert!(answer.status().is_success(), "sign-out: {}", answer.status());
    }
}

/// Processor time of sign-in, socket with the list, and one message; mean over `repeats`, in a few rounds.
pub async fn cpu(url: &str, gateway: Process, mailbox: &Mailbox, repeats: u32, figures: &mut Figures) {
    const ROUNDS: u32 = 5;
    // Code and allocator are warm, as in a gateway that has been running.
    round(url, mailbox, 5).await;
    for _ in 0..ROUNDS {
        let before = gateway.cpu();
        let sessions = round_open(url, mailbox, repeats).await;
        let spent = gateway.cpu() - before;
        figures.add(
            Task::Cpu,
            mailbox.messages,
            Side::Ours,
            spent.as_secs_f64() * 1000.0 / f64::from(repeats),
        );
        end(sessions).await;
    }
}

async fn round(url: &str, mailbox: &Mailbox, n: u32) {
    end(round_open(url, mailbox, n).await).await;
}

async fn round_open(url: &str, mailbox: &Mailbox, n: u32) -> Vec<Signed> {
    let mut sessions = Vec::new();
    for _ in 0..n {
        let mut session = Signed::new(url, mailbox).await;
        let at = MessageRef { uid: Uid(mailbox.plain()), ..session.inbox() };
        let reply = session.wire.call(Call::Read(Read { at, background: false })).await;
        assert!(matches!(reply, Ok(Reply::Read(_))), "{reply:?}");
        sessions.push(session);
    }
    sessions
}

async fn end(sessions: Vec<Signed>) {
    for session in sessions {
        session.sign_out().await;
    }
}

/// Resident memory at each of these numbers of idle sessions, rising.
pub async fn memory(url: &str, gateway: Process, mailbox: &Mailbox, numbers: &[u32], figures: &mut Figures) {
    let mut sessions = Vec::new();
    for number in numbers {
        while sessions.len() < *number as usize {
            sessions.push(Signed::new(url, mailbox).await);
        }
        tokio::time::sleep(REST).await;
        figures.idle.push(Idle { sessions: *number, resident: gateway.resident() });
    }
    if let (Some(first), Some(last)) = (figures.idle.first(), figures.idle.last())
        && last.sessions > first.sessions
    {
        let more = last.resident.saturating_sub(first.resident) as f64;
        let each = more / f64::from(last.sessions - first.sessions) / 1024.0;
        figures.add(Task::Memory, mailbox.messages, Side::Ours, each);
    }
    end(sessions).await;
}

/// A file of 25 MB down and up.
pub async fn transfers(url: &str, gateway: Process, mailbox: &Mailbox, figures: &mut Figures) {
    let mut session = Signed::new(url, mailbox).await;
    let call = Call::Open(Open { folder: FolderName(BIG.0.into()), rows: 50 });
    let Ok(Reply::Open(folder)) = session.wire.call(call).await else {
        panic!("the folder of the large file")
    };
    let down = format!(
        "/api/part?s={}&folder={}&validity={}&uid=1&section=2&inline=0",
        session.wire.session().hex(),
        BIG.0,
        folder.validity.0
    );
    let before = begin(gateway).await;
    let start = Instant::now();
    let mut body = session.http.get(&down).await.into_body();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame.expect("a whole download").data_ref().map_or(0, bytes::Bytes::len);
    }
    assert_eq!(length, BIG.1, "the whole file");
    figures.transfers.push(transfer("download", before, gateway, start));
    let before = begin(gateway).await;
    let start = Instant::now();
    let up = "/api/upload?name=big.bin&type=application%2Foctet-stream";
    let answer = session.http.post(up, "application/octet-stream", vec![7; BIG.1]).await;
    assert!(answer.status().is_success(), "upload: {}", answer.status());
    figures.transfers.push(transfer("upload", before, gateway, start));
    session.sign_out().await;
}

async fn begin(gateway: Process) -> u64 {
    tokio::time::sleep(REST).await;
    gateway.reset_peak();
    gateway.resident()
}

fn transfer(name: &'static str, before: u64, gateway: Process, start: Instant) -> Transfer {
    let milliseconds = super::floor::ms(start.elapsed());
    Transfer { name, size: BIG.1, raised: gateway.peak().saturating_sub(before), milliseconds }
}
