//! Command line of the gateway.
fn main() {}
