//! Signing in and out (R21, R22, R23, R38).
use super::bench::{Bench, PASSWORD};
use pyeonji_shared::error::{ApiError, ErrorKind};
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn r21_a_sign_in_makes_a_new_ticket_and_ends_the_old_one() {
    let bench = Bench::new();
    let first = bench.cookie().await;
    let form = serde_json::json!({"address": "ada@blue.test", "password": PASSWORD});
    let request =
        bench.post("/api/login").header("content-type", "application/json").header("cookie", &first);
    let answer = bench.send_body(request, form.to_string()).await;
    assert_eq!(answer.text(), r#"{"ok":true}"#);
    let tickets: Vec<_> = bench.script.sign_ins.lock().unwrap().iter().map(|who| who.ticket).collect();
    assert_ne!(tickets[0], tickets[1]);
    assert_eq!(*bench.script.signed_out.lock().unwrap(), [tickets[0]]);
    assert_eq!(bench.send(bench.get("/ws").header("cookie", &first)).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn r21_a_failed_sign_in_leaves_no_cookie() {
    let bench = Bench::new();
    for (address, password, kind, status) in [
        ("ada@blue.test", "wrong", "WrongPassword", 401),
        ("ada@blue.test", "", "WrongPassword", 401),
        ("ada@blue.test", "nul\0", "WrongPassword", 401),
        ("ada@nowhere.example", PASSWORD, "UnknownProvider", 422),
        ("ada", PASSWORD, "BadAddress", 422),
        ("@blue.test", PASSWORD, "BadAddress", 422),
        ("ada@", PASSWORD, "BadAddress", 422),
        ("a da@blue.test", PASSWORD, "BadAddress", 422),
        ("ada\r\n@blue.test", PASSWORD, "BadAddress", 422),
    ] {
        let answer = bench.login(address, password).await;
        assert_eq!((answer.status.as_u16(), answer.kind().as_str()), (status, kind), "{address}");
        assert_eq!(answer.header("set-cookie"), "", "{address}");
    }
    for body in ["", "{}", "[]", r#"{"address":1,"password":2}"#, "\u{0}"] {
        let request = bench.post("/api/login").header("content-type", "application/json");
        assert_eq!(bench.send_body(request, body).await.kind(), "BadRequest", "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn r21_sign_out_ends_the_session_and_the_cookie_is_worth_nothing_afterwards() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    assert_eq!(bench.send(bench.get("/ws").header("cookie", &cookie)).await.status, 426);
    let answer = bench.send(bench.post("/api/logout").header("cookie", &cookie)).await;
    assert_eq!(answer.status, 200);
    let cleared = answer.header("set-cookie");
    assert!(cleared.starts_with("__Host-pyeonji=;") && cleared.contains("Max-Age=0"), "{cleared}");
    assert_eq!(bench.script.signed_out.lock().unwrap().len(), 1);
    assert_eq!(bench.send(bench.get("/ws").header("cookie", &cookie)).await.status, 401);
    // Signing out twice, or without ever having signed in, is no fault.
    assert_eq!(bench.send(bench.post("/api/logout").header("cookie", &cookie)).await.status, 200);
    assert_eq!(bench.send(bench.post("/api/logout")).await.status, 200);
    assert_eq!(bench.script.signed_out.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn r38_sign_out_clears_the_cache_and_never_the_storage() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    let answer = bench.send(bench.post("/api/logout").header("cookie", &cookie)).await;
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
}

#[tokio::test(start_paused = true)]
async fn r22_the_cookie_s_line() {
    let bench = Bench::new();
    let answer = bench.login("ada@blue.test", PASSWORD).await;
    let line = answer.header("set-cookie");
    let (value, rest) = line.split_once(';').unwrap();
    assert!(value.starts_with("__Host-pyeonji=") && value.len() > 100);
    assert_eq!(rest, " Path=/; HttpOnly; SameSite=Strict; Secure");
    let form = serde_json::json!({"address": "ada@blue.test", "password": PASSWORD, "remember": true});
    let answer = bench.login_with(form).await;
    assert!(answer.header("set-cookie").ends_with("; Secure; Max-Age=604800"));
    let local = Bench::with("http://127.0.0.1:8080", |_| ());
    let answer = local.login("ada@blue.test", PASSWORD).await;
    assert!(answer.header("set-cookie").starts_with("pyeonji="));
    assert!(!answer.header("set-cookie").contains("Secure"));
}

#[tokio::test(start_paused = true)]
async fn r22_a_cookie_ends_in_time() {
    let bench = Bench::with("https://mail.example.org", |config| config.session.idle_minutes = 60);
    let cookie = bench.cookie().await;
    let ask = || bench.send(bench.get("/ws").header("cookie", &cookie));
    bench.advance(3_599);
    assert_eq!(ask().await.status, 426);
    bench.advance(1);
    assert_eq!(ask().await.status, 401, "an hour unused");
    // On one's own device only the absolute end counts.
    let form = serde_json::json!({"address": "ada@blue.test", "password": PASSWORD, "remember": true});
    let cookie = bench.login_with(form).await.header("set-cookie").split(';').next().unwrap().to_owned();
    let ask = || bench.send(bench.get("/ws").header("cookie", &cookie));
    bench.advance(7 * 24 * 3600 - 1);
    assert_eq!(ask().await.status, 426);
    bench.advance(1);
    assert_eq!(ask().await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn r22_a_planted_second_cookie_is_not_obeyed() {
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    for line in
        [format!("{cookie}; {cookie}"), format!("{cookie}; __Host-pyeonji=x"), "__Host-pyeonji=".into()]
    {
        assert_eq!(bench.send(bench.get("/ws").header("cookie", line)).await.status, 401);
    }
    let among_others = format!("a=b; {cookie}; c=d");
    assert_eq!(bench.send(bench.get("/ws").header("cookie", among_others)).await.status, 426);
}

#[tokio::test(start_paused = true)]
async fn unknown_user_and_wrong_password_sound_the_same_and_take_the_same_time() {
    let bench = Bench::new();
    let mut seen = Vec::new();
    for address in ["ada@blue.test", "nobody@blue.test"] {
        let began = Instant::now();
        let answer = bench.login(address, "wrong").await;
        assert!(!answer.text().contains("no such user"));
        seen.push((answer.text(), began.elapsed()));
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].1, Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn an_account_is_delayed_but_the_right_password_still_gets_in() {
    let bench = Bench::new();
    for _ in 0..4 {
        bench.login("ada@blue.test", "wrong").await;
    }
    let began = Instant::now();
    assert_eq!(bench.login("ada@blue.test", PASSWORD).await.status, 200);
    assert_eq!(began.elapsed(), Duration::from_secs(8));
    let began = Instant::now();
    assert_eq!(bench.login("ada@blue.test", PASSWORD).await.status, 200);
    assert_eq!(began.elapsed(), Duration::ZERO, "success starts anew");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_down_counts_as_nobody_s_failure() {
    let bench = Bench::new();
    *bench.script.fault.lock().unwrap() = Some(ApiError::new(ErrorKind::ServerDown));
    for _ in 0..20 {
        let answer = bench.login("ada@blue.test", PASSWORD).await;
        assert_eq!((answer.status.as_u16(), answer.kind().as_str()), (502, "ServerDown"));
        assert_eq!(answer.header("retry-after"), "5");
    }
}

#[tokio::test(start_paused = true)]
async fn the_provider_decides_the_user_name() {
    let bench = Bench::new();
    bench.login("ada@blue.test", PASSWORD).await;
    bench.login("Bora@Green.Test", PASSWORD).await;
    let logins: Vec<_> =
        bench.script.sign_ins.lock().unwrap().iter().map(|who| who.credentials.login.clone()).collect();
    assert_eq!(logins, ["ada@blue.test", "Bora"]);
}

/// Collects everything that is logged.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn r23_no_secret_reaches_the_log_even_at_trace_level() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let bench = Bench::new();
    let cookie = bench.cookie().await;
    tracing::trace!(who = ?bench.script.sign_ins.lock().unwrap()[0].credentials.password, "canary is alive");
    bench.login("ada@blue.test", "canary-password-wrong").await;
    bench.send(bench.get("/ws").header("cookie", format!("{cookie}x"))).await;
    bench.send(bench.post("/api/logout").header("cookie", &cookie)).await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("canary is alive") && text.contains("Secret(…)"), "the log is read: {text}");
    assert!(text.contains("cookie not accepted"), "{text}");
    let value = cookie.split_once('=').unwrap().1;
    for secret in [PASSWORD, "canary-password-wrong", value] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}
