//! What a finding is, and what it means for the person.
use super::super::names;
use super::words::{Both, say, say_with};
use crate::i18n::Locale;
use pyeonji_shared::lab::card::Finding;

/// The serious ones first, each kind in its own order.
pub fn ordered(findings: &[Finding]) -> Vec<Finding> {
    let serious = findings.iter().copied().filter(|finding| finding.is_serious());
    serious.chain(findings.iter().copied().filter(|finding| !finding.is_serious())).collect()
}

/// The finding, and what follows from it.
pub fn words(l: Locale, finding: Finding) -> (&'static str, String) {
    let (name, meaning) = *both(finding);
    (say(l, name), say_with(l, meaning, &amount(l, finding)))
}

/// What is filled in.
fn amount(l: Locale, finding: Finding) -> String {
    match finding {
        Finding::CertificateSoon(days) => super::words::days(l, days),
        Finding::ExpireDays(days) => super::words::days(l, days.into()),
        Finding::NoIdle { every_seconds: n } | Finding::LoginDelay(n) => names::time(l, u64::from(n) * 1_000),
        _ => String::new(),
    }
}

/// By reference: a table, and no code for each.
fn both(finding: Finding) -> &'static (Both, Both) {
    use Finding::*;
    match finding {
        NoImap => &(
            ("No IMAP", "IMAP 없음"),
            (
                "You can’t see the same mail on several devices; it can only be fetched by POP3.",
                "여러 기기에서 같은 메일을 볼 수 없고, POP3로 내려받을 수만 있습니다.",
            ),
        ),
        NoPop3 => &(
            ("No POP3", "POP3 없음"),
            (
                "You can’t fetch your mail to one device and take it off the server.",
                "메일을 한 기기로 내려받고 서버에서 지우는 방식은 쓸 수 없습니다.",
            ),
        ),
        NoSmtp => &(
            ("No server for sending", "보내는 서버 없음"),
            ("You can read mail, but not write any.", "메일을 읽을 수는 있지만 보낼 수 없습니다."),
        ),
        ClearText => &(
            ("Not encrypted", "암호화하지 않음"),
            (
                "Whoever is on the way can read your password and your mail.",
                "중간에서 비밀번호와 메일을 엿볼 수 있습니다.",
            ),
        ),
        OldTls => &(
            ("TLS 1.2 at most", "TLS 1.2까지만 지원"),
            ("It is safe, but connecting takes a little longer.", "안전하지만 연결이 조금 느립니다."),
        ),
        CertificateSoon(..=0) => &(
            ("The certificate ends today", "인증서 기한이 오늘까지"),
            (
                "Once it has ended, nobody can sign in. Tell the provider.",
                "기한이 지나면 아무도 로그인할 수 없습니다. 서비스 제공자에게 알려 주세요.",
            ),
        ),
        CertificateSoon(_) => &(
            ("The certificate ends soon", "인증서 기한이 얼마 남지 않음"),
            (
                "In {n} nobody can sign in any more unless it is renewed. Tell the provider.",
                "갱신하지 않으면 {n} 뒤에는 아무도 로그인할 수 없습니다. 서비스 제공자에게 알려 주세요.",
            ),
        ),
        SignInToSeeMore => &(
            ("Judged without sign-in", "로그인하지 않고 확인함"),
            (
                "Servers may offer more after sign-in. Enter your password to see what is really missing.",
                "로그인하면 더 많은 기능을 제공할 수 있습니다. 정확히 알려면 비밀번호를 입력하세요.",
            ),
        ),
        NoIdle { .. } => &(
            ("No IDLE", "IDLE 없음"),
            (
                "New mail doesn’t show at once; it is looked for every {n}.",
                "새 메일이 바로 보이지 않고, {n}마다 확인합니다.",
            ),
        ),
        NoMove => &(
            ("No MOVE", "MOVE 없음"),
            (
                "Mail is copied and then deleted. If that is cut off, it is in both folders.",
                "메일을 복사한 뒤 지웁니다. 도중에 끊기면 두 폴더에 모두 남습니다.",
            ),
        ),
        NoUidplus => &(
            ("No UIDPLUS", "UIDPLUS 없음"),
            (
                "Moving can’t be undone, and deleting also removes what other programs marked.",
                "옮긴 것을 되돌릴 수 없고, 지울 때 다른 프로그램이 표시한 메일도 함께 지워집니다.",
            ),
        ),
        NoCondstore => &(
            ("No CONDSTORE", "CONDSTORE 없음"),
            (
                "What you change on another device shows later: all marks are read again.",
                "모든 표시를 다시 읽어야 하므로 다른 기기에서 바꾼 것이 늦게 보입니다.",
            ),
        ),
        NoSpecialUse => &(
            ("No SPECIAL-USE", "SPECIAL-USE 없음"),
            (
                "Sent, Drafts and Trash are guessed by their names.",
                "보낸편지함, 임시보관함, 휴지통을 이름으로 짐작합니다.",
            ),
        ),
        NoListStatus => &(
            ("No LIST-STATUS", "LIST-STATUS 없음"),
            (
                "Counts of unread mail come folder by folder, so they come later.",
                "읽지 않은 메일 수를 폴더마다 따로 물어보므로 늦게 나옵니다.",
            ),
        ),
        NoEsearch => &(
            ("No ESEARCH", "ESEARCH 없음"),
            ("Searches wait for each other.", "검색이 한 번에 하나씩만 진행됩니다."),
        ),
        NoNamespace => &(
            ("No NAMESPACE", "NAMESPACE 없음"),
            (
                "Folders that others share with you may not be found.",
                "다른 사람이 공유한 폴더를 찾지 못할 수 있습니다.",
            ),
        ),
        NoKnownSignIn => &(
            ("No way to sign in that is known here", "지원하는 로그인 방식 없음"),
            ("You can’t use this server from this webmail.", "이 웹메일에서는 이 서버를 쓸 수 없습니다."),
        ),
        NoCapa => &(
            ("No CAPA", "CAPA 없음"),
            ("What it offers is found out by trying.", "무엇을 지원하는지 직접 시도해서 알아냅니다."),
        ),
        NoUidl => &(
            ("No UIDL", "UIDL 없음"),
            (
                "Mail that you have already is known by its content alone, so some of it is fetched again.",
                "이미 받은 메일을 내용으로만 알아보므로 일부를 다시 내려받습니다.",
            ),
        ),
        NoTop => &(
            ("No TOP", "TOP 없음"),
            (
                "You can’t look at large mail before you fetch it.",
                "큰 메일을 내려받기 전에 미리 볼 수 없습니다.",
            ),
        ),
        NoPipelining => &(
            ("No PIPELINING", "PIPELINING 없음"),
            (
                "Each command waits for the answer before it; that is felt on slow lines.",
                "명령마다 응답을 기다리므로 느린 회선에서는 더 오래 걸립니다.",
            ),
        ),
        NoResponseCodes => &(
            ("No RESP-CODES", "RESP-CODES 없음"),
            ("Why the server refuses is guessed from its words.", "서버가 거절한 이유를 문구로 짐작합니다."),
        ),
        ExpireDays(0) => &(
            ("Deletes mail that was fetched", "받은 메일을 서버가 지움"),
            (
                "Once you have fetched mail it is gone from the server, whatever rule you chose.",
                "어떤 규칙을 골랐든 내려받은 메일은 서버에서 사라집니다.",
            ),
        ),
        ExpireDays(_) => &(
            ("Deletes old mail", "오래된 메일을 서버가 지움"),
            (
                "The server deletes mail after {n}, even if you haven’t fetched it.",
                "내려받지 않았더라도 {n}이 지나면 서버가 메일을 지웁니다.",
            ),
        ),
        LoginDelay(_) => &(
            ("A pause between sign-ins", "로그인 간격 제한"),
            ("New mail is looked for every {n} at most.", "새 메일을 {n}에 한 번까지만 확인합니다."),
        ),
        VariesByAccount => &(
            ("Limits differ by account", "계정마다 제한이 다름"),
            ("Enter your password to see yours.", "내 계정의 제한을 보려면 비밀번호를 입력하세요."),
        ),
        NoSize => &(
            ("No SIZE", "SIZE 없음"),
            (
                "That a message is too large is only said after all of it was sent.",
                "메일이 너무 크다는 사실을 다 보낸 뒤에야 알 수 있습니다.",
            ),
        ),
        No8BitMime => &(
            ("No 8BITMIME", "8BITMIME 없음"),
            (
                "Text in Korean and other scripts travels encoded, about a third larger.",
                "한글 같은 글자를 변환해서 보내므로 메일이 3분의 1쯤 커집니다.",
            ),
        ),
        NoSmtpUtf8 => &(
            ("No SMTPUTF8", "SMTPUTF8 없음"),
            (
                "You can’t write to addresses with letters beyond ASCII.",
                "영문자가 아닌 글자가 들어간 주소로는 보낼 수 없습니다.",
            ),
        ),
        NoAuth => &(
            ("Asks for no password", "비밀번호를 묻지 않음"),
            (
                "It decides by your network address who may send; elsewhere sending may fail.",
                "네트워크 주소로 보낼 사람을 판단하므로 다른 곳에서는 보내지 못할 수 있습니다.",
            ),
        ),
    }
}
