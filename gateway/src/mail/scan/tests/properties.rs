//! What holds for any source, cut anywhere.
use super::*;
use proptest::prelude::*;

/// Everything that must hold of what was found.
fn judge(source: &[u8], found: &Scanned) -> Result<(), TestCaseError> {
    let leaves = &found.raw.leaves;
    prop_assert_eq!(found.size, source.len() as u64);
    prop_assert!(!leaves.is_empty() && leaves.len() == found.spans.len());
    let mut behind = 0;
    for (leaf, span) in leaves.iter().zip(&found.spans) {
        prop_assert!(behind <= span.start && span.start <= span.end && span.end <= found.size);
        behind = span.end;
        prop_assert_eq!(&leaf.section, &span.section);
        prop_assert_eq!(u64::from(leaf.size), span.end - span.start);
        if let Some(bytes) = &leaf.bytes {
            prop_assert_eq!(bytes.as_ref(), span_of(source, span));
        }
    }
    let mut sections: Vec<_> = leaves.iter().map(|leaf| &leaf.section).collect();
    sections.sort();
    sections.dedup();
    prop_assert_eq!(sections.len(), leaves.len());
    prop_assert!(!found.limited);
    Ok(())
}

fn lines() -> impl Strategy<Value = Vec<u8>> {
    let line = proptest::sample::select(vec![
        "Content-Type: multipart/mixed; boundary=a",
        "Content-Type: multipart/digest; boundary=\"b\"",
        "Content-Type: multipart/alternative; boundary=\"a--\"",
        "Content-Type: message/rfc822",
        "Content-Type: text/html",
        "Content-Transfer-Encoding: base64",
        "Subject: x",
        "",
        "",
        "--a",
        "--b",
        "--a--",
        "--b--",
        "--b \t",
        "odd",
        " folded",
        "-",
        "--",
        "-- ",
    ]);
    let end = proptest::sample::select(vec!["\r\n", "\r\n", "\n", "\r", "\r\r\n", ""]);
    proptest::collection::vec((line, end), 0..40).prop_map(|lines| {
        lines.into_iter().flat_map(|(line, end)| [line, end]).collect::<String>().into_bytes()
    })
}

fn same(source: &[u8], sizes: &[usize]) -> Result<(), TestCaseError> {
    let whole = scan(source);
    let mut scanner = Scanner::new();
    let mut rest = source;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, tail) = rest.split_at((*size).min(rest.len()));
        scanner.push(piece);
        rest = tail;
    }
    let cut = scanner.finish();
    prop_assert_eq!(&cut.raw.leaves, &whole.raw.leaves);
    prop_assert_eq!(&cut.spans, &whole.spans);
    prop_assert_eq!(&cut.raw.header, &whole.raw.header);
    prop_assert_eq!((cut.size, cut.limited), (whole.size, whole.limited));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes(source in proptest::collection::vec(any::<u8>(), 0..600)) {
        judge(&source, &scan(&source))?;
    }

    #[test]
    fn any_structure(source in lines()) {
        judge(&source, &scan(&source))?;
    }

    #[test]
    fn any_cut_gives_the_same(source in lines(), sizes in proptest::collection::vec(1usize..20, 1..5)) {
        same(&source, &sizes)?;
        same(&source, &[1])?;
    }

    #[test]
    fn any_cut_of_any_bytes(source in proptest::collection::vec(any::<u8>(), 0..300), size in 1usize..9) {
        same(&source, &[size])?;
    }
}
