//! `view!`: the markup of Leptos, turned into calls of `dom::tree`, which has one type of element instead of one per markup.
//! docs/adr/page-size.md says why.
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use rstml::Infallible;
use rstml::node::{KeyedAttribute, Node, NodeAttribute, NodeElement};
use syn::spanned::Spanned;
use syn::{Block, Expr, Stmt};

/// Elements that are SVG's, not HTML's.
const SVG: [&str; 9] = ["svg", "use", "path", "g", "rect", "line", "polyline", "circle", "text"];

/// Turns markup into one `View`.
///
/// - `name="literal"` and `name` are set when the element is made; `name=expression` is a value, or a closure that is followed.
/// - `class:x`, `style:x` and `prop:x` set one class (by a `bool`), one style, one property.
/// - `on:event=handler` listens for as long as the element's owner lives; the handler gets the event's own type.
/// - `node_ref=r` puts the element into a `NodeRef`.
/// - `{expression}` is anything that is `IntoView`.
#[proc_macro]
pub fn view(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand(input.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn expand(input: TokenStream) -> syn::Result<TokenStream> {
    let nodes = rstml::parse2(input)?;
    let views = nodes.iter().map(node).collect::<syn::Result<Vec<_>>>()?;
    Ok(match views.as_slice() {
        [one] => quote! { crate::dom::tree::IntoView::into_view(#one) },
        all => quote! { crate::dom::tree::fragment(&[#(crate::dom::tree::IntoView::into_view(#all)),*]) },
    })
}

fn node(node: &Node<Infallible>) -> syn::Result<TokenStream> {
    match node {
        Node::Element(node) => element(node),
        Node::Block(block) => Ok(block.try_block().map_or_else(|| quote! { #block }, bare)),
        Node::Text(text) => {
            let text = &text.value;
            Ok(quote! { #text })
        }
        other => Err(syn::Error::new(other.span(), "view! knows elements, texts in quotes and blocks")),
    }
}

/// A block without braces that hold a single expression.
fn bare(block: &Block) -> TokenStream {
    match block.stmts.as_slice() {
        [Stmt::Expr(expression, None)] => quote! { #expression },
        _ => quote! { #block },
    }
}

fn element(node: &NodeElement<Infallible>) -> syn::Result<TokenStream> {
    let tag = node.name().to_string();
    let svg = SVG.contains(&tag.as_str());
    let mut fixed = String::new();
    let mut calls = Vec::new();
    for attribute in node.attributes() {
        let NodeAttribute::Attribute(attribute) = attribute else {
            return Err(syn::Error::new(attribute.span(), "an attribute needs a name"));
        };
        let name = attribute.key.to_string();
        match plain(attribute, &name) {
            Some(value) => {
                if !fixed.is_empty() {
                    fixed.push('\n');
                }
                fixed.push_str(&name);
                fixed.push_str(&value);
            }
            None => calls.push(call(attribute, &name)?),
        }
    }
    for child in &node.children {
        let child = self::node(child)?;
        calls.push(quote! { node.put(#child); });
    }
    Ok(quote! {{
        let node = crate::dom::tree::element(#tag, #svg, #fixed);
        #(#calls)*
        node
    }})
}

/// What an attribute without code adds to the fixed ones.
fn plain(attribute: &KeyedAttribute, name: &str) -> Option<String> {
    if name.contains(':') {
        return None;
    }
    match (attribute.value(), attribute.value_literal_string()) {
        (None, _) => Some(String::new()),
        (_, Some(value)) => Some(format!("={value}")),
        _ => None,
    }
}

fn call(attribute: &KeyedAttribute, name: &str) -> syn::Result<TokenStream> {
    let Some(value) = attribute.value() else {
        return Err(syn::Error::new(attribute.span(), "this attribute needs a value"));
    };
    let value = match value {
        Expr::Block(block) => bare(&block.block),
        value => quote! { #value },
    };
    Ok(match name.split_once(':') {
        Some(("on", event)) => {
            let kind = format_ident!("{}", event_type(event));
            quote! { node.on::<crate::dom::tree::ev::#kind>(#event, #value); }
        }
        _ if name == "node_ref" => quote! { node.refer(#value); },
        _ => quote! { node.bind(#name, #value); },
    })
}

fn event_type(event: &str) -> &'static str {
    match event {
        "click" => "MouseEvent",
        "keydown" | "keyup" => "KeyboardEvent",
        "compositionstart" | "compositionend" => "CompositionEvent",
        "focus" | "blur" | "focusin" | "focusout" => "FocusEvent",
        "dragstart" | "dragend" | "dragover" | "dragleave" | "drop" => "DragEvent",
        _ if event.starts_with("pointer") => "PointerEvent",
        _ => "Event",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(markup: &str) -> Result<String, String> {
        let tokens = markup.parse::<TokenStream>().map_err(|e| e.to_string())?;
        expand(tokens).map(|t| t.to_string().replace(' ', "")).map_err(|e| e.to_string())
    }

    #[test]
    fn literals_are_set_when_the_element_is_made_and_code_afterwards_in_order() {
        let made =
            calls(r#"<a class="x" hidden href=to title="t" on:drop=f class:big={b}>"words"{c}</a>"#).unwrap();
        let parts = [
            r#"element("a",false,"class=x\nhidden\ntitle=t")"#,
            r#"node.bind("href",to);"#,
            r#"node.on::<crate::dom::tree::ev::DragEvent>("drop",f);"#,
            r#"node.bind("class:big",b);"#,
            r#"node.put("words");node.put(c);"#,
        ];
        let mut from = 0;
        for part in parts {
            let at = made[from..].find(part).unwrap_or_else(|| panic!("{part} in {made}"));
            from += at + part.len();
        }
    }

    #[test]
    fn several_roots_become_a_fragment_and_svg_its_own_elements() {
        assert!(calls("<p></p><p></p>").unwrap().contains("fragment(&["));
        assert!(calls("<svg><use/></svg>").unwrap().contains(r#"element("use",true,"")"#));
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        assert!(calls("<p on:click></p>").unwrap_err().contains("needs a value"));
        assert!(calls("<!-- \"note\" -->").unwrap_err().contains("view! knows"));
    }
}
