//! HTTP in front of sessions: the page's files, sign-in, the WebSocket, uploads and downloads. The listing of
//! this folder is the list of what the gateway answers; [`router`] is the whole of it.
pub mod assets;
pub mod backend;
pub mod card;
pub mod cookie;
pub mod delta;
pub mod device_key;
pub mod door;
pub mod download;
pub mod failure;
pub mod guard;
pub mod headers;
pub mod health;
pub mod image;
pub mod lab;
pub mod login;
pub mod own;
pub mod range;
pub mod render;
pub mod rescue;
pub mod serve;
pub mod site;
pub mod socket;
#[cfg(test)]
mod tests;
pub mod upload;
pub mod wire;

use crate::config::Config;
use crate::mail::worker::Worker;
use crate::net::Net;
use crate::seal::Keeper;
use crate::spool::Spools;
use assets::Assets;
use axum::routing::{get, post};
use axum::{Router, middleware};
use backend::Backend;
use door::Door;
use lab::Lab;
use metrics_exporter_prometheus::PrometheusHandle;
use own::Own;
use site::Site;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// What every handler may use.
pub struct App {
    pub config: Arc<Config>,
    pub assets: Assets,
    pub site: Site,
    pub keeper: Keeper,
    pub door: Door,
    pub lab: Lab,
    pub own: Own,
    pub spools: Spools,
    pub net: Net,
    /// Reads sources that pages send; apart from the one that sessions read with.
    pub worker: Worker,
    pub backend: Arc<dyn Backend>,
    /// Room for report cards that are being made.
    pub cards: Semaphore,
    /// Room for keys of devices that are being derived.
    pub deriving: Arc<Semaphore>,
    /// Room for sessions whose connections are recorded.
    pub recordings: Arc<Semaphore>,
    pub metrics: PrometheusHandle,
    pub clock: Clock,
    /// Cancelled once the gateway is going away.
    pub draining: CancellationToken,
}

/// Unix seconds; tests bring their own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    pub fn system() -> Self {
        Self(Arc::new(|| {
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs().cast_signed())
        }))
    }
    pub fn from_fn(f: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(f))
    }
    pub fn now(&self) -> i64 {
        (self.0)()
    }
}

/// Every route there is. GETs change nothing (R19); what changes something is under [`guard::own_page`].
pub fn router(app: Arc<App>) -> Router {
    let own_page = |app: &Arc<App>| middleware::from_fn_with_state(app.clone(), guard::own_page);
    let changing = Router::new()
        .route("/api/login", post(login::login))
        .route("/api/logout", post(login::logout))
        .route("/api/device-key", post(device_key::device_key))
        .route("/api/lab/card", post(card::card))
        .route("/api/lab/wire", post(wire::begin).delete(wire::end))
        .route("/api/lab/advise", post(lab::advise))
        .route("/api/lab/enter", post(lab::enter))
        .route("/api/lab/file", post(lab::file))
        .route("/api/lab/own", post(own::own))
        .route("/api/lab/run", post(lab::run))
        .route("/api/render", post(render::render))
        .route("/api/rescue", post(rescue::begin).delete(rescue::end))
        .route("/api/rescue/have", post(rescue::have))
        .route("/api/rescue/append", post(rescue::append))
        .route("/api/upload", post(upload::upload).delete(upload::remove))
        .route_layer(own_page(&app));
    let reading = Router::new()
        .route("/ws", get(socket::socket))
        .route("/api/account-types", get(login::types))
        .route("/api/part", get(download::part))
        .route("/api/raw", get(download::raw))
        .route("/api/rescue/list", get(rescue::list))
        .route("/api/rescue/message", get(rescue::message))
        .route("/api/image", get(image::image))
        .route("/api/lab/wire", get(wire::lines))
        .route_layer(middleware::from_fn(guard::same_site));
    let plain = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/", get(assets::index))
        .route("/mail", get(assets::index))
        .route("/mail/{*rest}", get(assets::index))
        .route("/settings", get(assets::index))
        .route("/lab", get(assets::index))
        .fallback(assets::file);
    plain
        .merge(changing)
        .merge(reading)
        .layer(middleware::from_fn_with_state(app.clone(), guard::host_and_client))
        .layer(middleware::from_fn_with_state(app.clone(), headers::secure))
        .with_state(app)
}
