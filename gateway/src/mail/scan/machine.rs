//! What each line means where it stands: header, delimiter, text (RFC 5322 §2.1, RFC 2046 §5.1).
use super::part::{Described, describe};
use super::*;

enum Kind {
    Blank,
    /// Goes on with the field before (RFC 5322 §2.2.3).
    Folded,
    Field,
    Odd,
}

impl Scanner {
    /// The line read so far ends, with a break of so many octets.
    pub(super) fn line_end(&mut self, line_break: u64) {
        let (end, next) = (self.at, self.at + line_break);
        if !self.delimited() {
            self.header_line(next);
        }
        (self.before, self.at) = (end, next);
        self.line.next(next, self.header.len());
    }

    /// Whatever is open ends with the source.
    pub(super) fn end_of_source(&mut self) {
        match std::mem::replace(&mut self.state, State::Skipped) {
            State::Header { odd, .. } => {
                let open = self.body(self.at, odd);
                self.close(open, self.at);
            }
            State::Leaf(open) => self.close(*open, self.at),
            State::Skipped => {}
        }
    }

    /// Ends and begins parts if the line is a delimiter; whether it was.
    fn delimited(&mut self) -> bool {
        let Some((level, last)) = self.delimiter() else { return false };
        if !last && self.parts >= MAX_PARTS {
            (self.whole, self.found.limited) = (true, true);
            return false;
        }
        let open = match std::mem::replace(&mut self.state, State::Skipped) {
            // A part without the empty line that ends its header.
            State::Header { odd, .. } => Some(self.body(self.line.start, odd)),
            State::Leaf(open) => Some(*open),
            State::Skipped => None,
        };
        let preamble_ends = !last && level + 1 == self.levels.len();
        if let Some(open) = open.filter(|open| !(open.preamble && preamble_ends)) {
            self.close(open, self.before);
        }
        // An outer delimiter ends the inner multiparts too (RFC 2046 §5.1.2).
        self.levels.truncate(if last { level } else { level + 1 });
        if let Some(parent) = self.levels.last_mut().filter(|_| !last) {
            parent.children += 1;
            self.parts += 1;
            self.state = State::Header { fields: 0, odd: None };
            self.header.restart(MAX_PART_HEADER);
            self.text.restart(self.room());
        }
        true
    }

    /// The open multipart that the line delimits, and whether it closes it. White space may follow, and the innermost
    /// multipart goes first where two have the same boundary.
    fn delimiter(&self) -> Option<(usize, bool)> {
        let line = self.line.judged().filter(|_| !self.whole)?.strip_prefix(b"--")?;
        self.levels.iter().enumerate().rev().find_map(|(number, level)| {
            match line.strip_prefix(level.boundary.as_slice())?.trim_ascii() {
                b"" => Some((number, false)),
                b"--" => Some((number, true)),
                _ => None,
            }
        })
    }

    fn header_line(&mut self, next: u64) {
        let State::Header { fields, odd } = self.state else { return };
        let (fields, odd) = match self.kind(fields > 0 || odd.is_some()) {
            Kind::Field => (fields + 1, None),
            Kind::Folded => (fields, odd),
            // Without any field, the odd line was text; behind fields, it's one more of them that something broke.
            Kind::Blank => return self.begin_body(next, odd.filter(|_| fields == 0)),
            Kind::Odd => {
                let here = Odd { at: self.line.start, header: self.line.header };
                let boundary = self.line.head.starts_with(b"--");
                if odd.is_some() || boundary {
                    self.begin_body(next, odd.or(Some(here)));
                    // It may be the first delimiter of the multipart whose header it ends.
                    self.delimited();
                    return;
                }
                (fields, Some(here))
            }
        };
        if odd.is_none() {
            self.text.restart(self.room());
        }
        self.state = State::Header { fields, odd };
    }

