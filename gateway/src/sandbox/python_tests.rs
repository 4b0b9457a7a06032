//! Other people's clients against the sandbox: Python's imaplib, poplib and smtplib, and curl.
use super::{Options, Running, Sandbox};
use std::process::Command;

/// Runs a Python script with the sandbox's ports and accounts as arguments; its output tells what went wrong.
async fn python(script: &'static str, running: &Running) {
    let mut arguments = vec!["-c".to_owned(), script.to_owned()];
    arguments.extend([running.imap, running.pop3, running.smtp].map(|server| server.port().to_string()));
    for account in &running.accounts {
        arguments.extend([account.address.clone(), account.password.clone()]);
    }
    let run = tokio::task::spawn_blocking(move || Command::new("python3").args(arguments).output());
    let output = run.await.unwrap().expect("python3, which `cargo xtask test` installs");
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}");
    assert!(text.contains("all fine"), "the script ended early: {text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imaplib_reads_and_changes_mail() {
    let running = Sandbox::start(Options::default()).await.unwrap();
    python(include_str!("python/imap.py"), &running).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poplib_collects_and_deletes_what_imaplib_sees() {
    let running = Sandbox::start(Options::default()).await.unwrap();
    python(include_str!("python/pop3.py"), &running).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn smtplib_sends_and_imaplib_receives() {
    let running = Sandbox::start(Options::default()).await.unwrap();
    python(include_str!("python/smtp.py"), &running).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_lists_fetches_deletes_and_sends() {
    let running = Sandbox::start(Options::default()).await.unwrap();
    let [ada, _] = running.accounts.as_slice() else { panic!("two accounts") };
    let user = format!("{}:{}", ada.address, ada.password);
    let (imap, smtp) = (format!("imap://{}", running.imap), format!("smtp://{}", running.smtp));
    let pop3 = format!("pop3://{}", running.pop3);
    let curl = async |arguments: &[&str]| {
        let mut all: Vec<String> = ["-sS", "--max-time", "20", "--user", &user].map(str::to_owned).to_vec();
        all.extend(arguments.iter().map(|a| (*a).to_owned()));
        let run = tokio::task::spawn_blocking(move || Command::new("curl").args(all).output());
        let output = run.await.unwrap().expect("curl, which `cargo xtask test` installs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(curl(&[&imap]).await.contains("INBOX"));
    let message = curl(&[&format!("{imap}/INBOX;MAILINDEX=1")]).await;
    assert!(message.contains("\r\nSubject: "), "{message}");
    assert!(curl(&[&format!("{imap}/INBOX?ALL")]).await.contains("* SEARCH 1 2"));

    // RETR of the first message is what FETCH of it is; two ways to sign in, an answer of one line, a deletion.
    let listing = curl(&[&format!("{pop3}/")]).await;
    assert!(listing.starts_with(&format!("1 {}\r\n2 ", message.len())), "{listing}");
    for login in ["AUTH=PLAIN", "AUTH=+APOP"] {
        let retrieved = curl(&["--login-options", login, &format!("{pop3}/1")]).await;
        assert_eq!(retrieved, message, "{login}");
    }
    assert!(message.starts_with(curl(&["-X", "TOP 1 0", &format!("{pop3}/")]).await.trim_end()));
    let unique_ids = curl(&["-X", "UIDL", &format!("{pop3}/")]).await;
    assert_eq!(unique_ids.lines().count(), listing.lines().count());
    curl(&["-X", "DELE", "-I", &format!("{pop3}/1")]).await;
    let left = curl(&["-X", "UIDL", &format!("{pop3}/")]).await;
    let ids =
        |text: &str| text.lines().map(|line| line[line.find(' ').unwrap()..].to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&left), ids(&unique_ids)[1..]);
    let status = curl(&[&format!("{imap}/INBOX"), "-X", "STATUS INBOX (MESSAGES)"]).await;
    assert!(status.contains(&format!("(MESSAGES {})", left.lines().count())), "{status}");

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "From: ada@blue.test\r\nSubject: from curl\r\n\r\nHello\r\n").unwrap();
    let path = file.path().to_str().unwrap();
    curl(&[&smtp, "--mail-from", "ada@blue.test", "--mail-rcpt", "ada@blue.test", "-T", path]).await;
    curl(&[&format!("{imap}/Drafts"), "-T", path]).await;
    assert!(curl(&[&format!("{imap}/Drafts?SUBJECT%20curl")]).await.contains("* SEARCH "));
    running.stop().await;
}
