//! The whole of HTTP in process: requests through the router, a stand-in for sessions behind it.
mod bench;
mod deltas;
mod device_keys;
mod downloads;
mod files;
mod header_set;
mod lifecycle;
mod origins;
mod rescues;
mod sign_in;
mod sockets;
mod uploads;
