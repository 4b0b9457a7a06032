//! Reads scripts and the mailboxes beside them.

pub struct Script {
    pub capabilities: Vec<String>,
    pub connections: usize,
    pub state: String,
    /// `None`: all of the mailbox.
    pub messages: Option<usize>,
    pub steps: Vec<Step>,
}

#[derive(Default)]
pub struct Step {
    pub line: usize,
    /// From 1.
    pub connection: usize,
    pub command: String,
    /// How the tagged answer begins; `""` for any.
    pub expected: String,
    /// A named command whose end is looked at later.
    pub pipeline: Option<String>,
    pub untagged: Vec<(char, Vec<u8>)>,
}

impl Script {
    pub fn read(bytes: &[u8]) -> Self {
        let mut script = Self {
            capabilities: Vec::new(),
            connections: 1,
            state: String::new(),
            messages: Some(0),
            steps: Vec::new(),
        };
        let lines = logical_lines(&String::from_utf8_lossy(bytes));
        let mut rest = lines.into_iter().peekable();
        while let Some((_, line)) = rest.peek() {
            let Some((key, value)) = line.split_once(": ") else { break };
            match key {
                "capabilities" => script.capabilities = value.split_whitespace().map(str::to_owned).collect(),
                "connections" => script.connections = value.parse().unwrap(),
                "state" => script.state = value.to_owned(),
                "messages" => script.messages = value.parse().ok(),
                _ => break,
            }
            rest.next();
        }
        if script.state.is_empty() {
            script.state = "selected".into();
            // Without a word about messages the whole mailbox is meant.
            if !String::from_utf8_lossy(bytes).contains("messages:") {
                script.messages = None;
            }
        }
        let mut open = false;
        for (number, line) in rest {
            if let Some(sign @ ('*' | '!' | '?')) = line.chars().next()
                && line[1..].starts_with(' ')
            {
                if let Some(step) = script.steps.last_mut() {
                    step.untagged.push((sign, line.as_bytes()[2..].to_vec()));
                }
                continue;
            }
            let (connection, line) = match line.split_once(' ') {
                Some((first, rest)) if script.connections > 1 && first.parse::<usize>().is_ok() => {
                    (first.parse().unwrap(), rest.to_owned())
                }
                _ => (1, line),
            };
            let (first, rest) = line.split_once(' ').map_or((line.as_str(), ""), |(a, b)| (a, b));
            let step = Step { line: number, connection, ..Step::default() };
            if first.starts_with("tag") {
                script.steps.push(Step { pipeline: Some(first.into()), command: rest.into(), ..step });
            } else if matches!(first, "ok" | "no" | "bad" | "\"\"") {
                if std::mem::take(&mut open) {
                    script.steps.last_mut().unwrap().expected = line.clone();
                } else {
                    script.steps.push(Step { expected: first.into(), command: rest.into(), ..step });
                }
            } else {
                open = true;
                script.steps.push(Step { expected: "\"\"".into(), command: line.clone(), ..step });
            }
        }
        script
    }
}

/// Lines without comments, `{{{ … }}}` turned into literals.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let mut whole = line.to_owned();
        while let Some(head) = whole.strip_suffix("{{{") {
            let mut inner: Vec<&str> = Vec::new();
            let mut tail = "";
            for (_, line) in lines.by_ref() {
                if let Some(rest) = line.strip_prefix("}}}") {
                    tail = rest;
                    break;
                }
                inner.push(line);
            }
            let literal = inner.join("\r\n");
            whole = format!("{head}{{{}+}}\r\n{literal}{tail}", literal.len());
        }
        found.push((number + 1, whole));
    }
    found
}

/// Messages of an mbox file with the dates of their `From ` lines.
pub struct Mailbox(Vec<(String, Vec<u8>)>);

impl Mailbox {
    pub fn read(bytes: &[u8]) -> Self {
        let mut found: Vec<(String, Vec<u8>)> = Vec::new();
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            if let Some(rest) = line.strip_prefix(b"From ") {
                found.push((date(&String::from_utf8_lossy(rest)), Vec::new()));
            } else if let Some((_, text)) = found.last_mut() {
                text.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
                text.extend_from_slice(b"\r\n");
            }
        }
        Self(found)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The command that appends the next message.
    pub fn append(&self, at: &mut usize, command: &str) -> Vec<u8> {
        let (date, text) = &self.0[*at % self.0.len()];
        *at += 1;
        let mut out = format!("{command} \"{date}\" {{{}+}}\r\n", text.len()).into_bytes();
        out.extend_from_slice(text);
        out
    }
}

/// `user@domain  Fri Feb 22 17:06:23 2008 +0200` as IMAP writes it.
fn date(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let zone = words.get(6).copied().unwrap_or("+0000");
    format!("{:>2}-{}-{} {} {zone}", words[3], words[2], words[5], words[4])
}
