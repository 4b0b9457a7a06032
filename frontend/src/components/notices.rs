//! What the page tells: passing statuses with undo, and alerts. Both regions are always there, so that they are read out.
use super::{Ui, icon};
use crate::dom::tree::{View, each_value, view};
use crate::i18n::{T, notice, quotation};
use crate::runtime::{dispatch, select};
use crate::state::Msg;
use crate::state::notice::{Notice, NoticeKind};

pub fn notices(ui: Ui) -> View {
    let statuses = select(|m| of(&m.notices.shown, NoticeKind::Status));
    let alerts = select(|m| of(&m.notices.shown, NoticeKind::Alert));
    view! {
        <div class="toasts">
            <div role="alert" class="region">{each_value(alerts, key, move |n| toast(ui, n))}</div>
            <div role="status" class="region">{each_value(statuses, key, move |n| toast(ui, n))}</div>
        </div>
    }
}

/// A toast stays the same element while others come and go: nothing is read out twice.
fn key(_: usize, notice: &Notice) -> u128 {
    notice.id.into()
}

fn of<'a>(shown: impl IntoIterator<Item = &'a Notice>, kind: NoticeKind) -> Vec<Notice> {
    shown.into_iter().filter(|n| n.kind == kind).cloned().collect()
}

fn toast(ui: Ui, n: Notice) -> View {
    let id = n.id;
    let words = notice(ui.l, &n.text);
    let quoted = quotation(&n.text).to_owned();
    view! {
        <div class="toast" class:bad=n.kind == NoticeKind::Alert>
            <p>{words}{(!quoted.is_empty()).then(|| view! { <q>{quoted}</q> })}</p>
            {n.undo.is_some().then(|| view! {
                <button type="button" on:click=move |_| dispatch(Msg::Undo(id))>{ui.t(T::Undo)}</button>
            })}
            <button type="button" aria-label=ui.t(T::Dismiss) title=ui.t(T::Dismiss) on:click=move |_| dispatch(Msg::Dismiss(id))>{icon("close")}</button>
        </div>
    }
}
