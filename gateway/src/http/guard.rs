//! Who is asking, and whether from our own page (R19, R20).
use super::App;
use super::failure::Failure;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;
use pyeonji_shared::error::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The other end of the TCP connection; put there by [`super::serve`].
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Whose request it is, proxies seen through.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    pub ip: IpAddr,
    /// On this machine, or one of the trusted proxies speaking for itself.
    pub near: bool,
}

/// Forwarding headers looked at, from the right; a longer chain is cut.
const MAX_HOPS: usize = 20;

/// Refuses foreign hosts with 421 and finds the client's address.
pub async fn host_and_client(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let Some(Peer(peer)) = request.extensions().get().copied() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let ip = client_ip(peer.ip(), request.headers(), &app.config.trusted_proxies);
    let near = ip.is_loopback() || trusted(ip, &app.config.trusted_proxies);
    request.extensions_mut().insert(Client { ip, near });
    // Health checks and scrapers come by address, from nearby.
    let by_address = near && matches!(request.uri().path(), "/healthz" | "/readyz" | "/metrics");
    if !by_address && !own_host(&app, &request) {
        return StatusCode::MISDIRECTED_REQUEST.into_response();
    }
    next.run(request).await
}

fn own_host(app: &App, request: &Request) -> bool {
    // RFC 9112 §3.2: exactly one Host; an absolute target must agree with it.
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let absolute = request.uri().authority().is_none_or(|a| app.site.is_own_host(a.as_str()));
    absolute && host.to_str().is_ok_and(|host| app.site.is_own_host(host))
}

fn trusted(ip: IpAddr, proxies: &[IpNet]) -> bool {
    proxies.iter().any(|net| net.contains(&ip))
}

/// The nearest address that isn't a trusted proxy. Only what a trusted proxy wrote is believed, so the header is
/// read from the right and only as long as the writer is trusted (R20).
pub fn client_ip(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let mut ip = peer.to_canonical();
    let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
    let hops = lines.iter().rev().flat_map(|line| line.to_str().unwrap_or("").rsplit(','));
    for hop in hops.take(MAX_HOPS) {
        if !trusted(ip, proxies) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(next) => ip = next.to_canonical(),
            Err(_) => break,
        }
    }
    ip
}

/// For everything that changes something: exact `Origin`, and a header that no form or foreign page can set (R19).
pub async fn own_page(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let marked = headers.get("x-pyeonji").is_some_and(|v| v == "1");
    if !has_own_origin(&app, headers) || !marked || !from_same_site(headers) {
        return Failure::status(StatusCode::FORBIDDEN, ErrorKind::BadRequest).into_response();
    }
    next.run(request).await
}

/// For reading with the cookie: refused when the browser says that another site asks.
pub async fn same_site(request: Request, next: Next) -> Response {
    if !from_same_site(request.headers()) {
        return Failure::status(StatusCode::FORBIDDEN, ErrorKind::BadRequest).into_response();
    }
    next.run(request).await
}

/// Exactly one `Origin`, and it is ours.
pub fn has_own_origin(app: &App, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) => app.site.is_own_origin(origin.as_bytes()),
        _ => false,
    }
}

/// Fetch metadata, where the browser sends it: a second answer to the same question.
fn from_same_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|v| v == "same-origin" || v == "none")
}
