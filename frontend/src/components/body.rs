//! The message body in its sealed frame (R2): no script, no network, measured and driven from outside.
use super::{Dialog, Ui, icon};
use crate::dom::tree::{NodeRef, View, html, view};
use crate::dom::ui::{frame, hosts, images, node};
use crate::i18n::{T, count, fill, t};
use crate::link::urls;
use crate::pages::keyboard;
use crate::runtime::{dispatch, read, select};
use crate::signals::{RwSignal, StoredValue, effect};
use crate::state::Msg;
use crate::view::{links, quotes};
use pyeonji_shared::message::MessageView;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

/// R2, to the letter. Same-origin is for measuring, keys and printing; it is safe because nothing in it can run.
pub const SANDBOX: &str = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";

/// Comes before anything of the message.
const HEAD: &str = concat!(
    "<!doctype html><meta charset=utf-8><meta http-equiv=content-security-policy content=\"default-src 'none'; ",
    "img-src blob: data:; style-src 'unsafe-inline'\"><meta name=referrer content=no-referrer>",
    "<style>html{height:auto}body{margin:0;font:15px/1.55 system-ui,'Pretendard','Apple SD Gothic Neo','Noto Sans KR',",
    "'Malgun Gothic',sans-serif;overflow-wrap:anywhere;overflow-x:auto;overflow-y:hidden}",
    "img{max-width:100%;height:auto}img[data-remote-src]{outline:1px dashed #8888;min-width:16px;min-height:16px}",
    "pre{white-space:pre-wrap}table{max-width:100%}blockquote{margin:0 0 0 4px;padding-left:12px;border-left:2px solid #8886}",
);
const TEXT: &str = concat!(
    ":root{color-scheme:light dark}body{color:light-dark(#1a2023,#e7ebeb);white-space:pre-wrap;tab-size:4}",
    "a{color:light-dark(#0b6b63,#5fc9bc)}.quote{color:light-dark(#536067,#a5b0b4)}",
    "summary{cursor:pointer;color:light-dark(#536067,#a5b0b4);white-space:normal;min-height:24px}</style><body>",
);
const HTML: &str =
    ":root{color-scheme:light}body{color:#1a2023;background:#fff;padding:12px}a{color:#0b6b63}</style><body>";

/// Whether the message can be shown both ways.
pub fn has_both(view: &MessageView) -> bool {
    view.html.is_some() && !view.text.trim().is_empty()
}

pub fn body(ui: Ui, view: Arc<MessageView>, plain: RwSignal<bool>) -> View {
    let content = move || {
        let view = view.clone();
        match &view.html {
            Some(html) if !plain.get() => framed(ui, &view, format!("{HEAD}{HTML}{}", html.0), true),
            _ => framed(ui, &view, format!("{HEAD}{TEXT}"), false),
        }
    };
    view! { <div>{content}</div> }
}

/// The only place in the page where a document is written: our own head, then HTML that the gateway sanitised, or nothing.
/// It is written into the empty document that a frame begins with: loading a second one (`srcdoc`) took longer than all
/// the rest of opening a message.
fn framed(ui: Ui, view: &Arc<MessageView>, document: String, html: bool) -> View {
    let held = StoredValue::new(None::<(frame::Frame, hosts::Hosts)>);
    let node_ref = NodeRef::<html::Iframe>::new();
    let wanted = select(|m| m.reader.as_ref().is_some_and(|r| r.images));
    let (fetched, meant) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (loaded, written) = (RwSignal::new(false), StoredValue::new(false));
    let shown = view.clone();
    let load = move |_| {
        let Some(element) = node_ref.get_untracked() else { return };
        // The end of what is written here is a load, too.
        if written.get_value() {
            return;
        }
        written.set_value(true);
        if !frame::write(&element, &document) {
            return;
        }
        let clicked = move |link: frame::Clicked| follow(ui, link);
        let Some(frame) = frame::Frame::take(&element, keyboard::pressed(ui), clicked) else { return };
        if html {
            let view = shown.clone();
            images::fill_inline(frame.document(), &frame.blobs, |id| {
                // RFC 2392: percent-encoded in the address, bare in the header.
                let id = crate::state::route::decode(id).unwrap_or_else(|| id.to_owned());
                let part = view.parts.iter().find(|p| p.content_id.as_deref() == Some(&id))?;
                read(|m| m.session).map(|s| urls::part(s, &view.at, &part.section, true))
            });
        } else {
            write(ui, &frame, &shown);
        }
        let hosts =
            hosts::Hosts::watch(frame.document(), move |href, tapped| meant.set(said(ui, href, tapped)));
        held.set_value(Some((frame, hosts)));
        loaded.set(true);
        dispatch(Msg::BodyShown);
    };
    effect(move |_| {
        if html && wanted.get() && loaded.get() {
            held.with_value(|frame| {
                if let (Some((frame, _)), Some(session)) = (frame, read(|m| m.session)) {
                    let counts = Rc::new(Cell::new(Fetched::default()));
                    let heard = counts.clone();
                    let done = move |ok| {
                        heard.set(heard.get().done(ok));
                        fetched.set(heard.get().words(ui));
                    };
                    let (waiting, left_out) = images::fill_remote(
                        frame.document(),
                        &frame.blobs,
                        |url| urls::image(session, url),
                        done,
                    );
                    counts.set(Fetched { waiting, left_out, failed: 0 });
                    fetched.set(counts.get().words(ui));
                }
            });
        }
    });
    view! {
        <p class="fetched" role="status">{move || fetched.get()}</p>
        <iframe class="body-frame" class:html=html node_ref=node_ref sandbox=SANDBOX title=ui.t(T::MessageBody)
            referrerpolicy="no-referrer" on:load=load></iframe>
        <p class="leads" aria-hidden="true"><span>{move || meant.get()}</span></p>
    }
}

/// Where a link leads, for the line below the message.
fn said(ui: Ui, href: Option<String>, tapped: bool) -> String {
    let href = href.unwrap_or_default();
    let Some(host) = links::leads_to(&href) else { return String::new() };
    let words = fill(ui.l, T::LeadsTo, &[("host", host)]);
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

/// Plain text as text nodes and links (R4), long quotations folded.
fn write(ui: Ui, frame: &frame::Frame, view: &MessageView) {
    let Some(body) = frame.holder() else { return };
    if view.text.trim().is_empty() {
        frame.add(&body, "p", "quote", t(ui.l, T::NoBody));
        return;
    }
    for block in quotes::blocks(&view.text) {
        let parent = if block.folded {
            let details = frame.add(&body, "details", "quote", "");
            details.and_then(|d| {
                frame.add(&d, "summary", "", t(ui.l, T::ShowQuoted));
                frame.add(&d, "div", "", "")
            })
        } else {
            frame.add(&body, "div", "", "")
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
