//! Every scripted hostile server of the corpus against the preambles (R16). Skipped, and said so, where the corpus
//! isn't there. What comes behind the encryption is played by each protocol's own tests.
use super::*;
use crate::hostile::{Case, cases};
use std::collections::BTreeMap;
use std::path::Path;

/// What happens before encryption.
impl Case {
    /// The first line of what follows the key mentions the word.
    fn lists(&self, key: &str, word: &str) -> bool {
        let list = self.after(key).and_then(|rest| rest.split(['\n']).next());
        list.is_some_and(|list| list.to_lowercase().contains(&word.to_lowercase()))
    }

    pub(crate) fn hides(&self, command: &str) -> bool {
        self.lists("hide_commands", &format!("\"{command}\""))
            || self.lists("ignore_commands", &format!("\"{command}\""))
    }

    fn imap_reply(&self, command: Option<&str>) -> String {
        let caps = if self.lists("caps", "StartTls") {
            "IMAP4rev1 STARTTLS LOGINDISABLED"
        } else {
            "IMAP4rev1 AUTH=PLAIN"
        };
        let Some(command) = command else {
            let after = self.string("response_after_greeting").unwrap_or_default();
            if let Some(greeting) = self.string("greeting") {
                return greeting + &after;
            }
            let status = if self.lists("kind", "PreAuth") {
                "PREAUTH"
            } else if self.lists("kind", "Bye") {
                "BYE"
            } else {
                "OK"
            };
            let told = self.after("code").is_some_and(|code| code.starts_with("Some(Capability"));
            let code = if told { format!("[CAPABILITY {caps}] ") } else { String::new() };
            return format!("* {status} {code}hello\r\n{after}");
        };
        let (tag, verb) = command.trim_end().split_once(' ').unwrap();
        let reply = match verb {
            "CAPABILITY" => {
                self.string("capability").unwrap_or(format!("* CAPABILITY {caps}\r\n<tag> OK done\r\n"))
            }
            _ => self.string("starttls_response").unwrap_or("<tag> OK go\r\n".into()),
        };
        reply.replace("<tag>", tag)
    }

    fn pop3_reply(&self, command: Option<&str>) -> String {
        let Some(command) = command else {
            return self.string("greeting").unwrap_or("+OK hi\r\n".into());
        };
        match command.trim_end() {
            "CAPA" if self.hides("capa") => "-ERR unknown command\r\n".into(),
            "CAPA" => self.string("capa_response").unwrap_or_else(|| format!("+OK\r\n{}.\r\n", self.capa())),
            _ => self.string("stls_response").unwrap_or("+OK go\r\n".into()),
        }
    }

    /// The texts in the brackets behind `capa:`, a line each.
    fn capa(&self) -> String {
        self.list("capa").iter().map(|word| format!("{word}\r\n")).collect()
    }

    fn smtp_reply(&self, command: Option<&str>) -> String {
        let Some(command) = command else {
            return self.string("greeting").unwrap_or("220 hi\r\n".into());
        };
        match command.get(..4).unwrap_or_default() {
            "EHLO" if self.hides("ehlo") => "500 unknown command\r\n".into(),
            "EHLO" => self.string("\"ehlo\"").unwrap_or_else(|| {
                let offer =
                    if self.lists("capabilities", "StartTLS") { "STARTTLS" } else { "AUTH PLAIN LOGIN" };
                format!("250-me\r\n250 {offer}\r\n")
            }),
            _ => self
                .string("\"starttls\"")
                .or_else(|| self.string("stls_response"))
                .unwrap_or("220 go\r\n".into()),
        }
    }
}

/// What was written, and how it ended.
pub(crate) fn play(case: &Case, proto: Proto) -> (Vec<String>, Result<Step, NetError>) {
    let mut preamble = Preamble::new(proto, "[127.0.0.1]", 8 << 10, 64 << 10);
    let mut written: Vec<String> = Vec::new();
    loop {
        let last = written.last().map(String::as_str);
        let reply = match proto {
            Proto::Imap => case.imap_reply(last),
            Proto::Pop3 => case.pop3_reply(last),
            Proto::Smtp => case.smtp_reply(last),
        };
        match preamble.handle_input(reply.as_bytes()) {
            Ok(Step::Write(text)) => written.push(text),
            end => return (written, end),
        }
    }
}

#[test]
fn r16_hostile_servers_of_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora/hostile-servers");
    if !corpus.is_dir() {
        println!("counts: hostile servers before encryption: skipped, no corpus at {}", corpus.display());
        return;
    }
    for (proto, folder) in [(Proto::Imap, "imap"), (Proto::Pop3, "pop3"), (Proto::Smtp, "smtp")] {
        let mut ends: BTreeMap<String, usize> = BTreeMap::new();
        let paths = cases(&corpus.join(folder));
        for path in &paths {
            let case = Case::read(path);
            let (written, end) = play(&case, proto);
            let name = path.strip_prefix(&corpus).unwrap().display();
            for line in &written {
                let harmless = [
                    "S1 CAPABILITY\r\n",
                    "S2 STARTTLS\r\n",
                    "CAPA\r\n",
                    "STLS\r\n",
                    "EHLO [127.0.0.1]\r\n",
                    "STARTTLS\r\n",
                ];
                assert!(harmless.contains(&line.as_str()), "{name} made us write {line:?}");
            }
            let refused = case.string("starttls_response").or_else(|| case.string("stls_response"));
            let refused = refused.is_some_and(|r| !r.contains("OK") && !r.starts_with("220"));
            if case.lists("kind", "PreAuth") || refused && written.len() > usize::from(proto != Proto::Imap) {
                assert!(end.is_err() || end == Ok(Step::Read), "{name}: {end:?}");
            }
            let end = match &end {
                Ok(Step::Encrypt) => "encrypted".to_string(),
                // Waiting: the greeting timeout ends it.
                Ok(_) => "silence".into(),
                Err(error) => format!("{error:?}").split(['(', ' ']).next().unwrap_or_default().to_string(),
            };
            *ends.entry(end).or_default() += 1;
        }
        println!("counts: hostile servers before encryption, {folder}: {} cases: {ends:?}", paths.len());
        assert!(paths.len() > 10 && ends.contains_key("Insecure") && ends.contains_key("encrypted"));
    }
}
