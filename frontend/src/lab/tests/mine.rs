//! One's own mailbox.
use super::{answer, asked, fetched, scenario};
use crate::lab::reduce::reduce;
use crate::lab::share::Part;
use crate::lab::state::{Effect, Model, Msg};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::lab::call::VisitorId;
use pyeonji_shared::lab::own::{Ask, Consent, Found};

fn found() -> Box<Found> {
    let (claims, notes, troubles) = Default::default();
    Box::new(Found {
        answer: answer(scenario("own-mailbox"), None, fetched()),
        claims,
        notes,
        troubles,
        offer: None,
    })
}

fn entered() -> Model {
    let mut m = Model::default();
    let effects = reduce(&mut m, Msg::Start { visitor: VisitorId([3; 16]), hash: "#mine".into() });
    assert_eq!(
        (m.part.clone(), effects),
        (Part::Mine, Vec::new()),
        "nothing is asked before the person does"
    );
    m
}

#[test]
fn a_look_is_asked_for_once_and_its_wire_is_shown_to_the_end() {
    let mut m = entered();
    assert_eq!(reduce(&mut m, Msg::Mine(Ask::Look)), [Effect::Mine(Ask::Look)]);
    assert!(
        m.mine.busy && reduce(&mut m, Msg::Mine(Ask::Fetch(Consent([1; 16])))).is_empty(),
        "one at a time"
    );
    reduce(&mut m, Msg::Mined(Ok(found())));
    assert!(!m.mine.busy && m.answer.is_some() && m.mine.turn == 1);
    assert_eq!((m.cursor, m.wire.as_str(), m.rows.len()), (2, "imap-a", 0));
    // What failed leaves nothing that could be taken for its answer.
    reduce(&mut m, Msg::Mine(Ask::Look));
    reduce(&mut m, Msg::Mined(Err(ApiError::new(ErrorKind::Gone))));
    assert!(!m.mine.troubles.is_empty() && m.answer.is_none() && m.mine.turn == 2);
}

#[test]
fn who_leaves_it_takes_nothing_of_it_along() {
    let mut m = entered();
    reduce(&mut m, Msg::Mine(Ask::Look));
    reduce(&mut m, Msg::Mined(Ok(found())));
    // The lab itself is entered only now.
    let effects = reduce(&mut m, Msg::Hash("#E3".into()));
    assert!(effects.contains(&Effect::Enter(VisitorId([3; 16]))) && asked(&effects).1.show == 0);
    assert!(m.answer.is_none() && m.mine.turn == 0);
    let mut late = entered();
    reduce(&mut late, Msg::Mine(Ask::Look));
    reduce(&mut late, Msg::Hash("#card".into()));
    reduce(&mut late, Msg::Mined(Ok(found())));
    assert!(late.answer.is_none() && late.mine.turn == 0, "an answer that comes too late is nobody's");
}
