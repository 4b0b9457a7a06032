//! Every key of the configuration in one table: the reader, `check` and docs/config.md all use it.

/// What kind of value a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Flag,
    /// A whole number from..=to.
    Number(u64, u64),
    Texts,
    Ports,
    /// An inline table as in [`SERVER`].
    Server,
    /// A section of its own.
    Section,
}

#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    /// As shown in the reference; empty: required, `-`: none.
    pub default: &'static str,
    pub about: &'static str,
}

const fn key(name: &'static str, kind: Kind, default: &'static str, about: &'static str) -> Key {
    Key { name, kind, default, about }
}

pub const TOP: &[Key] = &[
    key("listen", Kind::Text, "\"127.0.0.1:8080\"", "Address and port to listen on."),
    key(
        "public_url",
        Kind::Text,
        "from `listen`, if that is loopback",
        "What people type into the browser: scheme, host and port, nothing behind them. The WebSocket accepts this \
         `Origin` and no other. `http` only for this machine.",
    ),
    key(
        "trusted_proxies",
        Kind::Texts,
        "[]",
        "Networks of proxies in front whose `X-Forwarded-For` is believed.",
    ),
    key("tls", Kind::Section, "-", ""),
    key("session", Kind::Section, "-", ""),
    key("egress", Kind::Section, "-", ""),
    key("sandbox", Kind::Section, "-", ""),
    key("limits", Kind::Section, "-", ""),
    key("provider", Kind::Section, "-", ""),
];

pub const TLS: &[Key] = &[
    key("cert", Kind::Text, "", "PEM file with the certificate and those between it and the root."),
    key("key", Kind::Text, "", "PEM file with its private key."),
];

pub const SESSION: &[Key] = &[
    key(
        "key_file",
        Kind::Text,
        "a key for this run only",
        "File of the keys that seal the cookies; made with mode 0600 if absent. Give every node the same one. Without \
         it everybody signs in again after a restart.",
    ),
    key(
        "idle_minutes",
        Kind::Number(1, 10_080),
        "720",
        "A sign-in unused for so long ends; also the longest life of one on a shared computer.",
    ),
    key("max_days", Kind::Number(1, 90), "7", "The longest life of a sign-in on \"my device\"."),
];

pub const EGRESS: &[Key] = &[
    key(
        "allow_private",
        Kind::Texts,
        "[]",
        "Special-purpose networks (loopback, private, link-local…) where mail servers may be. Without them the \
         gateway connects to public addresses only.",
    ),
    key(
        "allow_any_host",
        Kind::Flag,
        "false",
        "Mail servers that no provider names may be dialled too, at public addresses and mail ports.",
    ),
    key(
        "ports",
        Kind::Ports,
        "[]",
        "Ports that `allow_any_host` permits beside 110, 143, 465, 587, 993 and 995.",
    ),
    key(
        "images_private",
        Kind::Texts,
        "[]",
        "Special-purpose networks from which remote images may be fetched. Their addresses are written by strangers: \
         leave it empty unless there is no other network.",
    ),
    key(
        "image_ports",
        Kind::Ports,
        "[80, 443]",
        "Ports from which remote images may be fetched; 0 stands for any.",
    ),
];

pub const SANDBOX: &[Key] = &[key(
    "enabled",
    Kind::Flag,
    "false",
    "Starts the embedded mail servers (IMAP, POP3, SMTP) with their demonstration accounts.",
)];

pub const PROVIDER: &[Key] = &[
    key("name", Kind::Text, "", "Shown to people."),
    key(
        "domains",
        Kind::Texts,
        "",
        "The part after `@` picks the provider. `\"*\"` takes every domain that no other provider names.",
    ),
    key(
        "login",
        Kind::Text,
        "\"address\"",
        "User name at the servers: `\"address\"` or `\"localpart\"` (what stands before `@`).",
    ),
    key("ca_file", Kind::Text, "-", "PEM file with root certificates to trust beside the public ones."),
    key(
        "pins",
        Kind::Texts,
        "[]",
        "Keys that are trusted as they are, written `\"sha256/…\"` as the error about an untrusted certificate shows \
         them. For self-signed certificates, such as those of `openssl req -x509`. Name and dates of a pinned \
         certificate are not looked at; that the server holds the key is.",
    ),
    key("imap", Kind::Server, "", "Where mail is read."),
    key("pop3", Kind::Server, "-", "Where mail can be collected."),
    key("smtp", Kind::Server, "", "Where mail is sent."),
];

pub const SERVER: &[Key] = &[
    key("host", Kind::Text, "", "Name or address."),
    key(
        "port",
        Kind::Number(1, 65_535),
        "the usual one",
        "993 or 143 for IMAP, 995 or 110 for POP3, 465 or 587 for SMTP.",
    ),
    key(
        "tls",
        Kind::Text,
        "\"implicit\"",
        "`\"implicit\"`, `\"starttls\"`, or `\"none\"` for servers on this machine or in a private network.",
    ),
];

/// The sections in the order of the reference: heading, introduction, keys.
pub const SECTIONS: &[(&str, &str, &[Key])] = &[
    ("Top level", "Before any section.", TOP),
    ("[tls]", "Encryption of the gateway's own port. Leave it out behind a proxy that does it.", TLS),
    ("[session]", "How long people stay signed in.", SESSION),
    (
        "[egress]",
        "Where the gateway itself may connect. Judged on the address a name resolves to, at that moment.",
        EGRESS,
    ),
    ("[sandbox]", "Mail servers without a mail server, for trying out.", SANDBOX),
    ("[[provider]]", "One for each mail provider; any number.", PROVIDER),
    (
        "Servers",
        "`imap`, `pop3` and `smtp` of a provider: `{ host = \"mail.example.org\", port = 993, tls = \"implicit\" }`.",
        SERVER,
    ),
];

/// The known name that this one is probably meant to be.
pub fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|k| (distance(&name.to_lowercase(), k), k)).min_by_key(|&(d, _)| d);
    near.filter(|&(d, k)| d <= 2.max(k.len() / 3)).map(|(_, k)| k)
}

/// Levenshtein's edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, &up) in b.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(x != *y)).min(up + 1).min(left + 1);
            diagonal = up;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_names() {
        let known = || TOP.iter().map(|k| k.name);
        assert_eq!(did_you_mean("publik_url", known()), Some("public_url"));
        assert_eq!(did_you_mean("Listen", known()), Some("listen"));
        assert_eq!(did_you_mean("providers", known()), Some("provider"));
        assert_eq!(did_you_mean("colour", known()), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
