//! Carries out effects.
use super::{HINT, MODULE, SETTINGS, dispatch, hex, read};
use crate::dom::tasks::later;
use crate::dom::timers::Timers;
use crate::dom::{files, http, paint, window};
use crate::link::socket;
use crate::state::Msg;
use crate::state::effect::{Effect, Timer};
use crate::state::mail::HERE;
use crate::state::msg::{DeviceEvent, UploadEvent};
use crate::{device, i18n};
use pyeonji_shared::call::Call;
use pyeonji_shared::call::read::Read;
use pyeonji_shared::ids::OpId;
use std::cell::Cell;
use wasm_bindgen_futures::JsFuture;

thread_local! {
    static TIMERS: Timers<Timer> = Timers::default();
    /// Database openings so far: an answer of an earlier one is late.
    static OPENINGS: Cell<u32> = const { Cell::new(0) };
}

pub fn execute(effect: Effect) {
    match effect {
        Effect::Connect { folder } => socket::with(|link| {
            link.set_locale(read(|m| m.settings.locale()).tag());
            link.set_folder(folder);
            link.connect(window::moment());
        }),
        Effect::Disconnect => socket::with(|link| link.disconnect()),
        Effect::Request { tag, op, call } => {
            if matches!(&call, Call::Open(_) | Call::Read(Read { background: false, .. })) {
                super::hold(tag);
            }
            socket::with(|link| link.request(tag, op, call, window::moment()));
        }
        Effect::Cancel(tag) => socket::with(|link| link.cancel(tag)),
        Effect::Login { address, password, remember, kind } => later(async move {
            let locale = read(|m| m.settings.locale()).tag();
            let result = http::login(&address, &password.0, remember, &kind, locale).await;
            dispatch(Msg::SignInDone(result));
        }),
        Effect::Logout => later(async { dispatch(Msg::SignOutDone(http::logout().await)) }),
        Effect::Hint(address) => window::store(HINT, address.as_deref()),
        // The browser takes its time for this, and nobody sees the address before the page.
        Effect::Path { path, replace } if window::is_visible() => {
            paint::after_paint(move || window::show_path(&path, replace));
        }
        Effect::Path { path, replace } => window::show_path(&path, replace),
        Effect::Timer { timer, ms } => {
            TIMERS.with(|t| t.set(timer, ms, move || dispatch(Msg::Timer(timer))));
        }
        Effect::Mark(mark) => paint::mark(mark),
        Effect::Focus(to) => paint::focus(to),
        Effect::OpenDevice { address } => open_device(address),
        Effect::CloseDevice => {
            OPENINGS.with(|n| n.set(n.get().wrapping_add(1)));
            device::close();
        }
        Effect::Keep(record) => {
            let (composer, edition, stage) = (record.id, record.edition, record.stage);
            let begun = device::keep(&record);
            read(|m| m.device.clone()).into_iter().for_each(|address| device::hold(&address, composer));
            later(async move {
                let ok = match begun {
                    Ok(durable) => JsFuture::from(durable).await.is_ok(),
                    Err(_) => false,
                };
                dispatch(Msg::Device(DeviceEvent::Kept { composer, edition, stage, ok }));
            });
        }
        Effect::Forget { composer, blobs } => {
            let _ = device::forget(composer, &blobs);
            blobs.into_iter().for_each(files::forget);
        }
        Effect::StoreBlob { composer, key } => {
            let begun = files::held(key).map(|blob| device::store_blob(key, &blob));
            later(async move {
                let ok = match begun {
                    Some(Ok(durable)) => JsFuture::from(durable).await.is_ok(),
                    _ => false,
                };
                dispatch(Msg::Device(DeviceEvent::BlobStored { composer, key, ok }));
            });
        }
        Effect::ForgetBlob(key) => {
            let _ = device::forget_blob(key);
            files::forget(key);
        }
        Effect::Upload { composer, key, name, mime } => later(upload(composer, key, name, mime)),
        Effect::CancelUpload(key) => http::cancel_upload(key),
        Effect::DropUpload(blob) => later(http::drop_upload(blob)),
        Effect::Mail(effect) if HERE => super::mail::execute(effect),
        Effect::Mail(_) => {}
        Effect::Module { device } => {
            let needed = device.then_some("device");
            if window::stored(MODULE).as_deref() != needed {
                window::store(MODULE, needed);
            }
            if device && !HERE {
                window::reload();
            }
        }
        Effect::SaveSettings => {
            let bytes = read(|m| m.settings.to_bytes());
            window::store(SETTINGS, Some(&hex(&bytes)));
        }
        Effect::Reload => window::reload_once(),
        Effect::Notify { folder, count } => {
            let text = crate::state::notice::Text::NewMail(count, folder);
            let words = read(|m| i18n::notice(m.settings.locale(), &text));
            window::notify(&words, "new-mail");
        }
    }
}

fn open_device(address: String) {
    let opening = OPENINGS.with(|n| {
        n.set(n.get().wrapping_add(1));
        n.get()
    });
    later(async move {
        let event = match device::open(&address).await {
            Ok(records) => DeviceEvent::Opened(records),
            Err(_) => DeviceEvent::Unavailable,
        };
        if OPENINGS.with(Cell::get) == opening {
            dispatch(Msg::Device(event));
        }
    });
}

async fn upload(composer: OpId, key: OpId, name: String, mime: String) {
    let blob = match files::held(key) {
        Some(blob) => Some(blob),
        None => device::blob(key).await,
    };
    let Some(blob) = blob else {
        return dispatch(Msg::Upload(UploadEvent::Missing { composer, key }));
    };
    let progress = move |sent| dispatch(Msg::Upload(UploadEvent::Progress { composer, key, sent }));
    let result = http::upload(key, &name, &mime, &blob, progress).await;
    dispatch(Msg::Upload(UploadEvent::Done { composer, key, result }));
}
