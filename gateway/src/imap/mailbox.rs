//! Folder names between the server's spelling and ours. A name that is not proper modified UTF-7 (raw UTF-8, a lone `&`) is
//! kept as it is behind an invisible mark, so that the very same bytes go back.
use crate::imap::utf7;
use pyeonji_shared::ids::FolderName;

/// Begins a name that must travel as it stands. U+FEFF is never seen and means nothing in a name.
const VERBATIM: char = '\u{feff}';

/// The server's spelling → ours. `None`: not text at all.
pub fn from_wire(wire: &[u8]) -> Option<FolderName> {
    let wire = std::str::from_utf8(wire).ok()?;
    if wire.eq_ignore_ascii_case("INBOX") {
        return Some(FolderName::inbox());
    }
    let decoded =
        utf7::decode(wire).filter(|name| !name.starts_with(VERBATIM) && !name.chars().any(char::is_control));
    Some(FolderName(decoded.unwrap_or_else(|| format!("{VERBATIM}{wire}"))))
}

/// Our spelling → the server's. `None`: control characters, or nothing.
pub fn to_wire(name: &FolderName) -> Option<String> {
    let wire = match name.0.strip_prefix(VERBATIM) {
        Some(wire) => wire.to_owned(),
        None => utf7::encode(&name.0),
    };
    (!wire.is_empty() && !name.0.chars().any(char::is_control)).then_some(wire)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn inbox_is_one_folder() {
        assert_eq!(from_wire(b"iNbOx"), Some(FolderName::inbox()));
    }

    proptest! {
        /// Whatever a server calls its folder, opening it names the same bytes.
        #[test]
        fn any_listed_name_goes_back_as_it_came(wire in "[ -~보é&]{1,30}") {
            let name = from_wire(wire.as_bytes()).unwrap();
            if !name.is_inbox() {
                prop_assert_eq!(to_wire(&name), Some(wire));
            }
        }
    }
}
