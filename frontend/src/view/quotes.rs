//! Plain text as blocks: what was written, and what was quoted and can be folded.

/// Consecutive lines of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// Quoted (`>`), or a signature or a forwarded history at the end: shown folded when it is long.
    pub folded: bool,
    pub text: &'a str,
}

/// A quotation this short is shown as it is.
const SHORT_LINES: usize = 4;

/// Splits text (LF line ends) into blocks; joined, they are the text again.
pub fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut out: Vec<Block<'_>> = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let mut quoted = false;
    for line in text.split_inclusive('\n') {
        let is = line.trim_start_matches([' ', '\u{a0}']).starts_with('>');
        // A blank line between two quoted ones belongs to the quotation only if one follows; leave it outside.
        if is != quoted && at > start {
            push(&mut out, quoted, text.get(start..at).unwrap_or_default());
            start = at;
        }
        quoted = is;
        at += line.len();
    }
    if at > start {
        push(&mut out, quoted, text.get(start..at).unwrap_or_default());
    }
    // Interleaved answers are a conversation: fold only what is long, or what ends the message.
    let last = out.iter().rposition(|b| !b.text.trim().is_empty());
    for (i, block) in out.iter_mut().enumerate() {
        block.folded &= block.text.lines().count() > SHORT_LINES || Some(i) == last && i > 0;
    }
    if out.iter().filter(|b| !b.folded).all(|b| b.text.trim().is_empty()) {
        // All of it is quoted: folding would show nothing.
        out.iter_mut().for_each(|b| b.folded = false);
    }
    out
}

fn push<'a>(out: &mut Vec<Block<'a>>, folded: bool, text: &'a str) {
    out.push(Block { folded, text });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn folded(text: &str) -> Vec<&str> {
        blocks(text).into_iter().filter(|b| b.folded).map(|b| b.text).collect()
    }

    #[test]
    fn the_quoted_end_is_folded() {
        assert_eq!(folded("Yes.\n\nOn Monday Ada wrote:\n> one\n> two\n"), ["> one\n> two\n"]);
        assert_eq!(folded("네.\n> 하나\n\n"), ["> 하나\n"]);
    }

    #[test]
    fn interleaved_answers_stay_readable() {
        let text = "> Do you come?\nYes.\n> And Bora?\nNo.\n";
        assert_eq!(folded(text), Vec::<&str>::new());
        let long = format!("{}Agreed.\n", "> line\n".repeat(9));
        assert_eq!(folded(&long).len(), 1);
    }

    #[test]
    fn a_message_of_nothing_but_quotation_is_shown() {
        assert_eq!(folded(&"> a\n".repeat(20)), Vec::<&str>::new());
        assert_eq!(folded(""), Vec::<&str>::new());
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in "([> a]{0,4}\n?){0,20}") {
            let joined: String = blocks(&text).iter().map(|b| b.text).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
