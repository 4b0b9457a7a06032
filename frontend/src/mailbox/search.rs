//! Search in one folder: the index and the signatures say which messages may match, stored texts say which do.
use super::record::Record;
use super::signature::{Pair, pairs};
use super::text::{Lines, Section, has};
use super::{Mailbox, VALIDITY, bad, fold::fold, tags};
use pyeonji_shared::call::search::{Found, Search as Ask};
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::{FolderName, Uid};
use pyeonji_shared::limits::{MAX_QUERY_CHARS, MAX_SEARCH_HITS, MAX_WINDOW};
use pyeonji_shared::message::{Flags, Summary};
use pyeonji_shared::query::{PlainTerm, Term};

/// Texts asked for at once.
pub const MAX_TEXTS: usize = 50;
/// Messages looked at in one step, so that a step is short for whoever types meanwhile.
pub const MAX_LOOK: usize = 1_000;

const DAY: i64 = 86_400;

/// A search under way. Nothing holds it but its owner: dropping it cancels it.
#[derive(Debug)]
pub struct Search {
    folder: FolderName,
    tests: Vec<Test>,
    /// Messages that are not looked at yet, the newest last.
    left: Vec<Uid>,
    /// From the first message on whose text must be read: these are hits in this order, if they are (`true`: it is one).
    waiting: Vec<(Uid, bool)>,
    /// Newest first.
    hits: Vec<Uid>,
    truncated: bool,
    /// Rows still to be given.
    rows: usize,
}

/// What came of one step.
#[derive(Debug)]
pub struct Step {
    /// Rows of new hits, newest first; only as many in all as were asked for.
    pub rows: Vec<Summary>,
    pub next: Next,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// The stored texts of these messages are for the next step.
    Texts(Vec<Uid>),
    /// There is more to do; others may come first.
    Again,
    Done(Found),
}

#[derive(Debug)]
enum Test {
    Word { section: Section, word: String, pairs: Vec<Pair>, not: bool },
    Plain(Term),
}

impl Search {
    pub fn new(mailbox: &Mailbox, ask: &Ask) -> Result<Search, ApiError> {
        mailbox.valid(&ask.folder, ask.validity)?;
        let tests: Vec<Test> = ask.query.terms.iter().map(Test::new).collect();
        let chars: usize = tests.iter().map(Test::chars).sum();
        if tests.is_empty() || tests.len() > MAX_QUERY_CHARS || chars > MAX_QUERY_CHARS {
            return Err(bad("query"));
        }
        Ok(Search {
            folder: ask.folder.clone(),
            tests,
            left: mailbox.uids(&ask.folder),
            waiting: Vec::new(),
            hits: Vec::new(),
            truncated: false,
            rows: ask.rows.min(MAX_WINDOW) as usize,
        })
    }

    /// One step. `texts` are what the last one asked for, as [`super::text::searched`] made them; a message whose text
    /// isn't given is no hit. Messages that leave the folder meanwhile aren't either.
    pub fn step(&mut self, mailbox: &Mailbox, texts: &[(Uid, String)]) -> Step {
        let mut rows = Vec::new();
        for (uid, sure) in std::mem::take(&mut self.waiting) {
            let Some(record) = mailbox.in_folder(&self.folder, uid) else { continue };
            let holds = || {
                let text = texts.iter().find(|(of, _)| *of == uid);
                text.is_some_and(|(_, text)| self.tests.iter().all(|test| test.holds(record, text)))
            };
            if sure || holds() {
                self.hit(uid, record, &mut rows);
            }
        }
        let (mut looked, mut unsure) = (0, Vec::new());
        while looked < MAX_LOOK && unsure.len() < MAX_TEXTS && !self.truncated {
            let Some(uid) = self.left.pop() else { break };
            looked += 1;
            let Some(record) = mailbox.in_folder(&self.folder, uid) else { continue };
            match judge(&self.tests, record) {
                Some(false) => {}
                Some(true) if unsure.is_empty() => self.hit(uid, record, &mut rows),
                Some(true) => self.waiting.push((uid, true)),
                None => {
                    self.waiting.push((uid, false));
                    unsure.push(uid);
                }
            }
        }
        let next = if !unsure.is_empty() {
            Next::Texts(unsure)
        } else if self.left.is_empty() || self.truncated {
            let (folder, uids) = (self.folder.clone(), std::mem::take(&mut self.hits));
            Next::Done(Found { folder, validity: VALIDITY, uids, truncated: self.truncated })
        } else {
            Next::Again
        };
        Step { rows, next }
    }

