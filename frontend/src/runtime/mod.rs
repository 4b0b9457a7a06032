//! Joins the pure state to the browser: one model, one queue of messages, selectors for components.
use crate::state::model::Moment;
use crate::state::{Model, Msg, reduce};
use leptos::prelude::*;
use std::cell::RefCell;
use std::collections::VecDeque;

/// Messages waiting while one is handled; more than this is a loop, and the oldest is kept.
const MAX_QUEUE: usize = 10_000;

struct Runtime {
    model: RefCell<Model>,
    queue: RefCell<VecDeque<Msg>>,
    changed: ArcTrigger,
}

thread_local! {
    static RUNTIME: Runtime = Runtime {
        model: RefCell::new(Model::default()),
        queue: RefCell::new(VecDeque::new()),
        changed: ArcTrigger::new(),
    };
}

/// Begins: reads settings and hints, installs listeners, dispatches [`Msg::Start`].
pub fn start() {
    dispatch(Msg::Start(crate::state::msg::Boot::default()));
}

/// Handles a message now, or after the one that is being handled. Never re-entrant.
pub fn dispatch(msg: Msg) {
    RUNTIME.with(|rt| {
        let first = {
            let mut queue = rt.queue.borrow_mut();
            if queue.len() < MAX_QUEUE {
                queue.push_back(msg);
            }
            queue.len() == 1
        };
        if !first {
            return;
        }
        while let Some(msg) = rt.queue.borrow().front().cloned() {
            let effects = reduce(&mut rt.model.borrow_mut(), Moment::default(), msg);
            let _ = effects;
            rt.queue.borrow_mut().pop_front();
        }
        rt.changed.notify();
    });
}

/// A part of the model that repaints its readers only when it changes.
pub fn select<T>(part: impl Fn(&Model) -> T + Send + Sync + 'static) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    let changed = RUNTIME.with(|rt| rt.changed.clone());
    Memo::new(move |_| {
        changed.track();
        read(&part)
    })
}

/// Looks at the model once, without following it. For event handlers.
pub fn read<T>(part: impl FnOnce(&Model) -> T) -> T {
    RUNTIME.with(|rt| part(&rt.model.borrow()))
}
