//! A list whose items stay as long as their keys do.
use super::{IntoView, View, fragment, insert, marker, remove};
use crate::signals::{Memo, follow};
use reactive_graph::graph::untrack;
use reactive_graph::owner::Owner;
use std::rc::Rc;
use web_sys::Node;

struct Item {
    key: u128,
    owner: Owner,
    start: Node,
    end: Node,
}

impl Item {
    fn make(key: u128, parent: &Owner, before: &Node, make: &dyn Fn(u128) -> View) -> Self {
        let owner = parent.child();
        let (start, end) = (marker(), marker());
        let view = untrack(|| owner.with(|| make(key)));
        insert(fragment(&[View(Some(start.clone())), view, View(Some(end.clone()))]), before);
        Self { key, owner, start, end }
    }

    /// Its nodes, the markers too.
    fn nodes(&self) -> Vec<Node> {
        let mut nodes = vec![self.start.clone()];
        while let Some(next) = nodes.last().filter(|n| **n != self.end).and_then(Node::next_sibling) {
            nodes.push(next);
        }
        nodes
    }
}

/// Items by key, in this order. An item is made once and only moved afterwards; one whose key is gone is gone with its owner.
pub fn each(keys: impl Fn() -> Vec<u128> + 'static, make: impl Fn(u128) -> View + 'static) -> View {
    build(Box::new(keys), Rc::new(make))
}

/// Items for values, each made anew only when its own value changes.
pub fn each_value<T: Clone + PartialEq + 'static>(
    values: Memo<Vec<T>>,
    key: fn(usize, &T) -> u128,
    make: impl Fn(T) -> View + Clone + 'static,
) -> View {
    let keys = move || values.with(|all| all.iter().enumerate().map(|(i, v)| key(i, v)).collect());
    each(keys, move |wanted| {
        let value = Memo::new(move || {
            values.with(|all| {
                all.iter().enumerate().find(|(i, v)| key(*i, v) == wanted).map(|(_, v)| v.clone())
            })
        });
        let make = make.clone();
        (move || value.get().map(&make)).into_view()
    })
}

fn build(keys: Box<dyn Fn() -> Vec<u128>>, make: Rc<dyn Fn(u128) -> View>) -> View {
    let tail = marker();
    let whole = fragment(&[View(Some(tail.clone()))]);
    // Not the owner of the effect below: that one is cleaned up whenever the keys change.
    let parent = Owner::current().unwrap_or_default();
    let mut items: Vec<Item> = Vec::new();
    follow(Box::new(move || {
        let keys = keys();
        items.retain(|item| {
            let stays = keys.contains(&item.key);
            if !stays {
                item.owner.cleanup();
                item.nodes().iter().for_each(remove);
            }
            stays
        });
        for (at, key) in keys.into_iter().enumerate() {
            let Some(found) = items.iter().position(|item| item.key == key) else {
                let before = items.get(at).map_or(&tail, |item| &item.start);
                let item = Item::make(key, &parent, before, &*make);
                items.insert(at.min(items.len()), item);
                continue;
            };
            if found != at {
                let item = items.remove(found);
                let before = items.get(at).map_or(&tail, |item| &item.start);
                let views: Vec<View> = item.nodes().into_iter().map(|n| View(Some(n))).collect();
                insert(fragment(&views), before);
                items.insert(at.min(items.len()), item);
            }
        }
    }));
    whole
}