    fn kind(&self, begun: bool) -> Kind {
        let head = &self.line.head;
        let blank = self.line.judged().is_some_and(|line| line.iter().all(|b| *b == b'\r'));
        let field = || {
            let name = head.iter().position(|b| *b == b':').and_then(|colon| head.get(..colon));
            // White space before the colon is obsolete but legal (RFC 5322 §4.5).
            name.map(<[u8]>::trim_ascii_end)
                .is_some_and(|name| !name.is_empty() && name.iter().all(u8::is_ascii_graphic))
        };
        match head.first() {
            _ if blank => Kind::Blank,
            Some(b' ' | b'\t') if begun => Kind::Folded,
            _ if field() => Kind::Field,
            _ => Kind::Odd,
        }
    }

    fn begin_body(&mut self, start: u64, odd: Option<Odd>) {
        let open = self.body(start, odd);
        self.state = State::Leaf(Box::new(open));
    }

    /// The header is complete: what begins now, at `start` or with the odd lines that turned out to be text.
    fn body(&mut self, start: u64, odd: Option<Odd>) -> Open {
        if let Some(odd) = odd {
            self.header.truncate(odd.header);
        }
        self.found.limited |= self.header.cut;
        let parent = self.levels.last();
        let digest = parent.is_some_and(|level| level.subtype == "digest");
        let Described { mut leaf, multipart } = describe(self.header.bytes(), digest);
        let section = parent.map(Level::section).unwrap_or_default();
        leaf.parent = parent.map(|level| level.subtype.clone()).unwrap_or_default();
        leaf.section = if section.is_empty() { "1".to_owned() } else { section.clone() };
        self.count(&mut leaf);
        if self.levels.is_empty() {
            self.found.raw.header = self.header.take(MAX_HEADER);
        }
        let fits = self.levels.len() < MAX_DEPTH;
        self.found.limited |= multipart.is_some() && !fits;
        let multipart = multipart.filter(|_| fits && !self.whole);
        let preamble = multipart.is_some();
        if let Some(found) = multipart {
            let (boundary, subtype) = (found.boundary, found.subtype);
            self.levels.push(Level { boundary, subtype, section, children: 0 });
        }
        let shown = is_shown(&leaf) && self.shown < MAX_SHOWN && self.texts < MAX_TEXTS;
        if odd.is_none() || !shown {
            self.text.restart(self.room());
        }
        Open { leaf, start: odd.map_or(start, |odd| odd.at), shown, preamble }
    }

    /// Holds what parts say of themselves to its bound.
    fn count(&mut self, leaf: &mut Leaf) {
        let len = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        self.said += len(&leaf.name) + len(&leaf.content_id);
        if self.said > MAX_SAID {
            (leaf.name, leaf.content_id, self.found.limited) = (None, None, true);
        }
    }

    fn close(&mut self, open: Open, end: u64) {
        let Open { mut leaf, start, shown, .. } = open;
        // An empty body: the break before the delimiter is the header's.
        let end = end.max(start);
        leaf.size = u32::try_from(end - start).unwrap_or(u32::MAX);
        if shown {
            let bytes = self.text.take(usize::try_from(end - start).unwrap_or(usize::MAX));
            self.found.limited |= (bytes.len() as u64) < end - start;
            self.texts += bytes.len();
            self.shown += 1;
            leaf.bytes = Some(bytes);
        }
        let (section, encoding) = (leaf.section.clone(), leaf.encoding.clone());
        self.found.spans.push(Span { section, start, end, encoding });
        self.found.raw.leaves.push(leaf);
    }

    /// Octets that the next text may have.
    fn room(&self) -> usize {
        MAX_TEXTS.saturating_sub(self.texts).min(MAX_TEXT)
    }
}

impl Level {
    /// The section of the child that was begun last.
    fn section(&self) -> String {
        match self.section.as_str() {
            "" => self.children.to_string(),
            prefix => format!("{prefix}.{}", self.children),
        }
    }
}

/// The leaves that a FETCH for showing asks for.
fn is_shown(leaf: &Leaf) -> bool {
    matches!(leaf.mime.as_str(), "text/plain" | "text/html" | "text/enriched")
        && leaf.disposition.as_deref() != Some("attachment")
}
