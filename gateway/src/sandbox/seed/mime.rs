//! Writes seeded messages: headers, bodies, attachments. Deterministic; no clock, no randomness.
use crate::sandbox::date::Moment;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Name and address.
pub type Person = (&'static str, &'static str);

#[derive(Clone)]
pub enum Node {
    Text(String),
    Html(String),
    Calendar(String),
    Multi(&'static str, Vec<Node>),
    File {
        name: String,
        mime: &'static str,
        bytes: Vec<u8>,
    },
    /// An image that the HTML beside it shows: content id, name, bytes.
    Inline {
        cid: &'static str,
        name: &'static str,
        bytes: Vec<u8>,
    },
    Message(Vec<u8>),
}

pub struct Mail {
    pub id: String,
    pub from: Person,
    pub to: Vec<Person>,
    pub cc: Vec<Person>,
    pub subject: String,
    pub at: Moment,
    /// Message-IDs of the thread so far.
    pub references: Vec<String>,
    /// More header lines, as they are.
    pub headers: Vec<String>,
    pub body: Node,
}

impl Mail {
    pub fn new(id: &str, from: Person, to: Person, subject: &str, at: Moment, body: Node) -> Self {
        let domain = from.1.rsplit_once('@').map_or("sandbox.test", |(_, d)| d);
        Self {
            id: format!("{id}@{domain}"),
            from,
            to: vec![to],
            cc: Vec::new(),
            subject: subject.to_owned(),
            at,
            references: Vec::new(),
            headers: Vec::new(),
            body,
        }
    }