    fn hit(&mut self, uid: Uid, record: &Record, rows: &mut Vec<Summary>) {
        if self.hits.len() >= MAX_SEARCH_HITS {
            self.truncated = true;
            return;
        }
        self.hits.push(uid);
        if self.rows > 0 {
            self.rows -= 1;
            rows.push(record.summary(uid));
        }
    }
}

/// What the index says of a message; `None` where only its text can tell.
fn judge(tests: &[Test], record: &Record) -> Option<bool> {
    let (mut lines, mut sure) = (None, true);
    for test in tests {
        match test.judge(record, &mut lines) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => sure = false,
        }
    }
    sure.then_some(true)
}

impl Test {
    fn new(term: &Term) -> Test {
        let (section, word, not) = match term {
            Term::Text(word) => (Section::Any, word, false),
            Term::From(word) => (Section::From, word, false),
            Term::To(word) => (Section::Recipients, word, false),
            Term::Subject(word) => (Section::Subject, word, false),
            Term::Not(PlainTerm::Text(word)) => (Section::Any, word, true),
            Term::Not(PlainTerm::From(word)) => (Section::From, word, true),
            Term::Not(PlainTerm::To(word)) => (Section::Recipients, word, true),
            Term::Not(PlainTerm::Subject(word)) => (Section::Subject, word, true),
            Term::Tag(word) => return Test::Plain(Term::Tag(tags::searched(word))),
            Term::Not(PlainTerm::Tag(word)) => {
                return Test::Plain(Term::Not(PlainTerm::Tag(tags::searched(word))));
            }
            plain => return Test::Plain(plain.clone()),
        };
        let word = fold(word);
        Test::Word { section, pairs: pairs(&word), word, not }
    }

    fn chars(&self) -> usize {
        match self {
            Test::Word { word, .. } => word.chars().count(),
            Test::Plain(_) => 0,
        }
    }

    /// `lines` are folded once for all tests of a message, and only for messages whose signature says that they may match.
    fn judge(&self, record: &Record, lines: &mut Option<Lines>) -> Option<bool> {
        let (section, word, pairs, not) = match self {
            Test::Word { section, word, pairs, not } => (*section, word, pairs, *not),
            Test::Plain(term) => return Some(plain(term, record)),
        };
        if !record.signature.may_have(pairs) {
            return Some(not);
        }
        let head = &record.head;
        if head.cut {
            return None;
        }
        let lines = lines.get_or_insert_with(|| Lines::new(&head.from, &head.to, &head.subject));
        match section {
            _ if lines.has(section, word) => Some(!not),
            Section::From | Section::Subject => Some(not),
            // Cc and the fifth recipient aren't in the index, nor is the body.
            Section::Recipients | Section::Any => None,
        }
    }

    fn holds(&self, record: &Record, text: &str) -> bool {
        match self {
            Test::Word { section, word, not, .. } => has(text, *section, word) != *not,
            Test::Plain(term) => plain(term, record),
        }
    }
}

/// Terms that the index answers.
fn plain(term: &Term, record: &Record) -> bool {
    let day = record.received.div_euclid(DAY);
    match term {
        Term::HasAttachment => record.head.attachment,
        Term::Before(days) => day < i64::from(*days),
        Term::Since(days) => day >= i64::from(*days),
        Term::Unread => record.is_unseen(),
        Term::Read => !record.is_unseen(),
        Term::Starred => record.flags.contains(Flags::FLAGGED),
        Term::Larger(bytes) => record.size > u64::from(*bytes),
        Term::Tag(word) => tagged(record, word),
        Term::Not(PlainTerm::Tag(word)) => !tagged(record, word),
        Term::Text(_) | Term::From(_) | Term::To(_) | Term::Subject(_) | Term::Not(_) => false,
    }
}

fn tagged(record: &Record, word: &str) -> bool {
    tags::of(&record.keywords).any(|tag| tags::searched(tag) == word)
}
