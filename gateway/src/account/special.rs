//! Special folders by their usual names, for servers that don't say which is which (no RFC 6154).
use pyeonji_shared::account::SpecialUse;

/// Names in the languages of mail programs that make such folders, lower-case.
const NAMES: &[(SpecialUse, &[&str])] = &[
    (
        SpecialUse::Drafts,
        &[
            "drafts",
            "draft",
            "임시보관함",
            "임시 보관함",
            "초안",
            "entwürfe",
            "brouillons",
            "borradores",
            "下書き",
            "草稿",
            "bozze",
            "rascunhos",
            "черновики",
        ],
    ),
    (
        SpecialUse::Sent,
        &[
            "sent",
            "sent items",
            "sent mail",
            "sent messages",
            "sent-mail",
            "보낸 편지함",
            "보낸편지함",
            "보낸메일함",
            "보낸 메일함",
            "gesendet",
            "gesendete elemente",
            "gesendete objekte",
            "envoyés",
            "éléments envoyés",
            "enviados",
            "elementos enviados",
            "送信済み",
            "送信済みアイテム",
            "已发送",
            "posta inviata",
            "отправленные",
        ],
    ),
    (
        SpecialUse::Archive,
        &[
            "archive",
            "archives",
            "archived",
            "보관함",
            "보관",
            "archiv",
            "archivo",
            "archivio",
            "アーカイブ",
            "存档",
            "архив",
        ],
    ),
    (
        SpecialUse::Junk,
        &[
            "junk",
            "junk e-mail",
            "junk email",
            "junk mail",
            "spam",
            "bulk mail",
            "스팸",
            "스팸함",
            "스팸메일함",
            "스팸 메일함",
            "정크",
            "정크 메일",
            "spamverdacht",
            "courrier indésirable",
            "correo no deseado",
            "迷惑メール",
            "垃圾邮件",
            "спам",
        ],
    ),
    (
        SpecialUse::Trash,
        &[
            "trash",
            "deleted items",
            "deleted messages",
            "deleted",
            "bin",
            "wastebasket",
            "휴지통",
            "지운 편지함",
            "지운편지함",
            "지운 메일함",
            "삭제된 항목",
            "papierkorb",
            "gelöschte elemente",
            "corbeille",
            "papelera",
            "ゴミ箱",
            "削除済みアイテム",
            "已删除邮件",
            "cestino",
            "корзина",
        ],
    ),
];

/// What a folder of this last path segment is usually for.
pub fn by_name(segment: &str) -> Option<SpecialUse> {
    let name = segment.trim().to_lowercase();
    NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(special, _)| *special)
}

/// The name under which a missing one is created.
pub fn to_create(special: SpecialUse) -> Option<&'static str> {
    match special {
        SpecialUse::Drafts => Some("Drafts"),
        SpecialUse::Sent => Some("Sent"),
        SpecialUse::Archive => Some("Archive"),
        SpecialUse::Junk => Some("Junk"),
        SpecialUse::Trash => Some("Trash"),
        SpecialUse::Inbox | SpecialUse::All | SpecialUse::Flagged => None,
    }
}
