//! How composers begin: answers, drafts, `mailto:` links; and how many there may be.
use super::*;
use crate::state::compose::{AttachedState, Composer, Field, MAX_COMPOSERS, Start};
use crate::state::effect::Focus;
use crate::state::notice::{NoticeKind, Text};
use crate::state::settings::Setting;
use pyeonji_shared::draft::OriginKind;
use pyeonji_shared::limits::{MAX_RECIPIENTS, MAX_SUBJECT_CHARS};
use pyeonji_shared::message::{Address, Part};

fn emails(composer: &Composer, field: Field) -> String {
    let tokens = &composer.field(field).tokens;
    tokens.iter().map(|t| t.address.email.as_str()).collect::<Vec<_>>().join(" ")
}

fn mailto(url: &str) -> Option<Composer> {
    let mut page = Page::signed_in(1);
    page.send(Msg::Mailto(url.into()));
    page.m.composers.pop()
}

/// R13, RFC 6068: to, cc, bcc, subject and body, and nothing else.
#[test]
fn r13_a_mailto_link_fills_five_fields_and_no_more() {
    let made = mailto(concat!(
        "mailto:bora@green.test,%22Chul%22%20%3Cchul@green.test%3E?To=dong@green.test&cc=e@green.test&BCC=f@green.test",
        "&subject=%ED%9A%8C%EC%9D%98%0D%0ABcc:%20evil@x.test&body=one%0D%0Atwo&attach=/etc/passwd&attachment=x",
        "&In-Reply-To=%3Ca@b%3E&from=evil@x.test&reply-to=evil@x.test&X-Header=1"
    ))
    .unwrap();
    assert_eq!(emails(&made, Field::To), "bora@green.test chul@green.test dong@green.test");
    assert_eq!(
        (emails(&made, Field::Cc), emails(&made, Field::Bcc)),
        ("e@green.test".into(), "f@green.test".into())
    );
    assert_eq!(made.subject, "회의 Bcc: evil@x.test", "one line");
    assert_eq!(made.text, "one\ntwo");
    assert!(made.attachments.is_empty() && made.origin.is_none() && made.replaces.is_none());
    assert!(!format!("{made:?}").contains("passwd"));
}

#[test]
fn a_mailto_link_of_any_size_is_bounded_and_another_scheme_is_none() {
    let many = "a@b.test,".repeat(500);
    let made = mailto(&format!("MAILTO:{many}?subject={}", "x".repeat(9_000))).unwrap();
    assert_eq!(made.to.tokens.len(), MAX_RECIPIENTS);
    assert_eq!(made.subject.chars().count(), MAX_SUBJECT_CHARS);
    let broken = mailto("mailto:%FF?subject=%ZZ&body=%&=&&").unwrap();
    assert_eq!((broken.subject.as_str(), broken.to.tokens.len()), ("", 0));
    for other in ["https://a.test", "javascript:alert(1)", "mailto"] {
        assert_eq!(mailto(other), None, "{other}");
    }
}

/// Opens the first row; its text comes with these headers.
fn reading(page: &mut Page) {
    page.send(Msg::OpenAt(0));
    let (tag, Call::Read(read)) = page.asked(|c| matches!(c, Call::Read(_))).unwrap() else { panic!() };
    let mut view = super::read::view(read.at.folder.as_str(), read.at.uid.0);
    let address = |e: &str| Address { email: e.into(), ..Address::default() };
    view.from = vec![address("bora@green.test")];
    view.to = vec![address("ada@blue.test"), address("chul@green.test")];
    view.cc = vec![address("dong@green.test")];
    view.subject = "plan".into();
    view.text = "words".into();
    view.message_id = Some("<1@green.test>".into());
    view.references = (0..80).map(|n| format!("<r{n}@green.test>")).collect();
    let part = |section: &str, inline| Part {
        section: section.into(),
        mime: "text/plain".into(),
        name: "a.txt".into(),
        size: 400,
        content_id: None,
        inline,
        preview: false,
    };
    view.parts = vec![part("2", false), part("3", true)];
    page.answer(tag, Ok(Reply::Read(Box::new(view))));
}

