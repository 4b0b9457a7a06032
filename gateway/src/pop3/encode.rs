//! A typed command → its line. Strings come in only through [`argument`], which refuses what would end a line (R14).
use super::command::{Command, Number};
use super::error::Refusal;
use zeroize::Zeroizing;

/// Octets of one command line with its end (RFC 2449 §4).
pub const MAX_COMMAND: usize = 255;
/// Octets of the longest name or password that is sent. RFC 2449 §4 allows a line of 255, but servers take longer passwords.
const MAX_ARGUMENT: usize = 1_024;

/// One line on its way. Wiped afterwards: it may hold a password (R23).
pub type Written = Zeroizing<Vec<u8>>;

/// A line of these parts, in one allocation of the right size: a growing buffer would leave copies of a password behind.
pub fn line(parts: &[&str]) -> Written {
    let length = parts.iter().map(|part| part.len()).sum::<usize>() + 2;
    let mut out = Zeroizing::new(Vec::with_capacity(length));
    parts.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
    out.extend_from_slice(b"\r\n");
    out
}

/// A string that can stand in a line as it is. POP3 has no quoting: what would end the line can't be sent.
pub fn argument(text: &str) -> Result<&str, Refusal> {
    let fits = !text.is_empty() && text.len() <= MAX_ARGUMENT && !text.contains(['\r', '\n', '\0']);
    if fits { Ok(text) } else { Err(Refusal::Unsendable) }
}

/// The line of a command other than those of the sign-in.
pub fn encode(command: &Command) -> Result<Written, Refusal> {
    Ok(match command {
        Command::Capa => line(&["CAPA"]),
        Command::Stat => line(&["STAT"]),
        Command::List => line(&["LIST"]),
        Command::Uidl => line(&["UIDL"]),
        Command::Top { number, lines } => line(&["TOP ", &digits(*number)?, " ", &lines.to_string()]),
        Command::Retr { number } => line(&["RETR ", &digits(*number)?]),
        Command::Dele { number } => line(&["DELE ", &digits(*number)?]),
        Command::Rset => line(&["RSET"]),
        Command::Noop => line(&["NOOP"]),
        Command::Quit => line(&["QUIT"]),
        Command::SignIn { .. } => return Err(Refusal::Unsendable),
    })
}

/// Messages are counted from 1 (RFC 1939 §5).
fn digits(number: Number) -> Result<String, Refusal> {
    if number.0 == 0 { Err(Refusal::Unsendable) } else { Ok(number.0.to_string()) }
}
