//! The mail page: folders, list, reader.
use crate::components::{Ui, banner, folders, icon, list, reader, splitter};
use crate::dom::tree::{View, view};
use crate::i18n::{T, count, remedy, what_happened};
use crate::runtime::{dispatch, select};
use crate::state::Msg;
use crate::state::mail::HERE;
use crate::state::model::{LinkState, Page};
use pyeonji_shared::account::UpstreamState;

pub fn mail(ui: Ui) -> View {
    let reading = select(|m| m.reader.is_some());
    let picking = select(|m| !m.list.selected.is_empty());
    view! {
        <div class="top">{banner::banner(ui)}{strip(ui)}{HERE.then(|| super::vault::locked(ui))}</div>
        <main class="panes" class:reading=move || reading.get() class:picking=move || picking.get()>
            {folders::folders(ui)}
            {list::list(ui)}
            {splitter::splitter(ui)}
            {reader::reader(ui)}
        </main>
    }
}

/// The state of the connections, where a person has to know. The page stays readable below it.
fn strip(ui: Ui) -> View {
    let state = select(|m| (m.page, m.link, m.upstream.clone(), m.account.is_some()));
    let left = select(|m| m.next_try.1);
    let shown = move || {
        let (page, link, upstream, known) = state.get();
        if page == Page::Starting || !known {
            return None;
        }
        if link == LinkState::Offline {
            return Some(line(false, view! { <p>{ui.t(T::ReconnectingWords)}</p> }, None));
        }
        match upstream {
            UpstreamState::Online | UpstreamState::Connecting => None,
            UpstreamState::Waiting { seconds, .. } => {
                let words = move |n| count(ui.l, T::UpstreamWaiting, n);
                // Counted down for the eye, said once.
                let words = view! {
                    <p aria-hidden="true">{move || words(left.get())}</p><p class="sr">{words(seconds)}</p>
                };
                Some(line(false, words, None))
            }
            UpstreamState::Denied { error } => {
                let words = format!("{} {}", what_happened(ui.l, error.kind), remedy(ui.l, error.kind));
                Some(line(true, view! { <p>{words}</p> }, Some(ui.t(T::SignInAgain))))
            }
        }
    };
    view! { <div role="status">{shown}</div> }
}

fn line(bad: bool, words: View, again: Option<&'static str>) -> View {
    view! {
        <div class="strip" class:bad=bad>
            {icon("warn")}{words}
            {again.map(|label| view! { <button type="button" class="button" on:click=|_| dispatch(Msg::SignOut)>{label}</button> })}
        </div>
    }
}
