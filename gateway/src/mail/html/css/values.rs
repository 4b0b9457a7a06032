//! Properties and the tokens their values may be made of.
use cssparser::{Parser, ToCss, Token};

/// Parentheses within parentheses.
const MAX_NESTING: usize = 8;
/// Characters of one value.
const MAX_VALUE: usize = 2_000;

const PROPERTIES: &[&str] = &[
    "align-content",
    "align-items",
    "align-self",
    "background",
    "background-color",
    "background-image",
    "background-position",
    "background-repeat",
    "background-size",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-left-radius",
    "border-bottom-right-radius",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-left-radius",
    "border-top-right-radius",
    "border-top-style",
    "border-top-width",
    "border-width",
    "box-shadow",
    "box-sizing",
    "caption-side",
    "clear",
    "color",
    "column-gap",
    "direction",
    "display",
    "empty-cells",
    "flex",
    "flex-basis",
    "flex-direction",
    "flex-flow",
    "flex-grow",
    "flex-shrink",
    "flex-wrap",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-stretch",
    "font-style",
    "font-variant",
    "font-weight",
    "gap",
    "height",
    "hyphens",
    "justify-content",
    "justify-items",
    "letter-spacing",
    "line-break",
    "line-height",
    "list-style",
    "list-style-position",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "object-fit",
    "opacity",
    "order",
    "outline",
    "outline-color",
    "outline-style",
    "outline-width",
    "overflow",
    "overflow-wrap",
    "overflow-x",
    "overflow-y",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "position",
    "row-gap",
    "table-layout",
    "text-align",
    "text-align-last",
    "text-decoration",
    "text-decoration-color",
    "text-decoration-line",
    "text-decoration-style",
    "text-indent",
    "text-overflow",
    "text-shadow",
    "text-transform",
    "vertical-align",
    "visibility",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
    "writing-mode",
];

/// Functions that fetch nothing and read nothing.
const FUNCTIONS: &[&str] = &[
    "rgb",
    "rgba",
    "hsl",
    "hsla",
    "hwb",
    "lab",
    "lch",
    "oklab",
    "oklch",
    "light-dark",
    "linear-gradient",
    "radial-gradient",
    "conic-gradient",
    "repeating-linear-gradient",
    "repeating-radial-gradient",
    "calc",
    "min",
    "max",
    "clamp",
];
const COLOURS: usize = 9;

/// Reads and rewrites the value of a property; `None` refuses the declaration.
pub(super) fn value(parser: &mut Parser<'_>, property: &str) -> Option<String> {
    if !PROPERTIES.contains(&property) {
        return None;
    }
    let mut out = Writer { property, text: String::new(), word: false };
    let complete = out.tokens(parser, 0);
    let text = out.text.trim_end().to_owned();
    let fits = complete && !text.is_empty() && text.len() <= MAX_VALUE;
    (fits && (property != "position" || matches!(plain(&text), "static" | "relative"))).then_some(text)
}

fn plain(value: &str) -> &str {
    value.strip_suffix("!important").unwrap_or(value).trim_end()
}

struct Writer<'p> {
    property: &'p str,
    text: String,
    /// The last token was a word, so that a space must part it from another one.
    word: bool,
}

impl Writer<'_> {
    /// Copies tokens until the end of the value or function; `false` at one that isn't allowed.
    fn tokens(&mut self, parser: &mut Parser<'_>, nesting: usize) -> bool {
        loop {
            let Ok(token) = parser.next_including_whitespace().cloned() else { return true };
            match token {
                Token::WhiteSpace(_) => self.space(),
                Token::Ident(ref name) if is_word(name) => self.word(&token),
                Token::Hash(ref name) | Token::IDHash(ref name) if is_word(name) => self.word(&token),
                Token::Number { value, .. } | Token::Dimension { value, .. } if self.fits(value) => {
                    if let Token::Dimension { ref unit, .. } = token
                        && !is_word(unit)
                    {
                        return false;
                    }
                    self.word(&token);
                }
                Token::Percentage { unit_value, .. } if self.fits(unit_value) => self.word(&token),
                Token::QuotedString(ref text) if self.takes_strings() && is_plain(text) => self.word(&token),
                Token::Comma => self.mark(','),
                Token::Delim(c @ ('/' | '+' | '-' | '*')) => self.delim(c, nesting),
                Token::Delim('!') if nesting == 0 => {
                    // `!important` ends a value.
                    let important = parser.expect_ident_matching("important").is_ok();
                    self.text.truncate(self.text.trim_end().len());
                    self.text.push_str("!important");
                    return important && parser.is_exhausted();
                }
                Token::Function(ref name) if nesting < MAX_NESTING && self.takes_function(name) => {
                    let name = name.to_ascii_lowercase();
                    if !self.nested(parser, &name, nesting) {
                        return false;
                    }
                }
                Token::ParenthesisBlock if (1..MAX_NESTING).contains(&nesting) => {
                    if !self.nested(parser, "", nesting) {
                        return false;
                    }
                }
                _ => return false,
            }
            if self.text.len() > MAX_VALUE {
                return false;
            }
        }
    }

    fn nested(&mut self, parser: &mut Parser<'_>, name: &str, nesting: usize) -> bool {
        self.part();
        self.text.push_str(name);
        self.text.push('(');
        self.word = false;
        let inner = parser.parse_nested_block::<_, _, ()>(|parser| Ok(self.tokens(parser, nesting + 1)));
        self.text.truncate(self.text.trim_end().len());
        self.text.push(')');
        self.word = true;
        matches!(inner, Ok(true))
    }

    fn takes_function(&self, name: &str) -> bool {
        let Some(at) = FUNCTIONS.iter().position(|known| name.eq_ignore_ascii_case(known)) else {
            return false;
        };
        // A margin computed from others could be negative; the same for what is moved by an indent.
        at < COLOURS || !self.must_be_positive()
    }

    fn takes_strings(&self) -> bool {
        matches!(self.property, "font" | "font-family")
    }

    /// R6: nothing may be moved out of its place over something else.
    fn must_be_positive(&self) -> bool {
        self.property.starts_with("margin") || self.property == "text-indent"
    }

    fn fits(&self, value: f32) -> bool {
        value.is_finite() && (!self.must_be_positive() || value >= 0.0)
    }

    fn word(&mut self, token: &Token<'_>) {
        self.part();
        // Writing to a String can't fail.
        let _ = token.to_css(&mut self.text);
        self.word = true;
    }

    fn part(&mut self) {
        if self.word {
            self.text.push(' ');
        }
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with([' ', '(', ',', '/']) {
            self.text.push(' ');
        }
        self.word = false;
    }

    fn mark(&mut self, c: char) {
        self.text.truncate(self.text.trim_end().len());
        self.text.push(c);
        self.word = false;
    }

    /// `+` and `-` need their spaces in `calc`; outside of it they stand alone and mean nothing.
    fn delim(&mut self, c: char, nesting: usize) {
        if c == '/' || c == '*' || nesting == 0 {
            self.mark(c);
        } else {
            self.text.truncate(self.text.trim_end().len());
            self.text.push(' ');
            self.text.push(c);
            self.text.push(' ');
            self.word = false;
        }
    }
}

/// A name that needs no escapes when it is written again.
pub(super) fn is_word(name: &str) -> bool {
    name.len() <= 100 && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}

/// The text of a string that can't end a `style` element, a declaration or an attribute.
fn is_plain(text: &str) -> bool {
    text.len() <= 200
        && !text
            .chars()
            .any(|c| c.is_control() || matches!(c, '<' | '>' | '\\' | '"' | '{' | '}' | ';' | '&'))
}
