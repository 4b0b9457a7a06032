//! Where in the page one is, as a path: `/mail/<folder>/<uid>`, `/settings`.
use pyeonji_shared::ids::{FolderName, Uid};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// `/`: sign-in, or the Inbox.
    #[default]
    Home,
    Folder(FolderName),
    Message(FolderName, Uid),
    Settings,
}

impl Route {
    /// Reads a path; anything unknown is [`Route::Home`].
    pub fn parse(path: &str) -> Route {
        let path = path.split(['?', '#']).next().unwrap_or("");
        let mut levels = path.trim_matches('/').split('/');
        match (levels.next(), levels.next(), levels.next(), levels.next()) {
            (Some("settings"), None, None, None) => Route::Settings,
            (Some("mail"), Some(folder), uid, None) if !folder.is_empty() => {
                let Some(name) = decode(folder) else { return Route::Home };
                let folder = FolderName(name);
                match uid.map(|u| u.parse::<u32>()) {
                    Some(Ok(uid)) if uid > 0 => Route::Message(folder, Uid(uid)),
                    _ => Route::Folder(folder),
                }
            }
            _ => Route::Home,
        }
    }

    pub fn path(&self) -> String {
        match self {
            Route::Home => "/".into(),
            Route::Folder(folder) => format!("/mail/{}", encode(folder.as_str())),
            Route::Message(folder, uid) => format!("/mail/{}/{}", encode(folder.as_str()), uid.0),
            Route::Settings => "/settings".into(),
        }
    }

    pub fn folder(&self) -> Option<&FolderName> {
        match self {
            Route::Folder(f) | Route::Message(f, _) => Some(f),
            _ => None,
        }
    }

    pub fn uid(&self) -> Option<Uid> {
        match self {
            Route::Message(_, uid) => Some(*uid),
            _ => None,
        }
    }
}

/// Percent-encodes everything but unreserved characters (RFC 3986 §2.3), `/` included.
pub fn encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(HEX.get(usize::from(digit)).map_or('0', |b| char::from(*b)));
            }
        }
    }
    out
}

/// `None` when the text isn't percent-encoded UTF-8.
pub fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |b: u8| char::from(b).to_digit(16);
        let (high, low) = (digit(bytes.next()?)?, digit(bytes.next()?)?);
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(out).ok().filter(|name| !name.chars().any(char::is_control))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_folder_name_survives_the_address_bar(name in "[^\\p{Cc}]{1,40}", uid in 1u32..) {
            for route in [
                Route::Folder(FolderName(name.clone())),
                Route::Message(FolderName(name.clone()), Uid(uid)),
            ] {
                prop_assert!(route.path().is_ascii());
                prop_assert_eq!(Route::parse(&route.path()), route);
            }
        }

        #[test]
        fn any_path_is_some_route(path in "\\PC{0,60}") {
            Route::parse(&path);
        }
    }

    #[test]
    fn odd_paths() {
        assert_eq!(Route::parse("/mail/%ZZ"), Route::Home);
        assert_eq!(Route::parse("/mail/INBOX/0"), Route::Folder(FolderName::inbox()));
        assert_eq!(Route::parse("/mail/a%2Fb/7?x#y"), Route::Message(FolderName("a/b".into()), Uid(7)));
        assert_eq!(Route::parse("/settings"), Route::Settings);
        assert_eq!(Route::parse("/elsewhere"), Route::Home);
    }
}
