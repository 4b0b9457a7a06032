//! The page of the lab without a browser.
