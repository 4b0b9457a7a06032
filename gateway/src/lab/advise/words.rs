//! Advice as people read it in a terminal.
use pyeonji_shared::lab::advice::{Advice, Choice, Point, Reason, Setting};
use pyeonji_shared::lab::scenario::{Protocol, Rule};
use std::fmt::Write;

fn name(choice: Choice) -> String {
    let rule = match choice.rule {
        None => return "IMAP".into(),
        Some(Rule::DownloadAndDelete) => "download and delete".into(),
        Some(Rule::LeaveCopy) => "leave a copy on the server".into(),
        Some(Rule::LeaveDays(days)) => format!("leave it on the server for {days} days"),
        Some(Rule::UntilDeletedHere) => "leave it until it is deleted here".to_owned(),
    };
    format!("POP3, and {rule}")
}

fn point(what: Point) -> &'static str {
    match what {
        Point::OtherDevices => "letters that are on the second device, too",
        Point::ReadState => "letters read on the first device that show as read on the second",
        Point::SentCopies => "other devices with a copy of what you send",
        Point::Refused => "letters refused because the mailbox was full",
        Point::Survives => "letters that are left if the first device breaks",
        Point::Offline => "letters you can read without a network",
        Point::LeftBehind => "letters that lie readable on the first device",
        Point::Traffic => "KB transferred",
        Point::ServerKilobytes => "KB on the server",
    }
}

fn setting(setting: &Setting) -> String {
    match setting {
        Setting::CopyToSelf => {
            "Send a copy of what you write to yourself, so that your other devices get it.".into()
        }
        Setting::BackUp => "Back up: your mail will be on your devices and nowhere else.".into(),
        Setting::OpenBefore => "Open before you leave what you want to read without a network.".into(),
        Setting::KeepNothingHere => {
            "On the computer that others use, sign out when you are done, and keep no mail there.".into()
        }
        Setting::MakeRoom { days } => {
            format!(
                "The mailbox is full after about {days} days: ask for more room, or file mail elsewhere before."
            )
        }
    }
}

fn line(out: &mut String, reason: &Reason) {
    let Reason { what, imap, pop3, better, weight, step } = reason;
    let for_whom = match (better, weight) {
        (None, _) => "the same",
        (_, 0) => "doesn't count for you",
        (Some(Protocol::Imap), _) => "for IMAP",
        (Some(Protocol::Pop3), _) => "for POP3",
    };
    let _ = writeln!(out, "  {:66} {imap:>8} {pop3:>8}   {for_whom} (step {step})", point(*what));
}

pub fn words(advice: &Advice) -> String {
    let mut out = String::new();
    let Some(choice) = advice.choice else {
        return "This provider offers neither IMAP nor POP3: ask it which program its mail is read with.\n"
            .into();
    };
    let _ = match advice.forced {
        true => writeln!(out, "This provider leaves you no choice. Use {}.", name(choice)),
        false => writeln!(out, "Use {}.", name(choice)),
    };
    for one in &advice.settings {
        let _ = writeln!(out, "- {}", setting(one));
    }
    let scale = &advice.scale;
    let _ = writeln!(
        out,
        "\nMeasured with {} letters that stand for {} in {} days, and a mailbox of {} KB:\n  {:66} {:>8} {:>8}",
        scale.simulated, scale.letters, scale.days, scale.quota_kilobytes, "", "IMAP", "POP3"
    );
    // What is the same and doesn't count isn't worth a line.
    let said = advice.reasons.iter().filter(|reason| reason.weight > 0 || reason.better.is_some());
    said.for_each(|reason| line(&mut out, reason));
    out
}
