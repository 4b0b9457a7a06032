//! Header fields: the raw list, unfolding, and the structured ones of MIME.
use std::borrow::Cow;

/// The fields of a raw header.
#[derive(Clone, Copy)]
pub struct Fields<'a>(pub &'a [u8]);

/// One field; `raw` is the whole of it with its line breaks.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    pub name: &'a [u8],
    pub value: &'a [u8],
    pub raw: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn iter(self) -> impl Iterator<Item = Field<'a>> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            if rest.is_empty() || rest.starts_with(b"\r\n") || rest.starts_with(b"\n") {
                return None;
            }
            let mut end = line_end(rest, 0);
            while matches!(rest.get(end), Some(b' ' | b'\t')) {
                end = line_end(rest, end);
            }
            let (raw, after) = rest.split_at(end);
            rest = after;
            let colon = raw.iter().position(|b| *b == b':').unwrap_or(raw.len());
            let name = raw.get(..colon).unwrap_or_default().trim_ascii_end();
            Some(Field { name, value: raw.get(colon + 1..).unwrap_or_default(), raw })
        })
    }

    /// The unfolded value of the first field of that name.
    pub fn first(self, name: &str) -> Option<Cow<'a, [u8]>> {
        self.iter().find(|f| f.name.eq_ignore_ascii_case(name.as_bytes())).map(|f| unfold(f.value))
    }

    pub fn all(self, name: &'a str) -> impl Iterator<Item = Cow<'a, [u8]>> {
        self.iter().filter(move |f| f.name.eq_ignore_ascii_case(name.as_bytes())).map(|f| unfold(f.value))
    }

    /// `Content-Type`, or what stands for it where it is absent or unreadable (RFC 2045 §5.2).
    pub fn media(self, digest: bool) -> Media {
        let written = self.first("Content-Type").and_then(|value| Media::read(&value));
        written.unwrap_or_else(|| {
            if digest {
                Media { main: "message".into(), sub: "rfc822".into(), params: Vec::new() }
            } else {
                Media {
                    main: "text".into(),
                    sub: "plain".into(),
                    params: vec![("charset".into(), "us-ascii".into())],
                }
            }
        })
    }
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|b| *b == b'\n').map_or(bytes.len(), |at| from + at + 1)
}

/// Removes line breaks and the space around the value.
pub fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    let value = value.trim_ascii();
    if value.contains(&b'\n') {
        Cow::Owned(value.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect())
    } else {
        Cow::Borrowed(value)
    }
}

/// Bytes as characters of the same number, so that raw 8-bit values survive the way through text.
fn widen(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

/// The bytes of a value that [`Media`] or [`disposition`] gave.
pub fn narrow(text: &str) -> Vec<u8> {
    text.chars().map(|c| c as u8).collect()
}

/// Type, subtype and parameters; names keep the case they were written in.
#[derive(Clone, Debug)]
pub struct Media {
    pub main: String,
    pub sub: String,
    pub params: Vec<(String, String)>,
}

impl Media {
    pub fn read(value: &[u8]) -> Option<Self> {
        let text = widen(value);
        let mut scan = Scan(&text);
        let main = scan.token()?;
        scan.space();
        if !scan.eat('/') {
            return None;
        }
        let sub = scan.token()?;
        Some(Self { main, sub, params: scan.params() })
    }

    pub fn is(&self, main: &str, sub: Option<&str>) -> bool {
        self.main.eq_ignore_ascii_case(main) && sub.is_none_or(|s| self.sub.eq_ignore_ascii_case(s))
    }

    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// `Content-Disposition`: kind and parameters.
pub fn disposition(value: &[u8]) -> Option<(String, Vec<(String, String)>)> {
    let text = widen(value);
    let mut scan = Scan(&text);
    Some((scan.token()?, scan.params()))
}

/// Parameters of one field; the rest is left out.
const MAX_PARAMS: usize = 100;

struct Scan<'a>(&'a str);

impl Scan<'_> {
    fn eat(&mut self, wanted: char) -> bool {
        match self.0.strip_prefix(wanted) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// White space and comments.
    fn space(&mut self) {
        loop {
            self.0 = self.0.trim_start();
            if !self.0.starts_with('(') {
                return;
            }
            let mut depth = 0usize;
            let mut escaped = false;
            let mut end = self.0.len();
            for (at, c) in self.0.char_indices() {
                match c {
                    _ if escaped => escaped = false,
                    '\\' => escaped = true,
                    '(' => depth += 1,
                    ')' => {
                        depth -= 1;
                        if depth == 0 {
                            end = at + 1;
                            break;
                        }
                    }
                    _ => {}
                }
            }
            self.0 = self.0.get(end..).unwrap_or_default();
        }
    }

    fn token(&mut self) -> Option<String> {
        self.space();
        let special =
            |c: char| c.is_ascii_whitespace() || c.is_ascii_control() || "()<>@,;:\\\"/[]?=".contains(c);
        let end = self.0.find(special).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        (!token.is_empty()).then(|| token.to_owned())
    }

    fn value(&mut self) -> Option<String> {
        self.space();
        if !self.eat('"') {
            let end = self.0.find([';', ' ', '\t']).unwrap_or(self.0.len());
            let (token, rest) = self.0.split_at(end);
            self.0 = rest;
            return (!token.is_empty()).then(|| token.to_owned());
        }
        let mut value = String::new();
        let mut chars = self.0.char_indices();
        let mut end = self.0.len();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    end = at + 1;
                    break;
                }
                '\\' => value.extend(chars.next().map(|(_, c)| c)),
                c => value.push(c),
            }
        }
        self.0 = self.0.get(end..).unwrap_or_default();
        Some(value)
    }

    fn params(&mut self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        while let Some(at) = self.0.find(';') {
            self.0 = self.0.get(at + 1..).unwrap_or_default();
            let Some(name) = self.token() else { continue };
            self.space();
            if !self.eat('=') {
                continue;
            }
            if let Some(value) = self.value()
                && found.len() < MAX_PARAMS
            {
                found.push((name, value));
            }
        }
        found
    }
}
