//! What the page asked for, in words.
use super::state::Group;
use crate::i18n::Locale;

/// As `Call` names it, in English, in Korean.
const CALLS: [(&str, &str, &str); 18] = [
    ("Folders", "List the folders", "폴더 목록 보기"),
    ("Open", "Open a folder", "폴더 열기"),
    ("Window", "Show a part of the list", "목록의 일부 보기"),
    ("Rows", "Look at messages of the list anew", "목록의 메일 다시 보기"),
    ("Read", "Open a message", "메일 열기"),
    ("Search", "Search", "검색"),
    ("SetFlags", "Mark messages", "메일에 표시"),
    ("Move", "Move messages", "메일 옮기기"),
    ("Delete", "Delete messages", "메일 삭제"),
    ("Send", "Send a message", "메일 보내기"),
    ("SaveDraft", "Save a draft", "임시보관"),
    ("FindSent", "Look for the copy of a sent message", "보낸 메일의 사본 찾기"),
    ("Refresh", "Ask for new mail", "새 메일 확인"),
    ("Look", "Look into the maildrop", "서버 편지함 살펴보기"),
    ("Retrieve", "Download messages to this device", "메일을 이 기기로 내려받기"),
    ("Remove", "Remove messages from the server", "서버에서 메일 지우기"),
    ("Built", "Keep a copy of a sent message", "보낸 메일의 사본 보관"),
    ("Fetch", "Download a file or a source", "파일이나 원본 내려받기"),
];
const NOBODY: (&str, &str) = ("By itself: connecting, waiting for news", "스스로: 연결, 새 소식 기다리기");
const UNKNOWN: (&str, &str) = ("Something else", "그 밖의 일");

pub fn name(l: Locale, group: &Group) -> &'static str {
    let known = CALLS.iter().find(|(call, _, _)| *call == group.call);
    let (english, korean) = match known {
        Some((_, english, korean)) => (*english, *korean),
        None if group.cause == 0 => NOBODY,
        None => UNKNOWN,
    };
    if l == Locale::Korean { korean } else { english }
}
