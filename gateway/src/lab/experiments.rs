//! The experiments that come with the program, as the scenario files that anybody can write.
use super::file::{Wrong, read};
use pyeonji_shared::lab::scenario::Scenario;

/// Identifier and file.
pub const ALL: [(&str, &str); 10] = [
    ("E1", include_str!("experiments/e1.json")),
    ("E2", include_str!("experiments/e2.json")),
    ("E3", include_str!("experiments/e3.json")),
    ("E4", include_str!("experiments/e4.json")),
    ("E5", include_str!("experiments/e5.json")),
    ("E6", include_str!("experiments/e6.json")),
    ("E7", include_str!("experiments/e7.json")),
    ("E8", include_str!("experiments/e8.json")),
    ("E9", include_str!("experiments/e9.json")),
    ("E12", include_str!("experiments/e12.json")),
];

/// The experiment of this identifier.
pub fn get(id: &str) -> Option<Result<Scenario, Wrong>> {
    ALL.iter().find(|(own, _)| own.eq_ignore_ascii_case(id)).map(|(_, file)| read(file))
}
