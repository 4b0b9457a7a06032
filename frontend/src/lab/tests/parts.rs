//! The tour and the advisor.
use super::{answer, answered, asked, deliver, done, fetched, scenario};
use crate::lab::reduce::reduce;
use crate::lab::share::Part;
use crate::lab::state::{Effect, Model, Msg};
use pyeonji_shared::lab::advice::Habits;
use pyeonji_shared::lab::call::Source;
use pyeonji_shared::lab::places::{INBOX, Places};
use pyeonji_shared::lab::scenario::SERVER;
use pyeonji_shared::lab::tour::TOUR;

#[test]
fn a_stop_of_the_tour_begins_before_what_it_shows_and_ends_with_it() {
    let mut m = Model::default();
    let (turn, ask) = asked(&reduce(&mut m, Msg::Hash("#tour".into())));
    let first = TOUR[0];
    assert_eq!((m.part.clone(), ask.source), (Part::Tour(0), Source::Experiment(first.experiment.into())));
    let mut watch = Places::default();
    let steps = (1..=6).map(|n| done(&mut watch, n, deliver(), &[(SERVER, &[(INBOX, "rent")])])).collect();
    answered(&mut m, turn, answer(scenario("E12"), None, steps));
    assert_eq!(m.cursor, first.from as usize - 1);
    let mut effects = reduce(&mut m, Msg::Play);
    while effects == [Effect::Tick(crate::lab::state::TICK)] {
        effects = reduce(&mut m, Msg::Tick);
    }
    assert_eq!((m.cursor, m.playing), (first.to as usize, false));
    // Past the last stop is the last one.
    reduce(&mut m, Msg::Hash("#tour.99".into()));
    assert_eq!(m.part, Part::Tour(TOUR.len() - 1));
    reduce(&mut m, Msg::Hash("#E3".into()));
    assert_eq!(m.part, Part::Bench);
}

#[test]
fn habits_are_within_bounds_and_advice_for_others_is_gone() {
    let mut m = Model::default();
    reduce(&mut m, Msg::Hash("#advisor".into()));
    reduce(&mut m, Msg::Habits(Habits { devices: 99, ..Habits::default() }));
    assert_eq!(m.habits.devices, pyeonji_shared::lab::advice::MAX_ADVISED);
    let effects = reduce(&mut m, Msg::Advise);
    assert!(matches!(effects.as_slice(), [Effect::Advise(ask)] if ask.habits == m.habits));
    assert!(reduce(&mut m, Msg::Advise).is_empty(), "once at a time");
    let mut other = Model::default();
    let (turn, _) = asked(&reduce(&mut other, Msg::Hash("#E1".into())));
    answered(&mut other, turn, answer(scenario("E1"), None, fetched()));
    assert!(reduce(&mut other, Msg::OpenAdvice { run: 0, step: None }).is_empty(), "there is none yet");
}
