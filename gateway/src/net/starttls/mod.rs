//! The clear-text preamble before STARTTLS, strict (R16): nothing said before encryption is believed or kept.
//!
//! RFC 9051 §6.2.1 and RFC 3207 §6 demand that what was learnt before TLS is thrown away. Here it never leaves this
//! folder, and a server (or somebody on the path) that sends anything behind the go-ahead ends the connection:
//! those bytes would otherwise be read as if they had come encrypted.
mod imap;
mod lines;
mod pop3;
mod smtp;

use super::tap::Tap;
use super::{NetError, Proto};
use lines::Lines;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Read more and feed it.
    Read,
    /// Write this, then read.
    Write(String),
    /// Start the handshake now; nothing may be left unread.
    Encrypt,
}

/// One preamble as a state machine: bytes in, steps out, no I/O and no clock.
#[derive(Debug)]
pub struct Preamble {
    lines: Lines,
    dialogue: Dialogue,
}

#[derive(Debug)]
enum Dialogue {
    Imap(imap::Imap),
    Pop3(pop3::Pop3),
    Smtp(smtp::Smtp),
}

impl Preamble {
    /// `own_name`: what EHLO says about us.
    pub fn new(proto: Proto, own_name: &str, max_line: usize, max_total: usize) -> Self {
        let dialogue = match proto {
            Proto::Imap => Dialogue::Imap(imap::Imap::default()),
            Proto::Pop3 => Dialogue::Pop3(pop3::Pop3::default()),
            Proto::Smtp => Dialogue::Smtp(smtp::Smtp::new(own_name)),
        };
        Self { lines: Lines::new(max_line, max_total), dialogue }
    }

    /// Takes what the server sent.
    ///
    /// # Errors
    /// Whatever isn't exactly the expected dialogue; the connection must be dropped then.
    pub fn handle_input(&mut self, bytes: &[u8]) -> Result<Step, NetError> {
        self.lines.push(bytes)?;
        while let Some(line) = self.lines.next_line()? {
            let step = match &mut self.dialogue {
                Dialogue::Imap(imap) => imap.handle_line(&line)?,
                Dialogue::Pop3(pop3) => pop3.handle_line(&line)?,
                Dialogue::Smtp(smtp) => smtp.handle_line(&line)?,
            };
            match step {
                Step::Read => {}
                Step::Encrypt if !self.lines.is_empty() => {
                    return Err(NetError::Insecure("the server sent data ahead of the encryption".into()));
                }
                // An answer before its question is somebody else's.
                Step::Write(_) if !self.lines.is_empty() && !self.dialogue.may_be_followed() => {
                    return Err(NetError::Insecure("the server answered before it was asked".into()));
                }
                step => return Ok(step),
            }
        }
        Ok(Step::Read)
    }
}

impl Dialogue {
    /// IMAP servers may send untagged data at any time (RFC 9051 §7), POP3 and SMTP servers nothing at all.
    fn may_be_followed(&self) -> bool {
        matches!(self, Self::Imap(_))
    }
}

/// Runs a preamble until the handshake may start.
pub async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    mut preamble: Preamble,
    tap: &mut Tap,
) -> Result<(), NetError> {
    let mut buffer = vec![0; 4096];
    loop {
        let n = stream.read(&mut buffer).await.map_err(|_| NetError::Closed)?;
        if n == 0 {
            return Err(NetError::Closed);
        }
        let read = buffer.get(..n).unwrap_or_default();
        tap.received(read);
        match preamble.handle_input(read)? {
            Step::Read => {}
            Step::Write(text) => {
                stream.write_all(text.as_bytes()).await.map_err(|_| NetError::Closed)?;
                stream.flush().await.map_err(|_| NetError::Closed)?;
                tap.sent(text.as_bytes());
            }
            Step::Encrypt => return Ok(()),
        }
    }
}

#[cfg(test)]
pub(crate) mod corpus;
#[cfg(test)]
mod tests;
