//! What a status or an alert says.
use super::{Locale, T, count, count_with, fill, remedy, size, t, what_happened};
use crate::state::notice::{Doing, Text};

/// Our own words. The other side's are in [`quotation`] and shown apart from them.
pub fn notice(locale: Locale, text: &Text) -> String {
    match text {
        Text::Archived(n) => count(locale, T::Archived, *n),
        Text::Deleted(n) => count(locale, T::Deleted, *n),
        Text::DeletedForever(n) => count(locale, T::DeletedForever, *n),
        Text::Moved(n, folder) => {
            count_with(locale, T::Moved, *n, &[("name", &crate::i18n::folder_words(locale, folder))])
        }
        Text::Junked(n) => count(locale, T::Junked, *n),
        Text::NotJunked(n) => count(locale, T::NotJunked, *n),
        Text::MarkedRead(n) => count(locale, T::MarkedRead, *n),
        Text::MarkedUnread(n) => count(locale, T::MarkedUnread, *n),
        Text::Starred(n) => count(locale, T::StarredDone, *n),
        Text::Unstarred(n) => count(locale, T::UnstarredDone, *n),
        Text::Tagged(n) => count(locale, T::Tagged, *n),
        Text::Undone => t(locale, T::Undone).into(),
        Text::MessageSent => t(locale, T::MessageSent).into(),
        Text::SentWithoutCopy(error) => {
            format!("{} {}", t(locale, T::SentWithoutCopy), what_happened(locale, error.kind))
        }
        Text::AlreadySent => t(locale, T::AlreadySent).into(),
        Text::DraftSaved => t(locale, T::DraftSaved).into(),
        Text::Discarded => t(locale, T::Discarded).into(),
        Text::Restored(n) => count(locale, T::Restored, *n),
        Text::ServerAlert(_) => t(locale, T::ServerAlert).into(),
        Text::Failed(doing, error) => format!(
            "{} {} {}",
            t(locale, failed(*doing)),
            what_happened(locale, error.kind),
            remedy(locale, error.kind)
        ),
        Text::FileTooBig(name, limit) => {
            fill(locale, T::FileTooBig, &[("name", name), ("size", &size(*limit))])
        }
        Text::TooManyFiles => t(locale, T::TooManyFiles).into(),
        Text::TooManySelected => t(locale, T::TooManySelected).into(),
        Text::MergeLater => t(locale, T::MergeLater).into(),
        Text::Merged(n) => count(locale, T::Merged, *n),
        Text::NothingNew => t(locale, T::NothingNew).into(),
        Text::DeviceShort(left) => fill(locale, T::DeviceShort, &[("size", &size(*left))]),
        Text::TooManyComposers => t(locale, T::TooManyComposers).into(),
        Text::SearchTooLong => t(locale, T::SearchTooLong).into(),
        Text::ReadOnly => t(locale, T::ReadOnly).into(),
        Text::NewMail(n, folder) => {
            count_with(locale, T::NewMail, *n, &[("name", &crate::i18n::folder_words(locale, folder))])
        }
    }
}

/// The other side's words, to be shown as a quotation; empty when there are none.
pub fn quotation(text: &Text) -> &str {
    match text {
        Text::ServerAlert(words) => words,
        Text::Failed(_, error) | Text::SentWithoutCopy(error) => &error.detail,
        _ => "",
    }
}

fn failed(doing: Doing) -> T {
    match doing {
        Doing::Archive => T::FailedArchive,
        Doing::Delete => T::FailedDelete,
        Doing::Move => T::FailedMove,
        Doing::Junk => T::FailedJunk,
        Doing::Flags => T::FailedFlags,
        Doing::Undo => T::FailedUndo,
        Doing::Open => T::FailedOpen,
        Doing::Read => T::FailedRead,
        Doing::Search => T::FailedSearch,
        Doing::SaveDraft => T::FailedSaveDraft,
        Doing::SignOut => T::FailedSignOut,
        Doing::Device => T::FailedDevice,
        Doing::Erase => T::FailedErase,
        Doing::Merge => T::FailedMerge,
    }
}
