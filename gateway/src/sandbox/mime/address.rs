//! Addresses as IMAP shows them: name, route, mailbox, host; groups as markers (RFC 3501 §7.4.2).

/// One entry of an address list. A group starts with a mailbox without host and ends with all empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub name: Option<Vec<u8>>,
    pub route: Option<Vec<u8>>,
    pub mailbox: Option<Vec<u8>>,
    pub host: Option<Vec<u8>>,
}

/// Addresses of one field; the rest is left out.
const MAX_ADDRESSES: usize = 1_000;

/// Reads an unfolded address field, leniently.
pub fn read(value: &[u8]) -> Vec<Entry> {
    let mut reader = Reader { bytes: value, at: 0, comment: None };
    let mut found = Vec::new();
    let mut in_group = false;
    while found.len() < MAX_ADDRESSES {
        reader.space();
        match reader.peek() {
            None => break,
            Some(b',') => reader.at += 1,
            Some(b';') => {
                reader.at += 1;
                if std::mem::take(&mut in_group) {
                    found.push(Entry::default());
                }
            }
            Some(_) => {
                let before = reader.at;
                if let Some(entry) = reader.entry(&mut in_group) {
                    found.push(entry);
                }
                if reader.at == before {
                    reader.at += 1;
                }
            }
        }
    }
    if in_group {
        found.push(Entry::default());
    }
    found
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The last comment passed: the name of old-style addresses, `user@host (Name)`.
    comment: Option<Vec<u8>>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b) = self.peek() {
            match b {
                b'(' => self.comment(),
                b if b.is_ascii_whitespace() => self.at += 1,
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        let mut text = Vec::new();
        let mut depth = 0usize;
        while let Some(b) = self.peek() {
            self.at += 1;
            match b {
                b'\\' => {
                    text.extend(self.peek());
                    self.at += 1;
                    continue;
                }
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            if depth > 1 || b != b'(' {
                text.push(b);
            }
        }
        self.comment = Some(text);
    }

    /// A quoted string or an atom; anything that isn't structure counts as atom text.
    fn word(&mut self) -> Option<Vec<u8>> {
        let mut word = Vec::new();
        if self.peek() == Some(b'"') {
            self.at += 1;
            while let Some(b) = self.peek() {
                self.at += 1;
                match b {
                    b'"' => break,
                    b'\\' => {
                        word.extend(self.peek());
                        self.at += 1;
                    }
                    b => word.push(b),
                }
            }
            return Some(word);
        }
        while let Some(b) = self.peek() {
            if b.is_ascii_whitespace() || b"()<>@,;:\"".contains(&b) {
                break;
            }
            self.at += 1;
            word.push(b);
        }
        (!word.is_empty()).then_some(word)
    }

    fn entry(&mut self, in_group: &mut bool) -> Option<Entry> {
        self.comment = None;
        let mut phrase: Vec<Vec<u8>> = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(b'<') => {
                    self.at += 1;
                    let name = (!phrase.is_empty()).then(|| phrase.join(&b' '));
                    return Some(self.angle(name));
                }
                Some(b':') if !*in_group => {
                    self.at += 1;
                    *in_group = true;
                    return Some(Entry { mailbox: Some(phrase.join(&b' ')), ..Entry::default() });
                }
                Some(b'@') => {
                    self.at += 1;
                    let host = self.domain();
                    self.space();
                    let name = self.comment.take();
                    return Some(Entry {
                        name,
                        mailbox: Some(phrase.concat()),
                        host: Some(host),
                        route: None,
                    });
                }
                Some(b',' | b';') | None => break,
                _ => match self.word() {
                    Some(word) => phrase.push(word),
                    None => self.at += 1,
                },
            }
        }
        // RFC 3501 has no form for a name without an address; the widespread one names the host so.
        (!phrase.is_empty()).then(|| Entry {
            mailbox: Some(phrase.join(&b' ')),
            host: Some(b"MISSING_DOMAIN".to_vec()),
            ..Entry::default()
        })
    }

    fn angle(&mut self, name: Option<Vec<u8>>) -> Entry {
        self.space();
        let mut route = None;
        if self.peek() == Some(b'@') {
            let start = self.at;
            while self.peek().is_some_and(|b| b != b':' && b != b'>') {
                self.at += 1;
            }
            route = self.bytes.get(start..self.at).map(<[u8]>::to_vec);
            self.at += usize::from(self.peek() == Some(b':'));
        }
        let mut local: Vec<u8> = Vec::new();
        let mut host = None;
        loop {
            self.space();
            match self.peek() {
                None => break,
                Some(b'>') => {
                    self.at += 1;
                    break;
                }
                Some(b'@') => {
                    self.at += 1;
                    host = Some(self.domain());
                }
                _ => match self.word() {
                    Some(word) => local.extend(word),
                    None => self.at += 1,
                },
            }
        }
        Entry { name, route, mailbox: Some(local), host }
    }

    fn domain(&mut self) -> Vec<u8> {
        self.space();
        let mut host = Vec::new();
        while let Some(b) = self.peek() {
            match b {
                b'>' | b',' | b';' => break,
                b'(' => self.comment(),
                b if b.is_ascii_whitespace() => self.at += 1,
                b => {
                    self.at += 1;
                    host.push(b);
                }
            }
        }
        host
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        let part = |p: Option<Vec<u8>>| p.map_or("-".into(), |p| String::from_utf8(p).unwrap());
        let entry = |e: Entry| [part(e.name), part(e.route), part(e.mailbox), part(e.host)].join("|");
        read(text.as_bytes()).into_iter().map(entry).collect::<Vec<_>>().join(" ; ")
    }

    #[test]
    fn forms_of_addresses() {
        assert_eq!(show("ada@blue.test"), "-|-|ada|blue.test");
        assert_eq!(show("Ada Kim <ada@blue.test>, b@c"), "Ada Kim|-|ada|blue.test ; -|-|b|c");
        assert_eq!(show("\"Kim, A\" <\"a b\"@c.test>"), "Kim, A|-|a b|c.test");
        assert_eq!(show("team: a@b, c@d; , e@f"), "-|-|team|- ; -|-|a|b ; -|-|c|d ; -|-|-|- ; -|-|e|f");
        assert_eq!(show("<@x,@y:a@b>"), "-|@x,@y|a|b");
        assert_eq!(show("a@b (Ada (K))"), "Ada (K)|-|a|b");
        assert_eq!(show("a (note) @ (more) b.test"), "more|-|a|b.test");
        assert_eq!(show("<><<:::,;;\"(("), show("<><<:::,;;\"(("));
    }
}
