//! Reading one message: structure, header and the leaves to show in one FETCH when the leaves are known from the list,
//! in two when not, and the whole source when the server's structure is no use. Never sets `\Seen`.
use super::{Cx, Job, Outcome, Step};
use crate::account::request::{Answer, Leaf, RawMessage};
use crate::imap::command::{Items, SectionRequest};
use crate::imap::event::{Body, Fetch, SectionData, Structure};
use crate::imap::{Command, CommandId};
use bytes::Bytes;
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::ids::Uid;
use pyeonji_shared::message::Summary;

/// Bytes of a header or a leaf that are shown; SECURITY.md's bounds for both.
pub const MAX_SECTION: u32 = 1 << 20;
/// Leaves fetched for showing; the rest are listed as parts.
pub const MAX_LEAVES: usize = 20;
/// Bytes of all leaves fetched for showing, so that one read holds 8 MiB at most; the rest are listed as parts.
pub const MAX_LEAVES_BYTES: u64 = 7 << 20;
/// Bytes of a source that is fetched because its structure is no use; what lies behind is cut off, and that is said.
pub const MAX_WHOLE: u64 = 8 << 20;

pub struct Read {
    uid: Uid,
    /// Sections to show, as the list's BODYSTRUCTURE had them.
    guess: Option<Vec<String>>,
    raw: RawMessage,
    seen: bool,
    readable: bool,
    stage: Stage,
    noop: Option<CommandId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Structure,
    Sections,
    Whole,
}

impl Read {
    pub fn new(uid: Uid, guess: Option<Vec<String>>) -> Self {
        let (raw, stage) = (RawMessage::default(), Stage::Structure);
        Self { uid, guess, raw, seen: false, readable: false, stage, noop: None }
    }

    fn fetch_sections(&mut self, sections: Vec<String>, header: bool, cx: &mut Cx<'_>) -> Step {
        self.stage = Stage::Sections;
        let mut wanted: Vec<_> =
            sections.into_iter().map(|s| SectionRequest::first(s, MAX_SECTION)).collect();
        if header {
            wanted.insert(0, SectionRequest::first("HEADER", MAX_SECTION));
        }
        cx.submit(Command::FetchBody { uid: self.uid, items: Items::Structure, sections: wanted });
        Step::More
    }

    fn whole(&mut self, cx: &mut Cx<'_>) -> Step {
        if self.too_big(cx) {
            return self.finish();
        }
        self.stage = Stage::Whole;
        let max = u32::try_from(cx.limits.shown_message_bytes.min(MAX_WHOLE)).unwrap_or(u32::MAX);
        let sections = vec![SectionRequest::first("", max)];
        cx.submit(Command::FetchBody { uid: self.uid, items: Items::Flags, sections });
        Step::More
    }

    fn too_big(&mut self, cx: &Cx<'_>) -> bool {
        self.raw.too_big = u64::from(self.raw.size) > cx.limits.shown_message_bytes;
        self.raw.too_big
    }

    fn finish(&mut self) -> Step {
        Step::Done(Ok(Answer::Read(Box::new(std::mem::take(&mut self.raw)))))
    }

    /// Leaves to show whose bytes are still missing.
    fn missing(&self) -> Vec<String> {
        let shown = to_show(&self.raw.leaves);
        let lacks =
            |s: &&String| self.raw.leaves.iter().any(|l| l.section == **s && l.bytes.is_none() && l.size > 0);
        shown.iter().filter(lacks).cloned().collect()
    }
}

/// Sections of the leaves that are shown, at most [`MAX_LEAVES`] and [`MAX_LEAVES_BYTES`]. What lies inside an attached message is not.
pub fn to_show(leaves: &[Leaf]) -> Vec<String> {
    let mut attached: Vec<String> = Vec::new();
    let mut shown = Vec::new();
    let mut bytes = 0;
    for leaf in leaves {
        if attached.iter().any(|prefix| leaf.section.starts_with(prefix)) {
            continue;
        }
        if leaf.mime.starts_with("message/") {
            attached.push(format!("{}.", leaf.section));
        } else if matches!(leaf.mime.as_str(), "text/plain" | "text/html" | "text/enriched")
            && leaf.disposition.as_deref() != Some("attachment")
            && shown.len() < MAX_LEAVES
            && bytes + u64::from(leaf.size.min(MAX_SECTION)) <= MAX_LEAVES_BYTES
        {
            bytes += u64::from(leaf.size.min(MAX_SECTION));
            shown.push(leaf.section.clone());
        }
    }
    shown
}

impl Job for Read {
    fn start(&mut self, cx: &mut Cx<'_>) -> Step {
        match self.guess.take() {
            Some(sections) => self.fetch_sections(sections, true, cx),
            None => {
                cx.submit(Command::FetchUids { uids: vec![self.uid], items: Items::Structure });
                Step::More
            }
        }
    }

