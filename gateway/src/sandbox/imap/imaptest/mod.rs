//! Runs the scripted conversations of the imaptest corpus against the server, without a socket.
//!
//! A script says: in this state, this command ends so and brings (`*`) or doesn't bring (`!`) these answers. Names with
//! `$` are bound at their first match.
mod script;
mod value;

use super::session::Session;
use crate::sandbox::clock::Clock;
use crate::sandbox::limit::Bounds;
use crate::sandbox::world::{AccountOptions, World};
use script::{Mailbox, Script, Step};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use value::{Value, Vars};

struct Client {
    session: Session,
    /// Number of the next command.
    next: u32,
    pending: BTreeMap<String, Reply>,
}

struct Reply {
    untagged: Vec<Vec<Value>>,
    /// Status, then the rest.
    tagged: Vec<Value>,
    tag: String,
}

impl Client {
    fn run(&mut self, command: &[u8]) -> Reply {
        self.next += 1;
        let tag = format!("x{}", self.next);
        let mut wire = format!("{tag} ").into_bytes();
        wire.extend_from_slice(command);
        wire.extend_from_slice(b"\r\n");
        self.session.input(&wire);
        let mut output = Vec::new();
        while {
            let more = self.session.advance();
            output.extend(self.session.output());
            more
        } {}
        let mut untagged = Vec::new();
        let mut tagged = Vec::new();
        for mut line in value::lines(&output) {
            match line.first().map(Value::text).as_deref() {
                Some("*") => {
                    line.remove(0);
                    untagged.push(line);
                }
                Some(t) if t == tag => {
                    line.remove(0);
                    tagged = line;
                }
                _ => {}
            }
        }
        Reply { untagged: originals(untagged), tagged, tag }
    }
}

/// Appends to message answers the number that the message had before the command, for `$1 expunge`.
fn originals(mut lines: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    let mut numbers: Vec<usize> = (1..=1_000).collect();
    for line in &mut lines {
        let Some(now) = line.first().and_then(|v| v.text().parse::<usize>().ok()) else { continue };
        let verb = line.get(1).map(|v| v.text().to_lowercase()).unwrap_or_default();
        if !matches!(verb.as_str(), "expunge" | "fetch") || now == 0 {
            continue;
        }
        let before = numbers[now - 1];
        line[0] = Value::Number { now, before };
        if verb == "expunge" {
            numbers.remove(now - 1);
        }
    }
    // A FETCH may come in parts: all parts together count as one more.
    let mut merged: BTreeMap<usize, (Value, Vec<Value>)> = BTreeMap::new();
    for line in &lines {
        if let (Some(Value::Number { before, .. }), Some(Value::List(items))) = (line.first(), line.get(2)) {
            let entry = merged.entry(*before).or_insert_with(|| (line[0].clone(), Vec::new()));
            entry.1.extend(items.iter().cloned());
        }
    }
    let whole =
        merged.into_values().map(|(n, items)| vec![n, Value::Atom("FETCH".into()), Value::List(items)]);
    lines.extend(whole.collect::<Vec<_>>());
    lines
}

fn world() -> Arc<World> {
    let account =
        AccountOptions { name: "Test".into(), address: "test@blue.test".into(), password: "secret".into() };
    Arc::new(World::new(vec![account], Bounds::default(), Clock::Fixed(1_790_000_000)))
}

