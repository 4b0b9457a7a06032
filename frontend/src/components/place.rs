//! Where a message is: on this device, on the server, or both; since when, and until when.
use super::{Ui, icon};
use crate::dom::tree::{View, view};
use crate::dom::ui::clock;
use crate::i18n::{Civil, T, fill, short_date, size};
use crate::runtime::{dispatch, select};
use crate::state::Msg;
use crate::state::mail::MailEvent;
use crate::state::model::Model;
use pyeonji_shared::device::entry::{OnServer, Wish};
use pyeonji_shared::device::plan::{self, Keep, State};
use pyeonji_shared::ids::{MessageRef, Uid};

#[derive(Clone, Debug, PartialEq)]
struct Where {
    uid: u32,
    /// Stored here, seconds.
    since: i64,
    /// Bytes of the whole message, where only its head is here.
    head_of: Option<u64>,
    /// More of it was asked for.
    coming: bool,
    server: Server,
}

#[derive(Clone, Debug, PartialEq)]
enum Server {
    /// Made here, or brought in.
    Never,
    There,
    Until(i64),
    Leaving,
    Gone(i64),
}

fn place(m: &Model, uid: Uid) -> Option<Where> {
    let mail = m.mail.as_deref()?;
    let record = mail.mailbox.as_ref()?.record(uid)?;
    let entry = record.uidl.as_ref().and_then(|uidl| mail.ledger.get(uidl));
    let now = m.moment.now / 1000;
    let server = match entry {
        None => Server::Never,
        Some(entry) => match entry.server {
            OnServer::Gone { since, .. } => Server::Gone(since),
            OnServer::There { .. } => match plan::state(entry, &mail.options.rules, true, now) {
                State::Keep(Keep::Until(at)) => Server::Until(at),
                State::Delete(_) => Server::Leaving,
                _ => Server::There,
            },
        },
    };
    Some(Where {
        uid: uid.0,
        since: record.added_at,
        head_of: record.head_only.then_some(record.size),
        coming: entry.is_some_and(|e| e.wish == Wish::Rest),
        server,
    })
}

/// One line in the reader.
pub fn line(ui: Ui, at: &MessageRef) -> View {
    let uid = at.uid;
    let place = select(move |m| place(m, uid));
    let day = move |seconds: i64| {
        let civil = |s| Civil::new(s, clock::zone(s));
        short_date(ui.l, civil(seconds), civil(clock::now() / 1000))
    };
    let content = move || {
        let place = place.get()?;
        let since = day(place.since);
        let words = match place.server {
            Server::Never => fill(ui.l, T::OnlyHere, &[("since", &since)]),
            Server::There => fill(ui.l, T::HereAndThere, &[("since", &since)]),
            Server::Until(until) => {
                fill(ui.l, T::HereAndThereUntil, &[("since", &since), ("until", &day(until))])
            }
            Server::Leaving => fill(ui.l, T::HereLeavingServer, &[("since", &since)]),
            Server::Gone(gone) => fill(ui.l, T::OnlyHereSince, &[("since", &since), ("gone", &day(gone))]),
        };
        let rest = place.head_of.map(|bytes| rest(ui, place.uid, bytes, place.coming));
        Some(view! { <div class="place">{icon("inbox")}<p>{words}</p></div>{rest} })
    };
    view! { {content} }
}

/// Only the head is here.
fn rest(ui: Ui, uid: u32, bytes: u64, coming: bool) -> View {
    let label = fill(ui.l, T::DownloadRest, &[("size", &size(bytes))]);
    view! {
        <div class="note">
            {icon("download")}
            <p>{ui.t(T::HeadOnly)}</p>
            <button type="button" class="button" disabled=coming on:click=move |_| dispatch(Msg::Mail(MailEvent::Rest(uid)))>{label}</button>
        </div>
    }
}
