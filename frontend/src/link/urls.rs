//! Addresses of bytes that the browser fetches by HTTP on the same session.
use crate::mailbox::out::{Letter, Sending};
use crate::state::route::encode;
use pyeonji_shared::ids::{FolderName, MessageRef, OpId, SessionId};

fn place(session: SessionId, at: &MessageRef) -> String {
    format!(
        "s={}&folder={}&validity={}&uid={}",
        session.hex(),
        encode(at.folder.as_str()),
        at.validity.0,
        at.uid.0
    )
}

/// One part; `inline` only for raster images and text that the gateway checks by their magic bytes.
pub fn part(session: SessionId, at: &MessageRef, section: &str, inline: bool) -> String {
    format!("/api/part?{}&section={}&inline={}", place(session, at), encode(section), u8::from(inline))
}

/// The source of a whole message.
pub fn raw(session: SessionId, at: &MessageRef, download: bool) -> String {
    format!("/api/raw?{}{}", place(session, at), if download { "&download=1" } else { "" })
}

/// A remote image through the gateway's proxy (R8).
pub fn image(session: SessionId, url: &str) -> String {
    format!("/api/image?s={}&u={}", session.hex(), encode(url))
}

pub fn upload(name: &str, mime: &str) -> String {
    format!("/api/upload?name={}&type={}", encode(name), encode(mime))
}

/// A folder of this device in an account that mail is copied to; `what` is `have` or `append`.
pub fn rescue(what: &str, sending: &Sending, op: OpId) -> String {
    let folder = encode(sending.folder.as_str());
    let special = sending.special.map_or_else(String::new, |special| format!("&use={special:?}"));
    format!("/api/rescue/{what}?folder={folder}{special}&op={}", op.hex())
}

/// What comes with a message that is copied.
pub fn marks(letter: &Letter) -> String {
    let Letter { flags, keywords, date, .. } = letter;
    // Others can't be keywords there (RFC 9051 §9), and one with a space in it would be two.
    let can_be = |k: &&String| k.bytes().all(|b| b.is_ascii_graphic());
    let words: Vec<&str> = keywords.iter().filter(can_be).map(String::as_str).collect();
    format!("&flags={}&date={date}&keywords={}", flags.0, encode(&words.join(" ")))
}

/// A folder of the account, or a message in it.
pub fn remote(what: &str, folder: &FolderName, uid: u32) -> String {
    format!("/api/rescue/{what}?folder={}&uid={uid}", encode(folder.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyeonji_shared::account::SpecialUse;
    use pyeonji_shared::ids::{Uid, UidValidity};
    use pyeonji_shared::message::Flags;

    #[test]
    fn names_cannot_leave_their_field() {
        let at =
            MessageRef { folder: FolderName("a&uid=9/편지".into()), validity: UidValidity(3), uid: Uid(7) };
        let url = part(SessionId([1; 16]), &at, "1.2", true);
        assert_eq!(
            url,
            "/api/part?s=01010101010101010101010101010101&folder=a%26uid%3D9%2F%ED%8E%B8%EC%A7%80\
             &validity=3&uid=7&section=1.2&inline=1"
        );
        assert!(
            image(SessionId::default(), "http://x/?a=1&b#c")
                .ends_with("&u=http%3A%2F%2Fx%2F%3Fa%3D1%26b%23c")
        );
        let sending = |special| Sending { folder: FolderName("a&b".into()), special, letters: Vec::new() };
        assert_eq!(
            rescue("have", &sending(Some(SpecialUse::Sent)), OpId([1; 16])),
            "/api/rescue/have?folder=a%26b&use=Sent&op=01010101010101010101010101010101"
        );
        assert!(!rescue("append", &sending(None), OpId([1; 16])).contains("use="));
        let letter = Letter {
            uid: 1,
            size: 1,
            message_id: None,
            flags: Flags(5),
            keywords: vec!["$a".into(), "to do".into(), "가족".into(), "b&date=1".into()],
            date: -3,
        };
        assert_eq!(marks(&letter), "&flags=5&date=-3&keywords=%24a%20b%26date%3D1");
        assert_eq!(remote("list", &FolderName("a b".into()), 0), "/api/rescue/list?folder=a%20b&uid=0");
    }
}
