//! Joins the lab's state to the browser: one model, its effects, and selectors for what is drawn.
use super::listen::state as listen;
use super::reduce::reduce;
use super::state::{Effect, Model, Msg};
use super::view;
use crate::dom::http;
use crate::dom::lab as browser;
use crate::dom::tasks::later;
use crate::dom::timers::Timers;
use crate::dom::window;
use crate::signals::{Compute, Memo};
use pyeonji_shared::error::{ApiError, ErrorKind};
use pyeonji_shared::lab::call::{Enter, VisitorId};
use reactive_graph::signal::ArcTrigger;
use reactive_graph::traits::{Notify, Track};
use serde::de::DeserializeOwned;
use std::any::Any;
use std::cell::RefCell;

/// Where the visitor's number is kept while the tab is open.
const VISITOR: &str = "pyeonji.lab.visitor";

/// What is waited for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Tick,
    Listen,
}

struct Runtime {
    model: RefCell<Model>,
    changed: ArcTrigger,
    timer: Timers<Timer>,
}

thread_local! {
    static RUNTIME: &'static Runtime = Box::leak(Box::new(Runtime {
        model: RefCell::new(Model::default()),
        changed: ArcTrigger::new(),
        timer: Timers::default(),
    }));
}

fn runtime() -> &'static Runtime {
    RUNTIME.with(|rt| *rt)
}

/// Called once by the module loader.
pub fn start() {
    view::mount();
    let visitor = VisitorId(browser::visitor(VISITOR));
    browser::on_leave(|| dispatch(Msg::Listen(listen::Msg::Stop)));
    browser::on_hash(|hash| dispatch(Msg::Hash(hash)));
    dispatch(Msg::Start { visitor, hash: browser::hash() });
}

/// Handles a message and draws. Effects only begin things: they answer with messages of their own, later.
pub fn dispatch(msg: Msg) {
    let rt = runtime();
    let effects = reduce(&mut rt.model.borrow_mut(), msg);
    effects.into_iter().for_each(execute);
    rt.changed.notify();
}

pub fn select<T: PartialEq + 'static>(part: impl Fn(&Model) -> T + 'static) -> Memo<T> {
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

pub fn read<T>(part: impl FnOnce(&Model) -> T) -> T {
    part(&runtime().model.borrow())
}

fn execute(effect: Effect) {
    match effect {
        Effect::Enter(visitor) => {
            call("/api/lab/enter", &Enter { visitor }, |outcome| dispatch(Msg::Entered(outcome)));
        }
        Effect::Ask { turn, ask } => {
            call("/api/lab/run", &ask, move |outcome| dispatch(Msg::Answered { turn, outcome }));
        }
        Effect::Advise(ask) => call("/api/lab/advise", &ask, |outcome| dispatch(Msg::Advised(outcome))),
        Effect::Mine(ask) => call("/api/lab/own", &ask, |outcome| dispatch(Msg::Mined(outcome))),
        Effect::File { ask, form, name } => {
            let answered = move |bytes: Result<Vec<u8>, ApiError>| match bytes {
                Ok(bytes) => browser::save(&bytes, &name),
                Err(error) => dispatch(Msg::Entered(Err(error))),
            };
            post(format!("/api/lab/file?as={form}"), &ask, Box::new(answered));
        }
        Effect::Tick(ms) => runtime().timer.set(Timer::Tick, ms, || dispatch(Msg::Tick)),
        Effect::Hash(hash) => browser::set_hash(&hash),
        Effect::CopyLink(link) => {
            let so = window::copy(&browser::link(&link));
            later(async move { dispatch(Msg::Copied(so)) });
        }
        Effect::Listen(effect) => listen(effect),
    }
}

fn listen(effect: listen::Effect) {
    let answer = |msg| dispatch(Msg::Listen(msg));
    let url = |session: &str| format!("/api/lab/wire?s={session}");
    match effect {
        listen::Effect::Begin { turn, session } => later(async move {
            let begun = http::ask("POST", &url(&session)).await;
            answer(listen::Msg::Began(turn, begun.map(drop).map_err(|e| e.kind)));
        }),
        listen::Effect::Ask { turn, session, after } => later(async move {
            let heard = http::ask("GET", &format!("{}&after={after}", url(&session))).await;
            let lines = heard.and_then(|bytes| {
                postcard::from_bytes(&bytes).map_err(|_| ApiError::new(ErrorKind::Internal))
            });
            answer(listen::Msg::Heard(turn, lines.map_err(|e| e.kind)));
        }),
        listen::Effect::Later { turn, seconds } => {
            runtime().timer.set(Timer::Listen, seconds * 1_000, move || answer(listen::Msg::Again(turn)));
        }
        listen::Effect::End { session } => browser::leave(&url(&session)),
    }
}

/// Asks the gateway; its answer is told when it comes.
pub fn call<Q: serde::Serialize, A: DeserializeOwned>(
    url: &str,
    question: &Q,
    then: impl FnOnce(Result<A, ApiError>) + 'static,
) {
    let read = |bytes: Vec<u8>| postcard::from_bytes(&bytes).map_err(|_| ApiError::new(ErrorKind::Internal));
    post(url.to_owned(), question, Box::new(move |bytes| then(bytes.and_then(read))));
}

/// What is to be done with the octets of an answer.
type Then = Box<dyn FnOnce(Result<Vec<u8>, ApiError>)>;

fn post<Q: serde::Serialize>(url: String, question: &Q, then: Then) {
    match postcard::to_allocvec(question) {
        Ok(body) => later(sent(url, body, then)),
        Err(_) => later(async move { then(Err(ApiError::new(ErrorKind::Internal))) }),
    }
}

async fn sent(url: String, body: Vec<u8>, then: Then) {
    then(browser::post(&url, &body).await);
}
