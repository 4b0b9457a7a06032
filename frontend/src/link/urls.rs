//! Addresses of bytes that the browser fetches by HTTP on the same session.
use crate::state::route::encode;
use pyeonji_shared::ids::{MessageRef, SessionId};

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

#[cfg(test)]
mod tests {
    use super::*;
    use pyeonji_shared::ids::{FolderName, Uid, UidValidity};

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
    }
}
