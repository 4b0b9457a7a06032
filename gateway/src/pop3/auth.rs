//! Ways to sign in, which of them is taken, and what they write.
//!
//! In this order: SASL PLAIN (RFC 5034, RFC 4616); APOP (RFC 1939 §7), only on a connection without TLS, where it keeps the
//! password itself from listeners; USER and PASS. Tokens go by OAUTHBEARER (RFC 7628) or XOAUTH2.
use super::capa::Capabilities;
use super::encode::argument;
use super::error::Refusal;
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use zeroize::Zeroizing;

/// Octets of the longest timestamp that is used.
const MAX_STAMP: usize = 255;

/// What shows who we are.
#[derive(Clone, Debug)]
pub enum Proof {
    Password(Secret),
    /// An OAuth 2.0 access token.
    Token(Secret),
}

impl Proof {
    pub fn secret(&self) -> &Secret {
        match self {
            Self::Password(secret) | Self::Token(secret) => secret,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Plain,
    Apop,
    UserPass,
    OAuthBearer,
    XOAuth2,
}

/// What decides beside the proof.
pub struct Circumstances<'a> {
    pub capabilities: &'a Capabilities,
    /// The greeting's timestamp.
    pub stamp: Option<&'a str>,
    pub secure: bool,
}

/// The best way that both sides know.
pub fn choose(user: &str, proof: &Proof, c: &Circumstances<'_>) -> Result<Way, Refusal> {
    let offers = c.capabilities;
    if matches!(proof, Proof::Token(_)) {
        return match () {
            // RFC 7628 §4: a bearer token is as good as a password to whoever reads it.
            () if !c.secure => Err(Refusal::NotInClear),
            () if offers.has_mechanism("OAUTHBEARER") => Ok(Way::OAuthBearer),
            () if offers.has_mechanism("XOAUTH2") => Ok(Way::XOAuth2),
            () => Err(Refusal::NoWay),
        };
    }
    if offers.has_mechanism("PLAIN") {
        Ok(Way::Plain)
    } else if !c.secure && c.stamp.is_some() && !user.contains(char::is_whitespace) {
        Ok(Way::Apop)
    } else if offers.user || !offers.known {
        Ok(Way::UserPass)
    } else if !c.secure {
        // A server that lists neither USER nor PLAIN in clear means it (RFC 2595 §4).
        Err(Refusal::NotInClear)
    } else if offers.mechanisms.is_empty() {
        // Some lists forget USER; behind TLS it can be tried.
        Ok(Way::UserPass)
    } else {
        Err(Refusal::NoWay)
    }
}

/// RFC 4616: authorization identity (empty), NUL, user, NUL, password; in base64.
pub fn plain(user: &str, password: &str) -> Result<Zeroizing<String>, Refusal> {
    let (user, password) = (argument(user)?, argument(password)?);
    let clear = Zeroizing::new(format!("\0{user}\0{password}"));
    Ok(Zeroizing::new(STANDARD.encode(clear.as_bytes())))
}

/// RFC 7628 §3.1; `,` and `=` of the name are spelled out (RFC 5801 §4).
pub fn oauth_bearer(user: &str, token: &str) -> Result<Zeroizing<String>, Refusal> {
    let (user, token) = (separable(user)?, separable(token)?);
    let user = user.replace('=', "=3D").replace(',', "=2C");
    let clear = Zeroizing::new(format!("n,a={user},\x01auth=Bearer {token}\x01\x01"));
    Ok(Zeroizing::new(STANDARD.encode(clear.as_bytes())))
}

/// What Google and Microsoft had before RFC 7628.
pub fn xoauth2(user: &str, token: &str) -> Result<Zeroizing<String>, Refusal> {
    let (user, token) = (separable(user)?, separable(token)?);
    let clear = Zeroizing::new(format!("user={user}\x01auth=Bearer {token}\x01\x01"));
    Ok(Zeroizing::new(STANDARD.encode(clear.as_bytes())))
}

fn separable(text: &str) -> Result<&str, Refusal> {
    if text.contains('\x01') { Err(Refusal::Unsendable) } else { argument(text) }
}

/// RFC 1939 §7: MD5 of the timestamp, with its brackets, and the password.
pub fn apop(stamp: &str, password: &str) -> String {
    let digest = Md5::new_with_prefix(stamp).chain_update(password).finalize();
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

/// The timestamp of a greeting. It must look like a Message-ID (RFC 822): one made up of anything else is how a stranger on the
/// path computes collisions (CVE-2007-1558).
pub fn stamp(greeting: &str) -> Option<&str> {
    let start = greeting.rfind('<')?;
    let rest = greeting.get(start..)?;
    let stamp = rest.get(..=rest.find('>')?)?;
    let (left, right) = stamp.get(1..stamp.len() - 1)?.split_once('@')?;
    let atoms = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'@' | b'"' | b'\\'))
    };
    (stamp.len() <= MAX_STAMP && atoms(left) && atoms(right)).then_some(stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(lines: &[&str]) -> Capabilities {
        let mut capabilities = Capabilities::listed();
        lines.iter().for_each(|line| capabilities.add(line.as_bytes()));
        capabilities
    }

    #[test]
    fn the_best_way_is_taken() {
        let password = Proof::Password(Secret::new("p".into()));
        let token = Proof::Token(Secret::new("t".into()));
        let (none, stamp) = (None, Some("<1@a>"));
        let (unknown, plain, user) =
            (Capabilities::default(), listed(&["USER", "SASL PLAIN"]), listed(&["USER", "SASL CRAM-MD5"]));
        let (empty, foreign) = (listed(&[]), listed(&["SASL GSSAPI"]));
        let (bearer, both) = (listed(&["SASL XOAUTH2"]), listed(&["SASL XOAUTH2 OAUTHBEARER PLAIN"]));
        for (proof, capabilities, stamp, secure, expected) in [
            (&password, &plain, none, true, Ok(Way::Plain)),
            (&password, &plain, stamp, false, Ok(Way::Plain)),
            (&password, &user, stamp, false, Ok(Way::Apop)),
            // Behind TLS an MD5 of the password is worse than the password: it can't be checked against a hash.
            (&password, &user, stamp, true, Ok(Way::UserPass)),
            (&password, &unknown, none, true, Ok(Way::UserPass)),
            (&password, &unknown, none, false, Ok(Way::UserPass)),
            (&password, &unknown, stamp, false, Ok(Way::Apop)),
            (&password, &empty, none, true, Ok(Way::UserPass)),
            (&password, &empty, none, false, Err(Refusal::NotInClear)),
            (&password, &foreign, none, true, Err(Refusal::NoWay)),
            (&password, &foreign, none, false, Err(Refusal::NotInClear)),
            (&token, &both, none, true, Ok(Way::OAuthBearer)),
            (&token, &bearer, none, true, Ok(Way::XOAuth2)),
            (&token, &plain, none, true, Err(Refusal::NoWay)),
            (&token, &both, none, false, Err(Refusal::NotInClear)),
        ] {
            let got = choose("ada", proof, &Circumstances { capabilities, stamp, secure });
            assert_eq!(got, expected, "{proof:?} {capabilities:?} {stamp:?} {secure}");
        }
        let c = Circumstances { capabilities: &unknown, stamp, secure: false };
        assert_eq!(
            choose("ada lovelace", &password, &c),
            Ok(Way::UserPass),
            "APOP has blanks between its words"
        );
    }

    #[test]
    fn what_they_write() {
        // RFC 1939 §7.
        assert_eq!(apop("<1896.697170952@dbc.mtview.ca.us>", "tanstaaf"), "c4c9334bac560ecc979e58001b3e22fb");
        assert_eq!(plain("tim", "tanstaaftanstaaf").unwrap().as_str(), "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
        let decode =
            |text: Zeroizing<String>| String::from_utf8(STANDARD.decode(text.as_str()).unwrap()).unwrap();
        // RFC 7628 §4.1, without the optional host and port.
        let bearer =
            decode(oauth_bearer("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==").unwrap());
        assert_eq!(
            bearer,
            "n,a=user@example.com,\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"
        );
        assert_eq!(decode(oauth_bearer("a=b,c", "t").unwrap()), "n,a=a=3Db=2Cc,\x01auth=Bearer t\x01\x01");
        let old =
            decode(xoauth2("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg").unwrap());
        assert_eq!(
            old,
            "user=someuser@example.com\x01auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\x01\x01"
        );
        for bad in ["a\x01b", "a\r", "a\nb", "\0"] {
            assert_eq!(oauth_bearer(bad, "t"), Err(Refusal::Unsendable));
            assert_eq!(xoauth2("u", bad), Err(Refusal::Unsendable));
        }
    }

    #[test]
    fn stamps() {
        let greeting = "POP3 server ready <1896.697170952@dbc.mtview.ca.us>";
        assert_eq!(stamp(greeting), Some("<1896.697170952@dbc.mtview.ca.us>"));
        assert_eq!(stamp("<a> ready <1@b> now"), Some("<1@b>"));
        let long = format!("<1@{}>", "a".repeat(MAX_STAMP));
        for text in [
            "",
            "ready",
            "<>",
            "<1>",
            "<@a>",
            "<1@>",
            "<1 2@a>",
            "<1@a",
            "1@a>",
            "<1@a@b>",
            "<\u{e9}@a>",
            &long,
        ] {
            assert_eq!(stamp(text), None, "{text}");
        }
    }
}
