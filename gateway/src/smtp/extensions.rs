//! What the server's EHLO reply offers (RFC 5321 §4.1.1.1).
use super::reply::Reply;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// RFC 1870; `None`: no limit told.
    pub max_size: Option<u64>,
    /// RFC 1870 is understood at all.
    pub size: bool,
    pub eight_bit: bool,
    pub utf8: bool,
    pub pipelining: bool,
    pub plain: bool,
    pub login: bool,
    /// Mechanisms as listed, for a person.
    pub mechanisms: Vec<String>,
}

impl Extensions {
    pub fn of(reply: &Reply) -> Self {
        let mut all = Self::default();
        // The first line is the greeting's text.
        for line in reply.lines.iter().skip(1) {
            let upper = line.trim().to_ascii_uppercase();
            let mut words = upper.split([' ', '=']);
            match words.next().unwrap_or_default() {
                "SIZE" => {
                    all.size = true;
                    all.max_size = words.next().and_then(|n| n.parse().ok()).filter(|&n| n > 0);
                }
                "8BITMIME" => all.eight_bit = true,
                "SMTPUTF8" => all.utf8 = true,
                "PIPELINING" => all.pipelining = true,
                // `AUTH=PLAIN` is how old servers write it.
                "AUTH" => all.mechanisms.extend(words.filter(|w| !w.is_empty()).map(str::to_string)),
                _ => {}
            }
        }
        all.plain = all.mechanisms.iter().any(|m| m == "PLAIN");
        all.login = all.mechanisms.iter().any(|m| m == "LOGIN");
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Extensions {
        Extensions::of(&Reply { code: 250, lines: lines.iter().map(|l| l.to_string()).collect() })
    }

    #[test]
    fn extensions() {
        let all = of(&["me", "size 1000", "8BITMIME", "SMTPUTF8", "PIPELINING", "AUTH PLAIN cram-md5"]);
        assert_eq!(all.max_size, Some(1000));
        assert!(all.size && all.eight_bit && all.utf8 && all.pipelining && all.plain && !all.login);
        assert!(of(&["me", "AUTH=LOGIN"]).login);
        assert_eq!(of(&["me", "SIZE"]).max_size, None);
        assert_eq!(of(&["me", "SIZE 0"]).max_size, None);
        // Not the first line, and no look-alikes.
        let none = of(&["AUTH PLAIN", "AUTH XPLAIN PLAIN2 LOGIN1", "XSIZE 3"]);
        assert!(!none.plain && !none.login && !none.size);
    }
}
