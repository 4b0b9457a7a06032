//! The lab's module by a browser that has the mail page's: what it adds, and not all of it (RFC 9842).
use crate::{enter, program};
use pyeonji_tests::browser::{Browser, Look};

/// Most of the whole that the delta may be, in percent.
const MOST: u64 = 85;

/// Bytes of the lab's module as they were sent, and as they were compiled.
async fn sizes(browser: &Browser) -> (u64, u64) {
    let script = "const m = performance.getEntriesByType('resource').find(e => e.name.includes('/pyeonji_lab_bg.'));\
                  return m && m.responseEnd && [m.encodedBodySize, m.decodedBodySize]";
    let sizes = browser.wait("the lab's module", script, vec![]).await;
    (sizes[0].as_u64().expect("bytes"), sizes[1].as_u64().expect("bytes"))
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_mail_page_the_lab_is_what_it_adds() {
    let program = program();
    let new = Browser::start(&Look::default()).await;
    enter(&new, &program.url, "").await;
    let (whole, compiled) = sizes(&new).await;
    assert!(whole < compiled, "brotli: {whole} of {compiled}");

    let browser = Browser::start(&Look::default()).await;
    browser.goto(&program.url).await;
    browser.wait("the mail page's module", "return window.pyeonjiReady", vec![]).await;
    enter(&browser, &program.url, "").await;
    let (delta, same) = sizes(&browser).await;
    assert_eq!(same, compiled);
    assert!(delta * 100 < whole * MOST, "{delta} of {whole} bytes");
}
