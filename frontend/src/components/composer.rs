//! The windows in which messages are written; several may be open.
use super::{Ui, files, icon, recipients};
use crate::dom;
use crate::dom::tree::{NodeRef, View, each, ev, html, view};
use crate::dom::ui::node;
use crate::i18n::{T, count, remedy, size, t, what_happened};
use crate::runtime::{dispatch, select};
use crate::signals::{Memo, RwSignal, effect};
use crate::state::Msg;
use crate::state::compose::{Composer, Edit, Field, Kept, Looked, Phase, Problem, ServerCopy};
use crate::state::msg::Resolve;
use pyeonji_shared::ids::OpId;

pub fn composers(ui: Ui) -> View {
    let open = select(|m| {
        m.composers.iter().filter(|c| c.is_shown()).map(|c| u128::from_be_bytes(c.id.0)).collect::<Vec<_>>()
    });
    view! {
        <div class="composers">
            {each(move || open.get(), move |id| composer(ui, OpId(id.to_be_bytes())))}
        </div>
    }
}

fn composer(ui: Ui, id: OpId) -> View {
    let small = select(move |m| m.composer(id).is_some_and(|c| c.minimised));
    let subject = select(move |m| m.composer(id).map(|c| c.subject.clone()).unwrap_or_default());
    let title = move || match subject.get() {
        s if s.trim().is_empty() => ui.t(T::NewMessage).to_owned(),
        s => s,
    };
    let editable = select(move |m| m.composer(id).is_some_and(Composer::is_editable));
    let saved = select(move |m| m.composer(id).is_some_and(|c| c.touched && c.kept == Kept::Safe));
    let dropping = RwSignal::new(false);
    let attach = move |e: &ev::Event| -> bool {
        let Some(list) = node::files(e) else { return false };
        dispatch(Msg::Attach(id, dom::files::take(&list)));
        true
    };
    let keys = move |e: ev::KeyboardEvent| match e.key().as_str() {
        "Enter" if (e.ctrl_key() || e.meta_key()) && !e.is_composing() => {
            e.prevent_default();
            dispatch(Msg::Send(id));
        }
        "Escape" if !e.is_composing() => {
            e.stop_propagation();
            dispatch(Msg::Minimise(id, true));
        }
        _ => {}
    };
    view! {
        <section class="composer" role="dialog" aria-label=ui.t(T::NewMessage) data-composer=id.hex() data-saved=move || saved.get().to_string() class:small=move || small.get()
            class:dropping=move || dropping.get() data-drop=ui.t(T::DropHere) on:keydown=keys
            on:dragover=move |e| { e.prevent_default(); if ui.dragged.get_untracked().is_none() { dropping.set(true) } }
            on:dragleave=move |e| if node::is_itself(&e) { dropping.set(false) }
            on:drop=move |e| { e.prevent_default(); dropping.set(false); attach(&e); }
            on:paste=move |e| if attach(&e) { e.prevent_default() }>
            <header>
                <h2>{title}</h2>
                {kept(ui, id)}
                {move || {
                    let small = small.get();
                    let label = ui.t(if small { T::Restore } else { T::Minimise });
                    super::tool(if small { "compose" } else { "minus" }, label, move || dispatch(Msg::Minimise(id, !small)))
                }}
                {super::tool("close", ui.t(T::Close), move || dispatch(Msg::CloseComposer(id)))}
            </header>
            {recipients::recipients(ui, id, Field::To, T::To, true)}
            <div class="copies">
                {recipients::recipients(ui, id, Field::Cc, T::Cc, false)}
                {recipients::recipients(ui, id, Field::Bcc, T::Bcc, false)}
            </div>
            {subject_line(ui, id, &id.hex())}
            {problem(ui, id)}
            {text(ui, id, &id.hex())}
            {files::files(ui, id)}
            {foot(ui, id, id.hex(), editable, attach)}
        </section>
    }
}

