//! What a place holds, message by message; those of a device can be taken in hand.
use super::super::moment::{Chip, Shelf};
use super::super::names;
use super::super::runtime::dispatch;
use super::super::state::Msg;
use super::super::words::{W, fill, w};
use super::{button, filled};
use crate::dom::tree::{View, view};
use crate::i18n::Locale;
use crate::signals::{Memo, RwSignal};
use pyeonji_shared::lab::places::INBOX;
use pyeonji_shared::lab::scenario::{Protocol, Step};

/// Chips of one place; more are counted.
pub const MAX_CHIPS: usize = 24;

/// The message whose buttons are shown: place, folder, name.
pub type Open = RwSignal<Option<(String, String, String)>>;

/// `act`: messages of a device can be taken in hand.
pub fn chips(l: Locale, place: String, shelf: Memo<Shelf>, act: Option<(Protocol, Open)>) -> View {
    let list = move || {
        let shelf = shelf.get();
        let total = shelf.chips.len();
        if total == 0 {
            return view! { <p class="none">{w(l, W::Empty)}</p> };
        }
        // What changed is always in sight.
        let (mut shown, rest): (Vec<Chip>, Vec<Chip>) =
            shelf.chips.into_iter().partition(|chip| chip.changed);
        shown.extend(rest);
        let more = total.saturating_sub(MAX_CHIPS);
        shown.truncate(MAX_CHIPS);
        let items: Vec<View> = shown.into_iter().map(|c| chip(l, &place, c, act)).collect();
        let more = (more > 0).then(|| {
            let words = filled(l, W::More, &[("n", more.to_string())]);
            view! { <li class="more">{words}</li> }
        });
        view! { <ul class="chips">{items}{more}</ul> }
    };
    view! { {list} }
}

fn state_words(l: Locale, chip: &Chip) -> String {
    let mut words = Vec::new();
    if chip.folder != INBOX {
        words.push(names::folder(l, &chip.folder));
    }
    words.push(w(l, if chip.state.read { W::ReadWord } else { W::Unread }).to_owned());
    if chip.state.starred {
        words.push(w(l, W::Starred).to_owned());
    }
    if !chip.state.readable {
        words.push(w(l, W::HeadOnly).to_owned());
    }
    if chip.copies > 1 {
        words.push(filled(l, W::Copies, &[("n", chip.copies.to_string())]));
    }
    if chip.changed {
        words.push(w(l, W::NewHere).to_owned());
    }
    words.join(", ")
}

fn chip(l: Locale, place: &str, chip: Chip, act: Option<(Protocol, Open)>) -> View {
    let (name, state) = (names::message(l, &chip.message), state_words(l, &chip));
    let label = fill(l, W::ActOn, &[("message", &name), ("state", &state)]);
    let folder = (chip.folder != INBOX).then(|| names::folder(l, &chip.folder));
    let star = chip.state.starred.then_some("★");
    let copies = (chip.copies > 1).then(|| format!("×{}", chip.copies));
    let (unread, changed, head) = (!chip.state.read, chip.changed, !chip.state.readable);
    let face = view! {
        <bdi>{name}</bdi>
        {star.map(|star| view! { <span aria-hidden="true">{star}</span> })}
        {copies.map(|copies| view! { <span aria-hidden="true">{copies}</span> })}
        {folder.map(|folder| view! { <small>{folder}</small> })}
    };
    let Some((protocol, open)) = act.filter(|_| chip.folder == INBOX) else {
        return view! {
            <li><span class="chip" class:unread=unread class:fresh=changed class:head=head title=label>
                {face}<span class="sr">{state}</span>
            </span></li>
        };
    };
    let key = (place.to_owned(), chip.folder.clone(), chip.message.clone());
    let (mine, toggle) = (key.clone(), key.clone());
    let is_open = Memo::new(move || open.with(|o| o.as_ref() == Some(&mine)));
    let menu = move || {
        let (place, _, message) = key.clone();
        is_open.get().then(|| hold(l, protocol, place, message, open))
    };
    view! {
        <li><button type="button" class="chip" class:unread=unread class:fresh=changed class:head=head aria-label=label
            aria-expanded=move || is_open.get().to_string()
            on:click=move |_| {
                let next = (!is_open.get_untracked()).then(|| toggle.clone());
                open.set(next);
            }>{face}</button>{menu}</li>
    }
}

/// What can be done with a message that is taken in hand.
fn hold(l: Locale, protocol: Protocol, device: String, message: String, open: Open) -> View {
    let act = |key: W, step: Step| {
        button("button small", w(l, key), move || {
            open.set(None);
            dispatch(Msg::Act(step.clone()));
        })
    };
    let of = || (device.clone(), message.clone());
    let archive = (protocol == Protocol::Imap).then(|| {
        let (device, message) = of();
        act(W::DoArchive, Step::Move { device, message, folder: "Archive".into() })
    });
    let step = |make: fn(String, String) -> Step| {
        let (device, message) = of();
        make(device, message)
    };
    view! {
        <div class="hold">
            {act(W::DoRead, step(|device, message| Step::Read { device, message }))}
            {act(W::DoStar, step(|device, message| Step::Star { device, message }))}
            {archive}
            {act(W::DoDelete, step(|device, message| Step::Delete { device, message }))}
        </div>
    }
}
