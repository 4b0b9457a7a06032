//! Joins the pure state to the browser: one model, one queue of messages, selectors for components.
mod execute;
mod mail;
#[cfg(test)]
mod repaint;
mod takeout;

use crate::dom::paint;
use crate::dom::timers::Timers;
use crate::dom::window::{self, Happened};
use crate::signals::{Compute, Memo};
use crate::state::model::Tag;
use crate::state::msg::{Boot, LinkEvent};
use crate::state::settings::Settings;
use crate::state::{Model, Msg, is_progress, reduce};
use pyeonji_shared::ids::SessionId;
use reactive_graph::signal::ArcTrigger;
use reactive_graph::traits::{Notify, Track};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

/// Messages waiting while one is handled; past it there is a loop, and new ones are dropped.
const MAX_QUEUE: usize = 10_000;
/// How long the drawing of a question waits for its answer, milliseconds. Longer, and a person would see that nothing happens.
const HOLD_MS: u32 = 40;
/// How often what a running check brings is drawn, milliseconds. Drawn with every frame, it takes a third of the page's time from the
/// mail that is coming (docs/adr/download.md).
const PROGRESS_MS: u32 = 200;
/// `localStorage`: settings in hexadecimal, and the address this browser is signed in as (a hint, no secret).
const SETTINGS: &str = "pyeonji.settings";
const HINT: &str = "pyeonji.session";
/// `device` where the account of this browser needs that module; `boot.js` loads what it says.
const MODULE: &str = "pyeonji.module";

struct Runtime {
    model: RefCell<Model>,
    queue: RefCell<VecDeque<Msg>>,
    busy: Cell<bool>,
    awaiting_frame: Cell<bool>,
    /// What a check brought is drawn with other things, or when its time has come.
    awaiting_progress: Cell<bool>,
    progress: Timers<()>,
    /// What was asked and is drawn together with its answer.
    held: Cell<Option<Tag>>,
    hold: Timers<()>,
    changed: ArcTrigger,
}

thread_local! {
    static RUNTIME: &'static Runtime = Box::leak(Box::new(Runtime {
        model: RefCell::new(Model::default()),
        queue: RefCell::new(VecDeque::new()),
        busy: Cell::new(false),
        awaiting_frame: Cell::new(false),
        awaiting_progress: Cell::new(false),
        progress: Timers::default(),
        held: Cell::new(None),
        hold: Timers::default(),
        changed: ArcTrigger::new(),
    }));
}

/// Lives as long as the page. A function, so that looking for it isn't in every reader's code.
#[inline(never)]
fn runtime() -> &'static Runtime {
    RUNTIME.with(|rt| *rt)
}

/// Begins: reads settings and the hint, installs listeners, dispatches [`Msg::Start`].
pub fn start() {
    crate::link::socket::listen(|event| dispatch(Msg::Link(event)));
    window::listen_all(|happened| match happened {
        Happened::Path(path) => dispatch(Msg::PathChanged(path)),
        Happened::Online(online) => {
            dispatch(Msg::Online(online));
            crate::link::socket::with(|link| match online {
                true => link.wake(window::moment()),
                false => link.handle_offline(window::moment()),
            });
        }
        Happened::Visible(visible) => {
            dispatch(Msg::Visible(visible));
            if visible {
                crate::link::socket::with(|link| link.wake(window::moment()));
            }
        }
        Happened::Leaving => {
            dispatch(Msg::Leaving);
            window::leave_session(read(|m| m.session).map(|s| s.hex()).as_deref());
        }
    });
    if let Some(session) = window::take_session().and_then(|s| SessionId::from_hex(&s)) {
        crate::link::socket::with(|link| link.adopt(session));
    }
    let mut settings = window::stored(SETTINGS)
        .and_then(|s| unhex(&s))
        .map_or_else(Settings::default, |b| Settings::from_bytes(&b));
    settings.browser_korean = window::browser_is_korean();
    dispatch(Msg::Start(Boot {
        path: window::path(),
        settings,
        hint: window::stored(HINT).filter(|h| h.contains('@')),
        zone: window::zone(),
        visible: window::is_visible(),
    }));
}

