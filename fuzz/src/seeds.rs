//! Inputs to begin with, for the machine that has no corpora: one of each kind that a target understands.
use pyeonji_shared::call::{Call, ChunkPart, Reply, list, search};
use pyeonji_shared::codec::{encode_client, encode_server};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::event::Event;
use pyeonji_shared::frame::{Bye, ClientFrame, Hello, Resume, ServerFrame};
use pyeonji_shared::ids::{EventSeq, FolderName, OpId, RequestId, SessionId, UidValidity};
use pyeonji_shared::query::Query;

/// What follows `* `, `* 1 FETCH (…` and the other heads of that target.
pub fn imap_response() -> Vec<Vec<u8>> {
    let said: &[&str] = &[
        "OK [UIDVALIDITY 7] fine",
        "BODY[TEXT] {3}\r\nabc FLAGS (\\Seen $Junk) MODSEQ (9)",
        "\"Mon, 7 Feb 1994 21:52:25 -0800\" \"=?UTF-8?Q?a?=\" ((\"A\" NIL \"a\" \"b.c\")) NIL NIL NIL NIL NIL NIL \"<a@b>\"",
        "((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"UTF-8\") NIL NIL \"7BIT\" 2279 48 NIL NIL NIL NIL)(\"IMAGE\" \"PNG\" \
         (\"NAME\" \"a.png\") \"<i@b>\" NIL \"BASE64\" 4554 NIL (\"attachment\" (\"FILENAME\" \"a.png\")) NIL NIL) \"MIXED\" (\"BOUNDARY\" \"x\"))",
        "(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 9 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 1 1) 1)",
        "LIST (\\HasNoChildren \\Sent) \"/\" \"&zXzBMA-\"",
        "STATUS INBOX (MESSAGES 231 UIDNEXT 44292 UNSEEN 2 HIGHESTMODSEQ 5)",
        "ESEARCH (TAG \"P3\") UID COUNT 2 MIN 1 MAX 9 ALL 1,5:9",
        "23 EXISTS",
        "VANISHED (EARLIER) 41,43:116",
        "P1 OK [COPYUID 38 304,319:320 3956:3958] Done",
    ];
    said.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// A byte that says how the rest is cut, then what a server sends.
pub fn imap_framer() -> Vec<Vec<u8>> {
    let lines: Vec<u8> = imap_response()
        .into_iter()
        .flat_map(|line| [b"* 1 FETCH (UID 1 ".as_slice(), &line, b")\r\n* ", &line, b"\r\n"].concat())
        .collect();
    let done = b"P2 OK [READ-WRITE] in\r\nP3 OK\r\n+ idling\r\n* 2 FETCH (UID 2 BODY[1]<0> {5}\r\nabcde)\r\n* BYE\r\n";
    [0_u8, 1, 14, 254].iter().map(|cut| [&[*cut], done.as_slice(), &lines].concat()).collect()
}

/// A byte that says how the rest is cut and where it begins, then what a server sends.
pub fn pop3() -> Vec<Vec<u8>> {
    let answers = "+OK 2 320\r\n+OK\r\n1 120\r\n2 200\r\n.\r\n+OK\r\n1 abc\r\n2 def\r\n.\r\n\
        +OK 120 octets\r\nSubject: a\r\n\r\n..b\r\nc\n.\r\n.\r\n-ERR [SYS/TEMP] later\r\n+OK\r\nEXPIRE 0 USER\r\n.\r\n\
        +OK\r\n+OK\r\n.\r\n+OK bye\r\n";
    let start = "+OK hi <1@a>\r\n+OK\r\nUSER\r\nSASL PLAIN CRAM-MD5\r\nLOGIN-DELAY 900\r\n.\r\n+ \r\n+OK\r\n";
    let lf = answers.replace('\r', "");
    [(0, answers), (252, answers), (16, lf.as_str()), (1, start), (3, start)]
        .iter()
        .map(|(cut, text)| [&[*cut], text.as_bytes()].concat())
        .collect()
}

pub fn ws_frame() -> Vec<Vec<u8>> {
    let inbox = FolderName::inbox();
    let id = RequestId(1);
    let resume = Some(Resume { session: SessionId([7; 16]), seen: EventSeq(3) });
    let hello = Hello { version: 1, locale: "ko".into(), resume, folder: Some(inbox.clone()), rows: 50 };
    let open = Call::Open(list::Open { folder: inbox.clone(), rows: 50 });
    let query = Query::default();
    let search = search::Search { folder: inbox.clone(), validity: UidValidity(1), query, rows: 50 };
    let search = Call::Search(search);
    let error = ApiError::new(ErrorKind::Protocol);
    let client = [
        ClientFrame::Hello(hello),
        ClientFrame::Request { id, op: None, call: open },
        ClientFrame::Request { id, op: Some(OpId([1; 16])), call: search },
        ClientFrame::Cancel { id },
        ClientFrame::Credit { id, n: 8 },
        ClientFrame::Ack { seq: EventSeq(9) },
    ];
    let server = [
        ServerFrame::Chunk { id, n: 0, part: ChunkPart::SendProgress { done: 1, total: 2 } },
        ServerFrame::Done { id, result: Ok(Reply::Ok) },
        ServerFrame::Done { id, result: Err(error.clone()) },
        ServerFrame::Event { seq: EventSeq(1), event: Event::NewMail { folder: inbox, count: 1 } },
        ServerFrame::Bye { reason: Bye::Failed(error) },
    ];
    client.iter().map(encode_client).chain(server.iter().map(encode_server)).collect()
}

pub fn mime() -> Vec<Vec<u8>> {
    let whole = "From: =?EUC-KR?B?xde9usau?= <a@b.test>\r\nTo: G: c@d.test, \"e\" <f@g.test>;\r\nSubject: =?utf-8?q?=ED=8E=B8?=\r\n\
        Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
        --x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n--y\r\nContent-Type: text/plain; charset=iso-2022-kr; format=flowed\r\n\r\n\
        \x1b$)C\x0e\x40\x21\x0f \r\n> q\r\n--y\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<b>a=3D</b>\r\n--y--\r\n\
        --x\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nin\r\n--x\r\nContent-Type: image/png; name*0*=utf-8''%ED%8E; name*1*=%B8.png\r\n\
        Content-Disposition: attachment; filename=\"..\\\\a.png\"\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <i@b>\r\n\r\niVBORw0KGgo=\r\n--x--\r\n";
    vec![whole.into(), b"Subject: a\r\n\r\nbody\r\n".to_vec()]
}

/// A byte that says how the rest is cut, then a message.
pub fn scan() -> Vec<Vec<u8>> {
    [1, 7, 255]
        .iter()
        .flat_map(|cut| mime().into_iter().map(move |source| [vec![*cut], source].concat()))
        .collect()
}

pub fn html() -> Vec<Vec<u8>> {
    let said = [
        "<style>@media (min-width:1px){p{color:red}}.a>b{margin:0 1px}</style><body style='color:rgb(1,2,3)'><p class=a>x<b>y</p>z",
        "<table><tr><td colspan=2><a href='https://a.test'>https://b.test</a><img src=cid:i@b><img src=http://c.test/d.png></table>",
        "<svg><style><img src=x onerror=a()></style></svg><math><mi><table><mglyph><style><!--</style><img title=\"--&gt;&lt;p&gt;\">",
        "<div style='width:calc((1px + 2px)*3);background:url(x)'><font color=red><p>a<h1><i>b</h1></font>&#x26;amp;<form><input>",
    ];
    said.iter().map(|html| html.as_bytes().to_vec()).collect()
}
