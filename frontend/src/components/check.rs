//! The check for mail that is kept on this device: what it does, how far it is, when the next one is, and what it asks.
use super::{Ui, icon};
use crate::dom::tree::{View, view};
use crate::dom::ui::clock;
use crate::i18n::{T, count_with, fill, leaves, remedy, size, what_happened};
use crate::runtime::{dispatch, select};
use crate::signals::{RwSignal, effect};
use crate::state::Msg;
use crate::state::mail::check::{Check, Stage};
use crate::state::mail::{DeviceMail, MailEvent};
use pyeonji_shared::device::Sum;
use pyeonji_shared::device::plan::Note;
use pyeonji_shared::device::schedule::{Because, Next};
use pyeonji_shared::error::{ApiError, ErrorKind};

/// What of the mailbox isn't here and stands in no line of the ledger.
fn missing(ui: Ui, check: &Check) -> Option<String> {
    check.notes.iter().find_map(|note| match note {
        Note::NoNames => Some(ui.t(T::CheckNoNames).to_owned()),
        Note::Cut => Some(ui.t(T::CheckCut).to_owned()),
        Note::NoRoom(sum) | Note::LedgerFull(sum) => {
            Some(count_with(ui.l, T::CheckNoRoom, sum.messages, &[("size", &size(sum.bytes))]))
        }
        _ => None,
    })
}

/// What the strip says.
#[derive(Clone, Debug, Default, PartialEq)]
enum Now {
    /// The mail isn't on this device.
    #[default]
    None,
    /// It isn't read yet, or is checked as soon as there is a connection: nothing to say, and no room to lose.
    Soon,
    Looking,
    Fetching {
        done: Sum,
        of: Sum,
    },
    Asking(Sum),
    Removing(Sum),
    Merging,
    Failed(ApiError, Option<i64>),
    /// Until the next check, if there is one by itself; and what of the mailbox isn't here.
    Waiting(Option<Next>, Option<String>),
}

fn state(ui: Ui, mail: Option<&DeviceMail>) -> Now {
    let Some(mail) = mail else { return Now::None };
    if mail.mailbox.is_none() {
        return Now::Soon;
    }
    let check = &mail.check;
    match &check.stage {
        Stage::Locking | Stage::Looking(_) => Now::Looking,
        Stage::Reserving | Stage::Fetching(_) => Now::Fetching { done: check.done, of: check.of },
        Stage::Asking => Now::Asking(check.leaving_sum),
        Stage::Merging { .. } => Now::Merging,
        Stage::Noting { .. } | Stage::Removing(_) => Now::Removing(check.leaving_sum),
        Stage::Idle => match (&check.error, mail.next) {
            (Some(error), next) => Now::Failed(error.clone(), next.map(|n| n.at)),
            (None, Some(Next { because: Because::Start, .. })) => Now::Soon,
            (None, next) => Now::Waiting(next, missing(ui, check)),
        },
    }
}

fn tell(event: MailEvent) {
    dispatch(Msg::Mail(event));
}

fn button(ui: Ui, key: T, event: fn() -> MailEvent) -> View {
    super::button(ui.t(key), move || tell(event()))
}

