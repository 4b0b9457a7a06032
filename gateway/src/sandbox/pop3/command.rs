//! POP3 commands and how they are written (RFC 1939 §3, RFC 2449 §4, RFC 5034 §4).

#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    Capa,
    User(String),
    Pass(String),
    Apop {
        user: String,
        digest: String,
    },
    Auth {
        mechanism: String,
        initial: Option<String>,
    },
    Stat,
    /// Of one message, or of all.
    List(Option<u32>),
    Uidl(Option<u32>),
    Retr(u32),
    /// A message's head and so many lines of its body.
    Top(u32, u32),
    Dele(u32),
    Noop,
    Rset,
    Quit,
}

/// For a command that isn't one, or that this mailbox is told not to have.
pub const UNKNOWN: &str = "Unknown command";
const NUMBER: &str = "Give the number of a message";

impl Command {
    /// The error is the text of the answer.
    pub fn read(line: &str) -> Result<Self, &'static str> {
        let (keyword, rest) = line.split_once(' ').unwrap_or((line, ""));
        let words: Vec<&str> = rest.split_ascii_whitespace().collect();
        let bare = |command| if words.is_empty() { Ok(command) } else { Err("No arguments here") };
        let one = || match words.as_slice() {
            [number] => message(number),
            _ => Err(NUMBER),
        };
        let perhaps_one = || if words.is_empty() { Ok(None) } else { one().map(Some) };
        match keyword.to_ascii_uppercase().as_str() {
            "CAPA" => bare(Self::Capa),
            // Everything behind the space: names and passwords may have spaces (RFC 1939 §7).
            "USER" if !rest.is_empty() => Ok(Self::User(rest.to_owned())),
            "PASS" if !rest.is_empty() => Ok(Self::Pass(rest.to_owned())),
            "USER" | "PASS" => Err("Something is missing"),
            // The digest is the last word.
            "APOP" => match rest.rsplit_once(' ') {
                Some((user, digest)) if !user.is_empty() => {
                    Ok(Self::Apop { user: user.to_owned(), digest: digest.to_owned() })
                }
                _ => Err("Write APOP name digest"),
            },
            "AUTH" => match words.as_slice() {
                [mechanism] => Ok(Self::Auth { mechanism: mechanism.to_ascii_uppercase(), initial: None }),
                [mechanism, initial] => {
                    let initial = Some((*initial).to_owned());
                    Ok(Self::Auth { mechanism: mechanism.to_ascii_uppercase(), initial })
                }
                _ => Err("Name a mechanism"),
            },
            "STAT" => bare(Self::Stat),
            "LIST" => perhaps_one().map(Self::List),
            "UIDL" => perhaps_one().map(Self::Uidl),
            "RETR" => one().map(Self::Retr),
            "TOP" => match words.as_slice() {
                [number, lines] => {
                    let lines = lines.parse().map_err(|_| "The number of lines is missing")?;
                    Ok(Self::Top(message(number)?, lines))
                }
                _ => Err("Write TOP message lines"),
            },
            "DELE" => one().map(Self::Dele),
            "NOOP" => bare(Self::Noop),
            "RSET" => bare(Self::Rset),
            "QUIT" => bare(Self::Quit),
            _ => Err(UNKNOWN),
        }
    }
}

fn message(word: &str) -> Result<u32, &'static str> {
    word.parse().ok().filter(|number| *number > 0).ok_or(NUMBER)
}
