//! What the gateway counts, by name. Labels never hold an address, a folder or anything a person typed (R24).
use crate::config::limits::Limits;
use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::fmt::Write;
use std::sync::OnceLock;

pub const REQUESTS: &str = "pyeonji_http_requests_total";
pub const LOGINS: &str = "pyeonji_logins_total";
pub const LOGIN_SECONDS: &str = "pyeonji_login_seconds";
pub const SOCKETS: &str = "pyeonji_sockets";
pub const SOCKET_ENDS: &str = "pyeonji_socket_ends_total";
pub const UPLOAD_BYTES: &str = "pyeonji_upload_bytes_total";
pub const DOWNLOAD_BYTES: &str = "pyeonji_download_bytes_total";
pub const LIMIT_HITS: &str = "pyeonji_limit_hits_total";
pub const CONNECTIONS: &str = "pyeonji_connections";

/// Bounds that are no keys of the configuration and have a label all the same.
pub const UPLOADS_WAITING: &str = "uploads_waiting";

/// Something was refused, cut off or made to wait at a named limit; one label per limit.
pub fn limit_hit(limit: &'static str) {
    debug_assert!(
        limit == UPLOADS_WAITING || Limits::TABLE.iter().any(|(name, ..)| *name == limit),
        "{limit} is no limit of the configuration"
    );
    metrics::counter!(LIMIT_HITS, "limit" => limit).increment(1);
}

/// The process has one recorder, however many gateways it runs (tests run many).
pub fn install() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            // Somebody else's recorder stays: then /metrics shows the process figures only.
            if metrics::set_global_recorder(recorder).is_ok() {
                describe();
            }
            handle
        })
        .clone()
}

fn describe() {
    describe_counter!(REQUESTS, "HTTP requests by status class");
    describe_counter!(LOGINS, "Sign-ins by outcome");
    describe_histogram!(LOGIN_SECONDS, Unit::Seconds, "Time of a sign-in, upstream included");
    describe_gauge!(SOCKETS, "Open WebSockets");
    describe_counter!(SOCKET_ENDS, "Ended WebSockets by reason");
    describe_counter!(UPLOAD_BYTES, Unit::Bytes, "Bytes uploaded");
    describe_counter!(DOWNLOAD_BYTES, Unit::Bytes, "Bytes downloaded");
    describe_counter!(
        LIMIT_HITS,
        "How often a limit refused, cut off or delayed something, by its name in the configuration"
    );
    describe_gauge!(CONNECTIONS, "Open HTTP connections");
}

/// How often a limit has been reached in this process. Tests that run beside add to it, too.
#[cfg(test)]
pub fn hits(limit: &str) -> u64 {
    let line = format!("{LIMIT_HITS}{{limit=\"{limit}\"}} ");
    let text = install().render();
    text.lines().find_map(|found| found.strip_prefix(&line)?.parse().ok()).unwrap_or(0)
}

/// Prometheus text: our figures, then those of the process.
pub fn render(handle: &PrometheusHandle) -> String {
    handle.run_upkeep();
    let mut text = handle.render();
    if let Some((resident, cpu)) = process() {
        // Writing to a String can't fail.
        write!(
            text,
            "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes {resident}\n\
             # TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total {cpu}\n"
        )
        .ok();
    }
    text
}

/// Resident bytes and CPU seconds from `/proc` (proc(5)); 100 ticks a second, as on every Linux that we build for.
fn process() -> Option<(u64, f64)> {
    let resident = crate::memory::resident()?;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may hold spaces; fields are counted after it. utime and stime are the 14th and 15th.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some((resident, ticks as f64 / 100.0))
}

#[cfg(test)]
mod tests {
    #[test]
    fn process_figures_are_read() {
        let (resident, _) = super::process().unwrap();
        assert!(resident > 1 << 20);
        assert!(super::render(&super::install()).contains("process_resident_memory_bytes"));
    }
}
