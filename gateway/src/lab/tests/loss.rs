//! A line that loses packets: later, and nothing else.
use super::*;
use pyeonji_shared::lab::scenario::MAX_LOSS;

fn under(id: &str, loss_percent: u32, seed: u32) -> Report {
    let mut scenario = scenario(id);
    (scenario.network.loss_percent, scenario.network.seed) = (loss_percent, seed);
    run(&scenario)
}

/// When all is done.
fn time(report: &Report) -> Vec<u64> {
    report.runs.iter().map(|run| run.steps.last().expect("steps").to).collect()
}

#[test]
fn the_same_seed_gives_the_same_transcript_byte_for_byte() {
    let json = |seed| serde_json::to_string(&under("E1", 5, seed)).expect("JSON");
    assert_eq!(json(1), json(1));
    assert_ne!(time(&under("E1", 5, 1)), time(&under("E1", 5, 2)));
    // Where nothing is lost the seed is of no use.
    assert_eq!(time(&under("E1", 0, 1)), time(&under("E1", 0, 2)));
}

#[test]
fn losses_take_time_and_change_nothing_that_arrives() {
    for id in ["E1", "E2", "E3", "E8", "E12"] {
        let (whole, lossy) = (under(id, 0, 1), under(id, 10, 1));
        for (whole, lossy) in time(&whole).into_iter().zip(time(&lossy)) {
            assert!(lossy > whole, "{id}: {lossy} ms, {whole} without losses");
        }
        let judged = |report: &Report| {
            report.runs.iter().map(|run| (run.held, run.judged.clone(), run.end.clone())).collect::<Vec<_>>()
        };
        assert_eq!((whole.verdict, judged(&whole)), (lossy.verdict, judged(&lossy)), "{id}");
        let passed = |report: &Report| {
            let devices = report.runs.iter().flat_map(|run| &run.devices);
            let line = |line: &pyeonji_shared::lab::report::Line| (line.direction, line.bytes, line.cause);
            devices
                .map(|device| (device.totals, device.lines.iter().map(line).collect::<Vec<_>>()))
                .collect::<Vec<_>>()
        };
        assert_eq!(passed(&whole), passed(&lossy), "{id}");
    }
}

#[test]
fn more_than_half_is_refused() {
    let read = |loss_percent| {
        let mut scenario = scenario("E1");
        scenario.network.loss_percent = loss_percent;
        read_file(&serde_json::to_string(&scenario).expect("JSON"))
    };
    assert!(read(MAX_LOSS).is_ok());
    assert_eq!(read(MAX_LOSS + 1).expect_err("too much").to_string(), "a network loses at most 50 %");
    // A file from before there were losses means what it meant.
    let old = experiments::ALL[0].1;
    assert!(!old.contains("loss_percent") && read_file(old).is_ok_and(|s| s.network.loss_percent == 0));
}
