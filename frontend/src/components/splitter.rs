//! The bar between list and reader: dragged, or moved with the arrow keys.
use super::Ui;
use crate::dom::ui::{node, page};
use crate::i18n::T;
use leptos::ev;
use leptos::prelude::*;

const MIN: f64 = 260.0;
const STEP: f64 = 24.0;
const KEY: &str = "pyeonji.list";

pub fn splitter(ui: Ui) -> AnyView {
    let width = RwSignal::new(page::recall(KEY).and_then(|w| w.parse().ok()).unwrap_or(400.0));
    let set = move |wanted: f64| {
        let most = (node::window_width() * 0.6).max(MIN);
        let wanted = wanted.clamp(MIN, most);
        width.set(wanted);
        node::set_size("--list", wanted);
    };
    if page::recall(KEY).is_some() {
        set(width.get_untracked());
    }
    let dragging = StoredValue::new(false);
    let keep = move || page::remember(KEY, Some(&format!("{:.0}", width.get_untracked())));
    let keys = move |e: ev::KeyboardEvent| {
        let by = match e.key().as_str() {
            "ArrowLeft" => -STEP,
            "ArrowRight" => STEP,
            _ => return,
        };
        e.prevent_default();
        e.stop_propagation();
        set(width.get_untracked() + by);
        keep();
    };
    view! {
        <div class="splitter" role="separator" tabindex="0" aria-orientation="vertical" aria-label=ui.t(T::SplitFolders)
            aria-valuemin=MIN.to_string() aria-valuemax="2000" aria-valuenow=move || format!("{:.0}", width.get())
            on:pointerdown=move |e| { e.prevent_default(); node::capture(&e); dragging.set_value(true) }
            on:pointermove=move |e| if dragging.get_value() && let Some((left, _)) = node::splitter_place(&e) { set(f64::from(e.client_x()) - left) }
            on:pointerup=move |_| { dragging.set_value(false); keep() }
            on:keydown=keys></div>
    }
    .into_any()
}
