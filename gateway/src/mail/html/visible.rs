//! HTML without the text that a reader of it doesn't see (R13): hidden by a style, a rule of its own sheet, or `hidden`.
//!
//! Made for what the sanitiser wrote, where it agrees with the frame; on other HTML it does what it can in one pass.
//! Text in the colour of its ground, or under something else, is not found.
use super::bounds::{VOID, closes};
use super::css::{self, Element, Seen, Sheet};
use super::lexer::{Lexer, RAW, Tag, Token};
use super::links::resolve;
use super::{MAX_CSS, MAX_DEPTH};

/// Comparisons of elements with rules: some 20 ms. Past it only an element's own style counts.
const MAX_STEPS: usize = 2_000_000;

/// The same HTML without hidden text, and without its style sheets.
pub fn visible(source: &str) -> String {
    let mut sheets = String::new();
    for token in Lexer::new(source) {
        if let Token::Raw(name, text) = token
            && name == "style"
            && sheets.len() + text.len() <= MAX_CSS
        {
            sheets.push_str(text);
        }
    }
    let mut walk = Walk::new(css::hiding(&sheets));
    let mut out = String::with_capacity(source.len());
    let mut lexer = Lexer::new(source);
    loop {
        let before = lexer.rest();
        let Some(token) = lexer.next() else { return out };
        let keep = match &token {
            Token::Text(_) => walk.top().readable(),
            Token::Start(tag) => walk.start(tag),
            Token::End(name) => walk.end(name),
            Token::Raw(..) | Token::Ignored => false,
        };
        if keep {
            out.push_str(before.get(..before.len() - lexer.rest().len()).unwrap_or_default());
        }
    }
}

struct Walk {
    sheet: Sheet,
    /// The open elements. Deeper than [`MAX_DEPTH`], which only unsanitised HTML is, they count as their parent.
    path: Vec<Element>,
    seen: Vec<Seen>,
    steps: usize,
    css_bytes: usize,
}

impl Walk {
    fn new(sheet: Sheet) -> Self {
        let mut walk = Self { sheet, path: Vec::new(), seen: Vec::new(), steps: MAX_STEPS, css_bytes: 0 };
        for name in ["html", "body"] {
            walk.start(&Tag { name: name.into(), attributes: Vec::new() });
        }
        walk
    }

    fn top(&self) -> Seen {
        self.seen.last().copied().unwrap_or_default()
    }

    /// Whether the tag is to be kept.
    fn start(&mut self, tag: &Tag<'_>) -> bool {
        if RAW.contains(&tag.name.as_str()) {
            return false;
        }
        while self.path.last().is_some_and(|top| closes(&tag.name, &top.name)) {
            self.path.pop();
            self.seen.pop();
        }
        let classes = resolve(tag.attribute("class").unwrap_or_default());
        let classes = classes.split_whitespace().map(str::to_owned).collect();
        self.path.push(Element { name: tag.name.clone(), classes });
        let seen = self.judge(tag);
        if VOID.contains(&tag.name.as_str()) {
            self.path.pop();
            // The words that stand for a picture are text, too.
            return if tag.name == "img" { seen.readable() } else { !seen.gone };
        }
        if self.path.len() > MAX_DEPTH {
            self.path.pop();
        } else {
            self.seen.push(seen);
        }
        !seen.gone
    }

    fn judge(&mut self, tag: &Tag<'_>) -> Seen {
        let style = resolve(tag.attribute("style").unwrap_or_default());
        self.css_bytes = self.css_bytes.saturating_add(style.len());
        let own = if self.css_bytes <= MAX_CSS { css::declarations(&style) } else { String::new() };
        // `size` gives letters one of seven sizes, all of which can be read.
        let own = if tag.name == "font" && tag.attribute("size").is_some() {
            format!("font-size:medium;{own}")
        } else {
            own
        };
        let hidden = tag.attribute("hidden").is_some();
        self.sheet.seen(&self.path, &own, hidden, self.top(), &mut self.steps)
    }

