//! `cargo xtask demo`: one command from a fresh clone to a mailbox in the browser.
use crate::dist;
use crate::sh::{self, Result};

pub fn run(args: &[String]) -> Result {
    let program = dist::run()?;
    let mut command = sh::command(&program.to_string_lossy(), &["demo"]);
    command.args(args);
    // The program prints the address and the accounts, and ends on Ctrl-C by itself with success. It takes our place, so that
    // whoever stops us stops it, and nothing else answers the signal.
    sh::become_it(&mut command)
}
