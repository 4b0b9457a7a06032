//! Mailboxes in one file (RFC 4155): written for other programs, read as other programs write them. Pure, and streaming.
//!
//! **Writing** is mboxrd: a line `From sender date`, the message, an empty line. A line of the message that begins with
//! any number of `>` and `From ` gets one more `>`. Lines end with LF, as RFC 4155 has it. Flags stand in `Status` and
//! `X-Status`, always both, as the first lines of each message, keywords between them, each in an `X-Keywords` line; reading
//! takes exactly those off again, and whatever the message's own header says of flags, keywords, labels and lengths is text.
//!
//! **Reading** gives every message back with CRLF line ends, as it came from its server. So a message goes into a file
//! and comes out octet by octet the same if each of its lines ends with one CRLF, the last one included; otherwise it
//! comes out as [`normal`] says, and from then on stays the same.
//!
//! What other programs write: `From ` in the text quoted by one `>` (mboxo, mboxrd), or not, with `Content-Length`
//! saying how far the message goes (mboxcl). Which of them it is can't be known beforehand. A `From ` line within the
//! length that a header claims is held back until it is seen whether another message begins where the length ends;
//! a mailbox that claims a wrong length once isn't believed again.
mod line;
mod marks;
mod read;
mod write;

pub use marks::Marks;
pub use read::{Event, Reader};
pub use write::Writer;

/// What a `From ` line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The address that the message came from; some programs write `-`.
    pub sender: String,
    /// When it came, in seconds since 1970; `None` if it can't be read.
    pub date: Option<i64>,
}

/// The message as it comes back from a mailbox: every line ends with CRLF, the last one too. CRs before an LF or at the
/// end are the line's end; elsewhere they are text.
pub fn normal(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len());
    let mut lines = line::Lines::default();
    let mut open = false;
    let mut take = |piece: line::Piece<'_>, out: &mut Vec<u8>| match piece {
        line::Piece::Text(text) => {
            out.extend_from_slice(text);
            open = true;
        }
        line::Piece::Break => {
            out.extend_from_slice(b"\r\n");
            open = false;
        }
    };
    let mut rest = message;
    while let Some(piece) = lines.next(&mut rest) {
        take(piece, &mut out);
    }
    if open {
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests;
