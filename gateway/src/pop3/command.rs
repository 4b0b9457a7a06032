//! Everything the engine can ask of a server, as typed values.
use super::auth::Proof;

/// Names one submitted command; never reused on one engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommandId(pub u64);

/// A message's number (RFC 1939 §5). It means something on one connection only and must never leave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Number(pub u32);

#[derive(Clone, Debug)]
pub enum Command {
    /// What the server offers (RFC 2449 §5). Done carries [`super::event::Reply::Capabilities`].
    Capa,
    /// Asks for CAPA where that hasn't happened, picks the way to sign in by it, and goes through all its steps.
    SignIn {
        user: String,
        proof: Proof,
    },
    Stat,
    /// Octets of every message.
    List,
    /// Unique id of every message (RFC 1939 §7).
    Uidl,
    /// The head and so many lines of the body (RFC 1939 §7), as [`super::Event::Piece`]s.
    Top {
        number: Number,
        lines: u32,
    },
    /// The whole message, as [`super::Event::Piece`]s.
    Retr {
        number: Number,
    },
    /// Marks a message; the server removes it when QUIT has been answered (RFC 1939 §6).
    Dele {
        number: Number,
    },
    /// Takes back every DELE of this connection.
    Rset,
    Noop,
    /// Leaves, and makes every DELE of this connection real. An answer `-ERR` says that some were not removed; no answer says
    /// nothing ([`super::CommandError::Lost`]).
    Quit,
}
