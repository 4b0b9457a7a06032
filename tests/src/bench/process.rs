//! What the kernel says about a process: processor time, memory now, memory at its highest (proc(5)).
use std::fs;
use std::process::Command;
use std::time::Duration;

/// A running process, by its id.
#[derive(Clone, Copy, Debug)]
pub struct Process(pub u32);

impl Process {
    /// User and system time of all its threads, ended ones included.
    pub fn cpu(self) -> Duration {
        let ticks = ticks(&self.read("stat")).expect("/proc/PID/stat");
        Duration::from_secs_f64(ticks as f64 / ticks_per_second() as f64)
    }

    /// Resident memory, bytes.
    pub fn resident(self) -> u64 {
        kibibytes(&self.read("smaps_rollup"), "Rss").expect("/proc/PID/smaps_rollup") * 1024
    }

    /// Forgets the highest resident memory so far; [`Self::peak`] counts from here.
    pub fn reset_peak(self) {
        fs::write(format!("/proc/{}/clear_refs", self.0), "5").expect("/proc/PID/clear_refs");
    }

    /// Highest resident memory since [`Self::reset_peak`], bytes.
    pub fn peak(self) -> u64 {
        kibibytes(&self.read("status"), "VmHWM").expect("/proc/PID/status") * 1024
    }

    fn read(self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.0)).unwrap_or_default()
    }
}

/// utime + stime, the 14th and 15th field. The second is the program's name in parentheses and may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// The number of a line `Name:   1234 kB`.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim_end().parse().ok()
}

fn ticks_per_second() -> u64 {
    let said = Command::new("getconf").arg("CLK_TCK").output().ok();
    said.and_then(|out| String::from_utf8(out.stdout).ok()?.trim().parse().ok()).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_found_behind_a_hostile_name() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194560 100 0 0 0 17 5 0 0 20 0 3 0 12345 1000 200 18446744073709551615";
        assert_eq!(ticks(stat), Some(22));
        assert_eq!(ticks("42 (x) S 1 2"), None);
        assert_eq!(ticks(""), None);
    }

    #[test]
    fn memory_is_read_by_its_exact_name() {
        let text = "55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:               12345 kB\nRss_x:  1 kB\nPss: 7 kB\n";
        assert_eq!(kibibytes(text, "Rss"), Some(12345));
        assert_eq!(kibibytes(text, "Pss"), Some(7));
        assert_eq!(kibibytes(text, "Ps"), None);
        assert_eq!(kibibytes("Rss: many kB", "Rss"), None);
    }

    #[test]
    fn this_process_has_memory_and_a_peak() {
        let own = Process(std::process::id());
        assert!(own.resident() > 0);
        assert!(own.peak() >= 1 << 20);
    }
}
