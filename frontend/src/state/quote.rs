//! Texts of answers: subjects, attribution lines, quotation, recipients. Pure.
use super::settings::Locale;
use pyeonji_shared::calendar;
use pyeonji_shared::limits::{MAX_RECIPIENTS, MAX_SUBJECT_CHARS, MAX_TEXT};
use pyeonji_shared::lower::lower;
use pyeonji_shared::message::{Address, MessageView};

const REPLY: [&str; 8] = ["re", "aw", "sv", "antw", "답장", "회신", "답신", "返信"];
const FORWARD: [&str; 6] = ["fwd", "fw", "wg", "전달", "轉寄", "転送"];

/// The subject without `Re:`, `Fwd:` and their like, however many.
pub fn bare_subject(subject: &str) -> &str {
    let mut rest = subject.trim();
    loop {
        let Some((prefix, after)) = rest.split_once([':', '：']) else { return rest };
        // `Re[2]:` counts too.
        let word = lower(prefix.split('[').next().unwrap_or(prefix).trim());
        if !REPLY.contains(&word.as_str()) && !FORWARD.contains(&word.as_str()) {
            return rest;
        }
        rest = after.trim_start();
    }
}

pub fn reply_subject(subject: &str) -> String {
    prefixed("Re: ", subject)
}

pub fn forward_subject(subject: &str) -> String {
    prefixed("Fwd: ", subject)
}

fn prefixed(prefix: &str, subject: &str) -> String {
    prefix.chars().chain(bare_subject(subject).chars()).take(MAX_SUBJECT_CHARS).collect()
}

