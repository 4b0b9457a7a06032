//! From page to page of a long list.
use super::{Ui, icon};
use crate::dom::tree::{View, view};
use crate::i18n::{T, fill, number};
use crate::signals::Memo;

/// `at`: the page that is shown and how much there is on all; `per` on one of them.
pub fn pager(ui: Ui, per: usize, at: Memo<(usize, usize)>, go: impl Fn(usize) + Clone + 'static) -> View {
    let count = |n: usize| number(u32::try_from(n).unwrap_or(u32::MAX));
    let words = move || {
        let (page, all) = at.get();
        let (from, to) = ((page * per + 1).min(all), (page * per + per).min(all));
        fill(ui.l, T::PageOf, &[("from", &count(from)), ("to", &count(to)), ("n", &count(all))])
    };
    let (back, on) = (go.clone(), go);
    view! {
        <div class="pager">
            <button type="button" class="tool" aria-label=ui.t(T::PagePrevious) title=ui.t(T::PagePrevious) disabled=move || at.get().0 == 0
                on:click=move |_| back(at.get_untracked().0.saturating_sub(1))>{icon("back")}</button>
            <p role="status">{words}</p>
            <button type="button" class="tool next" aria-label=ui.t(T::PageNext) title=ui.t(T::PageNext)
                disabled=move || { let (page, all) = at.get(); (page + 1) * per >= all }
                on:click=move |_| on(at.get_untracked().0 + 1)>{icon("back")}</button>
        </div>
    }
}

/// A day as a list shows it.
pub fn day(ui: Ui) -> impl Fn(i64) -> String + Copy {
    use crate::dom::ui::clock;
    use crate::i18n::{Civil, short_date};
    move |seconds| {
        let civil = |s| Civil::new(s, clock::zone(s));
        short_date(ui.l, civil(seconds), civil(clock::now() / 1000))
    }
}
