//! The message body in its sealed frame (R2): no script, no network, measured and driven from outside.
use super::{Dialog, Ui, icon};
use crate::dom::tree::{NodeRef, View, html, view};
use crate::dom::ui::{frame, hosts, images, node};
use crate::i18n::{self, T, count, t};
use crate::link::urls;
use crate::pages::keyboard;
use crate::runtime::{dispatch, read, select};
use crate::signals::{Memo, RwSignal, StoredValue, effect};
use crate::state::Msg;
use crate::state::mail::HERE;
use crate::view::{links, quotes};
use pyeonji_shared::message::MessageView;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

/// R2, to the letter. Same-origin is for measuring, keys and printing; it is safe because nothing in it can run.
pub const SANDBOX: &str = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";

/// All of the frame's document that isn't the message; it is there before any of them.
const SKELETON: &str = concat!(
    "<!doctype html><meta charset=utf-8><meta http-equiv=content-security-policy content=\"default-src 'none'; ",
    "img-src blob: data:; style-src 'unsafe-inline'\"><meta name=referrer content=no-referrer>",
    "<style>html{height:auto}body{margin:0;font:15px/1.55 system-ui,'Pretendard','Apple SD Gothic Neo','Noto Sans KR',",
    "'Malgun Gothic',sans-serif;overflow-wrap:anywhere;overflow-x:auto;overflow-y:hidden}",
    "img{max-width:100%;height:auto}img[data-remote-src]{outline:1px dashed #8888;min-width:16px;min-height:16px}",
    "pre{white-space:pre-wrap}table{max-width:100%}blockquote{margin:0 0 0 4px;padding-left:12px;border-left:2px solid #8886}",
    ":root:has(body.text){color-scheme:light dark}body.text{color:light-dark(#1a2023,#e7ebeb);white-space:pre-wrap;tab-size:4}",
    ".text a{color:light-dark(#0b6b63,#5fc9bc)}.text .quote{color:light-dark(#536067,#a5b0b4)}",
    ".text summary{cursor:pointer;color:light-dark(#536067,#a5b0b4);white-space:normal;min-height:24px}",
    ":root:has(body.html){color-scheme:light}body.html{color:#1a2023;background:#fff;padding:12px}.html a{color:#0b6b63}",
    "</style><body>",
);

/// What is shown: which opening of which message, and whether as plain text.
#[derive(Clone, PartialEq)]
pub struct Shown {
    pub rev: u32,
    pub view: Arc<MessageView>,
    pub plain: bool,
}

impl Shown {
    fn html(&self) -> Option<&str> {
        self.view.html.as_ref().filter(|_| !self.plain).map(|html| html.0.as_str())
    }
}

/// Whether the message can be shown both ways.
pub fn has_both(view: &MessageView) -> bool {
    view.html.is_some() && !view.text.trim().is_empty()
}

/// One frame for all messages, made with the reader.
pub fn body(ui: Ui, shown: Memo<Option<Shown>>) -> View {
    let held = StoredValue::new(None::<(frame::Frame, hosts::Hosts)>);
    let node_ref = NodeRef::<html::Iframe>::new();
    let wanted = select(|m| m.reader.as_ref().is_some_and(|r| r.images));
    let (fetched, meant) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    // Rises with every document that the frame begins.
    let begun = RwSignal::new(0_u32);
    let load = move |_| {
        let Some(element) = node_ref.get_untracked() else { return };
        if held.with_value(|held| held.as_ref().is_some_and(|(f, _)| f.is_in(&element))) {
            return;
        }
        let clicked = move |link: frame::Clicked| follow(ui, link);
        let frame = frame::Frame::make(&element, SKELETON, keyboard::pressed(ui), clicked);
        let says = move |href, tapped| meant.set(said(ui, href, tapped));
        held.set_value(frame.map(|frame| {
            let hosts = hosts::Hosts::watch(frame.document(), says);
            (frame, hosts)
        }));
        begun.update(|n| *n = n.wrapping_add(1));
    };
    crate::signals::follow(Box::new(move || {
        begun.track();
        let shown = shown.get();
        meant.set(String::new());
        fetched.set(String::new());
        let done = held.with_value(|held| match (held, &shown) {
            (Some((frame, _)), Some(shown)) => {
                fill(ui, frame, shown);
                true
            }
            (Some((frame, _)), None) => {
                frame.clear("");
                false
            }
            (None, _) => false,
        });
        if done {
            dispatch(Msg::BodyShown);
        }
    }));
    effect(move |_| {
        begun.track();
        let html = shown.with(|s| s.as_ref().is_some_and(|s| s.html().is_some()));
        if html && wanted.get() {
            held.with_value(|held| {
                if let (Some((frame, _)), Some(session)) = (held, read(|m| m.session)) {
                    let proxied = |url: &str| urls::image(session, url);
                    // Of this opening; late ones of another aren't counted.
                    let rev = || read(|m| m.reader.as_ref().map(|r| r.rev));
                    let (mine, counts) = (rev(), Rc::new(Cell::new(Fetched::default())));
                    let heard = counts.clone();
                    let done = move |ok| {
                        if rev() == mine {
                            heard.set(heard.get().done(ok));
                            fetched.set(heard.get().words(ui));
                        }
                    };
                    let (asked, left_out) =
                        images::fill_remote(frame.document(), &frame.blobs(), proxied, done.clone());
                    counts.set(Fetched { waiting: asked + 1, left_out, failed: 0 });
                    done(true);
                }
            });
        }
    });
    let as_html = move || shown.with(|s| s.as_ref().is_some_and(|s| s.html().is_some()));
    view! {
        <div>
            <p class="fetched" role="status">{move || fetched.get()}</p>
            <iframe class="body-frame" class:html=as_html node_ref=node_ref sandbox=SANDBOX title=ui.t(T::MessageBody)
                referrerpolicy="no-referrer" on:load=load></iframe>
            <p class="leads" aria-hidden="true"><span>{move || meant.get()}</span></p>
        </div>
    }
}

