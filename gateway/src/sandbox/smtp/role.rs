//! What a server of SMTP is for: the demo's does everything at once; of two that pass mail on each does its part.
use super::super::date::Moment;
use super::super::world::World;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// Takes mail of its accounts for accounts of all its domains, and delivers with the trace of both hops.
    #[default]
    Whole,
    /// Takes mail of its accounts for anybody (RFC 6409); what isn't for its own domains is passed on.
    Submission,
    /// Takes mail from other servers for its own accounts, without a sign-in (RFC 5321 §3.3).
    Exchange,
}

fn domain(address: &str) -> String {
    address.rsplit_once('@').map_or("sandbox.test", |(_, d)| d).to_lowercase()
}

/// Who takes what.
pub struct Hop<'a> {
    pub from: &'a str,
    pub to: &'a str,
    /// What the client calls itself.
    pub helo: &'a str,
    pub serial: u64,
    /// Seconds since 1970.
    pub now: i64,
}

impl Role {
    /// The server's name.
    pub fn host(self, world: &World) -> String {
        let own = || world.accounts().first().map_or("sandbox.test".into(), |a| domain(&a.address));
        match self {
            Role::Whole => "sandbox.test".into(),
            Role::Submission => format!("out.{}", own()),
            Role::Exchange => format!("mx.{}", own()),
        }
    }

    pub fn wants_sign_in(self) -> bool {
        self != Role::Exchange
    }

    /// The lines that this server puts before a message (RFC 5321 §4.4). The client's address isn't told. `here`: it goes no further.
    pub fn trace(self, hop: &Hop<'_>, here: bool) -> Vec<u8> {
        let Hop { from, to, helo, serial, now } = hop;
        let (sender, receiver, date) = (domain(from), domain(to), Moment::utc(*now).header());
        let submitted =
            format!("Received: from {helo} by out.{sender} with ESMTPA id s{serial};\r\n {date}\r\n");
        let passed = |by: &str| {
            format!("Received: from {by} by mx.{receiver} with ESMTP id s{serial}\r\n for <{to}>; {date}\r\n")
        };
        let lines = match self {
            Role::Exchange => passed(helo),
            Role::Whole if sender != receiver => passed(&format!("out.{sender}")) + &submitted,
            Role::Whole | Role::Submission => submitted,
        };
        // Who delivers says where a message came from; who passes it on doesn't.
        let path = if here { format!("Return-Path: <{from}>\r\n") } else { String::new() };
        (path + &lines).into_bytes()
    }
}
