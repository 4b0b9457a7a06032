//! Foreign attack collections, read when they are there.
use super::super::lexer::{Lexer, Token};
use super::super::{MAX_BYTES, policy, sanitise};
use std::path::Path;

/// Nothing in this output can run, load or post anything. Judged by a lexer, from the allowlist's own rules.
pub(super) fn assert_inert(html: &str) {
    for token in Lexer::new(html) {
        let tag = match token {
            Token::Start(tag) => tag,
            Token::Ignored => panic!("a comment or instruction in {html}"),
            Token::Raw(name, _) => {
                assert_eq!(name, "style", "{html}");
                continue;
            }
            _ => continue,
        };
        if tag.name == "style" {
            assert!(tag.attributes.is_empty(), "{html}");
            continue;
        }
        assert!(policy::keeps_tag(&tag.name), "<{}> in {html}", tag.name);
        for (name, value) in &tag.attributes {
            assert!(!name.starts_with("on"), "{name} in {html}");
            match name.as_str() {
                "href" => assert!(
                    ["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| value.starts_with(scheme)),
                    "{value} in {html}"
                ),
                "src" => {
                    assert!(value.to_ascii_lowercase().trim_start().starts_with("cid:"), "{value} in {html}")
                }
                "target" => assert_eq!(*value, "_blank"),
                "rel" => assert_eq!(*value, "noopener noreferrer"),
                "style" => {
                    assert!(!value.contains("url") && !value.contains("expression"), "{value} in {html}")
                }
                name => assert!(policy::keeps_attribute(&tag.name, name), "{name} in {html}"),
            }
        }
    }
}

fn corpus(name: &str) -> Option<std::path::PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpora").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("counts: {name}: skipped, no corpora at {}", path.display());
    None
}

#[test]
fn r01_dompurify_payloads_are_inert() {
    let Some(path) = corpus("dompurify/expect.json") else { return };
    let cases: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let (mut rendered, mut refused) = (0, 0);
    for case in cases.as_array().unwrap() {
        let payload = case["payload"].as_str().unwrap();
        match sanitise(payload) {
            Ok(found) => {
                assert_inert(&found.html.0);
                assert_eq!(sanitise(&found.html.0), Ok(found.clone()), "{payload}");
                rendered += 1;
            }
            Err(reason) => {
                println!("refused ({reason}): {payload:.80}");
                refused += 1;
            }
        }
    }
    println!(
        "counts: dompurify: {} payloads, {rendered} rendered inert, {refused} refused",
        rendered + refused
    );
    assert!(rendered > 0);
}

#[test]
fn r01_mimekit_html_is_inert_and_stable() {
    let Some(path) = corpus("mimekit-html") else { return };
    let (mut rendered, mut refused) = (0, 0);
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let (text, _) = crate::mail::charset::decode(None, &bytes);
        match sanitise(&text) {
            Ok(found) => {
                assert_inert(&found.html.0);
                assert_eq!(sanitise(&found.html.0), Ok(found.clone()), "{}", path.display());
                rendered += 1;
            }
            Err(reason) => {
                println!("{} refused: {reason} ({} of {MAX_BYTES} bytes)", path.display(), text.len());
                refused += 1;
            }
        }
    }
    println!(
        "counts: mimekit-html: {} files, {rendered} rendered inert, {refused} refused",
        rendered + refused
    );
    assert!(rendered > 0);
}
