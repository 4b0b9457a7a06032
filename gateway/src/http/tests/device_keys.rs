//! Keys for mail that is encrypted on a device: who gets which.
use super::bench::{Answer, Bench, PASSWORD};

const SALT: &str = "000102030405060708090a0b0c0d0e0f";

async fn ask(bench: &Bench, cookie: &str, form: &str) -> Answer {
    let request =
        bench.post("/api/device-key").header("cookie", cookie).header("content-type", "application/json");
    bench.send_body(request, form.to_owned()).await
}

async fn key(bench: &Bench, cookie: &str, salt: &str, password: Option<&str>) -> Vec<u8> {
    let mut form = serde_json::json!({"salt": salt});
    if let Some(password) = password {
        form["password"] = password.into();
    }
    let answer = ask(bench, cookie, &form.to_string()).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    let key = answer.body.unwrap().to_vec();
    assert_eq!(key.len(), 32);
    key
}

async fn signed_in(bench: &Bench, address: &str) -> String {
    let answer = bench.login(address, PASSWORD).await;
    assert_eq!(answer.status, 200);
    answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_key_is_the_same_for_the_same_account_password_and_salt_and_for_no_other() {
    let (bench, another) = (Bench::new(), Bench::new());
    let ada = signed_in(&bench, "ada@blue.test").await;
    let first = key(&bench, &ada, SALT, None).await;
    assert_eq!(key(&bench, &ada, SALT, Some(PASSWORD)).await, first);
    // Another gateway with other keys of its own: nothing is kept here.
    let elsewhere = signed_in(&another, "ada@blue.test").await;
    assert_eq!(key(&another, &elsewhere, SALT, None).await, first);
    let others = [
        key(&bench, &ada, "100102030405060708090a0b0c0d0e0f", None).await,
        key(&bench, &ada, SALT, Some("an earlier one")).await,
        key(&bench, &signed_in(&bench, "bora@blue.test").await, SALT, None).await,
    ];
    assert!(others.iter().all(|other| *other != first));
}

#[tokio::test]
async fn nobody_else_gets_one_and_bad_requests_cost_no_work() {
    let bench = Bench::new();
    let none = ask(&bench, "", &format!(r#"{{"salt":"{SALT}"}}"#)).await;
    assert_eq!((none.status.as_u16(), none.kind().as_str()), (401, "SignedOut"));
    let cookie = bench.cookie().await;
    let foreign = bench.post("/api/device-key").header("cookie", &cookie);
    let foreign = foreign.header("sec-fetch-site", "cross-site").header("content-type", "application/json");
    assert_eq!(bench.send_body(foreign, format!(r#"{{"salt":"{SALT}"}}"#)).await.status, 403);
    let long = "x".repeat(2000);
    for (form, kind) in [
        ("{}".to_owned(), "BadRequest"),
        (r#"{"salt":"00"}"#.to_owned(), "BadRequest"),
        (r#"{"salt":"zz0102030405060708090a0b0c0d0e0f"}"#.to_owned(), "BadRequest"),
        (r#"{"salt":"é00102030405060708090a0b0c0d0e0"}"#.to_owned(), "BadRequest"),
        (format!(r#"{{"salt":"{SALT}","password":""}}"#), "WrongPassword"),
        (format!(r#"{{"salt":"{SALT}","password":"{long}"}}"#), "WrongPassword"),
        (format!(r#"{{"salt":"{SALT}","password":"{}"}}"#, "x".repeat(10_000)), "TooBig"),
    ] {
        assert_eq!(ask(&bench, &cookie, &form).await.kind(), kind, "{form:.60}");
    }
}

#[tokio::test(start_paused = true)]
async fn keys_are_derived_one_after_another_and_who_waits_too_long_is_told() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    let held = bench.app.deriving.clone().acquire_owned().await.unwrap();
    let answer = ask(&bench, &cookie, &format!(r#"{{"salt":"{SALT}"}}"#)).await;
    assert_eq!(answer.kind(), "Busy");
    drop(held);
}
