//! Who wrote to whom and when. The sender's address is always shown (R9).
use super::{Ui, icon};
use crate::dom::tree::{View, view};
use crate::dom::ui::clock;
use crate::i18n::{Civil, T, count, full_date};
use crate::signals::RwSignal;
use pyeonji_shared::lower::in_word;
use pyeonji_shared::message::{Address, MessageView};

pub fn headers(ui: Ui, view: &MessageView) -> View {
    let open = RwSignal::new(false);
    let sender = view.from.first().cloned().unwrap_or_default();
    let initial: String = shown(&sender).chars().find(|c| in_word(*c)).into_iter().collect();
    let to: Vec<&str> = view.to.iter().chain(&view.cc).map(shown).take(8).collect();
    let to = if to.is_empty() { ui.t(T::NoRecipient).to_owned() } else { to.join(", ") };
    let when = date(ui, view.sent.unwrap_or(view.received));
    let lines = details(ui, view);
    view! {
        <header class="head">
            <span class="avatar" aria-hidden="true">{initial}</span>
            <div class="sender" dir="auto">{address(&sender, ui)}</div>
            <time>{when}</time>
            <div class="to">
                <span dir="auto">{ui.t(T::To)}" "{to}</span>
                <button type="button" class="linkish" aria-expanded=move || open.get().to_string()
                    on:click=move |_| open.update(|o| *o = !*o)>
                    {move || ui.t(if open.get() { T::HideDetails } else { T::Details })}
                </button>
            </div>
        </header>
        {sender.suspicious.then(|| view! { <div class="note bad">{icon("warn")}<p>{ui.t(T::SuspiciousName)}</p></div> })}
        {move || open.get().then(|| view! { <dl class="details">{lines.iter().map(line).collect::<Vec<_>>()}</dl> })}
    }
}

type Line = (&'static str, String);

fn line((label, value): &Line) -> View {
    view! { <dt>{*label}</dt><dd dir="auto">{value.clone()}</dd> }
}

fn details(ui: Ui, view: &MessageView) -> Vec<Line> {
    let list = |all: &[Address]| all.iter().map(full).collect::<Vec<_>>().join(", ");
    let mut lines: Vec<Line> = Vec::new();
    let sender: &[Address] = view.sender.as_slice();
    for (key, all) in [
        (T::From, view.from.as_slice()),
        (T::Sender, sender),
        (T::ReplyTo, view.reply_to.as_slice()),
        (T::To, view.to.as_slice()),
        (T::Cc, view.cc.as_slice()),
        (T::Bcc, view.bcc.as_slice()),
    ] {
        if !all.is_empty() {
            lines.push((ui.t(key), list(all)));
        }
    }
    if view.more_addresses > 0
        && let Some(last) = lines.last_mut()
    {
        last.1 = format!("{} {}", last.1, count(ui.l, T::MoreAddresses, view.more_addresses));
    }
    if let Some(sent) = view.sent {
        lines.push((ui.t(T::Date), date(ui, sent)));
    }
    lines.push((ui.t(T::Received), date(ui, view.received)));
    lines
}

fn date(ui: Ui, seconds: i64) -> String {
    full_date(ui.l, Civil::new(seconds, clock::zone(seconds)))
}

fn shown(address: &Address) -> &str {
    if address.name.is_empty() { &address.email } else { &address.name }
}

fn full(address: &Address) -> String {
    if address.name.is_empty() {
        address.email.clone()
    } else {
        format!("{} <{}>", address.name, address.email)
    }
}

fn address(address: &Address, ui: Ui) -> View {
    let Address { name, email, suspicious } = address.clone();
    let missing = (name.is_empty() && email.is_empty()).then(|| ui.t(T::NoSender));
    let angle = if name.is_empty() { email } else { format!("<{email}>") };
    view! { <b>{name}{missing}</b>" "<span class="email" class:suspicious=suspicious>{angle}</span> }
}
