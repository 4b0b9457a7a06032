//! Markup in every text that others decide: it reaches the page as the text it is, never as markup (R5).
use pyeonji_shared::call::list::Open;
use pyeonji_shared::call::read::Read;
use pyeonji_shared::call::{Call, Reply};
use pyeonji_shared::ids::{FolderName, MessageRef};
use pyeonji_tests::client::{Browserless, body_bytes};
use pyeonji_tests::gateway;
use pyeonji_tests::mailhost::{ADA, MailHost, Security};

const ATTACK: &str = "<img src=x onerror=alert(1)>";

fn letter(kind: &str) -> Vec<u8> {
    format!(
        "From: \"{ATTACK}\" <eve@blue.test>\r\nTo: \"{ATTACK}\" <ada@blue.test>\r\nSubject: {ATTACK}\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: {kind}\r\n\r\n{ATTACK}\r\n\
         --b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=\"{ATTACK}.png\"\r\n\r\nx\r\n--b--\r\n"
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn r05_hostile_texts_arrive_as_plain_data() {
    let host = MailHost::start();
    let letters = [letter("text/plain"), letter("text/html")];
    host.dovecot.put(ADA.0, ATTACK, letters.iter().map(|bytes| (bytes.as_slice(), "")));
    let running = gateway::start(vec![gateway::provider_of(&host, Security::Implicit)]).await;
    let mut http = Browserless::new(&running.url);
    http.sign_in(ADA.0, ADA.1).await.expect("signed in");
    let mut wire = http.connect(None).await.expect("welcome");

    // A folder.
    let folder = FolderName(ATTACK.into());
    let folders = &wire.welcome.snapshot.as_ref().expect("a snapshot").folders;
    assert!(folders.iter().any(|found| found.name == folder), "{folders:?}");
    let open = wire.call(Call::Open(Open { folder: folder.clone(), rows: 50 })).await;
    let Ok(Reply::Open(snapshot)) = open else { panic!("{open:?}") };
    assert_eq!(snapshot.rows.len(), letters.len());
    for row in &snapshot.rows {
        // A row.
        assert_eq!(row.summary.subject, ATTACK);
        assert_eq!((row.summary.from[0].name.as_str(), row.summary.to[0].name.as_str()), (ATTACK, ATTACK));
        // A message.
        let at = MessageRef { folder: folder.clone(), validity: snapshot.validity, uid: row.summary.uid };
        let read = wire.call(Call::Read(Read { at: at.clone(), background: false })).await;
        let Ok(Reply::Read(view)) = read else { panic!("{read:?}") };
        assert_eq!((view.subject.as_str(), view.from[0].name.as_str()), (ATTACK, ATTACK));
        match &view.html {
            // The one place for markup, and there the sanitiser has its say.
            Some(html) => assert!(!html.0.contains("onerror") && !html.0.contains("src=\"x"), "{}", html.0),
            None => assert_eq!(view.text.trim_end(), ATTACK),
        }
        // A file: its name as text, and quoted in the header of its download.
        let name = &view.parts[0].name;
        assert!(name.starts_with('<') || name.contains("img src=x onerror=alert(1)"), "{name}");
        let path = format!(
            "/api/part?s={}&folder=%3Cimg%20src=x%20onerror=alert(1)%3E&validity={}&uid={}&section={}",
            wire.session().hex(),
            at.validity.0,
            at.uid.0,
            view.parts[0].section
        );
        let response = http.get(&path).await;
        assert_eq!(response.status(), 200);
        let disposition = response.headers()["content-disposition"].to_str().expect("text").to_owned();
        assert!(
            disposition.starts_with("attachment; ") && !disposition.contains(['<', '>']),
            "{disposition}"
        );
        assert_eq!(response.headers()["content-type"], "application/octet-stream");
        body_bytes(response).await;
    }

    // The server's own words.
    let missing = FolderName(format!("missing {ATTACK}"));
    let error = wire.call(Call::Open(Open { folder: missing, rows: 50 })).await.expect_err("no such folder");
    assert!(error.detail.contains(ATTACK), "{error:?}");
    // What was typed at the sign-in comes back as JSON, if at all.
    let refused = format!("{{\"address\":\"{ATTACK}@blue.test\",\"password\":\"x\"}}");
    let response = http.post("/api/login", "application/json", refused.into_bytes()).await;
    assert!(!response.status().is_success());
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    running.stop().await;
}
