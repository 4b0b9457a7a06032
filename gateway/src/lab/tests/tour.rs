//! Every stop of the tour shows something, and what it says is so.
use super::scenario;
use crate::lab::run::run;
use pyeonji_shared::lab::places::{INBOX, Places};
use pyeonji_shared::lab::report::{Line, Run};
use pyeonji_shared::lab::scenario::Step;
use pyeonji_shared::lab::tour::{Stop, TOUR, stop};
use std::collections::{BTreeMap, BTreeSet};

/// Lines of the stop's device in the stop's steps.
fn lines<'a>(stop: &Stop, run: &'a Run) -> Vec<&'a Line> {
    let steps = stop.from as usize..=stop.to as usize;
    let mut causes = (1..).zip(&run.steps).filter(|(_, done)| steps.contains(&done.number)).map(|(n, _)| n);
    let causes: BTreeSet<u32> = causes.by_ref().collect();
    let device = run.devices.iter().find(|d| d.device == stop.device).expect("a device of the scenario");
    device.lines.iter().filter(|line| causes.contains(&line.cause)).collect()
}

fn runs() -> BTreeMap<&'static str, Vec<Run>> {
    TOUR.iter().map(|stop| (stop.experiment, run(&scenario(stop.experiment)).runs)).collect()
}

#[test]
fn every_stop_shows_something() {
    let runs = runs();
    let ids: BTreeSet<&str> = TOUR.iter().map(|stop| stop.id).collect();
    assert_eq!(ids.len(), TOUR.len());
    for stop in &TOUR {
        let steps = scenario(stop.experiment).steps.len() as u32;
        assert!((1..=stop.to).contains(&stop.from) && stop.to <= steps, "{}: steps", stop.id);
        let run = runs[stop.experiment].get(stop.variant as usize).expect(stop.id);
        assert!(!lines(stop, run).is_empty(), "{}: nothing passes on the line of {}", stop.id, stop.device);
        for (text, end) in [(stop.text.en, ". "), (stop.text.ko, "다. ")] {
            let sentences = text.split(end).count();
            assert!((2..=4).contains(&sentences), "{}: {sentences} sentences: {text}", stop.id);
            assert!(text.ends_with('.') && !text.contains("  "), "{}: {text}", stop.id);
        }
        assert!(!stop.text.ko.is_ascii() && !stop.title.ko.is_ascii());
    }
}

#[test]
fn what_the_stops_say_is_so() {
    let runs = runs();
    let of = |id: &str| {
        let stop = stop(id).expect("a stop");
        (stop, &runs[stop.experiment][stop.variant as usize])
    };
    let says = |id: &str, text: &str| {
        let (stop, run) = of(id);
        lines(stop, run).iter().any(|line| line.text.contains(text))
    };
    assert!(says("sending", "AUTH PLAIN") && says("sending", "APPEND \"Sent\""));
    assert!(says("relay", "RCPT TO:<ada@blue.test>") && !says("relay", "AUTH"));
    assert!(says("imap", "BODY.PEEK[]") && says("pop3", "RETR 1") && !says("pop3", "DELE"));
    assert!(says("together", "IDLE") && !says("together", " STORE "));
    assert!(says("emptied", "+OK 0 messages") && says("lost", "DELE 1"));
    let refused = |id: &str| {
        let (_, run) = of(id);
        let refused =
            run.steps.iter().filter(|d| matches!(d.step, Step::Deliver { .. }) && d.refused.is_some());
        refused.map(|done| done.from / 86_400_000).collect::<Vec<u64>>()
    };
    assert!((18..=21).contains(&refused("room")[0]) && refused("which").is_empty());
    let (_, pop3) = of("pop3");
    let mut places = Places::default();
    pop3.steps.iter().flat_map(|done| &done.changes).for_each(|change| places.apply(change));
    let all = places.names().flat_map(|place| [(place, INBOX), (place, "Sent")]);
    assert_eq!(all.map(|(place, folder)| places.copies(place, folder, "letter").len()).sum::<usize>(), 5);
}
