//! What the mail server itself needs: the commands that the page's actions end in, by the bare client.
use super::figures::{Figures, Side, Task};
use super::imap::{Bare, ROW};
use super::mailbox::{FOLDER_MESSAGES, Mailbox};
use std::time::{Duration, Instant};

/// Measures one mailbox `repeats` times.
pub async fn measure(port: u16, ca: &str, mailbox: &Mailbox, repeats: u32, figures: &mut Figures) {
    let size = mailbox.messages;
    let mut add = |task, value| figures.add(task, size, Side::Bare, value);
    let newest = size.saturating_sub(49).max(1);
    for n in 0..repeats {
        let start = Instant::now();
        let mut bare = Bare::sign_in(port, ca, &mailbox.user, &mailbox.password).await;
        let list = "LIST \"\" \"*\" RETURN (SUBSCRIBED SPECIAL-USE STATUS (MESSAGES UNSEEN))";
        let fetch = format!("FETCH {newest}:* {ROW}");
        bare.run_all(&["SELECT INBOX (CONDSTORE)", list, &fetch]).await;
        add(Task::FirstRows, ms(start.elapsed()));
        add(Task::Bytes, bare.bytes as f64 / 1000.0);
        for (task, uid) in [(Task::OpenPlain, mailbox.plain()), (Task::OpenHtml, mailbox.html())] {
            let start = Instant::now();
            bare.run(&format!("UID FETCH {uid} (UID FLAGS BODY.PEEK[])")).await;
            add(task, ms(start.elapsed()));
        }
        let start = Instant::now();
        bare.run(&format!("FETCH 1:50 {ROW}")).await;
        add(Task::Jump, ms(start.elapsed()));
        let folder = format!("SELECT \"{}\" (CONDSTORE)", mailbox.folder(n));
        let start = Instant::now();
        bare.run_all(&[&folder, &format!("FETCH {}:* {ROW}", FOLDER_MESSAGES - 49)]).await;
        add(Task::Folder, ms(start.elapsed()));
        bare.run("LOGOUT").await;
    }
}

/// Reads every row once, so that the server has indexed what both sides ask for.
pub async fn warm(port: u16, ca: &str, mailbox: &Mailbox) {
    let mut bare = Bare::sign_in(port, ca, &mailbox.user, &mailbox.password).await;
    for n in 0..mailbox.folders() {
        bare.run(&format!("SELECT \"{}\"", mailbox.folder(n))).await;
        bare.run(&format!("FETCH 1:* {ROW}")).await;
    }
    bare.run("SELECT INBOX (CONDSTORE)").await;
    let mut from = 1;
    while from <= mailbox.messages {
        let to = mailbox.messages.min(from + 4_999);
        bare.run(&format!("FETCH {from}:{to} {ROW}")).await;
        from = to + 1;
    }
    bare.run("LOGOUT").await;
}

pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