/// Loads the page once with the module that takes mail out and brings it in.
pub fn load_takeout() {
    window::reload_with(MODULE, "takeout");
}

/// Handles a message now, or after the one that is being handled. Never re-entrant.
pub fn dispatch(msg: Msg) {
    RUNTIME.with(|rt| {
        {
            let mut queue = rt.queue.borrow_mut();
            if queue.len() < MAX_QUEUE {
                queue.push_back(msg);
            }
        }
        if rt.busy.replace(true) {
            return;
        }
        let (mut answered, mut progress) = (false, true);
        loop {
            let next = rt.queue.borrow_mut().pop_front();
            let Some(msg) = next else { break };
            if matches!(&msg, Msg::Link(LinkEvent::Done(tag, _)) if rt.held.get() == Some(*tag)) {
                rt.held.set(None);
                answered = true;
            }
            progress &= is_progress(&rt.model.borrow(), &msg);
            let effects = reduce(&mut rt.model.borrow_mut(), window::moment(), msg);
            for effect in effects {
                execute::execute(effect);
            }
        }
        rt.busy.set(false);
        match (answered, progress) {
            (true, _) => draw(rt),
            (false, true) => draw_progress(rt),
            (false, false) => redraw(rt),
        }
    });
}

/// What was waited for is drawn at once: the time until the next frame is free for it, and that frame has the layout and
/// the paint to do.
fn draw(rt: &Runtime) {
    rt.awaiting_frame.set(false);
    rt.awaiting_progress.set(false);
    rt.changed.notify();
}

/// Draws once, just before the next frame: nothing can be seen earlier, and an answer that comes meanwhile (a body, rows) is
/// drawn with the question and not after it. Behind other windows there are no frames, but a title and its count.
fn redraw(rt: &Runtime) {
    if !window::is_visible() {
        return draw(rt);
    }
    if rt.held.get().is_some() {
        return;
    }
    if !rt.awaiting_frame.replace(true) {
        paint::next_frame(|| {
            RUNTIME.with(|rt| {
                if rt.awaiting_frame.get() {
                    draw(rt);
                }
            });
        });
    }
}

/// Draws some time later, unless something else is drawn first.
fn draw_progress(rt: &Runtime) {
    if !rt.awaiting_progress.replace(true) {
        rt.progress.set((), PROGRESS_MS, || {
            RUNTIME.with(|rt| {
                if rt.awaiting_progress.get() {
                    redraw(rt);
                }
            });
        });
    }
}

/// A folder or a message was asked for: usually it is here before anybody could see that it isn't, and one drawing serves both.
fn hold(tag: Tag) {
    RUNTIME.with(|rt| {
        rt.held.set(Some(tag));
        rt.hold.set((), HOLD_MS, move || {
            RUNTIME.with(|rt| {
                if rt.held.take().is_some() {
                    redraw(rt);
                }
            });
        });
    });
}

/// A part of the model that repaints its readers only when it changes.
pub fn select<T>(part: impl Fn(&Model) -> T + 'static) -> Memo<T>
where
    T: PartialEq + 'static,
{
    Memo::of(selected(Box::new(move |model: &Model| -> Box<dyn Any> { Box::new(part(model)) })))
}

/// Looks at a part of the model.
type Part = Box<dyn Fn(&Model) -> Box<dyn Any>>;

fn selected(part: Part) -> Compute {
    Box::new(move || {
        runtime().changed.track();
        part(&runtime().model.borrow())
    })
}

/// Looks at the model once, without following it. For event handlers.
pub fn read<T>(part: impl FnOnce(&Model) -> T) -> T {
    part(&runtime().model.borrow())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()).collect()
}
