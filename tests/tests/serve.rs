//! What the release program listens at.
use pyeonji_tests::certs::Authority;
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::Security;
use pyeonji_tests::ports;
use std::collections::HashSet;
use std::net::Ipv4Addr;

/// Address and port of each TCP socket at which the process listens (proc(5)); IPv6 ones are told as such.
fn listening(pid: u32) -> Vec<(String, u16)> {
    let links = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("open files");
    let inodes: HashSet<String> = links
        .filter_map(|link| std::fs::read_link(link.ok()?.path()).ok())
        .filter_map(|to| Some(to.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let mut found = Vec::new();
    for (file, v4) in [("tcp", true), ("tcp6", false)] {
        let table = std::fs::read_to_string(format!("/proc/{pid}/net/{file}")).unwrap_or_default();
        for line in table.lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (Some((address, port)), Some(&"0A"), Some(inode)) =
                (fields.get(1).and_then(|local| local.split_once(':')), fields.get(3), fields.get(9))
            else {
                continue;
            };
            if inodes.contains(*inode) {
                let number = u32::from_str_radix(address, 16).unwrap_or_default();
                let address =
                    if v4 { Ipv4Addr::from(number.to_le_bytes()).to_string() } else { address.into() };
                found.push((address, u16::from_str_radix(port, 16).expect("a port")));
            }
        }
    }
    found
}

#[test]
fn r44_the_sandbox_is_off_unless_configured_and_on_loopback_when_it_is() {
    let [imap, smtp] = ports::free();
    let program = Program::start(imap, smtp, Security::Plain, &Authority::new().pem);
    assert_eq!(listening(program.pid()), [("127.0.0.1".to_owned(), program.port)]);
    let program = program.with("[sandbox]\nenabled = true\n");
    let found = listening(program.pid());
    assert!(found.len() > 2, "the mail servers of the sandbox: {found:?}");
    assert!(found.iter().all(|(address, _)| address == "127.0.0.1"), "{found:?}");
}
