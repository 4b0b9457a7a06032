//! Mailboxes of any size, made the same each time: letters, HTML newsletters, mail with a file, one of 25 MB.
use crate::dovecot::Dovecot;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What the `n`th message of a mailbox is, `n` from 0 for the oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Plain text of about 1 KB.
    Letter,
    /// HTML of about 12 KB with tables, styles and remote images.
    Newsletter,
    /// A letter with a file of 6 KB.
    WithFile,
}

/// One in five is a newsletter, one in five has a file.
pub fn kind(n: u32) -> Kind {
    match n % 5 {
        3 => Kind::Newsletter,
        4 => Kind::WithFile,
        _ => Kind::Letter,
    }
}

/// Fills a folder (`""` = Inbox) of a user with `count` messages; UIDs are 1 to `count`.
pub fn fill(dovecot: &Dovecot, user: &str, folder: &str, count: u32) {
    let base = dovecot.maildir(user);
    let dir = if folder.is_empty() { base.clone() } else { base.join(format!(".{folder}")) };
    for n in 0..count {
        deliver(&dir, n, &letter(n, user), if n % 3 == 0 { "" } else { "S" });
    }
    own(&base);
}

/// A folder with one message that carries a file of `bytes` (before base64).
pub fn fill_with_one_big(dovecot: &Dovecot, user: &str, folder: &str, bytes: usize) {
    let base = dovecot.maildir(user);
    let mut out = head(0, user, "A large file", "multipart/mixed; boundary=big");
    out.push_str("\r\n--big\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--big\r\n");
    file(&mut out, "big.bin", bytes);
    out.push_str("--big--\r\n");
    deliver(&base.join(format!(".{folder}")), 0, &out, "S");
    own(&base);
}

fn deliver(dir: &Path, n: u32, message: &str, flags: &str) {
    if n == 0 {
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(dir.join(part)).expect("maildir");
        }
    }
    let name = format!("{}.M{n:07}P1.bench,S={}:2,{flags}", 1_600_000_000 + n, message.len());
    fs::write(dir.join("cur").join(name), message).expect("message");
}

fn own(base: &Path) {
    let home = base.parent().unwrap_or(base);
    let owner = Command::new("chown").args(["-R", "mail:mail"]).arg(home).status();
    assert!(owner.is_ok_and(|s| s.success()), "chown");
}

/// The `n`th message, CRLF line ends.
pub fn letter(n: u32, to: &str) -> String {
    match kind(n) {
        Kind::Letter => {
            let mut out = head(n, to, &format!("Letter {n} about the harbour"), "text/plain; charset=utf-8");
            out.push_str("\r\n");
            prose(&mut out, n, 12);
            out
        }
        Kind::Newsletter => {
            let mut out =
                head(n, to, &format!("=?UTF-8?B?7KO86rCEIOyGjOyLnQ==?= {n}"), "text/html; charset=utf-8");
            out.push_str("\r\n<html><head><style>td{padding:4px}.lead{color:#234}</style></head><body><h1>This week</h1>\r\n");
            for section in 0..24 {
                let _ = write!(
                    out,
                    "<table width=\"600\" style=\"border-collapse:collapse;background:#fafafa\"><tr><td class=\"lead\">\
                     <img src=\"https://pictures.news.test/{n}/{section}.png\" width=\"80\" height=\"60\" alt=\"\"></td><td>\
                     <h2>Story {section}</h2><p style=\"font:14px sans-serif\">The ferry {section} left at noon; 배는 정오에 \
                     떠났다. <a href=\"https://news.test/{n}/{section}\">Read on</a></p></td></tr></table>\r\n"
                );
            }
            out.push_str("</body></html>\r\n");
            out
        }
        Kind::WithFile => with_file(n, to, 6_000),
    }
}

/// Adds a line to the end of the `n`th letter of an Inbox that [`fill`] has filled.
pub fn append(dovecot: &Dovecot, user: &str, n: u32, line: &str) {
    let base = dovecot.maildir(user);
    let name = format!("{}.M{n:07}P1.bench,", 1_600_000_000 + n);
    let files = fs::read_dir(base.join("cur")).expect("maildir").filter_map(Result::ok);
    let old = files
        .map(|f| f.path())
        .find(|p| p.file_name().is_some_and(|f| f.to_string_lossy().starts_with(&name)));
    fs::remove_file(old.expect("the letter")).expect("removed");
    deliver(&base, n.max(1), &(letter(n, user) + line), "");
    own(&base);
}