/// `2026-11-23 14:05` at `zone` minutes east of UTC.
pub fn stamp(seconds: i64, zone: i32) -> String {
    let local = seconds.saturating_add(i64::from(zone) * 60);
    let (days, rest) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    let (year, month, day) = calendar::date(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", rest / 3_600, rest % 3_600 / 60)
}

fn who(address: &Address) -> String {
    if address.name.is_empty() {
        address.email.clone()
    } else {
        format!("{} <{}>", address.name, address.email)
    }
}

fn everyone(addresses: &[Address]) -> String {
    addresses.iter().map(who).collect::<Vec<_>>().join(", ")
}

/// The text of a reply: two empty lines to write on, the attribution, the quotation.
pub fn reply_text(view: &MessageView, locale: Locale, zone: i32) -> String {
    let when = stamp(view.sent.unwrap_or(view.received), zone);
    let from = view.from.first().map(who).unwrap_or_default();
    let line = match locale {
        Locale::English => format!("On {when}, {from} wrote:"),
        Locale::Korean => format!("{when}에 {from} 님이 작성:"),
    };
    bounded(format!("\n\n{line}\n{}", quoted(&view.text)))
}

/// Every line with `> `; lines that are quoted already get no space, as RFC 3676 §4.5 has it.
pub fn quoted(text: &str) -> String {
    let text = without_signature(text);
    let mut out = String::with_capacity(text.len() + text.len() / 20);
    for line in text.trim_end().lines() {
        out.push('>');
        if !line.starts_with('>') && !line.is_empty() {
            out.push(' ');
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// RFC 3676 §4.3: what follows `-- ` alone on a line is a signature and isn't quoted.
fn without_signature(text: &str) -> &str {
    match text.find("\n-- \n") {
        Some(at) => &text[..at],
        None => text,
    }
}

pub fn forward_text(view: &MessageView, locale: Locale, zone: i32) -> String {
    let when = stamp(view.sent.unwrap_or(view.received), zone);
    let [title, from, date, subject, to, cc] = match locale {
        Locale::English => ["Forwarded message", "From", "Date", "Subject", "To", "Cc"],
        Locale::Korean => ["전달된 메시지", "보낸 사람", "날짜", "제목", "받는 사람", "참조"],
    };
    let mut out = format!("\n\n---------- {title} ----------\n{from}: {}\n", everyone(&view.from));
    out += &format!("{date}: {when}\n{subject}: {}\n{to}: {}\n", view.subject, everyone(&view.to));
    if !view.cc.is_empty() {
        out += &format!("{cc}: {}\n", everyone(&view.cc));
    }
    out.push('\n');
    out += &view.text;
    bounded(out)
}

pub fn bounded(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let cut = (0..=MAX_TEXT).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        text.truncate(cut);
    }
    text
}

/// Who gets the answer: (To, Cc).
pub fn recipients(view: &MessageView, own: &str, all: bool) -> (Vec<Address>, Vec<Address>) {
    let is_own = |a: &Address| a.email.eq_ignore_ascii_case(own);
    // An own message is answered to whom it went.
    let mine = view.from.iter().any(is_own);
    let source = if mine {
        &view.to
    } else if view.reply_to.is_empty() {
        &view.from
    } else {
        &view.reply_to
    };
    let mut to = distinct(source.iter().filter(|a| !is_own(a) || source.len() == 1), &[]);
    if !all {
        return (to, Vec::new());
    }
    let others = if mine { [].iter() } else { view.to.iter() };
    let cc = distinct(others.chain(&view.cc).filter(|a| !is_own(a)), &to);
    to.truncate(MAX_RECIPIENTS);
    (to, cc)
}

fn distinct<'a>(addresses: impl Iterator<Item = &'a Address>, but: &[Address]) -> Vec<Address> {
    let mut out: Vec<Address> = Vec::new();
    for address in addresses.filter(|a| !a.email.is_empty()) {
        let known = out.iter().chain(but).any(|a| a.email.eq_ignore_ascii_case(&address.email));
        if !known && out.len() < MAX_RECIPIENTS {
            out.push(address.clone());
        }
    }
    out
}

/// Reads `Name <a@b>, c@d` as typed or pasted. Separators inside quotes or angle brackets don't separate.
pub fn parse_addresses(typed: &str) -> Vec<super::compose::Token> {
    let (mut pieces, mut piece, mut quoted, mut angle) = (Vec::new(), String::new(), false, false);
    for c in typed.chars().take(20_000) {
        match c {
            '"' => quoted = !quoted,
            '<' if !quoted => angle = true,
            '>' if !quoted => angle = false,
            _ => {}
        }
        let separates = matches!(c, ',' | ';' | '\n' | '\r' | '，' | '；') && !quoted && !angle;
        if separates {
            pieces.push(std::mem::take(&mut piece));
        } else {
            piece.push(if c.is_control() { ' ' } else { c });
        }
    }
    pieces.push(piece);
    pieces.iter().map(|p| p.trim()).filter(|p| !p.is_empty()).take(MAX_RECIPIENTS * 2).map(token).collect()
}

fn token(text: &str) -> super::compose::Token {
    let (name, email) = match text.rsplit_once('<') {
        Some((name, rest)) => (name.trim().trim_matches('"').trim(), rest.trim_end_matches('>').trim()),
        None => ("", text),
    };
    let address = Address { name: name.to_owned(), email: email.to_owned(), suspicious: false };
    super::compose::Token { valid: is_address(email), address }
}

/// Plausible enough to offer to the server, which has the last word.
pub fn is_address(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else { return false };
    let bad = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c);
    !local.is_empty()
        && local.len() <= 64
        && !domain.is_empty()
        && domain.len() <= 255
        && !local.chars().any(bad)
        && !domain.chars().any(|c| bad(c) || c == '@' || c == '_')
        && domain
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_not_doubled() {
        assert_eq!(reply_subject("RE: Re[2]: 답장: 회의"), "Re: 회의");
        assert_eq!(reply_subject("전달: Fwd: x"), "Re: x");
        assert_eq!(forward_subject("Re: plan: b"), "Fwd: plan: b");
        assert_eq!(reply_subject(""), "Re: ");
    }

    #[test]
    fn dates() {
        assert_eq!(stamp(0, 0), "1970-01-01 00:00");
        assert_eq!(stamp(1_709_164_800, 540), "2024-02-29 09:00");
        assert_eq!(stamp(-1, 0), "1969-12-31 23:59");
    }

    #[test]
    fn quotation_keeps_levels_and_drops_the_signature() {
        assert_eq!(quoted("a\n> b\n\nc\n-- \nme"), "> a\n>> b\n>\n> c\n");
    }

    fn people(emails: &[&str]) -> Vec<Address> {
        emails.iter().map(|e| Address { email: (*e).into(), ..Address::default() }).collect()
    }

    fn answered(view: &MessageView, all: bool) -> (Vec<String>, Vec<String>) {
        let emails = |all: Vec<Address>| all.into_iter().map(|a| a.email).collect::<Vec<_>>();
        let (to, cc) = recipients(view, "ada@blue.test", all);
        (emails(to), emails(cc))
    }

    fn letter(from: &[&str], to: &[&str], cc: &[&str]) -> MessageView {
        let mut view = crate::state::reader::tests::view(1, 0);
        (view.from, view.to, view.cc) = (people(from), people(to), people(cc));
        view
    }

    #[test]
    fn an_answer_goes_to_who_wrote_and_one_to_all_to_everybody_else_once() {
        let view = letter(
            &["bora@green.test"],
            &["ADA@blue.test", "chul@green.test", "chul@green.test"],
            &["Bora@green.test", "dong@green.test", ""],
        );
        assert_eq!(answered(&view, false), (vec!["bora@green.test".into()], vec![]));
        let (to, cc) = answered(&view, true);
        assert_eq!(
            (to, cc.join(" ")),
            (vec!["bora@green.test".into()], "chul@green.test dong@green.test".into())
        );
    }

    #[test]
    fn reply_to_is_heeded_and_an_own_message_goes_to_whom_it_went() {
        let mut view = letter(&["bora@green.test"], &["ada@blue.test"], &[]);
        view.reply_to = people(&["list@green.test"]);
        assert_eq!(answered(&view, false).0, ["list@green.test"]);
        let mut mine =
            letter(&["ada@blue.test"], &["bora@green.test", "chul@green.test"], &["dong@green.test"]);
        mine.reply_to = people(&["ada@blue.test"]);
        let (to, cc) = answered(&mine, true);
        assert_eq!(
            (to.join(" "), cc.join(" ")),
            ("bora@green.test chul@green.test".into(), "dong@green.test".into())
        );
        // A note to oneself is answered to oneself.
        assert_eq!(
            answered(&letter(&["ada@blue.test"], &["ada@blue.test"], &[]), false).0,
            ["ada@blue.test"]
        );
    }

    #[test]
    fn an_answer_to_very_many_is_bounded() {
        let many: Vec<String> = (0..2_000).map(|n| format!("p{n}@green.test")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let (to, cc) = answered(&letter(&many, &many, &[]), true);
        assert_eq!((to.len(), cc.len()), (MAX_RECIPIENTS, MAX_RECIPIENTS));
        assert!(cc.iter().all(|a| !to.contains(a)));
    }

    #[test]
    fn forwarded_text_says_of_whom_when_and_what() {
        let mut view = letter(&["bora@green.test"], &["ada@blue.test"], &[]);
        view.from[0].name = "보라".into();
        (view.subject, view.text, view.sent) = ("회의".into(), "> 첫 줄\n-- \n보라\n".into(), Some(0));
        let head = "\n\n---------- Forwarded message ----------\nFrom: 보라 <bora@green.test>\nDate: 1970-01-01 09:00\n";
        let rest = "Subject: 회의\nTo: ada@blue.test\n\n> 첫 줄\n-- \n보라\n";
        assert_eq!(
            forward_text(&view, Locale::English, 540),
            format!("{head}{rest}"),
            "whole, with its signature"
        );
        view.cc = people(&["chul@green.test"]);
        let korean = forward_text(&view, Locale::Korean, 0);
        assert!(korean.contains("\n받는 사람: ada@blue.test\n참조: chul@green.test\n\n"), "{korean}");
        view.text = "가".repeat(MAX_TEXT);
        assert!(forward_text(&view, Locale::Korean, 0).len() <= MAX_TEXT);
    }

    #[test]
    fn typed_addresses() {
        let tokens =
            parse_addresses("\"Lovelace, Ada\" <ada@blue.test>; bora@green.test,nonsense\n편지@예시.한국");
        let seen: Vec<(&str, &str, bool)> =
            tokens.iter().map(|t| (t.address.name.as_str(), t.address.email.as_str(), t.valid)).collect();
        assert_eq!(
            seen,
            [
                ("Lovelace, Ada", "ada@blue.test", true),
                ("", "bora@green.test", true),
                ("", "nonsense", false),
                ("", "편지@예시.한국", true)
            ]
        );
        for bad in ["a@", "@b", "a b@c.d", "a@b..c", "a@-b.c", "a@b\r\nX: y"] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
