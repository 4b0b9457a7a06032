//! Greeting, EHLO, STARTTLS (RFC 3207). HELO is no way out: it has no STARTTLS.
use super::Step;
use crate::net::NetError;

#[derive(Debug)]
pub struct Smtp {
    state: State,
    own_name: String,
    offered: bool,
    /// Code of the lines of the current reply so far.
    code: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Greeting,
    Ehlo,
    StartTls,
    Over,
}

impl Smtp {
    pub fn new(own_name: &str) -> Self {
        Self { state: State::Greeting, own_name: own_name.into(), offered: false, code: None }
    }

    pub fn handle_line(&mut self, line: &[u8]) -> Result<Step, NetError> {
        let text = String::from_utf8_lossy(line);
        let (code, last, words) = split(&text).ok_or_else(|| malformed(&text))?;
        if self.code.replace(code).is_some_and(|before| before != code) {
            return Err(malformed(&text));
        }
        if self.state == State::Ehlo && code == 250 && words.trim().eq_ignore_ascii_case("STARTTLS") {
            self.offered = true;
        }
        if !last {
            return Ok(Step::Read);
        }
        self.code = None;
        match (self.state, code) {
            (State::Greeting, 220) => {
                self.state = State::Ehlo;
                Ok(Step::Write(format!("EHLO {}\r\n", self.own_name)))
            }
            (State::Ehlo, 250) if self.offered => {
                self.state = State::StartTls;
                Ok(Step::Write("STARTTLS\r\n".into()))
            }
            (State::Ehlo, 250) => Err(NetError::Insecure("the server offers no STARTTLS".into())),
            (State::StartTls, 220) => {
                self.state = State::Over;
                Ok(Step::Encrypt)
            }
            (State::StartTls, _) => {
                Err(NetError::Insecure(format!("the server refused STARTTLS: {code} {words}")))
            }
            (State::Greeting | State::Ehlo, 400..=599) => Err(NetError::Refused(format!("{code} {words}"))),
            _ => Err(malformed(&text)),
        }
    }
}

/// Code, whether this is the last line, and the text (RFC 5321 §4.2).
fn split(line: &str) -> Option<(u16, bool, &str)> {
    let (code, rest) = line.split_at_checked(3)?;
    let code: u16 = code.bytes().all(|b| b.is_ascii_digit()).then(|| code.parse().ok())??;
    (200..600).contains(&code).then_some(())?;
    match rest.as_bytes().first() {
        None => Some((code, true, "")),
        Some(b' ') => Some((code, true, &rest[1..])),
        Some(b'-') => Some((code, false, &rest[1..])),
        Some(_) => None,
    }
}

fn malformed(line: &str) -> NetError {
    NetError::Protocol(format!("not what an SMTP server says: {line}"))
}
