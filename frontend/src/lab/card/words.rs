//! The texts around a report card, and its errors in words.
use super::super::names;
use crate::i18n::Locale;
use crate::i18n::error::texts;
use pyeonji_shared::call::device::Expire;
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::lab::card::{Encryption, Limit};
use pyeonji_shared::lab::report::Proto;

/// English and Korean.
pub type Both = (&'static str, &'static str);

pub fn say(l: Locale, (english, korean): Both) -> &'static str {
    match l {
        Locale::English => english,
        Locale::Korean => korean,
    }
}

/// With `{n}` filled.
pub fn say_with(l: Locale, both: Both, n: &str) -> String {
    say(l, both).replace("{n}", n)
}

pub const LEAD: Both = (
    "What a provider’s servers offer, and what you have to do without if something is missing. Providers that are set up in this webmail can be asked.",
    "메일 서비스의 서버가 무엇을 제공하는지, 부족한 것이 있으면 어떤 점이 불편한지 알려 드립니다. 이 웹메일에 설정된 서비스만 물어볼 수 있습니다.",
);
pub const ADDRESS: Both = ("Address or domain", "메일 주소 또는 도메인");
pub const PASSWORD: Both = ("Password (optional)", "비밀번호(선택)");
pub const PASSWORD_WHY: Both = (
    "With it, the card also shows what the servers offer after sign-in. It is used once and kept nowhere.",
    "입력하면 로그인한 뒤에 제공하는 기능도 보여 줍니다. 한 번만 쓰고 어디에도 저장하지 않습니다.",
);
pub const OTHER: Both = ("A server that isn’t set up here", "설정되어 있지 않은 서버");
pub const OTHER_WHY: Both = (
    "Looks for IMAP, POP3 and SMTP at their usual ports, with encryption alone. A password is never sent in clear.",
    "IMAP, POP3, SMTP를 표준 포트에서 암호화된 연결로만 찾습니다. 비밀번호는 암호화되지 않은 채로 보내지 않습니다.",
);
pub const HOST: Both = ("Name of the server", "서버 이름");
pub const USER: Both = ("User name (optional)", "사용자 이름(선택)");
pub const ASK: Both = ("Ask this server", "이 서버에 물어보기");
pub const MAKE: Both = ("Make the report card", "성적표 만들기");
pub const OWN: Both = ("My own account", "내 계정");
pub const BUSY: Both = (
    "Asking the servers… This can take up to a minute.",
    "서버에 물어보는 중입니다. 1분까지 걸릴 수 있습니다.",
);
pub const READY: Both = ("The report card of {n} is ready.", "{n} 성적표가 준비되었습니다.");
pub const CARD_OF: Both = ("Report card of {n}", "{n} 성적표");
pub const SAVE: Both = ("Save for support", "문의용으로 저장");
pub const SAVE_WHY: Both = (
    "A text file with all of this and what passed on the wire, without any password.",
    "이 내용과 서버와 주고받은 기록이 담긴 텍스트 파일입니다. 비밀번호는 들어 있지 않습니다.",
);
pub const REACHED: Both = ("Reached", "연결됨");
pub const NOT_REACHED: Both = ("Not usable", "쓸 수 없음");
pub const SERVER: Both = ("Server", "서버");
pub const GREETING: Both = ("Greeting", "첫인사");
pub const ENCRYPTION: Both = ("Encryption", "암호화");
pub const CERTIFICATE: Both = ("Certificate for", "인증서 이름");
pub const ISSUER: Both = ("Issued by", "발급자");
pub const VALID: Both = ("Valid for", "남은 기간");
pub const PIN: Both = ("Key", "키");
pub const SIGN_IN: Both = ("Sign-in", "로그인");
pub const ACCEPTED: Both = ("accepted", "성공");
pub const REFUSED: Both = ("refused", "거절됨");
pub const NOT_TRIED: Both = ("not tried", "하지 않음");
pub const BEFORE: Both = ("Offered before sign-in", "로그인 전에 제공하는 기능");
pub const AFTER: Both =
    ("Offered after sign-in, new ones in bold", "로그인 후에 제공하는 기능(새로 생긴 것은 굵게)");
pub const LIMITS: Both = ("Limits", "제한");
pub const FINDINGS: Both = ("What this means for you", "사용할 때 달라지는 점");
pub const WHOLE: Both = ("The provider as a whole", "서비스 전체");
pub const ALL_WELL: Both = ("Nothing is missing.", "부족한 것이 없습니다.");
pub const SERIOUS: Both = ("Serious", "중요");
pub const MINOR: Both = ("Minor", "참고");
pub const TRANSCRIPT: Both = ("What passed on the wire", "서버와 주고받은 기록");

pub fn protocol(protocol: Proto) -> &'static str {
    match protocol {
        Proto::Imap => "IMAP",
        Proto::Pop3 => "POP3",
        Proto::Smtp => "SMTP",
    }
}