/// What the model says, whenever something else than typing changed it.
fn subject_line(ui: Ui, id: OpId, hex: &str) -> View {
    let rev = select(move |m| m.composer(id).map(|c| c.rev));
    let node_ref = NodeRef::<html::Input>::new();
    effect(move |_| {
        rev.track();
        if let Some(input) = node_ref.get() {
            let subject =
                crate::runtime::read(|m| m.composer(id).map(|c| c.subject.clone()).unwrap_or_default());
            if input.value() != subject {
                input.set_value(&subject);
            }
        }
    });
    let field = format!("subject-{hex}");
    view! {
        <div class="line">
            <label for=field.clone()>{ui.t(T::Subject)}</label>
            <input id=field node_ref=node_ref type="text" autocomplete="off" maxlength="2000"
                on:input=move |e| dispatch(Msg::Edit(id, Edit::Subject(node::typed(&e))))/>
        </div>
    }
}

fn text(ui: Ui, id: OpId, hex: &str) -> View {
    let rev = select(move |m| m.composer(id).map(|c| c.rev));
    let node_ref = NodeRef::<html::Textarea>::new();
    effect(move |_| {
        rev.track();
        if let Some(area) = node_ref.get() {
            let text = crate::runtime::read(|m| m.composer(id).map(|c| c.text.clone()).unwrap_or_default());
            if area.value() != text {
                area.set_value(&text);
                // An answer is written above the quotation.
                let _ = area.set_selection_range(0, 0);
            }
        }
    });
    view! {
        <textarea id=format!("text-{hex}") node_ref=node_ref aria-label=ui.t(T::MessageBody) aria-multiline="true"
            on:input=move |e| dispatch(Msg::Edit(id, Edit::Text(node::typed(&e))))></textarea>
    }
}

/// Where what was typed is safe by now.
fn kept(ui: Ui, id: OpId) -> View {
    let state = select(move |m| m.composer(id).map(|c| (c.kept, c.server_copy.clone(), c.touched)));
    let words = move || match state.get()? {
        (Kept::Failed, _, _) => Some(ui.t(T::FailedDevice)),
        (_, ServerCopy::Saving, _) => Some(ui.t(T::SavingDraft)),
        (_, ServerCopy::Saved, _) => Some(ui.t(T::SavedDraft)),
        (Kept::Safe, _, true) => Some(ui.t(T::KeptHere)),
        _ => None,
    };
    view! { <small>{words}</small> }
}

/// Why it wasn't sent, and what to do.
fn problem(ui: Ui, id: OpId) -> View {
    type Shown = (Option<Problem>, Option<pyeonji_shared::error::ApiError>, Phase, Vec<(String, String)>);
    let state = select(move |m| -> Option<Shown> {
        let c = m.composer(id)?;
        let refused = c.refused.iter().filter(|r| !r.accepted);
        let refused = refused.map(|r| (r.email.clone(), format!("{} {}", r.code, r.words))).collect();
        Some((c.problem.clone(), c.error.clone(), c.phase.clone(), refused))
    });
    let shown = move || {
        let (problem, error, phase, refused) = state.get()?;
        if let Phase::Unknown { error, looked, .. } = phase {
            return Some(unknown(ui, id, error.kind, looked));
        }
        if let Some(problem) = problem {
            return Some(line(problem_words(ui, &problem), String::new(), Vec::new()));
        }
        let error = error?;
        let words = format!("{} {}", what_happened(ui.l, error.kind), remedy(ui.l, error.kind));
        let quotation = if refused.is_empty() { error.detail } else { String::new() };
        Some(line(words, quotation, refused))
    };
    view! { <div role="alert">{shown}</div> }
}

fn line(words: String, quotation: String, refused: Vec<(String, String)>) -> View {
    let refused: Vec<View> =
        refused.into_iter().map(|(email, words)| view! { <p><b>{email}</b>" "<q>{words}</q></p> }).collect();
    view! {
        <div class="note bad problem">{icon("warn")}<p>{words}{(!quotation.is_empty()).then(|| view! { " "<q>{quotation}</q> })}</p>{refused}</div>
    }
}

