//! Any bytes as a whole message: a view always comes out, its names are safe to save, its text is clean.
use bytes::Bytes;
use pyeonji_gateway::account::request::RawMessage;
use pyeonji_gateway::mail::{header, view};
use pyeonji_shared::ids::{FolderName, MessageRef, Uid, UidValidity};

pub fn run(data: &[u8]) {
    let at = MessageRef { folder: FolderName::inbox(), validity: UidValidity(1), uid: Uid(1) };
    let raw = RawMessage { whole: Some(Bytes::copy_from_slice(data)), ..RawMessage::default() };
    let view = view::render(at, raw);
    for part in &view.parts {
        assert!(!part.name.is_empty() && !part.name.contains(['/', '\\', '\0']), "{:?}", part.name);
    }
    assert!(!view.text.contains(['\r', '\0']));
    assert!(!view.subject.chars().any(char::is_control));
    for address in view.from.iter().chain(&view.to).chain(&view.cc) {
        assert!(!address.name.chars().chain(address.email.chars()).any(char::is_control));
    }
    header::Parameters::parse(data);
    header::parse_date(data);
}
