//! Tests across the engine's parts; `imap_codec` is the oracle here and nowhere else.
mod chunks;
mod hostile;
mod oracle;
mod r14;
mod structure;