    /// Whether the tag is to be kept.
    fn end(&mut self, name: &str) -> bool {
        // What stands behind the end of the body belongs to it.
        if RAW.contains(&name) || matches!(name, "html" | "body") {
            return false;
        }
        match self.path.iter().rposition(|open| open.name == name) {
            Some(at) => {
                let gone = self.seen.get(at).is_some_and(|seen| seen.gone);
                self.path.truncate(at);
                self.seen.truncate(at);
                !gone
            }
            None => !self.top().gone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::html::{sanitise, text_only};

    /// What is left of `seen <the rest>`, by way of the sanitiser and without it.
    fn left(html: &str) -> String {
        let html = format!("seen {html}");
        let safe = sanitise(&html).unwrap().html.0;
        let words = |html: &str| text_only(&visible(html)).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(&safe), words(&html), "{safe}");
        words(&safe)
    }

    #[test]
    fn r13_hidden_text_is_left_out() {
        for html in [
            "<div style='display:none'>x<p>x</div>",
            "<div style='DISPLAY : None !important'>x</div>",
            "<div style='display:none;display:bogus('>x</div>",
            "<div hidden>x</div>",
            "<div hidden=until-found>x</div>",
            "<span style='visibility:hidden'>x<b>x</b></span>",
            "<span style='opacity:0'>x<b style='opacity:1'>x</b></span>",
            "<span style='opacity:0.001'>x</span><span style='opacity:1%'>x</span>",
            "<span style='font-size:0'>x</span><span style='font-size:1px'>x</span>",
            "<span style='font-size:0.01em'>x</span><span style='font-size:.5pt'>x</span>",
            "<div style='font-size:0'>x<b style='font-size:2em'>x</b><b style='font-size:larger'>x</b></div>",
            "<span style='font:0/0 a'>x</span><span style='font:bold 1px Arial'>x</span>",
            "<div style='max-height:0;overflow:hidden'>x</div>",
            "<div style='height:0px;overflow-y:hidden'>x</div>",
            "<div style='width:0;overflow:hidden'>x</div>",
            "<style>.pre{display:none}</style><p class='a pre'>x</p>",
            "<style>.pre{display:none!important}</style><p class=pre style='display:block'>x</p>",
            "<style>div.a .b{font-size:0}</style><div class=a><p><span class=b>x</span></div>",
            "<style>td>p{visibility:hidden}</style><table><tr><td><p>x</table>",
            "<style>.b{display:block}p.b{display:none}</style><p class=b>x</p>",
            "<style>.a{color:red}</style><p>&#8203;<style>.c{opacity:0}</style><p class=c>x</p>",
            "<img alt='x' style='display:none' src=cid:a><img alt=x hidden src=cid:b>",
        ] {
            let found = left(html).replace('\u{200b}', "");
            assert_eq!(found.trim(), "seen", "{html}");
        }
    }

    #[test]
    fn r13_what_is_seen_stays() {
        for html in [
            "<div style='display:block'>y</div>",
            "<div hidden style='display:block'>y</div>",
            "<div style='visibility:hidden'>x<b style='visibility:visible'>y</b></div>",
            "<div style='font-size:0'>x<p style='font-size:14px'>y</p>x</div>",
            "<table style='font-size:0'><tr><td>x<font size=2>y</font></table>",
            "<div style='max-height:0'>y</div>",
            "<div style='overflow:hidden;height:20px'>y</div>",
            "<table><tr style='height:0;overflow:hidden'><td style='height:0;overflow:hidden'>y</table>",
            "<div style='font:400 13px/1.5 Arial'>y</div>",
            "<div style='font:inherit'>y</div>",
            "<div style='opacity:.9'>y</div>",
            "<style>@media (max-width:600px){.m{display:none}}</style><p class=m>y</p>",
            "<style>.m:hover{display:none}</style><p class=m>y</p>",
            "<style>.a .b{display:none}</style><p class=b>y</p>",
            "<style>.a>.b{display:none}</style><div class=a><p><b class=b>y</b></div>",
            "<style>.a{display:none}</style><p class=a style='display:block'>y</p>",
            "<style>.a{display:none}.a{display:inline}</style><p class=a>y</p>",
            "<style>.a{display:none!important}.a{display:inline!important}</style><p class=a>y</p>",
            "<p style='display:none'>x<p>y",
            "<div style='display:none'>x</div></b></div>y",
            "<div style='display:none'><br><img src=cid:a>x</div>y",
            "<ul><li hidden>x<li>y</ul>",
        ] {
            assert_eq!(left(html), "seen y", "{html}");
        }
    }

    #[test]
    fn r13_hostile_html_costs_one_pass() {
        // Each element would be compared with each of its ancestors for each rule, twice over.
        let rules = ".late{display:none}".to_owned() + &".z .a .a .b{display:none}".repeat(400);
        let words = |deep: usize| {
            let open = "<div class='a b'>".repeat(deep);
            let end = "<p class=late>by rule<p hidden>by attribute<p style='display:none'>by style<p>y";
            text_only(&visible(&format!("<style>{rules}</style>{open}{end}")))
        };
        assert_eq!(words(2), "y\n");
        assert_eq!(words(200), "by rule\ny\n", "the comparisons are counted");
        for source in ["<div style='display:none'>", "</div>", "<p hidden>", "<style>", "<b style=color:red>"]
        {
            assert_eq!(text_only(&visible(&source.repeat(100_000))), "");
        }
        assert_eq!(text_only(&visible(&format!("{}y", "<div>".repeat(100_000)))), "y\n");
    }
}
