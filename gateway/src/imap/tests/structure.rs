//! BODYSTRUCTURE: section numbers, names, nesting, and what servers get wrong.
use crate::account::request::Leaf;
use crate::imap::event::{Data, Structure};
use crate::imap::framer::Response;
use crate::imap::response::{Parsed, parse};

fn read(structure: &str) -> Structure {
    let text = format!("* 1 FETCH (UID 4 BODYSTRUCTURE {structure} RFC822.SIZE 9)\r\n");
    let response = Response { bytes: text.clone().into(), streamed: Vec::new(), cut: false };
    let Parsed::Data(Data::Fetch(fetch)) = parse(&response) else { panic!("{text}") };
    assert_eq!((fetch.uid.map(|u| u.0), fetch.size), (Some(4), Some(9)), "what surrounds it is read: {text}");
    assert_eq!(fetch.broken, fetch.structure == Structure::Unreadable);
    fetch.structure
}

fn leaves(structure: &str) -> Vec<Leaf> {
    match read(structure) {
        Structure::Leaves(leaves) => leaves,
        other => panic!("{other:?}: {structure}"),
    }
}

fn outline(structure: &str) -> Vec<String> {
    leaves(structure).iter().map(|l| format!("{} {} in {}", l.section, l.mime, l.parent)).collect()
}

const TEXT: &str = r#"("TEXT" "PLAIN" ("CHARSET" "euc-kr") NIL NIL "7BIT" 12 1)"#;

#[test]
fn sections_are_numbered_as_fetch_wants_them() {
    assert_eq!(outline(TEXT), ["1 text/plain in "]);
    let html = TEXT.replace("PLAIN", "HTML");
    let nested = format!(
        r#"(({TEXT}{html} "ALTERNATIVE")("IMAGE" "PNG" ("NAME" "a.png") "<c@d>" NIL "BASE64" 99) "MIXED")"#
    );
    assert_eq!(
        outline(&nested),
        ["1.1 text/plain in alternative", "1.2 text/html in alternative", "2 image/png in mixed"]
    );
    // RFC 9051 §6.4.5.1: a message part's own parts are numbered below it.
    let forwarded = format!(
        r#"({TEXT}("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 500 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) ({TEXT}{html} "ALTERNATIVE" NIL NIL) 20 NIL ("ATTACHMENT" ("FILENAME" "f.eml")))("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 500 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) {TEXT} 20) "MIXED")"#
    );
    assert_eq!(
        outline(&forwarded),
        [
            "1 text/plain in mixed",
            "2 message/rfc822 in mixed",
            "2.1 text/plain in alternative",
            "2.2 text/html in alternative",
            "3 message/rfc822 in mixed",
            "3.1 text/plain in rfc822",
        ]
    );
    let name = leaves(&forwarded)[1].name.clone();
    assert_eq!(
        (name.as_deref(), leaves(&forwarded)[1].disposition.as_deref()),
        (Some("f.eml"), Some("attachment"))
    );
    let alone = format!(
        r#"("message" "rfc822" NIL NIL NIL "7bit" 5 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) {TEXT} 2)"#
    );
    assert_eq!(outline(&alone), ["1 message/rfc822 in ", "1.1 text/plain in rfc822"]);
}

#[test]
fn names_come_from_either_place_in_any_form() {
    let part = |params: &str, disposition: &str| {
        let text = format!(r#"("A" "B" {params} "<i@d>" NIL "BASE64" 7 NIL {disposition} NIL NIL)"#);
        leaves(&text)[0].name.clone()
    };
    assert_eq!(part(r#"("NAME" "t")"#, r#"("attachment" ("FILENAME" "d"))"#).as_deref(), Some("d"));
    assert_eq!(part(r#"("NAME" "t")"#, "NIL").as_deref(), Some("t"));
    assert_eq!(
        part("NIL", r#"("attachment" ("FILENAME*" "UTF-8''%EA%B0%80"))"#).as_deref(),
        Some("UTF-8''%EA%B0%80")
    );
    let pieces = r#"("attachment" ("FILENAME*1" "b" "FILENAME*0*" "UTF-8''a" "FILENAME*2*" "%20c"))"#;
    assert_eq!(part("NIL", pieces).as_deref(), Some("UTF-8''ab%20c"));
    assert_eq!(part("NIL", r#"("inline" NIL)"#), None);
    assert_eq!(part("NIL", r#"("attachment" ("FILENAME" "a\"b\\c"))"#).as_deref(), Some("a\"b\\c"));
}

#[test]
fn what_servers_get_wrong_is_read_all_the_same() {
    assert_eq!(outline(r#"(NIL "MIXED")"#), Vec::<String>::new());
    assert_eq!(outline(r#"(NIL "mixed" ("boundary" "x") NIL NIL)"#), Vec::<String>::new());
    assert_eq!(outline(r#"("text" "plain" NIL NIL NIL "7bit" NIL NIL)"#), ["1 text/plain in "]);
    assert_eq!(outline(r#"("TEXT" "PLAIN" ("CHARSET") NIL NIL "7BIT" 12 1)"#), ["1 text/plain in "]);
    assert_eq!(outline(r#"(NIL NIL NIL NIL NIL "7BIT" 12)"#), ["1 application/octet-stream in "]);
    assert_eq!(outline("(TEXT PLAIN NIL NIL NIL 7BIT 99999999999999999999 1)"), ["1 text/plain in "]);
    let many = format!("({} \"MIXED\")", TEXT.repeat(999));
    assert_eq!(leaves(&many).len(), 999);
}

#[test]
fn depth_and_parts_are_bounded() {
    let nest = |depth: usize| format!("{}{TEXT}{}", "(".repeat(depth), " \"MIXED\")".repeat(depth));
    assert_eq!(leaves(&nest(20)).len(), 1, "past what the codec reads (7)");
    assert_eq!(read(&nest(21)), Structure::Unreadable);
    assert_eq!(read(&nest(9_000)), Structure::Unreadable);
    assert_eq!(read(&format!("({} \"MIXED\")", TEXT.repeat(1_000))), Structure::Unreadable);
}
