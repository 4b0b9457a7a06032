//! Greeting, CAPABILITY if the greeting doesn't list them, STARTTLS (RFC 9051 §6.2.1).
use super::Step;
use crate::net::NetError;

#[derive(Debug, Default)]
pub struct Imap {
    state: State,
    /// STARTTLS was offered.
    offered: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Greeting,
    Capability,
    StartTls,
    Over,
}

const CAPABILITY: &str = "S1";
const STARTTLS: &str = "S2";

impl Imap {
    pub fn handle_line(&mut self, line: &[u8]) -> Result<Step, NetError> {
        let text = String::from_utf8_lossy(line);
        let (tag, rest) = text.split_once(' ').unwrap_or((&text, ""));
        match (self.state, tag) {
            (State::Greeting, "*") => self.greeting(rest),
            (State::Greeting | State::Over, _) => Err(malformed(&text)),
            (_, "*") => self.untagged(rest),
            (State::Capability, CAPABILITY) => {
                is_ok(rest).map_err(|words| NetError::Refused(words.into()))?;
                if !self.offered {
                    return Err(NetError::Insecure("the server offers no STARTTLS".into()));
                }
                Ok(self.start_tls())
            }
            (State::StartTls, STARTTLS) => {
                self.state = State::Over;
                is_ok(rest)
                    .map(|_| Step::Encrypt)
                    .map_err(|words| NetError::Insecure(format!("the server refused STARTTLS: {words}")))
            }
            _ => Err(malformed(&text)),
        }
    }

    fn greeting(&mut self, rest: &str) -> Result<Step, NetError> {
        let (status, words) = rest.split_once(' ').unwrap_or((rest, ""));
        match status.to_ascii_uppercase().as_str() {
            "OK" => {
                match capabilities_of_code(words) {
                    // Listed and there: saves a round trip.
                    Some(list) if offers_starttls(list) => return Ok(self.start_tls()),
                    // Not there, or not listed: ask. Some servers list fewer in the greeting.
                    _ => self.state = State::Capability,
                }
                Ok(Step::Write(format!("{CAPABILITY} CAPABILITY\r\n")))
            }
            // Signed in already: STARTTLS is no longer possible, and nobody knows as whom (RFC 9051 §11.1).
            "PREAUTH" => Err(NetError::Insecure("the server skips sign-in and encryption (PREAUTH)".into())),
            "BYE" => Err(NetError::Refused(words.into())),
            _ => Err(malformed(rest)),
        }
    }

    /// Of untagged data only CAPABILITY counts, and only for this one question; alerts aren't shown, because
    /// anybody on the path could have written them.
    fn untagged(&mut self, rest: &str) -> Result<Step, NetError> {
        let (name, list) = rest.split_once(' ').unwrap_or((rest, ""));
        if name.eq_ignore_ascii_case("CAPABILITY") {
            self.offered = offers_starttls(list);
        } else if name.eq_ignore_ascii_case("BYE") {
            return Err(NetError::Refused(list.into()));
        } else if name.eq_ignore_ascii_case("PREAUTH") {
            return Err(malformed(rest));
        }
        Ok(Step::Read)
    }

    fn start_tls(&mut self) -> Step {
        self.state = State::StartTls;
        Step::Write(format!("{STARTTLS} STARTTLS\r\n"))
    }
}

/// `[CAPABILITY a b c] text` → `a b c`.
fn capabilities_of_code(words: &str) -> Option<&str> {
    let code = words.strip_prefix('[')?.split_once(']')?.0;
    let (name, list) = code.split_once(' ')?;
    name.eq_ignore_ascii_case("CAPABILITY").then_some(list)
}

fn offers_starttls(list: &str) -> bool {
    list.split(' ').any(|c| c.eq_ignore_ascii_case("STARTTLS"))
}

/// The server's words of a tagged NO or BAD come back as the error.
fn is_ok(rest: &str) -> Result<(), &str> {
    let (status, words) = rest.split_once(' ').unwrap_or((rest, ""));
    if status.eq_ignore_ascii_case("OK") { Ok(()) } else { Err(words) }
}

fn malformed(line: &str) -> NetError {
    NetError::Protocol(format!("not what an IMAP server says: {line}"))
}
