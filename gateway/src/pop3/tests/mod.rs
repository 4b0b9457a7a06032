//! Tests across the engine's parts.
mod chunks;
mod hostile;
mod r14;
