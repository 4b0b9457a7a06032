//! One's own mailbox.
use super::{answer, asked, fetched, scenario};
use crate::i18n::Locale;
use crate::lab::mine::document;
use crate::lab::reduce::reduce;
use crate::lab::share::Part;
use crate::lab::state::{Effect, Model, Msg};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::lab::call::VisitorId;
use pyeonji_shared::lab::own::{Ask, Claim, Consent, Found};
use pyeonji_shared::lab::report::{Direction, Line, Proto, Verdict};
use pyeonji_shared::lab::scenario::Words;

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

#[test]
fn what_was_found_is_a_text_for_whoever_helps() {
    let mut m = entered();
    reduce(&mut m, Msg::Mine(Ask::Look));
    let words = |en: &str, ko: &str| Words { en: en.into(), ko: ko.into() };
    let claim = |verdict, of: &str| Claim {
        id: "E2".into(),
        claim: words(of, "주장"),
        verdict,
        found: words("12 messages", "메일 12통"),
    };
    let mut told = found();
    told.claims = vec![claim(Some(Verdict::DidNotHold), "All is shown"), claim(None, "Another")];
    told.notes = vec![words("One folder was looked at.", "메일함 하나만 보았습니다.")];
    told.troubles = vec![(Proto::Pop3, ApiError::new(ErrorKind::ServerDown).with_detail("no route"))];
    let line = |direction, text: &str| Line {
        protocol: Proto::Pop3,
        at: 7,
        direction,
        bytes: 9,
        round_trip: 1,
        cause: 1,
        text: text.into(),
    };
    let lines = vec![line(Direction::ToServer, "STAT"), line(Direction::FromServer, "+OK 12 900")];
    told.answer.report.runs.iter_mut().for_each(|run| run.devices[0].lines = lines.clone());
    reduce(&mut m, Msg::Mined(Ok(told)));
    let text = document(Locale::English, &m.mine, m.answer.as_ref());
    for said in [
        "! POP3 The mail server",
        "no route",
        "- E2 All is shown: didn’t hold\n    12 messages",
        "Another: can’t be told",
        "One folder",
        "\npop3-a\n",
        "     7 ms > STAT\n     7 ms < +OK 12 900\n",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    assert!(document(Locale::Korean, &m.mine, None).contains("주장"));
}
