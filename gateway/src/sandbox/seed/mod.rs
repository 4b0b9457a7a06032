//! The mail that a world starts with: believable, in English and Korean, dated relative to now, the same each time.
mod files;
mod large;
mod letters;
mod mime;
mod special;

use super::date::Moment;
use super::flags::{ANSWERED, DRAFT, FLAGGED, Flags, SEEN};
use super::message::Content;
use super::store::{NewMessage, Store, Use};
use super::world::World;
use letters::{LETTERS, REGULAR, THREADS, Who};
use mime::{Mail, Node, Person};

const ADA: Person = ("Ada Kim", "ada@blue.test");
const BORA: Person = ("Bora Lee", "bora@green.test");
/// Minutes east of UTC that the two live at.
const ZONE: i32 = 540;
const RECEIPTS: &str = "영수증";
const PROJECT: &str = "Projects/Pyeonji";

/// Mail waiting to be put into folders in the order of its dates.
#[derive(Default)]
struct Pile {
    mail: Vec<(&'static str, Flags, Moment, Vec<u8>)>,
}

impl Pile {
    fn put(&mut self, folder: &'static str, bits: u8, mail: &Mail) {
        self.mail.push((folder, Flags::system(bits), mail.at, mail.render()));
    }

    fn raw(&mut self, folder: &'static str, bits: u8, at: Moment, raw: Vec<u8>) {
        self.mail.push((folder, Flags::system(bits), at, raw));
    }
}

/// Fills the accounts; others than the two known ones get the folders only.
pub fn fill(world: &World, large_folder: u32) {
    let now = world.clock.now();
    for account in world.accounts() {
        let mut mail = Pile::default();
        let who = [(ADA, Who::Ada), (BORA, Who::Bora)].into_iter().find(|(p, _)| p.1 == account.address);
        if let Some((me, who)) = who {
            write(&mut mail, me, who, now);
        }
        mail.mail.sort_by_key(|(_, _, date, _)| date.unix);
        account.with(|store| {
            folders(store);
            for (folder, flags, date, raw) in mail.mail {
                // Past a bound the world is just emptier.
                let _ = store.append(folder, NewMessage { flags, date, content: Content::new(raw) });
            }
            if let Some((me, _)) = who {
                large::fill(store, me, large_folder, now);
            }
        });
    }
}

fn folders(store: &mut Store) {
    let special = [
        ("Drafts", Use::Drafts),
        ("Sent", Use::Sent),
        ("Archive", Use::Archive),
        ("Junk", Use::Junk),
        ("Trash", Use::Trash),
    ];
    let all = special.map(|(name, use_)| (name, Some(use_)));
    for (name, special) in all.into_iter().chain([(RECEIPTS, None), ("Projects", None), (PROJECT, None)]) {
        if store.create(name, special).is_ok() {
            store.subscribed.insert(name.to_owned());
        }
    }
}

/// So many hours before now, at a minute that depends on it.
fn ago(now: i64, hours: i64) -> Moment {
    Moment { unix: now - hours * 3_600 - (hours * 7 + 3) % 53 * 60, offset: ZONE }
}

fn write(out: &mut Pile, me: Person, who: Who, now: i64) {
    threads(out, who, now);
    short_letters(out, me, who, now);
    regular(out, me, who, now);
    specials(out, me, who, now);
    filed(out, me, now);
}

fn threads(out: &mut Pile, me: Who, now: i64) {
    for (at, thread) in THREADS.iter().enumerate() {
        let mut references: Vec<String> = Vec::new();
        let mut hours = thread.hours_ago;
        let mut quoted: Option<&str> = None;
        for (number, (writer, later, text)) in thread.letters.iter().enumerate() {
            hours -= later;
            let (from, to) = if *writer == Who::Ada { (ADA, BORA) } else { (BORA, ADA) };
            let subject =
                if number == 0 { thread.subject.to_owned() } else { format!("Re: {}", thread.subject) };
            let text = match quoted {
                Some(before) => {
                    let quote: Vec<String> =
                        before.lines().map(|l| format!("> {l}").trim_end().to_owned()).collect();
                    format!("{text}\n\n{} wrote:\n{}", to.0, quote.join("\n"))
                }
                None => (*text).to_owned(),
            };
            quoted = Some(thread.letters[number].2);
            let mut mail =
                Mail::new(&format!("t{at}.{number}"), from, to, &subject, ago(now, hours), Node::Text(text));
            mail.references.clone_from(&references);
            if at == 0 && number == 4 {
                let proof = Node::File {
                    name: "first page.png".into(),
                    mime: "image/png",
                    bytes: files::png(320, 200, [[250, 248, 240], [228, 222, 205], [190, 74, 47]]),
                };
                mail.body = Node::Multi("mixed", vec![mail.body.clone(), proof]);
            }
            references.push(mail.id.clone());
            let last = number + 1 == thread.letters.len();
            if *writer == me {
                out.put("Sent", SEEN, &mail);
            } else {
                let answered = if last { 0 } else { SEEN | ANSWERED };
                out.put("INBOX", answered, &mail);
            }
        }
    }
}

fn short_letters(out: &mut Pile, me: Person, who: Who, now: i64) {
    // The two don't get the same letters at the same hour.
    let shift = if who == Who::Ada { 0 } else { 2 };
    for (at, (from, hours, subject, text)) in LETTERS.iter().enumerate() {
        let id = format!("letter-{at}-{shift}");
        let mut mail =
            Mail::new(&id, *from, me, subject, ago(now, hours + shift), Node::Text((*text).to_owned()));
        if *subject == "Photos from the harvest" {
            let photo = |name: &str, colours| Node::File {
                name: name.into(),
                mime: "image/png",
                bytes: files::png(240, 160, colours),
            };
            let one = photo("ladders.png", [[120, 170, 90], [90, 140, 70], [200, 60, 50]]);
            let two = photo("개와 사과.png", [[230, 210, 170], [200, 180, 140], [120, 80, 50]]);
            mail.body = Node::Multi("mixed", vec![mail.body.clone(), one, two]);
        }
        if *subject == "Minutes of Tuesday" {
            let table =
                Node::File { name: "ink and paper.csv".into(), mime: "text/csv", bytes: files::csv(60) };
            let zipped = Node::File {
                name: "proofs.zip".into(),
                mime: "application/zip",
                bytes: files::zip(&[
                    ("page-1.txt", b"First proof"),
                    ("교정/page-2.txt", "두 번째".as_bytes()),
                ]),
            };
            let paper = files::pdf(&["Minutes of Tuesday", "The press moves to the second floor."]);
            let pdf = Node::File { name: "minutes.pdf".into(), mime: "application/pdf", bytes: paper };
            mail.body = Node::Multi("mixed", vec![mail.body.clone(), pdf, table, zipped]);
            mail.cc = vec![letters::LUCIA, letters::MINA];
        }
        let mut bits = if at < 4 || at == 9 { 0 } else { SEEN };
        if matches!(at, 3 | 8 | 16) {
            bits |= FLAGGED;
        }
        out.put("INBOX", bits, &mail);
    }
}

fn regular(out: &mut Pile, me: Person, who: Who, now: i64) {
    let count = if who == Who::Ada { 66 } else { 62 };
    for n in 0..count {
        let (from, subject, text) = REGULAR[n as usize % REGULAR.len()];
        let number = (52 - n / 4).to_string();
        let (subject, text) = (subject.replace("{n}", &number), text.replace("{n}", &number));
        let mail = Mail::new(
            &format!("regular-{n}-{}", me.0.len()),
            from,
            me,
            &subject,
            ago(now, 90 + n * 41),
            Node::Text(text),
        );
        out.put("INBOX", if n % 19 == 5 { 0 } else { SEEN }, &mail);
    }
}

fn specials(out: &mut Pile, me: Person, who: Who, now: i64) {
    let other = if who == Who::Ada { BORA } else { ADA };
    for n in 0..8 {
        let bits = if n == 0 { 0 } else { SEEN };
        out.put("INBOX", bits, &special::newsletter(118 - n, me, ago(now, 16 + n * 168)));
    }
    for n in 0..4 {
        out.put("INBOX", SEEN, &special::bookshop(31 - n, me, ago(now, 48 + n * 700)));
    }
    out.put("INBOX", 0, &special::invitation(other, me, ago(now, 5)));
    out.put("INBOX", SEEN | FLAGGED, &special::long_text(letters::THEO, me, ago(now, 120)));
    let dates = [ago(now, 58), ago(now, 36)];
    let [first, second] = special::old_charsets(me, dates);
    out.raw("INBOX", SEEN, dates[0], first);
    out.raw("INBOX", 0, dates[1], second);
    out.put("INBOX", 0, &special::hostile(me, ago(now, 9)));
    let inner = special::newsletter(100, other, ago(now, 900)).render();
    let mut forward =
        Mail::new("fwd-1", other, me, "Fwd: Harbour Weekly no. 100", ago(now, 66), Node::Text(String::new()));
    forward.body = Node::Multi(
        "mixed",
        vec![Node::Text("The hundredth issue! Look at the second story.".into()), Node::Message(inner)],
    );
    out.put("INBOX", SEEN, &forward);
    out.put("Junk", 0, &special::hostile(me, ago(now, 210)));
}

/// Everything that isn't in the Inbox.
fn filed(out: &mut Pile, me: Person, now: i64) {
    for n in 0..24 {
        out.put(RECEIPTS, SEEN, &special::receipt(20_260 + n * 7, me, ago(now, 100 + n * 210)));
    }
    for n in 0..30 {
        let (from, subject, text) = REGULAR[n as usize % REGULAR.len()];
        let number = (40 - n).to_string();
        let text = text.replace("{n}", &number);
        let mail = Mail::new(
            &format!("old-{n}"),
            from,
            me,
            &subject.replace("{n}", &number),
            ago(now, 3_000 + n * 97),
            Node::Text(text),
        );
        out.put(if n % 6 == 5 { "Trash" } else { "Archive" }, SEEN, &mail);
    }
    let notes = [
        (
            "Folder names in every language",
            "A folder is called what its owner calls it. 영수증 stays 영수증, and & stays &.",
        ),
        (
            "What a mail program must never do",
            "Lose a letter. Everything else can be discussed.\n\n- never say \"sent\" before the server has said so\n- never throw away what was typed",
        ),
        (
            "이름 후보",
            "편지, 소식, 우체통, 느린 배.\n\n저는 편지가 제일 좋아요. 짧고, 무엇인지 바로 알 수 있으니까요.",
        ),
    ];
    for (at, (subject, text)) in notes.iter().enumerate() {
        let mail = Mail::new(
            &format!("note-{at}"),
            me,
            me,
            subject,
            ago(now, 500 + at as i64 * 33),
            Node::Text((*text).into()),
        );
        out.put(PROJECT, SEEN, &mail);
    }
    let draft = Mail::new(
        "draft-1",
        me,
        letters::PRIYA,
        "Re: Apples, finally",
        ago(now, 2),
        Node::Text("Dear Priya,\n\nthank you! I will bring the crates on".into()),
    );
    out.put("Drafts", SEEN | DRAFT, &draft);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::clock::Clock;
    use crate::sandbox::limit::Bounds;
    use crate::sandbox::{Options, mime as structure};
    use mail_parser::MessageParser;

    fn world() -> World {
        let options = Options::default();
        let world = World::new(options.accounts, Bounds::default(), Clock::Fixed(1_790_000_000));
        fill(&world, 8_000);
        world
    }

    #[test]
    fn seeds_are_well_formed_mail() {
        let world = world();
        for account in world.accounts() {
            let folders = account.with(|store| {
                let all = store.folders.iter().filter(|(name, _)| *name != large::FOLDER);
                all.map(|(name, f)| (name.clone(), f.messages.clone())).collect::<Vec<_>>()
            });
            let inbox = folders.iter().find(|(name, _)| name == "INBOX").unwrap();
            assert!((100..=130).contains(&inbox.1.len()), "{}", inbox.1.len());
            for (name, messages) in &folders {
                assert!(name.starts_with("Projects") || !messages.is_empty(), "{name} is empty");
                for message in messages {
                    let raw = message.content.raw();
                    let parsed = MessageParser::new().parse(&raw[..]).unwrap();
                    let subject = parsed.subject().unwrap_or_default();
                    assert!(parsed.message_id().is_some() && !subject.is_empty(), "{raw:?}");
                    assert_eq!(parsed.date().unwrap().to_timestamp(), message.date.unix, "{subject}");
                    assert!(message.date.unix < 1_790_000_000);
                    assert!(!raw.windows(2).any(|w| w[1] == b'\n' && w[0] != b'\r'), "bare LF in {subject}");
                }
            }
        }
    }

    #[test]
    fn the_large_folder_costs_what_is_looked_at() {
        let world = world();
        let account = &world.accounts()[0];
        let messages = account.with(|store| store.folders[large::FOLDER].messages.clone());
        assert_eq!(messages.len(), 8_000);
        let looked_at = || messages.iter().filter(|message| message.content.is_looked_at()).count();
        assert_eq!(looked_at(), 0);
        for message in &messages[7_950..] {
            assert!(message.content.envelope().starts_with(b"(\"") && message.content.size() > 200);
            assert_eq!(message.content.raw(), message.content.raw());
        }
        assert_eq!(looked_at(), 50);
    }

    #[test]
    fn old_charsets_are_what_they_claim() {
        let [first, second] = special::old_charsets(ADA, [Moment::utc(0); 2]);
        let find =
            |raw: &[u8], needle: &str| structure::text::body_contains(raw, &structure::parse(raw), needle);
        assert!(
            std::str::from_utf8(&first).is_err() && find(&first, "고지도 사본을") && find(&first, "박 영감")
        );
        assert!(std::str::from_utf8(&second).is_err() && find(&second, "똠방각하"));
    }
}