/// Where a link leads, for the line below the message.
fn said(ui: Ui, href: Option<String>, tapped: bool) -> String {
    let href = href.unwrap_or_default();
    let Some(host) = links::leads_to(&href) else { return String::new() };
    let words = i18n::fill(ui.l, T::LeadsTo, &[("host", host)]);
    if tapped { words + " " + ui.t(T::TapAgain) } else { words }
}

/// How far the remote images of a message are.
#[derive(Clone, Copy, Default)]
struct Fetched {
    waiting: usize,
    failed: usize,
    left_out: usize,
}

impl Fetched {
    fn done(self, ok: bool) -> Fetched {
        Fetched { waiting: self.waiting.saturating_sub(1), failed: self.failed + usize::from(!ok), ..self }
    }

    fn words(self, ui: Ui) -> String {
        let mut words = String::from(if self.waiting > 0 { ui.t(T::ImagesLoading) } else { "" });
        for (key, n) in [(T::ImagesFailed, self.failed), (T::ImagesLeftOut, self.left_out)] {
            if n > 0 {
                words.push(' ');
                words += &count(ui.l, key, n as u32);
            }
        }
        words
    }
}

fn fill(ui: Ui, frame: &frame::Frame, shown: &Shown) {
    let view = &shown.view;
    let Some(html) = shown.html() else {
        frame.clear("text");
        return write(ui, frame, view);
    };
    frame.clear("html");
    frame.show(html);
    if HERE && read(|m| m.mail.is_some()) {
        return images::fill_stored(frame.document(), &frame.blobs(), |id| {
            let id = crate::state::route::decode(id).unwrap_or_else(|| id.to_owned());
            let part = view.parts.iter().find(|p| p.content_id.as_deref() == Some(&id))?;
            Some((view.at.uid.0, part.section.clone(), part.mime.clone()))
        });
    }
    images::fill_inline(frame.document(), &frame.blobs(), |id| {
        // RFC 2392: percent-encoded in the address, bare in the header.
        let id = crate::state::route::decode(id).unwrap_or_else(|| id.to_owned());
        let part = view.parts.iter().find(|p| p.content_id.as_deref() == Some(&id))?;
        read(|m| m.session).map(|s| urls::part(s, &view.at, &part.section, true))
    });
}

/// Plain text as text nodes and links (R4), long quotations folded.
fn write(ui: Ui, frame: &frame::Frame, view: &MessageView) {
    let body = frame.body();
    if view.text.trim().is_empty() {
        frame.add(body, "p", "quote", t(ui.l, T::NoBody));
        return;
    }
    for block in quotes::blocks(&view.text) {
        let parent = if block.folded {
            let details = frame.add(body, "details", "quote", "");
            details.and_then(|d| {
                frame.add(&d, "summary", "", t(ui.l, T::ShowQuoted));
                frame.add(&d, "div", "", "")
            })
        } else {
            frame.add(body, "div", "", "")
        };
        let Some(parent) = parent else { continue };
        for span in links::spans(block.text) {
            match &span.href {
                Some(href) => frame.add_link(&parent, span.text, href),
                None => frame.add_text(&parent, span.text),
            }
        }
    }
}

/// A link was clicked: one that names another site than it leads to is asked about first (R11).
fn follow(ui: Ui, link: frame::Clicked) {
    if link.href.get(..7).is_some_and(|s| s.eq_ignore_ascii_case("mailto:")) {
        dispatch(Msg::Mailto(link.href));
    } else if links::host(&link.href).is_none() {
        // `tel:` and the like stay text.
    } else if let Some(text) = link.claims.or(links::misleading(&link.text, &link.href).map(str::to_owned)) {
        ui.dialog.set(Dialog::Leaving { text, href: link.href });
    } else {
        node::open_window(&link.href);
    }
}

/// Says that remote images wait, and for what (R8).
pub fn images_note(ui: Ui, view: &MessageView) -> View {
    let n = view.remote_images;
    let shown = select(|m| m.reader.as_ref().is_some_and(|r| r.images));
    let note = move || {
        (n > 0 && !shown.get()).then(|| {
            view! {
                <div class="note">
                    {icon("image")}
                    <p>{count(ui.l, T::RemoteImages, n)}</p>
                    <button type="button" class="button" on:click=|_| dispatch(Msg::ShowImages)>{ui.t(T::ShowImages)}</button>
                </div>
            }
        })
    };
    view! { {note} }
}
