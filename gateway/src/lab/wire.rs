//! A connection of a client's engine, to the sandbox's session in simulated time or to a server over a socket. In simulated time bytes need
//! the latency of the line, the time that its bandwidth asks for, and that of what is lost and sent again. Every line is recorded with its secrets taken out.
use super::loss::Luck;
use super::socket::{Heard, Socket};
use crate::net::Proto;
use crate::net::record::Recorder;
use crate::sandbox::clock::Clock;
use pyeonji_shared::lab::scenario::{Network, Protocol};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// Longest silence of a server that an engine has set no bound to.
const SILENCE: Duration = Duration::from_secs(60);
/// How long a server may take to close a connection that was said goodbye on.
const FAREWELL: Duration = Duration::from_secs(2);
/// Reads of what it says meanwhile.
const LAST_READS: u32 = 8;

/// Milliseconds by which whoever waits for hours is late, where lines take next to no time. Ledgers count seconds.
const MOMENT: u64 = 1_000;

/// Milliseconds since the run began: simulated, or those that truly passed and what was skipped.
#[derive(Clone, Debug)]
pub struct Time {
    /// Engines count in [`Instant`]s; only differences matter, so this one is as good as any.
    base: Instant,
    /// Simulated, or skipped.
    now: u64,
    /// When the run began, seconds since 1970.
    began: i64,
    clock: Arc<AtomicI64>,
    /// It passes by itself.
    flows: bool,
}

impl Time {
    pub fn new(began: i64) -> Self {
        Self { base: Instant::now(), now: 0, began, clock: Arc::new(AtomicI64::new(began)), flows: false }
    }

    /// Time that passes by itself, for servers that have a clock of their own.
    pub fn flowing(began: i64) -> Self {
        Self { flows: true, ..Self::new(began) }
    }

    /// The world's clock, which goes with this time.
    pub fn clock(&self) -> Clock {
        Clock::Simulated(self.clock.clone())
    }

    pub fn ms(&self) -> u64 {
        let passed = if self.flows { self.base.elapsed().as_millis() } else { 0 };
        self.now.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX))
    }

    pub fn instant(&self) -> Instant {
        self.base + Duration::from_millis(self.ms())
    }

    /// Seconds since 1970.
    pub fn seconds(&self) -> i64 {
        self.began.saturating_add(i64::try_from(self.ms() / 1_000).unwrap_or(i64::MAX))
    }

    /// Nobody waits: what flows is moved forward.
    pub fn pass(&mut self, ms: u64) {
        self.now = self.now.saturating_add(ms);
        self.clock.store(self.seconds(), Ordering::Relaxed);
    }

    /// So long until the next step. What falls due then is due, as in simulated time, where lines have taken their time meanwhile.
    pub fn wait(&mut self, ms: u64) {
        self.pass(if self.flows { ms.saturating_add(MOMENT) } else { ms });
    }
}

/// A client's engine.
pub trait Client {
    /// What it wants to send.
    fn take(&mut self) -> Vec<u8>;
    fn give(&mut self, bytes: &[u8], now: Instant);
    /// Nothing more is to come of what was asked.
    fn is_settled(&self) -> bool;
    /// The server closed the connection.
    fn end(&mut self, now: Instant);
    /// When it wants [`Client::late`] to be called.
    fn patience(&self) -> Option<Instant>;
    fn late(&mut self, now: Instant);
}

/// A server's session.
pub trait Server {
    /// Works on what it has; what it says.
    fn take(&mut self, now: Instant) -> Vec<u8>;
    fn give(&mut self, bytes: &[u8]);
}

/// The other end, and the way there.
pub enum Line {
    Simulated { server: Box<dyn Server>, network: Network, luck: Luck },
    Real(Socket),
}

pub struct Wire<C> {
    pub client: C,
    line: Line,
}

impl<C: Client> Wire<C> {
    pub fn new(client: C, line: Line) -> Self {
        Self { client, line }
    }

    /// Carries bytes to and fro until nobody has anything to say; over a socket until the client waits for nothing any more.
    pub fn settle(&mut self, time: &mut Time, record: &mut Recorder) {
        match &mut self.line {
            Line::Simulated { server, network, luck } => {
                settle(&mut self.client, server.as_mut(), (*network, luck), time, record);
            }
            Line::Real(socket) => {
                while tell(&mut self.client, socket, time, record) && !self.client.is_settled() {
                    let heard = hear(&mut self.client, socket, time, record, SILENCE);
                    if !heard && self.client.patience().is_none() {
                        self.client.end(time.instant());
                    }
                }
            }
        }
    }

    /// Over a socket: hears once what comes by itself. `false`: nothing came within this time, or nothing more will.
    pub fn listen(&mut self, time: &Time, record: &mut Recorder, wait: Duration) -> bool {
        match &mut self.line {
            Line::Simulated { .. } => false,
            Line::Real(socket) => hear(&mut self.client, socket, time, record, wait),
        }
    }

