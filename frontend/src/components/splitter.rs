//! The bar between list and reader: dragged, or moved with the arrow keys.
use super::Ui;
use crate::dom::tree::{View, ev, view};
use crate::dom::ui::{node, page};
use crate::i18n::T;
use crate::signals::{RwSignal, StoredValue};
use crate::view::geometry::whole;

const MIN: f64 = 260.0;
const STEP: f64 = 24.0;
const KEY: &str = "pyeonji.list";

pub fn splitter(ui: Ui) -> View {
    let width =
        RwSignal::new(page::recall(KEY).and_then(|w| w.parse().ok()).map_or(400.0, |w: u32| f64::from(w)));
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
    let keep = move || page::remember(KEY, Some(&whole(width.get_untracked()).to_string()));
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
            aria-valuemin="260" aria-valuemax="2000" aria-valuenow=move || whole(width.get()).to_string()
            on:pointerdown=move |e| { e.prevent_default(); node::capture(&e); dragging.set_value(true) }
            on:pointermove=move |e| if dragging.get_value() && let Some((left, _)) = node::splitter_place(&e) { set(f64::from(e.client_x()) - left) }
            on:pointerup=move |_| { dragging.set_value(false); keep() }
            on:keydown=keys></div>
    }
}
