//! What a letter shows: pictures that came with it, pictures from elsewhere when they are asked for, and where links lead.
use crate::{SEEDED, open_row, page, rows, seeded};
use base64::Engine;
use pyeonji_tests::browser::{Browser, Look};
use pyeonji_tests::gateway::Program;
use pyeonji_tests::mailhost::{ADA, Security};
use serde_json::json;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// One dot.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/// The picture with this `alt`, once it is drawn: where it comes from, as far as the scheme.
const PICTURE: &str = "const i = Array.from(document.querySelector('iframe[title=\"Message body\"]').contentDocument.images).find(i => i.alt === arguments[0]);\
    return i?.complete && i.naturalWidth === 1 && i.src.split(':')[0]";

/// A stranger's picture: serves it to whoever asks, and keeps what was asked.
async fn stranger() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = asked.clone();
    tokio::spawn(async move {
        let picture = base64::engine::general_purpose::STANDARD.decode(PNG).expect("a picture");
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut head, mut buffer) = (Vec::new(), [0; 1024]);
            while !head.windows(4).any(|w| w == b"\r\n\r\n") {
                match stream.read(&mut buffer).await {
                    Ok(n @ 1..) => head.extend_from_slice(&buffer[..n]),
                    _ => break,
                }
            }
            heard.lock().expect("one at a time").push(String::from_utf8_lossy(&head).into_owned());
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {}\r\n\r\n",
                picture.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.write_all(&picture).await;
        }
    });
    (port, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_and_links_of_a_letter() {
    let host = seeded();
    let (port, asked) = stranger().await;
    let program = Program::of(&host, Security::Implicit).images_from(port);
    let browser = Browser::start(&Look::default()).await;
    browser.sign_in(&program.url, ADA.0, ADA.1).await;
    rows(&browser, SEEDED).await;
    let letter = format!(
        "From: Shop <shop@lists.test>\r\nTo: {}\r\nSubject: spring news\r\nMessage-ID: <s@seed.test>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <p>Our news</p><img src=\"cid:dot%40here\" alt=inline><img src=\"http://127.0.0.1:{port}/who?reads=this\" alt=remote>\
         <a href=\"http://127.0.0.1:{port}/landing\">https://bank.test/sign-in</a>\r\n--b\r\n\
         Content-Type: image/png\r\nContent-ID: <dot@here>\r\nContent-Transfer-Encoding: base64\r\n\r\n{PNG}\r\n--b--\r\n",
        ADA.0
    );
    host.dovecot.put(ADA.0, "", [(letter.as_bytes(), "")]);
    open_row(&browser, "spring news").await;
    browser.wait("its text", page::BODY, vec![json!("Our news")]).await;

    // What came with it is shown; the stranger hears of it only when somebody wants that, and then from the gateway.
    assert_eq!(browser.wait("the picture inside", PICTURE, vec![json!("inline")]).await, "blob");
    assert_eq!(*asked.lock().expect("one at a time"), [""; 0], "nobody was asked");
    browser.find("button", "Show remote images").await.click().await;
    assert_eq!(browser.wait("the picture from elsewhere", PICTURE, vec![json!("remote")]).await, "blob");
    let heard = asked.lock().expect("one at a time").clone();
    assert_eq!(heard.len(), 1, "{heard:?}");
    let head = heard.concat().to_lowercase();
    assert!(head.starts_with("get /who?reads=this http/1.1\r\n"), "{head}");
    for telling in ["cookie", "referer", "origin", "chrome", "accept-language", "sec-"] {
        assert!(!head.contains(telling), "{telling} tells about the reader: {head}");
    }
    browser.wait("the offer is gone", "return !Array.from(document.querySelectorAll('article button')).some(b => b.innerText === 'Show remote images')", vec![]).await;

    // A link that names another site asks; only a yes leads there.
    browser.run("window.open = (...a) => { window.went = a }", vec![]).await;
    let click =
        "document.querySelector('iframe[title=\"Message body\"]').contentDocument.querySelector('a').click()";
    browser.run(click, vec![]).await;
    let question = browser.find("dialog", "Open this link?").await.text().await;
    assert!(question.contains("bank.test") && question.contains("leads to 127.0.0.1"), "{question}");
    browser.find("button", "Cancel").await.click().await;
    browser.wait("the question is away", "return !document.querySelector('dialog')", vec![]).await;
    assert_eq!(browser.run("return window.went || null", vec![]).await, json!(null));
    browser.run(click, vec![]).await;
    browser.find("dialog", "Open this link?").await;
    browser.find("button", "Open 127.0.0.1").await.click().await;
    let went = browser.wait("the way out", "return window.went", vec![]).await;
    assert_eq!(went, json!([format!("http://127.0.0.1:{port}/landing"), "_blank", "noopener,noreferrer"]));
    assert_eq!(asked.lock().expect("one at a time").len(), 1, "the link itself was never fetched");
}