#[test]
fn an_answer_to_all_and_a_forwarded_message() {
    let mut page = Page::signed_in(3);
    page.send(Msg::Set(Setting::Signature("Ada".into())));
    reading(&mut page);
    page.send(Msg::Compose(Start::ReplyAll));
    let made = page.m.composers.last().unwrap();
    let focus = Effect::Focus(Focus::Text(made.id));
    assert!(page.effects.contains(&focus), "who is answered is known: the text is what is written next");
    assert_eq!(
        (emails(made, Field::To), emails(made, Field::Cc)),
        ("bora@green.test".into(), "chul@green.test dong@green.test".into())
    );
    assert_eq!(made.subject, "Re: plan");
    assert!(made.text.starts_with("\n\n-- \nAda\n\n") && made.text.ends_with("> words\n"), "{:?}", made.text);
    let origin = made.origin.as_ref().unwrap();
    assert_eq!((origin.kind, origin.references.len()), (OriginKind::Reply, 50));
    assert_eq!(
        origin.references.first().map(String::as_str),
        Some("<r0@green.test>"),
        "the thread's root stays"
    );
    assert_eq!(origin.references.last().map(String::as_str), Some("<1@green.test>"));
    page.send(Msg::Compose(Start::Forward));
    let made = page.m.composers.last().unwrap();
    assert_eq!((made.subject.as_str(), made.to.tokens.len()), ("Fwd: plan", 0));
    assert!(page.effects.contains(&Effect::Focus(Focus::Composer(made.id))));
    assert_eq!(made.attachments.len(), 1, "what is shown within the text isn't attached");
    assert!(
        matches!(made.attachments[0].state, AttachedState::OnServer(_)),
        "it never comes down to go up again"
    );
    assert!(page.m.composers[0].minimised && !made.touched);
}

#[test]
fn a_draft_is_the_open_message_and_from_the_list_the_one_that_was_chosen() {
    let mut page = Page::signed_in_at("Drafts", 3);
    page.send(Msg::PathChanged("/mail/Drafts/30".into()));
    let (tag, _) = page.asked(|c| matches!(c, Call::Read(_))).unwrap();
    page.answer(tag, Ok(Reply::Read(Box::new(super::read::view("Drafts", 30)))));
    page.m.list.cursor = Some(Uid(10));
    page.send(Msg::Compose(Start::Draft));
    assert_eq!(page.m.composers.last().and_then(|c| c.replaces.as_ref()).map(|r| r.uid), Some(Uid(30)));
    page.effects.clear();
    page.send(Msg::OpenAt(1));
    let (_, Call::Read(read)) = page.asked(|c| matches!(c, Call::Read(_))).unwrap() else { panic!() };
    assert_eq!(read.at.uid, Uid(20));
    page.send(Msg::OpenAt(0));
    assert_eq!(page.m.composers.len(), 1, "it is open already");
}

#[test]
fn one_window_too_many_is_said_and_those_without_a_window_do_not_count() {
    let mut page = Page::signed_in(1);
    for _ in 0..MAX_COMPOSERS {
        page.send(Msg::Compose(Start::New));
    }
    assert_eq!(page.m.composers.len(), MAX_COMPOSERS);
    page.send(Msg::Compose(Start::New));
    assert_eq!(page.m.composers.len(), MAX_COMPOSERS);
    let last = page.m.notices.shown.last().unwrap();
    assert_eq!((last.kind, last.text.clone()), (NoticeKind::Alert, Text::TooManyComposers));
    page.m.composers[0].closing = true;
    page.send(Msg::Compose(Start::New));
    assert_eq!(page.m.composers.len(), MAX_COMPOSERS + 1);
}
