//! Any bytes as a message that streams by, cut anywhere: bounded, in order, and the same as in one piece.
use pyeonji_gateway::mail::scan::{MAX_HELD, Scanned, Scanner};
use pyeonji_gateway::mail::view;
use pyeonji_shared::ids::{FolderName, MessageRef, Uid, UidValidity};

pub fn run(data: &[u8]) {
    let Some((size, source)) = data.split_first() else { return };
    let found = scan(source, usize::from(*size).max(1));
    let whole = scan(source, source.len().max(1));
    assert_eq!((found.size, &found.spans), (source.len() as u64, &whole.spans));
    assert_eq!((&found.raw.leaves, &found.raw.header), (&whole.raw.leaves, &whole.raw.header));
    assert!(!found.raw.leaves.is_empty() && found.raw.leaves.len() == found.spans.len());
    let mut behind = 0;
    for (leaf, span) in found.raw.leaves.iter().zip(&found.spans) {
        assert!(behind <= span.start && span.start <= span.end && span.end <= found.size);
        assert_eq!((&leaf.section, u64::from(leaf.size)), (&span.section, span.end - span.start));
        if let Some(bytes) = &leaf.bytes {
            let start = span.start as usize;
            assert_eq!(bytes.as_ref(), &source[start..start + bytes.len()]);
        }
        behind = span.end;
    }
    let at = MessageRef { folder: FolderName::inbox(), validity: UidValidity(1), uid: Uid(1) };
    let view = view::render(at, found.raw);
    assert!(view.parts.iter().all(|part| found.spans.iter().any(|span| span.section == part.section)));
}

fn scan(source: &[u8], size: usize) -> Scanned {
    let mut scanner = Scanner::new();
    for piece in source.chunks(size) {
        scanner.push(piece);
        assert!(scanner.held_bytes() <= MAX_HELD);
    }
    scanner.finish()
}
