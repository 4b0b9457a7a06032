//! Text sent as `format=flowed` put back into paragraphs (RFC 3676 §4).

/// Joins lines that end in a space with the next one of the same quote depth. `delsp`: that space isn't text.
pub(super) fn unflow(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // Depth of the paragraph that a soft break left open.
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let quotes = line.bytes().take_while(|b| *b == b'>').count();
        let content = line.get(quotes..).unwrap_or_default();
        let content = content.strip_prefix(' ').unwrap_or(content);
        let signature = content == "-- ";
        if open != Some(quotes) || signature {
            if open.is_some() {
                out.push('\n');
            }
            if quotes > 0 {
                out.extend(std::iter::repeat_n('>', quotes));
                out.push(' ');
            }
        }
        let soft = content.ends_with(' ') && !signature;
        out.push_str(if soft && delsp { content.strip_suffix(' ').unwrap_or(content) } else { content });
        open = soft.then_some(quotes);
        if !soft {
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_quotes_and_signatures() {
        for (text, plain) in [
            ("one \ntwo\nthree", "one two\nthree\n"),
            ("> one \n> two\nme", "> one two\nme\n"),
            (">> one \n> two", ">> one \n> two\n"),
            (" From me \n > no quote", "From me > no quote\n"),
            ("text \n-- \nAda", "text \n-- \nAda\n"),
            ("a \n\nb", "a \nb\n"),
        ] {
            assert_eq!(unflow(text, false), plain, "{text:?}");
        }
        assert_eq!(unflow("한 \n글", true), "한글\n");
    }
}
