//! Uploads through HTTP; the spool itself has tests of its own.
use super::bench::{Bench, PASSWORD};
use pyeonji_shared::ids::BlobId;
use std::sync::Arc;

fn small() -> Bench {
    Bench::with("https://mail.example.org", |config| {
        let mut limits = (*config.limits).clone();
        limits.upload_bytes = 1_000;
        limits.spool_bytes = 10 * crate::spool::CHUNK as u64;
        config.limits = Arc::new(limits);
    })
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_kept_for_its_sign_in_and_can_be_taken_back() {
    let bench = small();
    let cookie = bench.cookie().await;
    let ticket = bench.script.sign_ins.lock().unwrap()[0].ticket;
    let request =
        bench.post("/api/upload?name=%ED%8E%B8%EC%A7%80.txt&type=text/plain").header("cookie", &cookie);
    let answer = bench.send_body(request, "letter").await;
    let json: serde_json::Value = serde_json::from_str(&answer.text()).unwrap();
    assert_eq!(json["size"], 6);
    let id = BlobId::from_hex(json["id"].as_str().unwrap()).unwrap();
    let blob = bench.app.spools.open(ticket, id).await.unwrap();
    assert_eq!((blob.meta().name.as_str(), blob.meta().mime.as_str()), ("편지.txt", "text/plain"));
    let delete = || {
        let uri = format!("/api/upload?id={}", id.hex());
        bench.send(bench.post(&uri).method("DELETE").header("cookie", &cookie))
    };
    assert_eq!(delete().await.status, 200);
    let again = delete().await;
    assert_eq!((again.status.as_u16(), again.kind().as_str()), (410, "UploadGone"));
}

#[tokio::test(start_paused = true)]
async fn the_limit_holds_to_the_byte_whether_declared_or_not() {
    let bench = small();
    let cookie = bench.cookie().await;
    for (len, status) in [(999, 200), (1_000, 200), (1_001, 413)] {
        let request = bench.post("/api/upload?name=a").header("cookie", &cookie);
        assert_eq!(bench.send_body(request, vec![0; len]).await.status, status, "{len}");
        let request =
            bench.post("/api/upload?name=a").header("cookie", &cookie).header("content-length", len);
        assert_eq!(bench.send_body(request, vec![0; len]).await.status, status, "{len} declared");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_sign_in_nothing_is_taken() {
    let bench = small();
    let answer = bench.send_body(bench.post("/api/upload?name=a"), "x").await;
    assert_eq!((answer.status.as_u16(), answer.kind().as_str()), (401, "SignedOut"));
}

#[tokio::test(start_paused = true)]
async fn r21_sign_out_drops_the_uploads() {
    let bench = small();
    let cookie = bench.cookie().await;
    let ticket = bench.script.sign_ins.lock().unwrap()[0].ticket;
    let answer = bench.send_body(bench.post("/api/upload?name=a").header("cookie", &cookie), "x").await;
    let json: serde_json::Value = serde_json::from_str(&answer.text()).unwrap();
    let id = BlobId::from_hex(json["id"].as_str().unwrap()).unwrap();
    assert!(bench.app.spools.open(ticket, id).await.is_ok());
    bench.send(bench.post("/api/logout").header("cookie", &cookie)).await;
    assert!(bench.app.spools.open(ticket, id).await.is_err());
    assert_eq!(bench.login("ada@blue.test", PASSWORD).await.status, 200);
}
