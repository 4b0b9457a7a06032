//! What a server offers (RFC 2449 §6, RFC 2595 §4, RFC 3206 §5, RFC 5034 §5, RFC 6856).
use pyeonji_shared::call::device::Expire;

/// Sign-in mechanisms that are remembered; past it the rest is ignored.
const MAX_MECHANISMS: usize = 64;
/// Seconds of the longest LOGIN-DELAY that is believed: a day.
const MAX_DELAY: u32 = 86_400;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// The server answered CAPA. If not, everything else is empty and nothing can be concluded from that.
    pub known: bool,
    pub top: bool,
    pub user: bool,
    pub uidl: bool,
    pub pipelining: bool,
    pub response_codes: bool,
    pub auth_response_code: bool,
    pub stls: bool,
    pub utf8: bool,
    /// `UTF8 USER`: names and passwords may be UTF-8 after the command UTF8.
    pub utf8_user: bool,
    pub lang: bool,
    /// SASL mechanisms, upper-case.
    pub mechanisms: Vec<String>,
    /// Seconds between two sign-ins; the longest that was told.
    pub login_delay: Option<u32>,
    /// How long mail is kept; the shortest that was told.
    pub expire: Option<Expire>,
    /// LOGIN-DELAY or EXPIRE depends on who signs in: ask again afterwards.
    pub varies: bool,
    pub implementation: Option<String>,
}

impl Capabilities {
    /// A list was begun.
    pub fn listed() -> Self {
        Self { known: true, ..Self::default() }
    }

    pub fn has_mechanism(&self, name: &str) -> bool {
        self.mechanisms.iter().any(|m| m == name)
    }

    /// One line of the list. What isn't known is ignored (RFC 2449 §5).
    pub fn add(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let mut words = text.split_ascii_whitespace();
        let name = words.next().unwrap_or_default().to_ascii_uppercase();
        match name.as_str() {
            "TOP" => self.top = true,
            "USER" => self.user = true,
            "UIDL" => self.uidl = true,
            "PIPELINING" => self.pipelining = true,
            "RESP-CODES" => self.response_codes = true,
            "AUTH-RESP-CODE" => self.auth_response_code = true,
            "STLS" => self.stls = true,
            "UTF8" => {
                self.utf8 = true;
                self.utf8_user |= words.any(|word| word.eq_ignore_ascii_case("USER"));
            }
            "LANG" => self.lang = true,
            "SASL" => {
                let room = MAX_MECHANISMS.saturating_sub(self.mechanisms.len());
                self.mechanisms.extend(words.map(str::to_ascii_uppercase).take(room));
            }
            "LOGIN-DELAY" => {
                let told = words.next().and_then(number).map(|seconds| seconds.min(MAX_DELAY));
                self.login_delay = self.login_delay.max(told);
                self.varies |= words.next().is_some();
            }
            "EXPIRE" => {
                let told = words.next().and_then(|word| match word.eq_ignore_ascii_case("NEVER") {
                    true => Some(Expire::Never),
                    false => number(word).map(Expire::Days),
                });
                self.expire = sooner(self.expire, told);
                self.varies |= words.next().is_some();
            }
            "IMPLEMENTATION" => {
                let words: Vec<&str> = words.collect();
                self.implementation = Some(words.join(" "));
            }
            _ => {}
        }
    }
}

fn number(word: &str) -> Option<u32> {
    let digits = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| word.parse().unwrap_or(u32::MAX))
}

fn sooner(one: Option<Expire>, other: Option<Expire>) -> Option<Expire> {
    match (one, other) {
        (Some(Expire::Days(a)), Some(Expire::Days(b))) => Some(Expire::Days(a.min(b))),
        (Some(Expire::Days(a)), _) | (_, Some(Expire::Days(a))) => Some(Expire::Days(a)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Capabilities {
        let mut capabilities = Capabilities::listed();
        lines.iter().for_each(|line| capabilities.add(line.as_bytes()));
        capabilities
    }

    #[test]
    fn capabilities() {
        let all = of(&[
            "top",
            "USER",
            "SASL plain LOGIN  CRAM-MD5",
            "RESP-CODES",
            "AUTH-RESP-CODE",
            "LOGIN-DELAY 900",
            "PIPELINING",
            "EXPIRE 60",
            "UIDL",
            "UTF8 USER",
            "LANG",
            "STLS",
            "IMPLEMENTATION Shlemazle Plotz v302",
            "X-ODD thing",
            "",
        ]);
        assert!(all.known && all.top && all.user && all.uidl && all.pipelining && all.response_codes);
        assert!(all.auth_response_code && all.utf8 && all.utf8_user && all.lang && all.stls && !all.varies);
        assert!(all.has_mechanism("PLAIN") && all.has_mechanism("CRAM-MD5") && !all.has_mechanism("CRAM"));
        assert_eq!((all.login_delay, all.expire), (Some(900), Some(Expire::Days(60))));
        assert_eq!(all.implementation.as_deref(), Some("Shlemazle Plotz v302"));
        // Look-alikes and nonsense.
        let none = of(&[
            "TOPS",
            "XUSER",
            "USERS",
            "LOGIN-DELAY soon",
            "EXPIRE",
            "EXPIRE -1",
            "SASL",
            "LOGIN-DELAY +5",
        ]);
        assert_eq!(none, Capabilities::listed());
        assert_eq!(of(&["LOGIN-DELAY 99999999999999"]).login_delay, Some(MAX_DELAY));
    }

    #[test]
    fn what_is_told_twice_counts_in_its_strictest_form() {
        let all =
            of(&["LOGIN-DELAY 15 USER", "LOGIN-DELAY 9", "EXPIRE NEVER", "EXPIRE 0 USER", "EXPIRE 1337"]);
        assert_eq!((all.login_delay, all.expire, all.varies), (Some(15), Some(Expire::Days(0)), true));
        assert_eq!(of(&["EXPIRE never"]).expire, Some(Expire::Never));
        assert_eq!(of(&[&format!("SASL {}", "A ".repeat(500))]).mechanisms.len(), MAX_MECHANISMS);
    }
}
