//! What `check` says about files that are right, wrong, and wrong in many places.
use super::*;
use crate::config::{LoginName, TlsMode};

const GOOD: &str = r#"
listen = "127.0.0.1:9090"
public_url = "https://mail.example.org/"
trusted_proxies = ["127.0.0.1/32", "::1"]
[session]
idle_minutes = 60
[egress]
allow_private = ["127.0.0.0/8"]
[limits]
sends_per_hour = 5
upload_bytes = 0x100_000
[[provider]]
name = "Example"
domains = ["Example.org", "메일.example"]
login = "localpart"
pins = ["sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
imap = { host = "IMAP.example.org" }
smtp = { host = "smtp.example.org", tls = "starttls" }
[[provider]]
name = "Here"
domains = ["*"]
imap = { host = "127.0.0.1", port = 1143, tls = "none" }
pop3 = { host = "localhost", port = 1110, tls = "none" }
smtp = { host = "[127.0.0.1]", port = 1587, tls = "none" }
"#;

/// Every problem as `line: message`.
fn wrong(text: &str) -> Vec<String> {
    let problems = parse(text, Path::new("/nonexistent")).unwrap_err();
    problems.iter().map(|p| format!("{}: {}", p.line, p.message)).collect()
}

/// A file that is right but for what is put in front of it.
fn with(head: &str) -> String {
    let provider = "\n[[provider]]\nname = \"A\"\ndomains = [\"a.example\"]\n";
    format!("{head}{provider}imap = {{ host = \"i.a.example\" }}\nsmtp = {{ host = \"s.a.example\" }}\n")
}

#[test]
fn a_good_file() {
    let config = parse(GOOD, Path::new(".")).unwrap_or_else(|p| panic!("{p:?}"));
    assert_eq!(config.listen.to_string(), "127.0.0.1:9090");
    assert_eq!(config.public_url, "https://mail.example.org");
    assert_eq!(config.trusted_proxies.len(), 2);
    assert_eq!((config.session.idle_minutes, config.session.max_days), (60, 7));
    assert_eq!((config.limits.sends_per_hour, config.limits.upload_bytes), (5, 1 << 20));
    assert_eq!(config.egress.image_ports, [80, 443]);
    let [example, here] = &config.providers[..] else { panic!() };
    assert_eq!(example.domains, ["example.org", "메일.example"]);
    assert_eq!(example.login, LoginName::LocalPart);
    assert_eq!(example.pins, [[0; 32]]);
    let imap = example.imap.as_ref().unwrap();
    assert_eq!((imap.host.as_str(), imap.port, imap.tls), ("imap.example.org", 993, TlsMode::Implicit));
    assert_eq!(example.smtp.as_ref().unwrap().port, 587);
    assert_eq!(here.smtp.as_ref().unwrap().host, "127.0.0.1");
    assert_eq!(config.provider_for("x@EXAMPLE.org").unwrap().name, "Example");
    assert_eq!(config.provider_for("x@elsewhere.example").unwrap().name, "Here");
}

#[test]
fn all_problems_at_once_with_lines() {
    let text = r#"listn = "127.0.0.1:8080"
public_url = "http://mail.example.org"
[session]
idle_minutes = 0
[limits]
sends_per_houre = 3
[[provider]]
name = "A"
domains = ["a.example", "a.example"]
imap = { host = "https://imap.a.example", port = 993 }
[[provider]]
domains = [1]
imap = { host = "imap.b.example", tls = "none" }
smtp = { host = "10.0.0.5", port = 465, tls = "starttls" }
"#;
    assert_eq!(
        wrong(text),
        [
            "1: `listn` is not a key of the top level; did you mean `listen`?",
            "2: `http` is for this machine only: without encryption anybody on the way reads the password",
            "4: `idle_minutes` must be a whole number from 1 to 10080",
            "6: `sends_per_houre` is not a limit; did you mean `sends_per_hour`?",
            "7: [[provider]] has no `smtp`",
            "9: `a.example` belongs to provider \"A\" already",
            "10: `https://imap.a.example` is not a host: a name or an address, without scheme, port or path",
            "11: [[provider]] has no `name`",
            "12: `domains` must be a list of texts: [\"…\", \"…\"]",
            "13: tls = \"none\" would send passwords to `imap.b.example` in clear: it is for servers on this machine or in a private network",
            "14: `10.0.0.5` is no public address: add \"10.0.0.5\" to `allow_private` in [egress]",
            "14: port 465 of `smtp` is encrypted at once: tls = \"implicit\"",
        ]
    );
}

#[test]
fn public_url_and_listen() {
    for (head, expected) in [
        ("listen = \"0.0.0.0:80\"", "1: `public_url` is needed: what people type into the browser"),
        (
            "listen = \"localhost\"",
            "1: `localhost` is not an address with a port, such as 127.0.0.1:8080 or [::1]:8080",
        ),
        (
            "public_url = \"mail.example\"",
            "1: `public_url` begins with https:// (or http:// on this machine)",
        ),
        (
            "public_url = \"ftp://mail.example\"",
            "1: `public_url` begins with https:// (or http:// on this machine)",
        ),
        (
            "listen = \"0.0.0.0:80\"\npublic_url = \"http://localhost\"",
            "2: `http` on a port that others can reach: listen on 127.0.0.1, or use https",
        ),
        (
            "public_url = \"https://mail.example/mail\"",
            "1: `public_url` is a scheme and a host, with a port if it isn't the usual one, and nothing else",
        ),
        (
            "public_url = \"https://Mail.example\"",
            "1: `public_url` must be in small letters, as browsers send it",
        ),
        ("public_url = \"https://mail.example:443\"", "1: leave out the usual port: browsers do"),
    ] {
        assert_eq!(wrong(&with(head)), [expected], "{head}");
    }
    for head in [
        "",
        "public_url = \"http://127.0.0.1:8080\"",
        "listen = \"[::1]:1\"\npublic_url = \"http://localhost:1\"",
    ] {
        assert!(parse(&with(head), Path::new(".")).is_ok(), "{head}");
    }
}

#[test]
fn files_and_tls() {
    let cert = "[tls]\ncert = \"cert.pem\"";
    assert_eq!(wrong(&with(cert)), ["1: [tls] has no `key`"]);
    let both = "[tls]\ncert = \"cert.pem\"\nkey = \"key.pem\"";
    let found = wrong(&with(both));
    assert!(found[0].starts_with("2: can't read certificates from /nonexistent/cert.pem"), "{found:?}");
    assert!(found[1].starts_with("3: no private key in /nonexistent/key.pem"), "{found:?}");
    let key = "[session]\nkey_file = \"deep/key\"";
    assert!(wrong(&with(key))[0].contains("there is no folder /nonexistent/deep"));
    let ca = format!("{}ca_file = \"ca.pem\"\n", with(""));
    assert!(wrong(&ca)[0].contains("can't read certificates from /nonexistent/ca.pem"));
}

#[test]
fn certificate_and_key_must_go_together() {
    let folder = tempfile::tempdir().unwrap();
    let pair = || rcgen::generate_simple_self_signed(vec!["mail.example".to_string()]).unwrap();
    let (one, two) = (pair(), pair());
    fs::write(folder.path().join("cert.pem"), one.cert.pem()).unwrap();
    fs::write(folder.path().join("key.pem"), one.signing_key.serialize_pem()).unwrap();
    fs::write(folder.path().join("other.pem"), two.signing_key.serialize_pem()).unwrap();
    fs::write(folder.path().join("empty.pem"), "").unwrap();
    let file = |cert: &str, key: &str| {
        let head =
            format!("public_url = \"https://mail.example\"\n[tls]\ncert = \"{cert}\"\nkey = \"{key}\"");
        parse(&with(&head), folder.path()).map_err(|p| p[0].to_string())
    };
    assert!(file("cert.pem", "key.pem").is_ok());
    assert!(file("cert.pem", "other.pem").unwrap_err().contains("don't go together"));
    assert!(file("empty.pem", "key.pem").unwrap_err().contains("no certificate"));
    assert!(file("cert.pem", "cert.pem").unwrap_err().contains("no private key"));
    let http = "public_url = \"http://localhost:8080\"\n[tls]\ncert = \"cert.pem\"\nkey = \"key.pem\"";
    let found = parse(&with(http), folder.path()).unwrap_err();
    assert!(found[0].message.contains("begins with https"), "{found:?}");
}

#[test]
fn not_toml() {
    let found = wrong("listen = \npublic_url = \"x\n");
    assert!(found.iter().any(|p| p.starts_with("1: not TOML")), "{found:?}");
    assert_eq!(wrong("")[0], "0: no [[provider]] and no [sandbox]: nobody could sign in");
    assert!(parse("[sandbox]\nenabled = true", Path::new(".")).is_ok());
    assert_eq!(wrong("[provider]\nname = \"x\"")[0], "1: write [[provider]], with two brackets");
}

#[test]
fn every_limit_can_be_set_by_name() {
    for (name, default, _) in Limits::TABLE {
        let value = if *name == "idle_renew_minutes" { 9 } else { default + 1 };
        // The pairs that must keep their order move together.
        let pairs = "ws_message_bytes = 99999999\nspool_bytes = 999999999\n";
        let lines: String =
            pairs.lines().filter(|l| !l.starts_with(name)).map(|l| format!("{l}\n")).collect();
        let config = parse(&with(&format!("[limits]\n{name} = {value}\n{lines}")), Path::new("."));
        let config = config.unwrap_or_else(|p| panic!("{name}: {p:?}"));
        let mut expected = Limits::default();
        expected.set(name, value);
        let text = |limits: &Limits| format!("{limits:?}");
        assert!(text(&config.limits).contains(&format!("{name}: {value}")), "{name}");
        assert_ne!(text(&expected), text(&Limits::default()));
    }
    assert_eq!(wrong(&with("[limits]\nsessions = 0")), ["2: `sessions` must be a whole number above 0"]);
    assert_eq!(wrong(&with("limits = 3")), ["1: `limits` must be a section: [limits]"]);
}
