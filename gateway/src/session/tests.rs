//! Sessions against scripted accounts.
