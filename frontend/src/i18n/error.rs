//! For every error: what happened, and what to do about it.
use super::Locale;
use pyeonji_shared::error::ErrorKind;

/// One sentence.
pub fn what_happened(locale: Locale, kind: ErrorKind) -> &'static str {
    pick(locale, texts(kind).0)
}

/// What the person can do. Never empty.
pub fn remedy(locale: Locale, kind: ErrorKind) -> &'static str {
    pick(locale, texts(kind).1)
}

fn pick(locale: Locale, (english, korean): (&'static str, &'static str)) -> &'static str {
    match locale {
        Locale::English => english,
        Locale::Korean => korean,
    }
}

type Both = (&'static str, &'static str);

/// What happened, and the remedy.
pub const fn texts(kind: ErrorKind) -> (Both, Both) {
    use ErrorKind::*;
    match kind {
        WrongPassword => (
            ("The address or the password is wrong.", "주소나 비밀번호가 맞지 않습니다."),
            (
                "Check both and try again. Some providers want an app password here.",
                "둘 다 확인한 뒤 다시 시도하세요. 앱 비밀번호를 써야 하는 서비스도 있습니다.",
            ),
        ),
        UnknownProvider => (
            (
                "No mail server is set up here for this address.",
                "이 주소에 쓸 메일 서버가 설정되어 있지 않습니다.",
            ),
            (
                "Check the part after @, or ask whoever runs this webmail to add your provider.",
                "@ 뒤의 주소를 확인하거나, 웹메일 관리자에게 서비스 추가를 요청하세요.",
            ),
        ),
        ServerDown => (
            ("The mail server can’t be reached.", "메일 서버에 연결할 수 없습니다."),
            (
                "Wait a little and try again. Your mail is safe on the server.",
                "잠시 뒤 다시 시도하세요. 메일은 서버에 안전하게 있습니다.",
            ),
        ),
        ServerTimeout => (
            ("The mail server takes too long to answer.", "메일 서버의 응답이 너무 늦습니다."),
            ("Try again in a moment.", "잠시 뒤 다시 시도하세요."),
        ),
        CertificateName => (
            (
                "The mail server’s certificate is for another name.",
                "메일 서버의 인증서가 다른 이름으로 발급되었습니다.",
            ),
            (
                "Nothing was sent to it. Ask the administrator to correct the server’s name or its certificate.",
                "서버에는 아무것도 보내지 않았습니다. 관리자에게 서버 이름이나 인증서를 바로잡아 달라고 하세요.",
            ),
        ),
        CertificateExpired => (
            (
                "The mail server’s certificate has expired or isn’t valid yet.",
                "메일 서버의 인증서가 만료되었거나 아직 유효하지 않습니다.",
            ),
            (
                "Nothing was sent to it. Ask the administrator to renew the certificate.",
                "서버에는 아무것도 보내지 않았습니다. 관리자에게 인증서 갱신을 요청하세요.",
            ),
        ),
        CertificateUntrusted => (
            (
                "The mail server’s certificate is signed by nobody we trust.",
                "메일 서버의 인증서를 신뢰할 수 없습니다.",
            ),
            (
                "Nothing was sent to it. The administrator can add the signing authority to the configuration (ca_file).",
                "서버에는 아무것도 보내지 않았습니다. 관리자가 설정(ca_file)에 인증 기관을 추가할 수 있습니다.",
            ),
        ),
        CertificateIsCa => (
            (
                "The mail server shows a CA certificate as its own.",
                "메일 서버가 CA 인증서를 자기 인증서로 쓰고 있습니다.",
            ),
            (
                "Nothing was sent to it. The administrator needs a server certificate (CA:FALSE) signed by that CA.",
                "서버에는 아무것도 보내지 않았습니다. 관리자가 그 CA로 서명한 서버 인증서(CA:FALSE)를 만들어야 합니다.",
            ),
        ),
        Tls => (
            (
                "No secure connection to the mail server could be made.",
                "메일 서버와 보안 연결을 맺지 못했습니다.",
            ),
            (
                "Try again. If it stays so, show the words below to the administrator.",
                "다시 시도하세요. 계속되면 아래 내용을 관리자에게 알려 주세요.",
            ),
        ),
        InsecureServer => (
            (
                "The mail server does not offer a safe connection.",
                "메일 서버가 안전한 연결을 제공하지 않습니다.",
            ),
            (
                "Your password was not sent. Ask the administrator to check the server’s encryption settings.",
                "비밀번호는 보내지 않았습니다. 관리자에게 서버의 암호화 설정을 확인해 달라고 하세요.",
            ),
        ),
        Protocol => (
            (
                "The mail server sent something that makes no sense.",
                "메일 서버가 이해할 수 없는 응답을 보냈습니다.",
            ),
            (
                "Try again. If it stays so, tell the administrator.",
                "다시 시도하세요. 계속되면 관리자에게 알려 주세요.",
            ),
        ),
        Refused => (
            ("The mail server refused.", "메일 서버가 요청을 거절했습니다."),
            ("Its reason, if it gave one, is below.", "서버가 이유를 알려 주었다면 아래에 있습니다."),
        ),
        Disconnected => (
            ("The mail server closed the connection.", "메일 서버가 연결을 끊었습니다."),
            (
                "It is being tried again. You can keep reading.",
                "다시 연결하고 있습니다. 계속 읽을 수 있습니다.",
            ),
        ),
        OverQuota => (
            ("The mailbox is full.", "메일함이 가득 찼습니다."),
            (
                "Delete large messages and empty the trash, then try again.",
                "큰 메일을 지우고 휴지통을 비운 뒤 다시 시도하세요.",
            ),
        ),
        TooBig => (
            (
                "The message is larger than the mail server accepts.",
                "메일이 서버가 받을 수 있는 크기보다 큽니다.",
            ),
            (
                "Remove or shrink attachments. Nothing was sent.",
                "첨부 파일을 빼거나 줄이세요. 아직 보내지 않았습니다.",
            ),
        ),
        RecipientRefused => (
            (
                "A recipient was refused. The message was sent to nobody.",
                "받는 사람 중 일부가 거절되어 아무에게도 보내지 않았습니다.",
            ),
            (
                "Correct or remove the marked address, then send again.",
                "표시된 주소를 고치거나 지운 뒤 다시 보내세요.",
            ),
        ),
        SenderRefused => (
            (
                "The mail server does not let you send from this address.",
                "메일 서버가 이 주소로 보내는 것을 허용하지 않습니다.",
            ),
            (
                "Sign in with the address you want to send from, or ask the administrator.",
                "보내려는 주소로 로그인하거나 관리자에게 문의하세요.",
            ),
        ),
        MessageRefused => (
            ("The mail server refused the message.", "메일 서버가 메일을 거절했습니다."),
            (
                "Its reason is below. Change the message and send again; your text is kept.",
                "이유는 아래에 있습니다. 내용을 고쳐 다시 보내세요. 쓴 글은 그대로 있습니다.",
            ),
        ),
        SendUnknown => (
            ("It is not known whether the message was sent.", "메일이 보내졌는지 알 수 없습니다."),
            (
                "Send again: we look in Sent first, so it will not go out twice.",
                "다시 보내기를 누르세요. 보낸 메일함을 먼저 확인하므로 두 번 가지 않습니다.",
            ),
        ),
        RateLimited => (
            ("That was too much in a short time.", "짧은 시간에 너무 많이 요청했습니다."),
            ("Wait a few minutes, then try again.", "몇 분 뒤 다시 시도하세요."),
        ),
        TooManyFailures => (
            ("Too many failed sign-ins from here.", "이곳에서 로그인에 너무 여러 번 실패했습니다."),
            ("Wait a minute, then try again.", "1분 뒤 다시 시도하세요."),
        ),
        Gone => (
            ("This is no longer there.", "더 이상 존재하지 않습니다."),
            (
                "It was deleted or moved elsewhere. The list is up to date now.",
                "다른 곳에서 지우거나 옮겼습니다. 목록을 최신 상태로 바꿨습니다.",
            ),
        ),
        ValidityChanged => (
            ("The server renumbered this folder.", "서버가 이 폴더의 번호를 다시 매겼습니다."),
            ("Open the folder again.", "폴더를 다시 여세요."),
        ),
        Unsupported => (
            ("This mail server can’t do that.", "이 메일 서버에서는 할 수 없는 일입니다."),
            ("Nothing was changed.", "바뀐 것은 없습니다."),
        ),
        BadRequest => (
            ("The page asked for something that makes no sense.", "페이지가 잘못된 요청을 보냈습니다."),
            (
                "Reload the page. What you wrote is kept.",
                "페이지를 새로 고침 하세요. 쓴 글은 그대로 있습니다.",
            ),
        ),
        SignedOut => (
            ("You have been signed out.", "로그아웃되었습니다."),
            (
                "Sign in again. What you wrote is kept on this device.",
                "다시 로그인하세요. 쓴 글은 이 기기에 남아 있습니다.",
            ),
        ),
        Cancelled => (("Cancelled.", "취소했습니다."), ("Nothing was changed.", "바뀐 것은 없습니다.")),
        InUse => (
            ("Another program is using this mailbox.", "다른 프로그램이 이 메일함을 사용하고 있습니다."),
            (
                "A POP3 mailbox can be opened by one program at a time, and by one device. Try again in a minute.",
                "POP3 메일함은 한 번에 한 프로그램, 한 기기에서만 열 수 있습니다. 1분 뒤 다시 시도하세요.",
            ),
        ),
        DeviceFull => (
            ("There is no room for more mail on this device.", "이 기기에 메일을 더 저장할 공간이 없습니다."),
            (
                "Nothing was removed from the server. Delete mail here or free space, then check again.",
                "서버의 메일은 그대로 있습니다. 여기서 메일을 지우거나 공간을 비운 뒤 다시 확인하세요.",
            ),
        ),
        Device => (
            ("The mail on this device can’t be read or written.", "이 기기의 메일을 읽거나 쓸 수 없습니다."),
            (
                "Reload the page. If that doesn’t help, check that the browser may store data for this site.",
                "페이지를 새로 고침 하세요. 그래도 안 되면 브라우저가 이 사이트의 데이터를 저장할 수 있는지 확인하세요.",
            ),
        ),
        TooSoon => (
            (
                "The mail server wants a pause between two checks.",
                "메일 서버가 확인 사이에 간격을 두도록 합니다.",
            ),
            ("The next check begins by itself.", "다음 확인은 자동으로 시작됩니다."),
        ),
        Busy => (
            ("The service is busy.", "지금 이용자가 많습니다."),
            ("Try again in a moment.", "잠시 뒤 다시 시도하세요."),
        ),
        Internal => (
            ("Something broke on our side.", "저희 쪽에서 문제가 생겼습니다."),
            (
                "Try again. If it stays so, tell whoever runs this webmail.",
                "다시 시도하세요. 계속되면 웹메일 관리자에게 알려 주세요.",
            ),
        ),
        Unshowable => (
            ("This message can’t be shown safely.", "이 메일은 안전하게 표시할 수 없습니다."),
            ("Open its source instead.", "대신 원본을 여세요."),
        ),
        UploadGone => (
            ("An attachment is no longer at the service.", "첨부 파일이 서버에 더 이상 없습니다."),
            ("Remove it and attach it again, then send.", "빼고 다시 첨부한 뒤 보내세요."),
        ),
        Offline => (
            ("There is no connection.", "연결이 끊겼습니다."),
            (
                "Check your network. The page connects again by itself.",
                "네트워크를 확인하세요. 연결되면 저절로 이어집니다.",
            ),
        ),
        BadAddress => (
            ("This is not a usable address.", "쓸 수 없는 주소입니다."),
            ("Write it like name@example.org.", "name@example.org처럼 쓰세요."),
        ),
    }
}

/// Every kind, for tests that must not miss one.
#[cfg(test)]
pub(super) const ALL: &[ErrorKind] = {
    use ErrorKind::*;
    &[
        WrongPassword,
        UnknownProvider,
        ServerDown,
        ServerTimeout,
        CertificateName,
        CertificateExpired,
        CertificateUntrusted,
        CertificateIsCa,
        Tls,
        InsecureServer,
        Protocol,
        Refused,
        Disconnected,
        OverQuota,
        TooBig,
        RecipientRefused,
        SenderRefused,
        MessageRefused,
        SendUnknown,
        RateLimited,
        TooManyFailures,
        Gone,
        ValidityChanged,
        Unsupported,
        BadRequest,
        SignedOut,
        Cancelled,
        Busy,
        InUse,
        TooSoon,
        DeviceFull,
        Device,
        Internal,
        Unshowable,
        UploadGone,
        Offline,
        BadAddress,
    ]
};
