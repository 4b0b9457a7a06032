//! A POP3 client that people use: mpop, which pipelines and writes each message to a Maildir, on disk (fsync) before the next.
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

/// Fetches everything, from the program's start to its end.
pub fn collect(port: u16, user: &str, password: &str, messages: u32) -> Duration {
    let folder = tempfile::TempDir::with_prefix("pyeonji-mpop-").expect("folder");
    let at = |name: &str| folder.path().join(name);
    for part in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(at("mail").join(part)).expect("a Maildir");
    }
    let rules = format!(
        "account bench\nhost 127.0.0.1\nport {port}\nuser {user}\npassword {password}\nauth plain\ntls off\nkeep on\n\
         received_header off\ndelivery maildir {}\nuidls_file {}\n",
        at("mail").display(),
        at("uidls").display()
    );
    std::fs::write(at("rc"), rules).expect("written");
    // It reads no password that others can.
    std::fs::set_permissions(at("rc"), std::fs::Permissions::from_mode(0o600)).expect("its own");
    let start = Instant::now();
    let ended = Command::new("mpop").arg("-C").arg(at("rc")).args(["--quiet", "bench"]).status();
    let took = start.elapsed();
    assert!(ended.expect("mpop").success(), "mpop failed");
    let there = std::fs::read_dir(at("mail").join("new")).expect("a Maildir").count();
    assert_eq!(there, messages as usize, "messages that mpop has");
    took
}
