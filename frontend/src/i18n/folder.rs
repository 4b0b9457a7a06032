//! What folders are called.
use super::{Locale, T, t};
use pyeonji_shared::account::SpecialUse;
use pyeonji_shared::ids::FolderName;

/// The name to show: our own for Inbox and the special folders in the usual places, else the server's last level.
pub fn folder_label(
    locale: Locale,
    name: &FolderName,
    special: Option<SpecialUse>,
    delimiter: Option<char>,
) -> String {
    let key = match special {
        _ if name.is_inbox() => Some(T::Inbox),
        Some(SpecialUse::Inbox) => Some(T::Inbox),
        Some(SpecialUse::Drafts) => Some(T::Drafts),
        Some(SpecialUse::Sent) => Some(T::Sent),
        Some(SpecialUse::Archive) => Some(T::ArchiveFolder),
        Some(SpecialUse::Junk) => Some(T::JunkFolder),
        Some(SpecialUse::Trash) => Some(T::Trash),
        Some(SpecialUse::All) => Some(T::AllMail),
        Some(SpecialUse::Flagged) => Some(T::Flagged),
        None => None,
    };
    match key {
        Some(key) => t(locale, key).into(),
        None => match delimiter {
            Some(delimiter) => name.as_str().rsplit(delimiter).next().unwrap_or_default().into(),
            None => name.as_str().into(),
        },
    }
}

/// A folder named in a sentence, where its use is not at hand.
pub fn folder_words(locale: Locale, name: &FolderName) -> String {
    folder_label(locale, name, None, None)
}
