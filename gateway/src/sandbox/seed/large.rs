//! The large folder: thousands of short reports, written only when somebody looks at them.
use super::mime::{Mail, Node, Person};
use crate::sandbox::date::Moment;
use crate::sandbox::flags::{FLAGGED, Flags, SEEN};
use crate::sandbox::message::Content;
use crate::sandbox::store::{NewMessage, Store};
use std::sync::Arc;

pub const FOLDER: &str = "Reports";

const SOURCES: [Person; 6] = [
    ("Tide Gauge 3", "gauge3@sensors.harbour.test"),
    ("온실 감시", "greenhouse@sensors.orchard.test"),
    ("Nightly Build", "ci@builds.papermill.test"),
    ("서버실", "rack@sensors.papermill.test"),
    ("Ferry Timetable", "ferry@harbour.test"),
    ("Backup", "backup@builds.papermill.test"),
];
/// Minutes between two reports.
const EVERY: i64 = 37;

fn report(number: u32, count: u32, to: Person, now: i64) -> Mail {
    // A small fixed mixer, so that the reports differ and are the same each time.
    let mix =
        |salt: u32| (number.wrapping_mul(2_654_435_761).wrapping_add(salt.wrapping_mul(40_503)) >> 7) % 1_000;
    let source = SOURCES[(mix(1) % 6) as usize];
    let at = date(number, count, now);
    let (value, change) = (mix(2), i64::from(mix(3)) - 500);
    let subject = match mix(1) % 6 {
        0 => format!("Water level {}.{:02} m", value / 300, value % 100),
        1 => format!("온실 {}도, 습도 {}%", 12 + value % 18, 40 + value % 50),
        2 => format!("Build {number}: {}", if value % 9 == 0 { "failed in tests" } else { "passed" }),
        3 => format!("서버실 {}도", 18 + value % 12),
        4 => format!("Departure {:02}:{:02} is on time", 5 + value % 17, value % 60),
        _ => format!("Backup {number} complete, {} MB", 200 + value),
    };
    let body = format!(
        "Report {number} of {count}\n\nValue     {value}\nChange    {change:+}\nChecksum  {:08x}\n\nThis message was sent by a machine that likes its work.\n",
        number.wrapping_mul(2_246_822_519)
    );
    Mail::new(&format!("report-{number}"), source, to, &subject, at, Node::Text(body))
}

fn date(number: u32, count: u32, now: i64) -> Moment {
    Moment { unix: now - i64::from(count - number) * EVERY * 60, offset: 540 }
}

/// Creates the folder with `count` reports.
pub fn fill(store: &mut Store, to: Person, count: u32, now: i64) {
    let _ = store.create(FOLDER, None);
    store.subscribed.insert(FOLDER.to_owned());
    let render: Arc<dyn Fn(u32) -> Vec<u8> + Send + Sync> =
        Arc::new(move |number| report(number, count, to, now).render());
    for number in 1..=count {
        let mut flags = if count - number < 20 { Flags::default() } else { Flags::system(SEEN) };
        if number % 611 == 0 {
            flags.set(FLAGGED);
        }
        let content = Content::recipe(render.clone(), number);
        // Past the bound of messages the folder is just shorter.
        if store.append(FOLDER, NewMessage { flags, date: date(number, count, now), content }).is_err() {
            return;
        }
    }
}
