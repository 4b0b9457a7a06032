//! Keeps the focus where it is while the elements around it are made anew.
use super::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusOptions, HtmlElement, Node};

/// Where the focused element is between two markers: at each level how many elements come before it. `None` when the focus is
/// elsewhere, which is nearly always.
pub fn path(start: &Node, end: &Node) -> Option<Vec<u32>> {
    let parent = start.parent_node()?;
    let mut element = document(|d| d.active_element())?;
    if element.is_same_node(Some(&parent)) || !parent.contains(Some(&element)) {
        return None;
    }
    let mut path = Vec::new();
    loop {
        let above = element.parent_node()?;
        if above == parent {
            path.push(between(start, end).position(|e| e == element)?.try_into().ok()?);
            path.reverse();
            return Some(path);
        }
        let before =
            std::iter::successors(element.previous_element_sibling(), Element::previous_element_sibling);
        path.push(before.count().try_into().ok()?);
        element = above.dyn_into().ok()?;
    }
}

/// Focuses what is at `path` now, without scrolling.
pub fn restore(start: &Node, end: &Node, path: &[u32]) {
    let Some((top, below)) = path.split_first() else { return };
    let mut element = usize::try_from(*top).ok().and_then(|top| between(start, end).nth(top));
    for index in below {
        element = element.and_then(|e| e.children().item(*index));
    }
    if let Some(element) = element.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
        let options = FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = element.focus_with_options(&options);
    }
}

fn between<'a>(start: &Node, end: &'a Node) -> impl Iterator<Item = Element> + 'a {
    std::iter::successors(start.next_sibling(), Node::next_sibling)
        .take_while(move |n| n != end)
        .filter_map(|n| n.dyn_into::<Element>().ok())
}