    fn fetch(&mut self, fetch: &Fetch, _: Option<&Summary>) {
        if fetch.uid != Some(self.uid) {
            return;
        }
        let raw = &mut self.raw;
        if let Some(list) = &fetch.flags {
            raw.flags = list.flags;
        }
        raw.received = fetch.received.unwrap_or(raw.received);
        raw.size = fetch.size.unwrap_or(raw.size);
        match &fetch.structure {
            Structure::Absent => {}
            Structure::Leaves(leaves) if raw.leaves.is_empty() => raw.leaves = leaves.clone(),
            Structure::Leaves(_) => {}
            Structure::Unreadable => self.readable = false,
        }
        self.seen = true;
        if matches!(fetch.structure, Structure::Leaves(_)) {
            self.readable = true;
        }
        for SectionData { section, body, .. } in &fetch.sections {
            let Some(Body::Inline(bytes)) = body else { continue };
            match section.as_str() {
                "HEADER" => raw.header = bytes.clone(),
                "" => {
                    raw.cut = bytes.len() as u64 >= MAX_WHOLE;
                    raw.whole = Some(bytes.clone());
                }
                section => {
                    if let Some(leaf) = raw.leaves.iter_mut().find(|l| l.section == section) {
                        leaf.bytes = Some(bytes.clone());
                    }
                }
            }
        }
    }

    fn done(&mut self, id: CommandId, outcome: Outcome, cx: &mut Cx<'_>) -> Step {
        let failed = match outcome {
            Ok(_) => None,
            Err(error @ crate::imap::CommandError::Lost(_)) => return Step::Done(Err((&error).into())),
            Err(error) => Some(error),
        };
        if self.noop.is_some_and(|noop| noop == id) {
            return Step::More;
        }
        if failed.is_none() && !self.seen {
            // RFC 9051 §6.4.9: a UID that isn't there is no error, there is just no data. It may also be new, and this
            // link not told of it yet.
            if self.noop.is_some() {
                return Step::fail(ErrorKind::Gone);
            }
            self.stage = Stage::Structure;
            self.noop = Some(cx.submit(Command::Noop));
            cx.submit(Command::FetchUids { uids: vec![self.uid], items: Items::Structure });
            return Step::More;
        }
        match (self.stage, failed) {
            (Stage::Structure, None) if self.readable => {
                let sections = to_show(&self.raw.leaves);
                if self.too_big(cx) {
                    return self.finish();
                }
                self.fetch_sections(sections, true, cx)
            }
            (Stage::Structure, _) => self.whole(cx),
            (Stage::Sections, None) if self.readable => {
                let missing = self.missing();
                if self.too_big(cx) || missing.is_empty() {
                    return self.finish();
                }
                // The list knew other leaves than the server describes now; once more, by what it says.
                for leaf in self.raw.leaves.iter_mut().filter(|l| missing.contains(&l.section)) {
                    leaf.bytes = Some(Bytes::new());
                }
                self.fetch_sections(missing, false, cx)
            }
            (Stage::Sections, _) => {
                self.raw.leaves.clear();
                self.whole(cx)
            }
            (Stage::Whole, None) => self.finish(),
            (Stage::Whole, Some(error)) => Step::Done(Err((&error).into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_shown_and_what_is_attached_is_not() {
        let leaf = |section: &str, mime: &str, disposition: Option<&str>| Leaf {
            section: section.into(),
            mime: mime.into(),
            disposition: disposition.map(Into::into),
            ..Leaf::default()
        };
        let leaves = [
            leaf("1.1", "text/plain", None),
            leaf("1.2", "text/html", None),
            leaf("2", "message/rfc822", None),
            leaf("2.1", "text/plain", None),
            leaf("20", "text/plain", None),
            leaf("3", "text/plain", Some("attachment")),
            leaf("4", "image/png", None),
        ];
        assert_eq!(to_show(&leaves), ["1.1", "1.2", "20"]);
    }

    #[test]
    fn r34_one_read_holds_so_many_bytes_and_no_more() {
        let leaf = |n: u64, size: u32| Leaf {
            section: n.to_string(),
            mime: "text/plain".into(),
            size,
            ..Leaf::default()
        };
        // Larger ones are cut at a section's bound, and count as that.
        let mut leaves: Vec<Leaf> =
            (1..=7).map(|n| leaf(n, if n == 1 { u32::MAX } else { MAX_SECTION })).collect();
        assert_eq!(to_show(&leaves).len(), 7);
        leaves.push(leaf(8, 1));
        assert_eq!(to_show(&leaves).len(), 7, "a byte more");
        leaves[6].size -= 1;
        assert_eq!(to_show(&leaves).len(), 8, "and a byte less");
    }
}
