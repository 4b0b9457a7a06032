//! The text of a message being sent, and the frame of a multipart one.
use sha2::{Digest, Sha256};

/// Columns of a flowed line (RFC 3676 §4.2); with its soft break it stays below 78.
const WIDTH: usize = 72;
/// Octets of a line that may travel as it is; RFC 5322 §2.1.1 allows 998.
const MAX_LINE: usize = 900;

/// Writes the fields of the text, the empty line and the text itself; it ends with a line break.
pub(super) fn write(text: &str, out: &mut Vec<u8>) {
    let text = flowed(text);
    let ascii = text.is_ascii() && !text.bytes().any(|b| b == 0x7f || (b < 0x20 && !b"\r\n\t".contains(&b)));
    let short = text.split("\r\n").all(|line| line.len() <= MAX_LINE);
    let special = text.bytes().filter(|b| !b.is_ascii() || *b == b'=').count();
    // 8bit would need 8BITMIME all the way, which nobody can know here.
    let encoding = if ascii && short {
        "7bit"
    } else if special * 3 < text.len() {
        "quoted-printable"
    } else {
        "base64"
    };
    out.extend_from_slice(b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n");
    out.extend_from_slice(format!("Content-Transfer-Encoding: {encoding}\r\n\r\n").as_bytes());
    match encoding {
        "7bit" => out.extend_from_slice(text.as_bytes()),
        "quoted-printable" => quoted_printable(text.as_bytes(), out),
        _ => {
            let mut lines = super::Base64Lines::new();
            out.extend(lines.feed(text.as_bytes()));
            out.extend(lines.finish());
        }
    }
}

/// CRLF line ends, soft breaks and space stuffing (RFC 3676 §4); ends with a line break.
fn flowed(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for line in text.trim_end_matches('\n').split('\n') {
        // A signature's mark keeps its space (RFC 3676 §4.3); others would be taken for soft breaks.
        let line = if line == "-- " { line } else { line.trim_end_matches(' ') };
        if line.starts_with('>') {
            // A quotation typed by hand or made by the page: fixed lines, as deep as they are.
            out.push_str(line);
            out.push_str("\r\n");
        } else {
            paragraph(line, &mut out);
        }
    }
    out
}

fn paragraph(line: &str, out: &mut String) {
    let mut column = 0;
    let mut start = true;
    for word in line.split_inclusive(' ') {
        let width = word.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
        // A break is made only behind a space, which then marks it as soft.
        if column > 0 && column + width > WIDTH && out.ends_with(' ') {
            out.push_str("\r\n");
            (column, start) = (0, true);
        }
        if start && (word.starts_with([' ', '>']) || (word.starts_with("From ") || word.trim_end() == "From"))
        {
            out.push(' ');
        }
        out.push_str(word);
        column += width;
        start = false;
    }
    out.push_str("\r\n");
}

/// RFC 2045 §6.7, line by line.
fn quoted_printable(text: &[u8], out: &mut Vec<u8>) {
    let text = text.strip_suffix(b"\r\n").unwrap_or(text);
    for line in text.split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut column = 0;
        for (at, &byte) in line.iter().enumerate() {
            let last = at + 1 == line.len();
            let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || (matches!(byte, b' ' | b'\t') && !last);
            let width = if plain { 1 } else { 3 };
            if column + width > 75 {
                out.extend_from_slice(b"=\r\n");
                column = 0;
            }
            // A line of one dot, or beginning with one, tempts broken relays.
            if plain && !(column == 0 && byte == b'.') {
                out.push(byte);
                column += 1;
            } else {
                out.extend_from_slice(format!("={byte:02X}").as_bytes());
                column += 3;
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}

/// A boundary that occurs in no encoded body: `=_` is in neither base64 nor quoted-printable (RFC 2045 §6.7).
pub(super) fn boundary(message_id: &str) -> String {
    let digest = Sha256::digest(message_id.as_bytes());
    let hex: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("=_pyeonji_{hex}")
}

pub(super) fn multipart(boundary: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(
        format!("Content-Type: multipart/mixed;\r\n boundary=\"{boundary}\"\r\n\r\n").as_bytes(),
    );
}

pub(super) fn delimiter(boundary: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
}

pub(super) fn close(boundary: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
}
