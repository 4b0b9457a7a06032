//! What a line on the wire means in words, and where it is defined. By the first words of the line alone: nothing is parsed here that
//! could be wrong about somebody's mail.
use crate::i18n::Locale;
use pyeonji_shared::lab::report::{Direction, Line, Proto};

/// English, Korean, and the section.
type Meaning = (&'static str, &'static str, Rfc);

/// Number and section of an RFC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rfc(pub u32, pub &'static str);

impl Rfc {
    pub fn name(self) -> String {
        format!("RFC {} §{}", self.0, self.1)
    }

    pub fn url(self) -> String {
        format!("https://www.rfc-editor.org/rfc/rfc{}#section-{}", self.0, self.1)
    }
}

const IMAP: [(&str, Meaning); 27] = [
    ("CAPABILITY", ("asks what the server can do", "서버가 할 수 있는 일을 물음", Rfc(9051, "6.1.1"))),
    ("LOGIN", ("signs in", "로그인", Rfc(9051, "6.2.3"))),
    ("AUTHENTICATE", ("signs in", "로그인", Rfc(9051, "6.2.2"))),
    ("STARTTLS", ("asks for encryption", "암호화 요청", Rfc(9051, "6.2.1"))),
    ("ID", ("says which program this is", "프로그램 소개", Rfc(2971, "3.1"))),
    ("ENABLE", ("switches extensions on", "확장 켜기", Rfc(9051, "6.3.1"))),
    ("NAMESPACE", ("asks where folders begin", "폴더의 시작 위치를 물음", Rfc(9051, "6.3.10"))),
    ("LIST", ("asks for the folders", "폴더 목록 요청", Rfc(9051, "6.3.9"))),
    ("STATUS", ("asks for a folder’s counts", "폴더의 메일 수를 물음", Rfc(9051, "6.3.11"))),
    ("SELECT", ("opens a folder", "폴더 열기", Rfc(9051, "6.3.2"))),
    ("EXAMINE", ("looks into a folder without changing it", "폴더를 읽기 전용으로 열기", Rfc(9051, "6.3.3"))),
    ("FETCH", ("asks for messages, or parts of them", "메일이나 그 일부를 요청", Rfc(9051, "6.4.5"))),
    ("UID FETCH", ("asks for messages, or parts of them", "메일이나 그 일부를 요청", Rfc(9051, "6.4.9"))),
    ("STORE", ("marks messages", "메일에 표시", Rfc(9051, "6.4.6"))),
    (
        "UID STORE",
        ("marks messages: read, starred, deleted", "메일에 표시: 읽음, 별표, 삭제", Rfc(9051, "6.4.9")),
    ),
    ("UID MOVE", ("moves messages to another folder", "메일을 다른 폴더로 옮김", Rfc(9051, "6.4.8"))),
    ("UID COPY", ("copies messages to another folder", "메일을 다른 폴더로 복사", Rfc(9051, "6.4.7"))),
    ("UID EXPUNGE", ("removes these messages for good", "이 메일을 완전히 지움", Rfc(9051, "6.4.9"))),
    ("UID SEARCH", ("searches on the server", "서버에서 검색", Rfc(9051, "6.4.4"))),
    ("EXPUNGE", ("removes deleted messages for good", "삭제 표시된 메일을 완전히 지움", Rfc(9051, "6.4.3"))),
    ("APPEND", ("puts a message into a folder", "폴더에 메일을 넣음", Rfc(9051, "6.3.12"))),
    ("CREATE", ("makes a folder", "폴더 만들기", Rfc(9051, "6.3.4"))),
    ("IDLE", ("waits to be told of news", "새 소식을 기다림", Rfc(9051, "6.3.13"))),
    ("DONE", ("stops waiting", "기다림을 끝냄", Rfc(9051, "6.3.13"))),
    ("NOOP", ("asks for news", "새 소식이 있는지 물음", Rfc(9051, "6.1.2"))),
    ("CLOSE", ("closes the folder", "폴더 닫기", Rfc(9051, "6.4.1"))),
    ("LOGOUT", ("says good-bye", "끝내기", Rfc(9051, "6.1.3"))),
];