/// What a service is for.
pub fn purpose(l: Locale, protocol: Proto) -> &'static str {
    say(
        l,
        match protocol {
            Proto::Imap => ("mail that stays on the server", "서버에 두고 보는 메일"),
            Proto::Pop3 => ("mail that is fetched", "내려받는 메일"),
            Proto::Smtp => ("sending", "보내기"),
        },
    )
}

pub fn encryption(l: Locale, encryption: Encryption) -> &'static str {
    say(
        l,
        match encryption {
            Encryption::Implicit => ("TLS from the beginning", "처음부터 TLS"),
            Encryption::StartTls => ("TLS after STARTTLS", "STARTTLS 이후 TLS"),
            Encryption::None => ("none", "없음"),
        },
    )
}

pub fn days(l: Locale, days: i64) -> String {
    let unit = if days == 1 { ("{n} day", "{n}일") } else { ("{n} days", "{n}일") };
    say_with(l, unit, &days.to_string())
}

pub fn limit(l: Locale, limit: Limit) -> String {
    let (both, n) = match limit {
        Limit::MessageOctets(n) => (
            ("A message that you send can have up to {n}.", "보내는 메일은 최대 {n}까지 가능합니다."),
            names::octets(n),
        ),
        Limit::AppendOctets(n) => (
            ("A message that is stored can have up to {n}.", "저장하는 메일은 최대 {n}까지 가능합니다."),
            names::octets(n),
        ),
        Limit::MessagesPerCommand(n) => (
            ("Messages that are handled at once: up to {n}.", "한 번에 최대 {n}통까지 처리합니다."),
            n.to_string(),
        ),
        Limit::SavedMessages(n) => (
            ("Messages of one saved search: up to {n}.", "저장된 검색 하나에 최대 {n}통까지 담깁니다."),
            n.to_string(),
        ),
        Limit::Expire(Expire::Never) => {
            (("Mail is kept without an end.", "메일을 기한 없이 보관합니다."), String::new())
        }
        Limit::Expire(Expire::Days(n)) => {
            (("Mail is kept for {n}.", "메일을 {n} 동안 보관합니다."), days(l, n.into()))
        }
        Limit::LoginDelay(n) => (
            ("Between two sign-ins there must be {n}.", "로그인 사이에 {n} 간격이 필요합니다."),
            names::time(l, u64::from(n) * 1_000),
        ),
    };
    say_with(l, both, &n)
}

/// What happened, and what to do. What fits here is said as the mail page says it; constants, so that only that is in the module.
pub fn error(l: Locale, kind: ErrorKind) -> (&'static str, &'static str) {
    use ErrorKind::*;
    let (what, remedy): &(Both, Both) = match kind {
        WrongPassword => const { &texts(WrongPassword) },
        UnknownProvider => const { &texts(UnknownProvider) },
        CertificateName => const { &texts(CertificateName) },
        CertificateExpired => const { &texts(CertificateExpired) },
        CertificateUntrusted => const { &texts(CertificateUntrusted) },
        CertificateIsCa => const { &texts(CertificateIsCa) },
        Tls => const { &texts(Tls) },
        InsecureServer => const { &texts(InsecureServer) },
        Protocol => const { &texts(Protocol) },
        Refused => const { &texts(Refused) },
        TooManyFailures | RateLimited => const { &texts(TooManyFailures) },
        InUse => const { &texts(InUse) },
        BadAddress => &(
            const { texts(BadAddress).0 },
            (
                "Write an address like name@example.org, or a name like mail.example.org. A password needs a whole address, or a user name.",
                "name@example.org 같은 주소나 mail.example.org 같은 이름을 쓰세요. 비밀번호를 쓰려면 전체 주소나 사용자 이름이 필요합니다.",
            ),
        ),
        Busy => const { &texts(Busy) },
        ServerTimeout => const { &texts(ServerTimeout) },
        ServerDown => &(
            const { texts(ServerDown).0 },
            (
                "Try again later. If it stays so, ask the provider whether its address and port are still right.",
                "나중에 다시 시도하세요. 계속되면 서비스 제공자에게 서버 주소와 포트가 맞는지 문의하세요.",
            ),
        ),
        Disconnected => const { &(texts(Disconnected).0, texts(ServerTimeout).1) },
        TooSoon => const { &(texts(TooSoon).0, texts(RateLimited).1) },
        SignedOut => &(
            ("You aren’t signed in.", "로그인하지 않았습니다."),
            (
                "Sign in to your mail first, or write an address here.",
                "먼저 메일에 로그인하거나 여기에 주소를 입력하세요.",
            ),
        ),
        Offline => &(
            ("There is no connection.", "연결이 끊겼습니다."),
            ("Check your network, then try again.", "네트워크를 확인하고 다시 시도하세요."),
        ),
        _ => const { &texts(Internal) },
    };
    (say(l, *what), say(l, *remedy))
}
