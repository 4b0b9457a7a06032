//! What the figures were measured on: facts that matter, none that names a place or a day.
use std::fs;
use std::process::Command;

/// One line, e.g. `2 cores, 24 GB, Linux 6.1; Dovecot 2.3.19.1; Postfix 3.7.11; Chromium 130.0`.
pub fn facts() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = memory(&fs::read_to_string("/proc/meminfo").unwrap_or_default());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kernel: Vec<&str> = kernel.trim().split(['.', '-']).take(2).collect();
    let programs = [
        said("dovecot", &["--version"]).map(|s| format!("Dovecot {}", word(&s, 0))),
        said("/usr/sbin/postconf", &["-h", "mail_version"]).map(|s| format!("Postfix {}", word(&s, 0))),
        said("chromium", &["--version"]).map(|s| format!("Chromium {}", word(&s, 1))),
    ];
    let mut facts = vec![format!("{cores} cores, {memory} GB, Linux {}", kernel.join("."))];
    facts.extend(programs.into_iter().flatten());
    facts.join("; ")
}

/// Runnable programs per core over the last minute: above 1, something else was running too.
pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn memory(meminfo: &str) -> u64 {
    let kilobytes = meminfo.lines().find_map(|l| l.strip_prefix("MemTotal:")).unwrap_or_default();
    let kilobytes: u64 = kilobytes.trim().trim_end_matches("kB").trim().parse().unwrap_or(0);
    (kilobytes + 524_288) / 1_048_576
}

fn said(program: &str, args: &[&str]) -> Option<String> {
    let out = Command::new(program).args(args).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).into_owned())
}

fn word(text: &str, n: usize) -> &str {
    text.split_whitespace().nth(n).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_in_gigabytes() {
        assert_eq!(memory("MemTotal:       24683520 kB\nMemFree: 1 kB\n"), 24);
        assert_eq!(memory(""), 0);
        assert_eq!(word("Chromium 130.0.1 built", 1), "130.0.1");
        assert_eq!(word("", 0), "");
    }
}
