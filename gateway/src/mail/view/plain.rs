//! Plain text from what was sent, and from HTML when nothing else was.
use super::super::html;

/// HTML up to this size goes through html2text; longer ones lose their markup only.
const MAX_LAYOUT: usize = 300 << 10;
/// Columns; the page wraps by itself.
const WIDTH: usize = 1_000;

/// LF line ends, no control characters but tab, no trailing blanks at the end.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\t' => out.push(c),
            '\u{c}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

/// Text from HTML that the sanitiser passed, as far as its reader sees it (R13): links without their addresses,
/// tables read row by row.
pub(super) fn from_html(safe: &str) -> String {
    let safe = html::visible(safe);
    if safe.len() <= MAX_LAYOUT {
        let text = html2text::config::plain_no_decorate()
            .raw_mode(true)
            .no_table_borders()
            .link_footnotes(false)
            .string_from_read(safe.as_bytes(), WIDTH);
        if let Ok(text) = text {
            return tidy(&text);
        }
    }
    html::text_only(&safe)
}

/// Rules as wide as the page would be, and the empty lines of layout tables, shortened.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines() {
        let line = line.trim_end();
        let line = if line.len() > 60 && line.chars().all(|c| c == '─') {
            "────────────────────"
        } else {
            line
        };
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty <= 1 && !(line.is_empty() && out.is_empty()) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_sanitised_html() {
        let text = from_html(
            "<p>안녕 <b>하세요</b></p><table><tr><td>a</td><td>b</td></tr></table><hr><ul><li>x</li></ul>",
        );
        assert!(text.contains("안녕 하세요") && text.contains("x"), "{text}");
        assert!(text.lines().all(|line| line.len() < 100), "{text}");
        assert_eq!(clean("a\r\nb\rc\0\u{7}\n\n\n"), "a\nb\nc\n");
        assert_eq!(clean(""), "");
    }
}
