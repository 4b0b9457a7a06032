//! Copying mail to and from another account, as far as HTTP decides: whose account, how often, and what is taken.
use super::bench::{Answer, Bench, PASSWORD};
use pyeonji_shared::rescue::MAX_COPIED;
use std::sync::Arc;

const ASK: &str = "/api/rescue/append?folder=a&op=00000000000000000000000000000001&date=0";

async fn begin(bench: &Bench, cookie: &str, form: &str) -> Answer {
    let request =
        bench.post("/api/rescue").header("cookie", cookie).header("content-type", "application/json");
    bench.send_body(request, form.to_owned()).await
}

#[tokio::test(start_paused = true)]
async fn the_account_is_one_s_own_unless_another_one_is_typed() {
    let bench = Bench::with("https://mail.example.org", |config| {
        let mut without =
            (*super::bench::provider("Red", "red.test", crate::config::LoginName::Address)).clone();
        without.imap = None;
        config.providers.push(Arc::new(without));
    });
    let cookie = bench.cookie().await;
    let bora = r#"{"address":"bora@green.test","password":"typed"}"#;
    for form in ["{}", bora] {
        // The stand-in has no room for any.
        assert_eq!(begin(&bench, &cookie, form).await.kind(), "Busy");
    }
    {
        let begun = bench.script.rescues.lock().unwrap();
        let of = |n: usize| {
            let c = &begun[n].credentials;
            (c.address.clone(), c.login.clone(), c.password.expose().to_owned(), c.protocol)
        };
        let imap = crate::secret::Protocol::Imap;
        assert_eq!(of(0), ("ada@blue.test".into(), "ada@blue.test".into(), PASSWORD.into(), imap));
        assert_eq!(of(1), ("bora@green.test".into(), "bora".into(), "typed".into(), imap));
    }
    for (form, kind) in [
        (r#"{"address":"bora@nowhere.example","password":"x"}"#, "UnknownProvider"),
        (r#"{"address":"bora@red.test","password":"x"}"#, "Unsupported"),
        (r#"{"address":"bora@green.test"}"#, "WrongPassword"),
        (r#"{"address":"bora","password":"x"}"#, "BadAddress"),
        ("", "BadRequest"),
    ] {
        assert_eq!(begin(&bench, &cookie, form).await.kind(), kind, "{form}");
    }
    assert_eq!(bench.script.rescues.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_rescue_is_throttled_as_a_sign_in() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    for n in 0..10 {
        assert_eq!(bench.login(&format!("a{n}@blue.test"), "wrong").await.kind(), "WrongPassword");
    }
    let answer = begin(&bench, &cookie, "{}").await;
    assert_eq!((answer.status.as_u16(), answer.kind().as_str()), (429, "TooManyFailures"));
    assert!(bench.script.rescues.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn only_sound_requests_of_a_signed_in_page_are_taken() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    let none = bench.send_body(bench.post(ASK).header("content-length", 1), "x").await;
    assert_eq!((none.status.as_u16(), none.kind().as_str()), (401, "SignedOut"));
    let foreign = bench.post(ASK).header("cookie", &cookie).header("sec-fetch-site", "cross-site");
    assert_eq!(bench.send_body(foreign, "x").await.status, 403);
    for (path, length, status, kind) in [
        (ASK, Some(1), 409, "Cancelled"),
        (ASK, None, 411, "BadRequest"),
        (ASK, Some(0), 400, "BadRequest"),
        (ASK, Some(MAX_COPIED), 409, "Cancelled"),
        (ASK, Some(MAX_COPIED + 1), 413, "TooBig"),
        ("/api/rescue/append?folder=&op=00000000000000000000000000000001&date=0", Some(1), 400, "BadRequest"),
        (
            "/api/rescue/append?folder=%0d%0a&op=00000000000000000000000000000001&date=0",
            Some(1),
            400,
            "BadRequest",
        ),
        ("/api/rescue/append?folder=a&op=1&date=0", Some(1), 400, "BadRequest"),
    ] {
        let mut request = bench.post(path).header("cookie", &cookie);
        if let Some(length) = length {
            request = request.header("content-length", length);
        }
        let answer = bench.send_body(request, "x").await;
        assert_eq!((answer.status.as_u16(), answer.kind().as_str()), (status, kind), "{path} {length:?}");
    }
    let asked = |body: Vec<u8>| {
        let path = "/api/rescue/have?folder=a&op=00000000000000000000000000000001";
        bench.send_body(bench.post(path).header("cookie", &cookie), body)
    };
    assert_eq!(asked(vec![0]).await.kind(), "Cancelled");
    assert_eq!(asked(vec![255; 9]).await.kind(), "BadRequest");
    let many =
        vec![
            pyeonji_shared::rescue::Asked { message_id: "<a@b>".into(), size: 1, date: 0, rewritten: false };
            1_001
        ];
    assert_eq!(asked(postcard::to_allocvec(&many).unwrap()).await.kind(), "TooBig");
    for path in ["/api/rescue/list?folder=a", "/api/rescue/message?folder=a&uid=1"] {
        assert_eq!(bench.send(bench.get(path).header("cookie", &cookie)).await.kind(), "Cancelled", "{path}");
        assert_eq!(bench.send(bench.get(path)).await.status, 401);
    }
}
