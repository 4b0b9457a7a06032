//! The report card of a provider.
use crate::dom::tree::{View, view};
use crate::i18n::Locale;

pub fn card(_l: Locale) -> View {
    view! { "" }
}
