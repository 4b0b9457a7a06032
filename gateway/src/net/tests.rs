//! Connections to real listeners on loopback.