    pub fn render(&self) -> Vec<u8> {
        let mut head = String::new();
        let people = |list: &[Person]| list.iter().map(person).collect::<Vec<_>>().join(",\r\n ");
        head += &format!("Date: {}\r\n", self.at.header());
        head += &format!("From: {}\r\nTo: {}\r\n", person(&self.from), people(&self.to));
        if !self.cc.is_empty() {
            head += &format!("Cc: {}\r\n", people(&self.cc));
        }
        head += &format!("Subject: {}\r\nMessage-ID: <{}>\r\n", words(&self.subject), self.id);
        if let Some(last) = self.references.last() {
            let all: Vec<String> = self.references.iter().map(|r| format!("<{r}>")).collect();
            head += &format!("In-Reply-To: <{last}>\r\nReferences: {}\r\n", all.join("\r\n "));
        }
        for line in &self.headers {
            head += &format!("{line}\r\n");
        }
        head += "MIME-Version: 1.0\r\n";
        let mut out = head.into_bytes();
        let mut boundaries = 0;
        write(&self.body, &self.id, &mut boundaries, &mut out);
        out
    }
}

fn person((name, address): &Person) -> String {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ');
    if name.is_empty() {
        (*address).to_owned()
    } else if plain {
        format!("{name} <{address}>")
    } else {
        format!("{} <{address}>", words(name))
    }
}

/// A header value, as encoded words where it isn't ASCII (RFC 2047).
pub fn words(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut out: Vec<String> = Vec::new();
    let mut chunk = String::new();
    let flush = |chunk: &mut String, out: &mut Vec<String>| {
        if !chunk.is_empty() {
            out.push(format!("=?UTF-8?B?{}?=", BASE64_STANDARD.encode(std::mem::take(chunk))));
        }
    };
    for c in text.chars() {
        if chunk.len() + c.len_utf8() > 42 {
            flush(&mut chunk, &mut out);
        }
        chunk.push(c);
    }
    flush(&mut chunk, &mut out);
    out.join("\r\n ")
}

/// RFC 2231 for names that aren't ASCII.
fn file_name(name: &str) -> String {
    if name.is_ascii() {
        return format!("filename=\"{name}\"");
    }
    let encoded: String = name
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    format!("filename*=UTF-8''{encoded}")
}

/// Base64 in lines of 76.
fn base64(bytes: &[u8], out: &mut Vec<u8>) {
    for line in BASE64_STANDARD.encode(bytes).as_bytes().chunks(76) {
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
}

fn quoted_printable(text: &str, out: &mut Vec<u8>) {
    for line in text.split('\n') {
        let mut column = 0;
        let last = line.len();
        for (at, b) in line.bytes().enumerate() {
            let plain = matches!(b, 0x21..=0x7e) && b != b'=' || (b == b' ' && at + 1 < last);
            if column + if plain { 1 } else { 3 } > 75 {
                out.extend_from_slice(b"=\r\n");
                column = 0;
            }
            if plain {
                out.push(b);
                column += 1;
            } else {
                out.extend_from_slice(format!("={b:02X}").as_bytes());
                column += 3;
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}

fn text(kind: &str, text: &str, out: &mut Vec<u8>) {
    let wide = text.chars().filter(|c| !c.is_ascii()).count();
    let short = text.lines().all(|l| l.len() < 900);
    let (encoding, charset) = match wide {
        0 if short => ("7bit", "us-ascii"),
        _ if wide * 4 < text.len() / 3 => ("quoted-printable", "utf-8"),
        _ => ("base64", "utf-8"),
    };
    let head =
        format!("Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n");
    out.extend_from_slice(head.as_bytes());
    match encoding {
        "7bit" => out.extend_from_slice(format!("{}\r\n", text.replace('\n', "\r\n")).as_bytes()),
        "base64" => base64(text.replace('\n', "\r\n").as_bytes(), out),
        _ => quoted_printable(text, out),
    }
}

fn write(node: &Node, id: &str, boundaries: &mut u32, out: &mut Vec<u8>) {
    let mut say = |line: String| out.extend_from_slice(line.as_bytes());
    match node {
        Node::Text(body) => text("text/plain", body, out),
        Node::Html(body) => text("text/html", body, out),
        Node::Calendar(body) => {
            say("Content-Type: text/calendar; method=REQUEST; charset=utf-8; name=\"invite.ics\"\r\n\
                 Content-Transfer-Encoding: base64\r\n\r\n"
                .into());
            base64(body.replace('\n', "\r\n").as_bytes(), out);
        }
        Node::File { name, mime, bytes } => {
            say(format!(
                "Content-Type: {mime}\r\nContent-Disposition: attachment; {}\r\nContent-Transfer-Encoding: base64\r\n\r\n",
                file_name(name)
            ));
            base64(bytes, out);
        }
        Node::Inline { cid, name, bytes } => {
            say(format!(
                "Content-Type: image/png; name=\"{name}\"\r\nContent-ID: <{cid}>\r\n\
                 Content-Disposition: inline; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            ));
            base64(bytes, out);
        }
        Node::Message(raw) => {
            say("Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=\"forwarded.eml\"\r\n\r\n".into());
            out.extend_from_slice(raw);
        }
        Node::Multi(kind, parts) => {
            *boundaries += 1;
            let tag: String = id.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
            let boundary = format!("=_{tag}_{boundaries}");
            say(format!("Content-Type: multipart/{kind};\r\n boundary=\"{boundary}\"\r\n\r\n"));
            for part in parts {
                out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
                write(part, id, boundaries, out);
                out.extend_from_slice(b"\r\n");
            }
            out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mail_parser::{MessageParser, MimeHeaders};

    #[test]
    fn another_parser_reads_what_is_written() {
        let parts = vec![
            Node::Multi(
                "alternative",
                vec![Node::Text("한글과 text = ok \n둘".into()), Node::Html("<p>café</p>".into())],
            ),
            Node::File { name: "보고서 1.pdf".into(), mime: "application/pdf", bytes: vec![0, 1, 2, 255] },
        ];
        let from = ("김 아다", "ada@blue.test");
        let body = Node::Multi("mixed", parts);
        let subject = "아주 긴 제목입니다: 편지가 길어지면 여러 낱말로 나뉘어야 합니다";
        let raw =
            Mail::new("x", from, ("Bora Lee", "bora@green.test"), subject, Moment::utc(0), body).render();
        let message = MessageParser::new().parse(&raw).unwrap();
        assert_eq!(message.subject(), Some(subject));
        assert_eq!(message.from().unwrap().first().unwrap().name(), Some("김 아다"));
        assert_eq!(message.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), "한글과 text = ok \n둘");
        assert_eq!(message.body_html(0).unwrap().trim_end(), "<p>café</p>");
        let file = message.attachment(0).unwrap();
        assert_eq!((file.attachment_name(), file.contents()), (Some("보고서 1.pdf"), &[0u8, 1, 2, 255][..]));
    }
}