fn problem_words(ui: Ui, problem: &Problem) -> String {
    let words = |key| t(ui.l, key).to_owned();
    match problem {
        Problem::NoRecipient => words(T::NoRecipients),
        Problem::Uploading => words(T::WaitForUploads),
        Problem::BadAddress(address) => format!("{} {address}", t(ui.l, T::WrongRecipients)),
        Problem::TooManyRecipients(n) => count(ui.l, T::TooManyRecipients, *n),
        Problem::TooBig(limit) => crate::i18n::fill(ui.l, T::MessageTooBig, &[("size", &size(*limit))]),
        Problem::TextTooLong => words(T::TextTooLong),
        Problem::Attachment(name) => format!("{name}: {}", t(ui.l, T::FailedUploads)),
        Problem::Device => words(T::FailedDevice),
    }
}

/// It isn't known whether it went out: the person is asked, and nothing is sent twice.
fn unknown(ui: Ui, id: OpId, kind: pyeonji_shared::error::ErrorKind, looked: Looked) -> View {
    let button = move |key, resolve| {
        view! { <button type="button" class="button" on:click=move |_| dispatch(Msg::Resolve(id, resolve))>{ui.t(key)}</button> }
    };
    let words = match looked {
        Looked::Looking => ui.t(T::LookingInSent),
        Looked::NotThere => ui.t(T::NotInSent),
        Looked::NotYet => what_happened(ui.l, kind),
    };
    view! {
        <div class="note bad problem">{icon("warn")}<p>{words}</p>
            {button(T::LookInSent, Resolve::Check)}{button(T::SendAgain, Resolve::SendAgain)}
            {button(T::KeepWriting, Resolve::Keep)}{button(T::WasSent, Resolve::WasSent)}
        </div>
    }
}

fn foot(
    ui: Ui,
    id: OpId,
    hex: String,
    editable: Memo<bool>,
    attach: impl Fn(&ev::Event) -> bool + Copy + 'static,
) -> View {
    let phase = select(move |m| m.composer(id).map(|c| c.phase.clone()).unwrap_or_default());
    let chooser = format!("files-{hex}");
    let open = chooser.clone();
    let label = move || match phase.get() {
        Phase::Sending { done, total, .. } if total > 0 => {
            format!("{} {} %", ui.t(T::Sending), done.min(total) * 100 / total)
        }
        Phase::Editing | Phase::Unknown { .. } => ui.t(T::Send).to_owned(),
        _ => ui.t(T::Sending).to_owned(),
    };
    view! {
        <footer>
            <button type="button" class="button primary" disabled=move || !editable.get() title="Ctrl+Enter"
                on:click=move |_| dispatch(Msg::Send(id))>{label}</button>
            {move || (phase.get() == Phase::Uploading).then(|| view! {
                <button type="button" class="button plain" on:click=move |_| dispatch(Msg::StopSend(id))>{ui.t(T::Cancel)}</button>
            })}
            <button type="button" class="tool" aria-label=ui.t(T::AttachFiles) title=ui.t(T::AttachFiles)
                disabled=move || !editable.get() on:click=move |_| node::choose(&open)>{icon("clip")}</button>
            <input id=chooser type="file" multiple hidden aria-label=ui.t(T::AttachFiles)
                on:change=move |e| { attach(&e); node::clear(e.target()); }/>
            <span class="gap"></span>
            <button type="button" class="button plain" disabled=move || !editable.get()
                on:click=move |_| dispatch(Msg::SaveDraft(id))>{ui.t(T::SaveDraft)}</button>
            <button type="button" class="tool" aria-label=ui.t(T::Discard) title=ui.t(T::Discard)
                on:click=move |_| dispatch(Msg::Discard(id))>{icon("trash")}</button>
        </footer>
    }
}
