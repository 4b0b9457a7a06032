//! The allowlist for styles (R6): properties, tokens and selectors, parsed by cssparser and written anew.
mod hiding;
mod selectors;
mod values;

use cssparser::{Delimiter, Parser, Token};
pub(super) use hiding::{Element, Seen, Sheet};

/// Rules of one document.
const MAX_RULES: usize = 4_000;
/// Declarations of one block.
const MAX_DECLARATIONS: usize = 200;

/// Sanitises the value of a `style` attribute; empty when nothing is left.
pub(super) fn declarations(css: &str) -> String {
    block(&mut Parser::new(css))
}

/// Sanitises a style sheet; empty when nothing is left. The result holds no `<`.
pub(super) fn sheet(css: &str) -> String {
    let mut out = String::new();
    rules(&mut Parser::new(css), true, &mut 0, &mut out);
    out
}

/// What a style sheet hides.
pub(super) fn hiding(css: &str) -> Sheet {
    Sheet::read(&sheet(css))
}

fn block(parser: &mut Parser<'_>) -> String {
    let mut out = String::new();
    let mut count = 0;
    while !parser.is_exhausted() && count < MAX_DECLARATIONS {
        count += 1;
        let declaration = parser.parse_until_after::<_, _, ()>(Delimiter::Semicolon, |parser| {
            let name = parser.expect_ident()?.to_ascii_lowercase();
            parser.expect_colon()?;
            let value = values::value(parser, &name);
            // What is left over belongs to a refused value.
            while parser.next().is_ok() {}
            Ok(value.map(|value| format!("{name}:{value}")))
        });
        if let Ok(Some(declaration)) = declaration {
            if !out.is_empty() {
                out.push(';');
            }
            out.push_str(&declaration);
        }
    }
    out
}

fn rules(parser: &mut Parser<'_>, top: bool, count: &mut usize, out: &mut String) {
    while !parser.is_exhausted() && *count < MAX_RULES {
        *count += 1;
        let start = parser.state();
        match parser.next().cloned() {
            Ok(Token::AtKeyword(name)) => {
                let media = name.eq_ignore_ascii_case("media") && top;
                at_rule(parser, media, count, out);
            }
            Ok(Token::Semicolon | Token::CDO | Token::CDC) => {}
            Ok(_) => {
                parser.reset(&start);
                rule(parser, out);
            }
            Err(_) => return,
        }
    }
}

/// `@media` with plain conditions is kept; every other at-rule is skipped with its block.
fn at_rule(parser: &mut Parser<'_>, media: bool, count: &mut usize, out: &mut String) {
    let prelude =
        parser.parse_until_before::<_, _, ()>(Delimiter::Semicolon | Delimiter::CurlyBracketBlock, |p| {
            let prelude = if media { selectors::media(p) } else { None };
            while p.next().is_ok() {}
            Ok(prelude)
        });
    let has_block = matches!(parser.next(), Ok(Token::CurlyBracketBlock));
    if !has_block {
        return;
    }
    let Ok(Some(prelude)) = prelude else { return };
    let mut inner = String::new();
    let _ = parser.parse_nested_block::<_, (), ()>(|parser| {
        rules(parser, false, count, &mut inner);
        Ok(())
    });
    if !inner.is_empty() {
        out.push_str("@media ");
        out.push_str(&prelude);
        out.push('{');
        out.push_str(&inner);
        out.push('}');
    }
}

fn rule(parser: &mut Parser<'_>, out: &mut String) {
    let selectors = parser.parse_until_before::<_, _, ()>(Delimiter::CurlyBracketBlock, |p| {
        let selectors = selectors::list(p);
        while p.next().is_ok() {}
        Ok(selectors)
    });
    if !matches!(parser.next(), Ok(Token::CurlyBracketBlock)) {
        return;
    }
    let declarations = parser.parse_nested_block::<_, _, ()>(|parser| Ok(block(parser))).unwrap_or_default();
    if let Ok(Some(selectors)) = selectors
        && !declarations.is_empty()
    {
        out.push_str(&selectors);
        out.push('{');
        out.push_str(&declarations);
        out.push('}');
    }
}

#[cfg(test)]
mod tests;