    /// Over a socket, after a goodbye: whoever sees the connection end finds the mailbox free.
    pub fn listen_out(&mut self, time: &Time, record: &mut Recorder) {
        for _ in 0..LAST_READS {
            if !self.listen(time, record, FAREWELL) {
                return;
            }
        }
    }
}

fn settle(
    client: &mut impl Client,
    server: &mut dyn Server,
    line: (Network, &Luck),
    time: &mut Time,
    record: &mut Recorder,
) {
    loop {
        let said = server.take(time.instant());
        if !said.is_empty() {
            time.pass(travel(line, said.len()));
            record.received(&said, time.ms());
            client.give(&said, time.instant());
        }
        let asked = client.take();
        if !asked.is_empty() {
            record.sent(&asked, time.ms());
            time.pass(travel(line, asked.len()));
            server.give(&asked);
        } else if said.is_empty() {
            return;
        }
    }
}

/// Milliseconds that so many octets are under way.
fn travel((network, luck): (Network, &Luck), octets: usize) -> u64 {
    let Network { latency_ms, kilobytes_per_second, .. } = network;
    // A kilobyte a second is an octet a millisecond.
    u64::from(latency_ms)
        + octets as u64 / u64::from(kilobytes_per_second.max(1))
        + luck.delay(network, octets)
}

/// Sends what the client has to say. `false`: nobody takes it.
fn tell(client: &mut impl Client, socket: &mut Socket, time: &Time, record: &mut Recorder) -> bool {
    let asked = Zeroizing::new(client.take());
    if asked.is_empty() {
        return true;
    }
    record.sent(&asked, time.ms());
    let taken = socket.send(&asked);
    if !taken {
        client.end(time.instant());
    }
    taken
}

/// Reads once. `false`: nothing came in time, or nothing more will.
fn hear(
    client: &mut impl Client,
    socket: &mut Socket,
    time: &Time,
    record: &mut Recorder,
    wait: Duration,
) -> bool {
    let patience = client.patience().map(|until| until.saturating_duration_since(time.instant()));
    match socket.receive(patience.map_or(wait, |patience| patience.min(wait))) {
        Heard::Bytes(bytes) => {
            record.received(&bytes, time.ms());
            client.give(&bytes, time.instant());
            return true;
        }
        Heard::Nothing => client.late(time.instant()),
        Heard::End => client.end(time.instant()),
    }
    false
}

impl Client for crate::imap::Engine {
    fn take(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(bytes) = self.poll_transmit() {
            out.extend_from_slice(&bytes);
        }
        out
    }

    fn give(&mut self, bytes: &[u8], now: Instant) {
        self.handle_input(bytes, now);
    }

    fn is_settled(&self) -> bool {
        // A message that it wants comes from whoever gave the command.
        self.is_settled() || self.wants_literal().is_some()
    }

    fn end(&mut self, now: Instant) {
        self.handle_eof(now);
    }

    fn patience(&self) -> Option<Instant> {
        self.poll_timeout()
    }

    fn late(&mut self, now: Instant) {
        self.handle_timeout(now);
    }
}

impl Client for crate::pop3::Engine {
    fn take(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while let Some(bytes) = self.poll_transmit() {
            out.extend_from_slice(&bytes);
        }
        out
    }

    fn give(&mut self, bytes: &[u8], now: Instant) {
        self.handle_input(bytes, now);
    }

    fn is_settled(&self) -> bool {
        self.is_settled()
    }

    fn end(&mut self, now: Instant) {
        self.handle_eof(now);
    }

    fn patience(&self) -> Option<Instant> {
        self.poll_timeout()
    }

    fn late(&mut self, now: Instant) {
        self.handle_timeout(now);
    }
}

impl Server for crate::sandbox::imap::session::Session {
    fn take(&mut self, _: Instant) -> Vec<u8> {
        self.wake();
        let mut out = Vec::new();
        while self.advance() {
            out.extend(self.output());
        }
        out.extend(self.output());
        out
    }

    fn give(&mut self, bytes: &[u8]) {
        self.input(bytes);
    }
}

impl Server for crate::sandbox::pop3::session::Session {
    fn take(&mut self, now: Instant) -> Vec<u8> {
        let mut out = Vec::new();
        while self.advance(now) {
            out.extend(self.output());
        }
        out.extend(self.output());
        out
    }

    fn give(&mut self, bytes: &[u8]) {
        self.input(bytes);
    }
}

/// What a device speaks to read its mail.
pub fn proto(protocol: Protocol) -> Proto {
    match protocol {
        Protocol::Imap => Proto::Imap,
        Protocol::Pop3 => Proto::Pop3,
    }
}
