//! A connection between a client's engine and the sandbox's session, in simulated time: bytes need the latency of the line and the time
//! that its bandwidth asks for. Every line is recorded with its secrets taken out.
use crate::net::Proto;
use crate::net::record::Recorder;
use crate::sandbox::clock::Clock;
use pyeonji_shared::lab::scenario::{Network, Protocol};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// Simulated time; milliseconds since the run began.
#[derive(Clone, Debug)]
pub struct Time {
    /// Engines count in [`Instant`]s; only differences matter, so this one is as good as any.
    base: Instant,
    now: u64,
    /// When the run began, seconds since 1970.
    began: i64,
    clock: Arc<AtomicI64>,
}

impl Time {
    pub fn new(began: i64) -> Self {
        Self { base: Instant::now(), now: 0, began, clock: Arc::new(AtomicI64::new(began)) }
    }

    /// The world's clock, which goes with this time.
    pub fn clock(&self) -> Clock {
        Clock::Simulated(self.clock.clone())
    }

    pub fn ms(&self) -> u64 {
        self.now
    }

    pub fn instant(&self) -> Instant {
        self.base + Duration::from_millis(self.now)
    }

    /// Seconds since 1970.
    pub fn seconds(&self) -> i64 {
        self.began.saturating_add(i64::try_from(self.now / 1_000).unwrap_or(i64::MAX))
    }

    pub fn pass(&mut self, ms: u64) {
        self.now = self.now.saturating_add(ms);
        self.clock.store(self.seconds(), Ordering::Relaxed);
    }
}

/// A client's engine.
pub trait Client {
    /// What it wants to send.
    fn take(&mut self) -> Vec<u8>;
    fn give(&mut self, bytes: &[u8], now: Instant);
}

/// A server's session.
pub trait Server {
    /// Works on what it has; what it says.
    fn take(&mut self, now: Instant) -> Vec<u8>;
    fn give(&mut self, bytes: &[u8]);
}

pub struct Wire<C, S> {
    pub client: C,
    pub server: S,
    network: Network,
}

impl<C: Client, S: Server> Wire<C, S> {
    pub fn new(client: C, server: S, network: Network) -> Self {
        Self { client, server, network }
    }

    /// Carries bytes to and fro until nobody has anything to say.
    pub fn settle(&mut self, time: &mut Time, record: &mut Recorder) {
        loop {
            let said = self.server.take(time.instant());
            if !said.is_empty() {
                time.pass(self.travel(said.len()));
                record.received(&said, time.ms());
                self.client.give(&said, time.instant());
            }
            let asked = self.client.take();
            if !asked.is_empty() {
                record.sent(&asked, time.ms());
                time.pass(self.travel(asked.len()));
                self.server.give(&asked);
            } else if said.is_empty() {
                return;
            }
        }
    }

    /// Milliseconds that so many octets are under way.
    fn travel(&self, octets: usize) -> u64 {
        let Network { latency_ms, kilobytes_per_second } = self.network;
        // A kilobyte a second is an octet a millisecond.
        u64::from(latency_ms) + octets as u64 / u64::from(kilobytes_per_second.max(1))
    }
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