/// A letter with a file of so many bytes (before base64).
pub fn with_file(n: u32, to: &str, bytes: usize) -> String {
    let mut out = head(n, to, &format!("Papers {n}"), &format!("multipart/mixed; boundary=b{n}"));
    let _ = write!(out, "\r\n--b{n}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n");
    prose(&mut out, n, 6);
    let _ = write!(out, "--b{n}\r\n");
    file(&mut out, "papers.bin", bytes);
    let _ = write!(out, "--b{n}--\r\n");
    out
}

/// A new letter as a sender would hand it in, told apart by `n`.
pub fn arriving(n: u32, from: &str, to: &str) -> String {
    let mut out = format!(
        "Date: Mon, 1 Jun 2026 10:00:00 +0000\r\nFrom: {from}\r\nTo: {to}\r\nSubject: Arriving {n}\r\n\
         Message-ID: <arriving{n}.{to}>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    );
    prose(&mut out, n, 3);
    out
}

fn head(n: u32, to: &str, subject: &str, content: &str) -> String {
    let from = match n % 7 {
        0 | 3 => "Carol Park <carol@green.test>",
        1 | 5 => "=?UTF-8?B?6rmA67O0652864KY?= <bora@green.test>",
        2 => "\"News, Weekly\" <weekly@news.test>",
        _ => "dave@blue.test",
    };
    let (month, day) = (["Jan", "Feb", "Mar", "Apr", "May"][(n / 40_320 % 5) as usize], 1 + n / 1_440 % 28);
    format!(
        "Received: from mx.green.test by mail.blue.test; {day} {month} 2025 {h:02}:{m:02}:00 +0000\r\n\
         Date: {day} {month} 2025 {h:02}:{m:02}:00 +0000\r\nFrom: {from}\r\nTo: <{to}>\r\nSubject: {subject}\r\n\
         Message-ID: <bench{n}@seed.test>\r\nMIME-Version: 1.0\r\nContent-Type: {content}\r\n",
        h = n / 60 % 24,
        m = n % 60,
    )
}

fn prose(out: &mut String, n: u32, lines: u32) {
    for line in 0..lines {
        let _ = write!(
            out,
            "{n}.{line} The tide table for the week is on the wall; 물때표는 벽에 있다, see the board.\r\n"
        );
    }
}

/// A base64 part of so many bytes that don't repeat in an obvious way.
fn file(out: &mut String, name: &str, bytes: usize) {
    let _ = write!(
        out,
        "Content-Type: application/octet-stream; name=\"{name}\"\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    let mut state = 1_u32;
    // 57 bytes are one line of 76 characters.
    for start in (0..bytes).step_by(57) {
        let line: Vec<u8> = (start..bytes.min(start + 57))
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect();
        STANDARD.encode_string(line, out);
        out.push_str("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_what_their_number_says() {
        let html = letter(3, "a@blue.test");
        assert!((8_000..20_000).contains(&html.len()), "{}", html.len());
        assert!(html.contains("Content-Type: text/html"));
        let plain = letter(5, "a@blue.test");
        assert!((800..3_000).contains(&plain.len()), "{}", plain.len());
        let file = letter(9, "a@blue.test");
        assert!(file.contains("filename=\"papers.bin\"") && file.ends_with("--b9--\r\n"));
        assert_eq!(letter(9, "a@blue.test"), file, "the same each time");
        for text in [html, plain, file] {
            assert!(text.replace("\r\n", "").find(['\r', '\n']).is_none(), "CRLF only");
        }
    }

    #[test]
    fn a_file_has_as_many_bytes_as_asked() {
        let mut out = String::new();
        super::file(&mut out, "x", 1_000);
        let body = out.split_once("\r\n\r\n").unwrap().1.replace("\r\n", "");
        assert_eq!(STANDARD.decode(body).unwrap().len(), 1_000);
    }
}