fn run(script: &Script, mailbox: &Mailbox) -> Result<(), String> {
    let world = world();
    let mut clients: Vec<Client> = (0..script.connections)
        .map(|_| Client { session: Session::new(world.clone()), next: 0, pending: BTreeMap::new() })
        .collect();
    let mut vars = Vars::from([("mailbox".to_owned(), "imaptest".to_owned())]);
    let mut at = 0;
    if script.state != "nonauth" {
        for client in &mut clients {
            client.session.output();
            client.run(b"LOGIN test@blue.test secret");
        }
    }
    if script.state == "created" || script.state == "selected" {
        clients[0].run(b"CREATE imaptest");
        for _ in 0..script.messages.unwrap_or(mailbox.len()) {
            clients[0].run(&mailbox.append(&mut at, "APPEND imaptest"));
        }
    }
    if script.state == "selected" {
        for client in &mut clients {
            client.run(b"SELECT imaptest");
        }
    }
    for step in &script.steps {
        let client = clients.get_mut(step.connection - 1).ok_or("no such connection")?;
        let told = |reason: &str| format!("line {}: {}: {reason}", step.line, step.command);
        if let Some(name) = &step.pipeline {
            match client.pending.remove(name) {
                None => {
                    let mut reply = client.run(value::expand(&step.command, &vars).as_bytes());
                    // Answers of all commands under way may be expected after the last.
                    reply.untagged.extend(client.pending.values().flat_map(|r| r.untagged.clone()));
                    check_untagged(step, &reply, &mut vars).map_err(|e| told(&e))?;
                    client.pending.insert(name.clone(), reply);
                }
                Some(reply) => check_tagged(&step.command, &reply, &mut vars).map_err(|e| told(&e))?,
            }
            continue;
        }
        let text = value::expand(&step.command, &vars);
        let upper = text.to_ascii_uppercase();
        let wire = if upper == "APPEND" {
            mailbox.append(&mut at, "APPEND imaptest")
        } else if upper.starts_with("APPEND ") && !text.contains('{') {
            mailbox.append(&mut at, &text)
        } else {
            text.into_bytes()
        };
        let reply = client.run(&wire);
        vars.insert("tag".into(), reply.tag.clone());
        check_tagged(&step.expected, &reply, &mut vars).map_err(|e| told(&e))?;
        check_untagged(step, &reply, &mut vars).map_err(|e| told(&e))?;
    }
    Ok(())
}

fn check_tagged(expected: &str, reply: &Reply, vars: &mut Vars) -> Result<(), String> {
    if expected == "\"\"" {
        return Ok(());
    }
    let wanted = value::line(expected.as_bytes());
    // The words after the response code are free.
    if value::starts_with(&wanted, &reply.tagged, vars) {
        Ok(())
    } else {
        Err(format!("wanted {expected}, got {:?}", reply.tagged))
    }
}

fn check_untagged(step: &Step, reply: &Reply, vars: &mut Vars) -> Result<(), String> {
    for (sign, text) in &step.untagged {
        let wanted = value::line(text);
        let mut found = false;
        for actual in &reply.untagged {
            let mut trial = vars.clone();
            if value::matches(&wanted, actual, &mut trial) {
                if *sign == '*' {
                    *vars = trial;
                }
                found = true;
                break;
            }
        }
        let text = String::from_utf8_lossy(text);
        if *sign == '*' && !found {
            return Err(format!("missing * {text}, got {:?}", reply.untagged));
        }
        if *sign == '!' && found {
            return Err(format!("unwanted * {text}"));
        }
    }
    Ok(())
}

#[test]
fn corpus_scripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora/imaptest");
    if !folder.is_dir() {
        println!("counts: imaptest: skipped, the corpus is absent");
        return;
    }
    let offered = {
        let mut session = Session::new(world());
        String::from_utf8(session.output()).unwrap().to_uppercase()
    };
    let mut files: Vec<_> = Vec::new();
    for dir in [folder.clone(), folder.join("broken")] {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path());
        files.extend(entries.filter(|p| p.is_file() && p.extension().is_none()));
    }
    files.sort();
    let (mut passed, mut skipped, mut failed) = (0, 0, Vec::new());
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let script = Script::read(&std::fs::read(&path).unwrap());
        let own = path.with_extension("mbox");
        let mailbox = std::fs::read(own).or_else(|_| std::fs::read(folder.join("default.mbox"))).unwrap();
        let words: Vec<&str> = offered.split([' ', ']']).collect();
        let missing = script.capabilities.iter().find(|c| !words.contains(&c.to_uppercase().as_str()));
        if let Some(capability) = missing {
            println!("imaptest {name}: skipped, {capability} is not offered");
            skipped += 1;
            continue;
        }
        match run(&script, &Mailbox::read(&mailbox)) {
            Ok(()) => passed += 1,
            Err(reason) => failed.push(format!("{name}: {reason}")),
        }
    }
    println!("counts: imaptest: {} run, {passed} passed, {skipped} skipped", passed + failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(passed > 0);
}
