//! From page to page of a long list.
use super::{Ui, icon};
use crate::dom::tree::{View, view};
use crate::dom::ui::clock;
use crate::i18n::{Civil, T, fill, number, short_date};
use crate::signals::{Memo, RwSignal};

/// `at`: the page that is shown and how much there is on all; `per` on one of them. `wanted` is set to another page.
pub fn pager(ui: Ui, per: usize, at: Memo<(usize, usize)>, wanted: RwSignal<usize>) -> View {
    let count = |n: usize| number(u32::try_from(n).unwrap_or(u32::MAX));
    let words = move || {
        let (page, all) = at.get();
        let (from, to) = ((page * per + 1).min(all), (page * per + per).min(all));
        fill(ui.l, T::PageOf, &[("from", &count(from)), ("to", &count(to)), ("n", &count(all))])
    };
    let button = move |on: bool| {
        let label = ui.t(if on { T::PageNext } else { T::PagePrevious });
        let off = move || {
            let (page, all) = at.get();
            if on { (page + 1) * per >= all } else { page == 0 }
        };
        view! {
            <button type="button" class="tool" class:next=on aria-label=label title=label disabled=off on:click=move |_| {
                let page = at.get_untracked().0;
                wanted.set(if on { page + 1 } else { page.saturating_sub(1) });
            }>{icon("back")}</button>
        }
    };
    view! { <div class="pager">{button(false)}<p role="status">{words}</p>{button(true)}</div> }
}

/// A day as a list shows it.
pub fn day(ui: Ui, seconds: i64) -> String {
    let civil = |s| Civil::new(s, clock::zone(s));
    short_date(ui.l, civil(seconds), civil(clock::now() / 1000))
}
