//! Carries out what mail on this device wants done.
use super::{dispatch, read};
use crate::device::{lock, parts, room, store, tabs, vault};
use crate::dom::http;
use crate::dom::tasks::later;
use crate::link::socket;
use crate::state::Msg;
use crate::state::mail::vault::{Order, Told};
use crate::state::mail::{MailEffect, MailEvent, Shelf, StoreError, TAKEOUT};
use crate::state::msg::DeviceEvent;
use std::cell::{Cell, RefCell};

thread_local! {
    static CHECKING: RefCell<Option<lock::Guard>> = const { RefCell::new(None) };
    /// Which account's tabs are listened to.
    static LISTENING: RefCell<String> = const { RefCell::new(String::new()) };
    /// Commits begun; they are carried out one after another.
    static LAST: Cell<u32> = const { Cell::new(0) };
}

fn tell(event: MailEvent) {
    dispatch(Msg::Mail(event));
}

pub fn execute(effect: MailEffect) {
    match effect {
        MailEffect::Load => {
            listen();
            later(async {
                let loaded = store::load().await;
                tell(MailEvent::Loaded(Box::new(loaded)));
            });
        }
        MailEffect::Commit { id, changes } => later(async move {
            LAST.set(id);
            let result = store::commit(&changes).await;
            tell(MailEvent::Committed { id, result });
        }),
        MailEffect::View { tag, uid } => later(async move {
            let bytes = store::value(Shelf::Views, &crate::state::mail::Key::Number(uid)).await;
            tell(MailEvent::View { tag, uid, bytes: bytes.unwrap_or_default() });
        }),
        MailEffect::Texts { tag, uids } => later(async move {
            let texts = store::values(Shelf::Texts, &uids).await.unwrap_or_default();
            let text = |(uid, bytes)| (uid, String::from_utf8(bytes).unwrap_or_default());
            tell(MailEvent::Texts { tag, texts: texts.into_iter().map(text).collect() });
        }),
        MailEffect::Credit { tag, n } => socket::with(|link| link.credit(tag, n)),
        MailEffect::Reserve { count } => later(async move {
            let first = store::reserve(count).await.map_err(|_| StoreError::Unavailable);
            tell(MailEvent::Reserved(first));
        }),
        MailEffect::Estimate => later(async { tell(MailEvent::Room(room::estimate().await)) }),
        MailEffect::Persist => later(async { tell(MailEvent::Persistent(room::persist().await)) }),
        MailEffect::Lock => later(async {
            let name = format!("pyeonji:{}:check", address());
            let guard = lock::hold(&name).await;
            let got = guard.is_some();
            CHECKING.with_borrow_mut(|held| *held = guard);
            tell(MailEvent::Locked(got));
        }),
        MailEffect::Unlock => drop(CHECKING.with_borrow_mut(Option::take)),
        MailEffect::Share(uids) => tabs::tell(&uids),
        MailEffect::Render { uid } => later(async move {
            let bytes = match store::source(uid).await {
                Ok(pieces) => http::render(&pieces).await,
                Err(_) => Err(crate::state::mail::lost()),
            };
            tell(MailEvent::Rendered { uid, bytes });
        }),
        MailEffect::Takeout(order) if TAKEOUT => super::takeout::execute(order),
        MailEffect::Takeout(_) => {}
        MailEffect::Vault(order) => later(async move {
            let told = carry_out(order).await.unwrap_or_else(Told::Failed);
            tell(MailEvent::Vault(told));
        }),
        MailEffect::Extract { composer, key, uid, section } => later(async move {
            let stored = match parts::part(uid, &section, None).await {
                Some(blob) => parts::keep(key, blob).await,
                None => false,
            };
            dispatch(Msg::Device(DeviceEvent::BlobStored { composer, key, ok: stored }));
        }),
    }
}

async fn carry_out(order: Order) -> Result<Told, StoreError> {
    let phase = match order {
        Order::Prepare if TAKEOUT => return vault::prepare().await.map(Told::Prepared),
        Order::Close if TAKEOUT => vault::phase("close").await?,
        Order::Open if TAKEOUT => vault::phase("decryptAll").await?,
        Order::Convert => vault::convert(|left| tell(MailEvent::Vault(Told::Left(left)))).await?,
        Order::Unlock(typed) => return vault::unlock(&typed).await.map(|()| Told::Unlocked),
        Order::Wipe => {
            vault::wipe().await?;
            tabs::tell(&[]);
            return Ok(Told::Unlocked);
        }
        _ => return Err(StoreError::Unavailable),
    };
    tabs::tell(&[]);
    Ok(Told::Phase(phase))
}

pub fn address() -> String {
    read(|m| m.device.clone()).unwrap_or_default()
}

fn listen() {
    let address = address();
    if LISTENING.with_borrow(|of| *of == address) {
        return;
    }
    tabs::listen(&address, |uids| {
        later(async move {
            if uids.is_empty() {
                // Another tab may have turned encryption on or off.
                if let Ok(phase) = store::phase().await {
                    tell(MailEvent::Vault(Told::Phase(phase)));
                }
            }
            let found = store::values(Shelf::Records, &uids).await.unwrap_or_default();
            let record = |uid: u32| found.iter().find(|(of, _)| *of == uid).map(|(_, bytes)| bytes.clone());
            let changed = uids.iter().map(|uid| (*uid, record(*uid))).collect();
            tell(MailEvent::Shared(changed));
        });
    });
    LISTENING.with_borrow_mut(|of| *of = address);
}