const IMAP_ANSWERS: [(&str, Meaning); 12] = [
    ("EXISTS", ("so many messages are in the folder", "폴더에 있는 메일 수", Rfc(9051, "7.4.1"))),
    ("EXPUNGE", ("this message is gone", "이 메일은 사라짐", Rfc(9051, "7.5.1"))),
    ("FETCH", ("what was asked for, or what changed", "요청한 내용 또는 바뀐 점", Rfc(9051, "7.5.2"))),
    ("FLAGS", ("the marks that this folder knows", "이 폴더가 아는 표시", Rfc(9051, "7.3.5"))),
    ("LIST", ("a folder", "폴더", Rfc(9051, "7.3.1"))),
    ("STATUS", ("a folder’s counts", "폴더의 메일 수", Rfc(9051, "7.3.4"))),
    ("CAPABILITY", ("what the server can do", "서버가 할 수 있는 일", Rfc(9051, "7.2.2"))),
    ("ENABLED", ("these extensions are on", "켜진 확장", Rfc(9051, "7.2.1"))),
    ("BYE", ("the server ends the connection", "서버가 연결을 끝냄", Rfc(9051, "7.1.5"))),
    ("OK", ("information", "정보", Rfc(9051, "7.1.1"))),
    ("NO", ("a warning", "경고", Rfc(9051, "7.1.2"))),
    ("SEARCH", ("what was found", "찾은 것", Rfc(9051, "7.3.7"))),
];

const POP3: [(&str, Meaning); 16] = [
    ("CAPA", ("asks what the server can do", "서버가 할 수 있는 일을 물음", Rfc(2449, "5"))),
    ("USER", ("says who", "계정 이름", Rfc(1939, "7"))),
    ("PASS", ("signs in", "로그인", Rfc(1939, "7"))),
    ("APOP", ("signs in without saying the password", "비밀번호를 보내지 않고 로그인", Rfc(1939, "7"))),
    ("AUTH", ("signs in", "로그인", Rfc(5034, "4"))),
    ("STLS", ("asks for encryption", "암호화 요청", Rfc(2595, "4"))),
    ("STAT", ("asks how many messages there are", "메일 수를 물음", Rfc(1939, "5"))),
    ("LIST", ("asks for the sizes", "메일 크기를 물음", Rfc(1939, "5"))),
    ("UIDL", ("asks for the lasting names", "변하지 않는 이름을 물음", Rfc(1939, "7"))),
    ("TOP", ("fetches the head of a message", "메일 머리말을 받음", Rfc(1939, "7"))),
    ("RETR", ("fetches a whole message", "메일 전체를 받음", Rfc(1939, "5"))),
    ("DELE", ("marks a message for removal", "메일에 제거 표시", Rfc(1939, "5"))),
    ("RSET", ("takes the marks back", "제거 표시를 거둠", Rfc(1939, "5"))),
    ("NOOP", ("keeps the connection alive", "연결 유지", Rfc(1939, "5"))),
    (
        "QUIT",
        ("ends; only now marked messages are removed", "끝냄. 표시한 메일은 이제야 지워짐", Rfc(1939, "6")),
    ),
    ("UTF8", ("switches to UTF-8", "UTF-8로 바꿈", Rfc(6856, "2.1"))),
];

const SMTP: [(&str, Meaning); 9] = [
    (
        "EHLO",
        (
            "greets, and asks what the server can do",
            "인사하고 서버가 할 수 있는 일을 물음",
            Rfc(5321, "4.1.1.1"),
        ),
    ),
    ("STARTTLS", ("asks for encryption", "암호화 요청", Rfc(3207, "4"))),
    ("AUTH", ("signs in", "로그인", Rfc(4954, "4"))),
    ("MAIL", ("says who sends", "보내는 사람", Rfc(5321, "4.1.1.2"))),
    ("RCPT", ("says who receives", "받는 사람", Rfc(5321, "4.1.1.3"))),
    (
        "DATA",
        ("the message follows, to a line with a dot", "점 하나만 있는 줄까지가 메일", Rfc(5321, "4.1.1.4")),
    ),
    ("BDAT", ("so many octets of the message follow", "메일의 일부를 보냄", Rfc(3030, "2"))),
    ("RSET", ("forgets this message", "이 메일을 없던 일로 함", Rfc(5321, "4.1.1.5"))),
    ("QUIT", ("says good-bye", "끝내기", Rfc(5321, "4.1.1.10"))),
];

