//! The page's texts in every language.
