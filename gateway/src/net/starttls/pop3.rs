//! Greeting, CAPA, STLS (RFC 2595 §4).
use super::Step;
use crate::net::NetError;

#[derive(Debug, Default)]
pub struct Pop3 {
    state: State,
    /// STLS was offered.
    offered: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Greeting,
    /// The status line of CAPA is due.
    Capa,
    /// Its list is coming, up to the line with a dot alone.
    List,
    Stls,
    Over,
}

impl Pop3 {
    pub fn handle_line(&mut self, line: &[u8]) -> Result<Step, NetError> {
        let text = String::from_utf8_lossy(line);
        match self.state {
            State::Greeting => {
                status(&text)?.map_err(|words| NetError::Refused(words.into()))?;
                self.state = State::Capa;
                Ok(Step::Write("CAPA\r\n".into()))
            }
            State::Capa => match status(&text)? {
                Ok(_) => {
                    self.state = State::List;
                    Ok(Step::Read)
                }
                // Older servers know STLS without CAPA; one that knows neither refuses, and that is the end.
                Err(_) => Ok(self.stls()),
            },
            State::List if text == "." => {
                if !self.offered {
                    return Err(NetError::Insecure("the server offers no STLS".into()));
                }
                Ok(self.stls())
            }
            State::List => {
                self.offered |= text.trim_end().eq_ignore_ascii_case("STLS");
                Ok(Step::Read)
            }
            State::Stls => {
                self.state = State::Over;
                match status(&text)? {
                    Ok(_) => Ok(Step::Encrypt),
                    Err(words) => Err(NetError::Insecure(format!("the server refused STLS: {words}"))),
                }
            }
            State::Over => Err(malformed(&text)),
        }
    }

    fn stls(&mut self) -> Step {
        self.state = State::Stls;
        Step::Write("STLS\r\n".into())
    }
}

/// `+OK words` or `-ERR words` (RFC 1939 §3).
fn status(line: &str) -> Result<Result<&str, &str>, NetError> {
    let (sign, words) = line.split_once(' ').unwrap_or((line, ""));
    match sign {
        "+OK" => Ok(Ok(words)),
        "-ERR" => Ok(Err(words)),
        _ => Err(malformed(line)),
    }
}

fn malformed(line: &str) -> NetError {
    NetError::Protocol(format!("not what a POP3 server says: {line}"))
}
