//! A question of the page, answered: which scenario it is, what came of it, and no more of that than the page shows.
use super::file::{self, Wrong};
use super::{experiments, run, text};
use pyeonji_shared::lab::call::{Answer, Ask, Listed, MAX_LINES, Refusal, Source};
use pyeonji_shared::lab::report::Report;
use pyeonji_shared::lab::scenario::Scenario;

/// What a file of an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// JSON, everything that was found.
    Report,
    /// Text to be read.
    Transcript,
    /// The scenario itself, to be run again.
    Scenario,
}

impl From<Wrong> for Refusal {
    fn from(wrong: Wrong) -> Self {
        Refusal::Wrong { place: wrong.place(), reason: wrong.reason().to_owned() }
    }
}

/// The experiments that come with the program.
pub fn listed() -> Vec<Listed> {
    let all = experiments::ALL.iter().filter_map(|(id, _)| experiments::get(id)?.ok());
    all.map(|s| Listed { id: s.id, title: s.title, claim: s.claim }).collect()
}

fn scenario(source: Source) -> Result<Scenario, Wrong> {
    match source {
        Source::Experiment(id) => experiments::get(&id)
            .unwrap_or_else(|| Err(Wrong::Scenario(format!("there is no experiment \"{id}\"")))),
        Source::Own(scenario) => file::checked(*scenario),
        Source::File(text) => file::read(&text),
    }
}

pub fn answer(ask: Ask) -> Result<Answer, Refusal> {
    let scenario = scenario(ask.source)?;
    let mut report = run::run(&scenario);
    let show = ask.show.min(u32::try_from(report.runs.len().saturating_sub(1)).unwrap_or(u32::MAX));
    shorten(&mut report, show as usize);
    Ok(Answer { scenario, report, show })
}

pub fn file(ask: Ask, form: Form) -> Result<String, Refusal> {
    let scenario = scenario(ask.source)?;
    let json = match form {
        Form::Transcript => return Ok(text::transcript(&run::run(&scenario))),
        Form::Scenario => serde_json::to_string_pretty(&scenario),
        Form::Report => serde_json::to_string_pretty(&run::run(&scenario)),
    };
    json.map_err(|error| Wrong::Scenario(error.to_string()).into())
}

/// One run is shown, and of each of its devices the newest lines.
fn shorten(report: &mut Report, show: usize) {
    for (at, run) in report.runs.iter_mut().enumerate() {
        if at != show {
            run.steps.clear();
            run.devices.iter_mut().for_each(|device| device.lines.clear());
        }
        let most = MAX_LINES / run.devices.len().max(1);
        for device in &mut run.devices {
            let over = device.lines.len().saturating_sub(most);
            device.lines.drain(..over);
            device.dropped += over as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyeonji_shared::lab::call::{Place, VisitorId};

    fn ask(source: Source, show: u32) -> Ask {
        Ask { visitor: VisitorId([7; 16]), source, show }
    }

    #[test]
    fn one_of_the_runs_is_told_in_full() {
        let answer = answer(ask(Source::Experiment("e5".into()), 2)).expect("an answer");
        let told: Vec<bool> = answer.report.runs.iter().map(|run| !run.steps.is_empty()).collect();
        assert_eq!(told, [false, false, true, false]);
        let bytes = postcard::to_allocvec(&Ok::<_, Refusal>(answer.clone())).expect("bytes");
        assert_eq!(postcard::from_bytes(&bytes), Ok(Ok::<_, Refusal>(answer.clone())));
        println!("E5 with its third run: {} bytes", bytes.len());
        let all = ask(Source::Own(Box::new(answer.scenario)), 9);
        assert_eq!(super::answer(all).expect("an answer").show, 3);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let refusal = answer(ask(Source::File("{\n\"format\": 1,\n}".into()), 0)).expect_err("no scenario");
        assert!(matches!(&refusal, Refusal::Wrong { place: Place::Line { line: 3, .. }, .. }), "{refusal:?}");
        let mut scenario = answer(ask(Source::Experiment("E1".into()), 0)).expect("an answer").scenario;
        scenario.devices.truncate(1);
        let refusal = answer(ask(Source::Own(Box::new(scenario)), 0)).expect_err("a device is missing");
        assert!(matches!(&refusal, Refusal::Wrong { place: Place::Step(5), .. }), "{refusal:?}");
        assert!(matches!(answer(ask(Source::Experiment("E0".into()), 0)), Err(Refusal::Wrong { .. })));
    }

    #[test]
    fn files_hold_what_the_page_shows() {
        let e1 = || ask(Source::Experiment("E1".into()), 0);
        assert!(file(e1(), Form::Transcript).is_ok_and(|text| text.starts_with("E1: Two IMAP devices")));
        let again = file(e1(), Form::Scenario).expect("a scenario");
        assert_eq!(answer(ask(Source::File(again), 0)), answer(e1()));
        assert!(file(e1(), Form::Report).is_ok_and(|text| text.contains("\"verdict\": \"held\"")));
    }
}
