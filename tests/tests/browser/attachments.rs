//! Attachments go up, arrive, and come down as they were.
use crate::{page, seeded};
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, BORA, Security};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_attachment_arrives_byte_for_byte() {
    let host = seeded();
    let program = Program::of(&host, Security::Implicit);
    let folder = tempfile::TempDir::new().expect("folder");
    let file = folder.path().join("회의록 1.bin");
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    std::fs::write(&file, &bytes).expect("file");

    let ada = Browser::start(&Look::default()).await;
    ada.sign_in(&program.url, ADA.0, ADA.1).await;
    ada.find("button", "Compose").await.click().await;
    ada.find("combobox", "To").await.fill("bora@green.test,").await;
    ada.find("textbox", "Subject").await.fill("minutes").await;
    let chooser =
        ada.client.find(fantoccini::Locator::Css("[role=dialog] input[type=file]")).await.expect("chooser");
    chooser.send_keys(&file.display().to_string()).await.expect("a file chosen");
    ada.wait(
        "the file in the composer",
        "return document.querySelector('[role=dialog]')?.innerText.includes('회의록 1.bin')",
        vec![],
    )
    .await;
    ada.find("button", "Send").await.click().await;
    ada.find("status", "Message sent").await;
    drop(ada);

    let bora = Browser::start(&Look::default()).await;
    bora.sign_in(&program.url, BORA.0, BORA.1).await;
    bora.wait("the letter", page::ROW, vec![json!("minutes")]).await;
    bora.run("document.querySelector('[role=row][data-uid]').click()", vec![]).await;
    bora.find("list", "Attachments").await;
    bora.wait("its look", page::DRESSED, vec![]).await;
    let script = "const done = arguments[arguments.length - 1]; const a = document.querySelector('[aria-label=Attachments] a[href], ul a[download], a[href*=\"/api/\"]');\
        fetch(a.href).then(r => r.arrayBuffer().then(b => done([r.headers.get('content-disposition'), Array.from(new Uint8Array(b)).reduce((h, x) => (Math.imul(h, 31) + x) | 0, 7), b.byteLength])))\
        .catch(e => done(['failed: ' + e]))";
    let got = bora.client.execute_async(script, vec![]).await.expect("download");
    let sum = bytes.iter().fold(7_i32, |h, b| h.wrapping_mul(31).wrapping_add(i32::from(*b)));
    assert_eq!((&got[1], &got[2]), (&json!(sum), &json!(bytes.len())), "{got}");
    assert!(got[0].as_str().is_some_and(|d| d.starts_with("attachment")), "{got}");
}