pub fn check(ui: Ui) -> View {
    let now = select(move |m| state(ui, m.mail.as_deref()));
    let second = RwSignal::new(clock::now() / 1000);
    // The clock runs only while it is shown.
    effect(move |_| {
        second.track();
        if matches!(now.get(), Now::Waiting(Some(_), _) | Now::Failed(_, Some(_))) {
            clock::soon(1_000, move || second.set(clock::now() / 1000));
        }
    });
    let left = move |at: i64| clock::countdown(at.saturating_sub(second.get().max(clock::now() / 1000)));
    let review = RwSignal::new(false);
    let content = move || match now.get() {
        Now::None => view! {},
        Now::Soon => line(ui, None, String::new(), view! {}),
        Now::Looking => {
            line(ui, None, ui.t(T::CheckLooking).to_owned(), button(ui, T::Stop, || MailEvent::Stop))
        }
        Now::Fetching { done, of } => {
            let values =
                [("done", done.messages.to_string()), ("size", size(done.bytes)), ("all", size(of.bytes))];
            let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
            let words = count_with(ui.l, T::CheckFetching, of.messages, &values);
            let part = (of.bytes > 0).then(|| (done.bytes * 100 / of.bytes.max(1)).min(100));
            line(ui, part, words, button(ui, T::Stop, || MailEvent::Stop))
        }
        Now::Asking(sum) => asking(ui, sum, review),
        Now::Removing(sum) => line(
            ui,
            None,
            count_with(ui.l, T::CheckRemoving, sum.messages, &[("size", &size(sum.bytes))]),
            view! {},
        ),
        Now::Merging => line(ui, None, ui.t(T::Merging).to_owned(), view! {}),
        Now::Failed(error, at) => failed(ui, &error, at.map(left)),
        Now::Waiting(next, missing) => {
            let words = match next {
                None => ui.t(T::CheckByHand).to_owned(),
                Some(next) => {
                    let key = match next.because {
                        Because::InUse => T::CheckInUse,
                        Because::TooSoon => T::CheckTooSoon,
                        _ => T::CheckNext,
                    };
                    fill(ui.l, key, &[("time", &left(next.at))])
                }
            };
            let missing = missing.map(|words| view! { <p class="check-note">{icon("warn")}{words}</p> });
            view! { {missing}{line(ui, None, words, button(ui, T::CheckNow, || MailEvent::Check))} }
        }
    };
    view! { <div class="check-strip" role="group" aria-label=ui.t(T::CheckMail)>{content}</div> }
}

fn line(ui: Ui, part: Option<u64>, words: String, act: View) -> View {
    let bar = part.map(|part| {
        view! { <progress max="100" value=part.to_string() aria-label=ui.t(T::CheckMail)></progress> }
    });
    view! { <p>{words}</p>{bar}{act} }
}

fn failed(ui: Ui, error: &ApiError, left: Option<String>) -> View {
    let words = format!("{} {}", what_happened(ui.l, error.kind), remedy(ui.l, error.kind));
    let next = left
        .filter(|_| error.kind != ErrorKind::Offline)
        .map(|left| fill(ui.l, T::CheckNext, &[("time", &left)]));
    let said = (!error.detail.is_empty()).then(|| view! { <q>{error.detail.clone()}</q> });
    view! {
        <div role="alert">{icon("warn")}<p>{words}" "{said}" "{next}</p></div>
        {button(ui, T::CheckNow, || MailEvent::Check)}
    }
}

/// "12 messages, 3.1 MB will leave the server", with a list.
fn asking(ui: Ui, sum: Sum, review: RwSignal<bool>) -> View {
    let leaving = select(|m| {
        let mail = m.mail.as_deref();
        let subject = |uidl| {
            let mail = mail?;
            let local = mail.ledger.get(uidl)?.here.local()?;
            Some(mail.mailbox.as_ref()?.record(pyeonji_shared::ids::Uid(local.0))?.head.subject.clone())
        };
        let rows =
            mail.map(|mail| mail.check.leaving.iter().take(200).map(|r| (subject(&r.uidl), r.size, r.why)));
        rows.map(Iterator::collect::<Vec<_>>).unwrap_or_default()
    });
    let list = move || {
        review.get().then(|| {
            let rows: Vec<View> = leaving.get().into_iter().map(|(subject, bytes, why)| {
                let subject = subject.filter(|s| !s.trim().is_empty()).unwrap_or_else(|| ui.t(T::NoSubject).to_owned());
                view! { <li><bdi>{subject}</bdi><small>{size(u64::from(bytes))}" · "{leaves(ui.l, why)}</small></li> }
            }).collect();
            view! { <ul class="leaving" aria-label=ui.t(T::CheckReview)>{rows}</ul> }
        })
    };
    view! {
        <div role="alert">
            {icon("warn")}
            <p>{count_with(ui.l, T::CheckLeaving, sum.messages, &[("size", &size(sum.bytes))])}</p>
        </div>
        <button type="button" class="button plain" aria-expanded=move || review.get().to_string()
            on:click=move |_| review.update(|r| *r = !*r)>{ui.t(T::CheckReview)}</button>
        {button(ui, T::CheckApprove, || MailEvent::Approve)}
        {button(ui, T::CheckLater, || MailEvent::Later)}
        {list}
    }
}
