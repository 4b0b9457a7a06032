//! Each rule of the scanner by itself; what holds for any source; the foreign collections.
use super::*;

mod corpora;
mod limits;
mod oracles;
mod properties;
mod rules;

/// Scans a source pushed in pieces of that size.
fn in_pieces(source: &[u8], size: usize) -> Scanned {
    let mut scanner = Scanner::new();
    source.chunks(size.max(1)).for_each(|piece| scanner.push(piece));
    scanner.finish()
}

fn scan(source: &[u8]) -> Scanned {
    in_pieces(source, source.len())
}

fn span_of<'s>(source: &'s [u8], span: &Span) -> &'s [u8] {
    source.get(span.start as usize..span.end as usize).expect("a span lies within its source")
}

/// Section, type and body of each leaf.
fn leaves(source: &[u8]) -> Vec<(String, String, String)> {
    let found = scan(source);
    assert_eq!(found.raw.leaves.len(), found.spans.len());
    let leaves = found.raw.leaves.into_iter().zip(found.spans);
    leaves
        .map(|(leaf, span)| {
            assert_eq!(leaf.section, span.section);
            (leaf.section, leaf.mime, String::from_utf8_lossy(span_of(source, &span)).into_owned())
        })
        .collect()
}

fn assert_leaves(source: &[u8], expected: &[(&str, &str, &str)]) {
    let found = leaves(source);
    let found: Vec<_> = found.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
    assert_eq!(found, expected, "{}", String::from_utf8_lossy(source));
}