fn look<'a>(table: &'a [(&str, Meaning)], word: &str) -> Option<&'a Meaning> {
    table.iter().find(|(own, _)| own.eq_ignore_ascii_case(word)).map(|(_, meaning)| meaning)
}

/// What it means, and where that is written; `None` for what says itself (text of a list, octets of a message).
pub fn meaning(l: Locale, line: &Line) -> Option<(&'static str, Rfc)> {
    let (english, korean, rfc) = *find(line)?;
    Some((if l == Locale::Korean { korean } else { english }, rfc))
}

const TAGGED_OK: Meaning = ("done", "마침", Rfc(9051, "7.1.1"));
const TAGGED_NO: Meaning = ("the server won’t", "서버가 거절함", Rfc(9051, "7.1.2"));
const TAGGED_BAD: Meaning = ("the server didn’t understand", "서버가 이해하지 못함", Rfc(9051, "7.1.3"));
const GO_ON: Meaning = ("go on", "계속", Rfc(9051, "7.6"));
const GREETING: Meaning = ("greeting", "인사", Rfc(9051, "7.1.1"));
const POP3_OK: Meaning = ("yes", "예", Rfc(1939, "3"));
const POP3_ERR: Meaning = ("no", "아니요", Rfc(1939, "3"));
const SMTP_YES: Meaning = ("accepted", "받아들임", Rfc(5321, "4.2.1"));
const SMTP_GO: Meaning = ("go on", "계속", Rfc(5321, "4.2.1"));
const SMTP_LATER: Meaning = ("not now", "지금은 안 됨", Rfc(5321, "4.2.1"));
const SMTP_NO: Meaning = ("refused", "거절", Rfc(5321, "4.2.1"));

fn find(line: &Line) -> Option<&'static Meaning> {
    let mut words = line.text.split(' ');
    let (first, second, third) =
        (words.next()?, words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match (line.protocol, line.direction) {
        (Proto::Imap, Direction::ToServer) => match second.to_ascii_uppercase().as_str() {
            "UID" => look(&IMAP, &format!("UID {third}")),
            "" => look(&IMAP, first),
            verb => look(&IMAP, verb),
        },
        (Proto::Imap, Direction::FromServer) => match (first, second) {
            ("+", _) => Some(&GO_ON),
            ("*", "OK") if line.round_trip == 0 => Some(&GREETING),
            ("*", _) if second.bytes().all(|b| b.is_ascii_digit()) => look(&IMAP_ANSWERS, third),
            ("*", _) => look(&IMAP_ANSWERS, second),
            (_, "OK") => Some(&TAGGED_OK),
            (_, "NO") => Some(&TAGGED_NO),
            (_, "BAD") => Some(&TAGGED_BAD),
            _ => None,
        },
        (Proto::Pop3, Direction::ToServer) => look(&POP3, first),
        (Proto::Pop3, Direction::FromServer) => match first {
            "+OK" => Some(&POP3_OK),
            "-ERR" => Some(&POP3_ERR),
            _ => None,
        },
        (Proto::Smtp, Direction::ToServer) => look(&SMTP, first.split(':').next().unwrap_or_default()),
        (Proto::Smtp, Direction::FromServer) => match first.bytes().next() {
            Some(b'2') => Some(&SMTP_YES),
            Some(b'3') => Some(&SMTP_GO),
            Some(b'4') => Some(&SMTP_LATER),
            Some(b'5') => Some(&SMTP_NO),
            _ => None,
        },
    }
}
