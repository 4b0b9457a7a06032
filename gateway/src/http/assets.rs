//! The built page: read once at start (or embedded), served from memory, brotli where the browser takes it, and a delta where it
//! has what that is to.
use super::App;
use super::delta::{self, Delta};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Hashed names never change their content; everything else is asked for again.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// Content codings; a third is [`delta::CODING`].
const PLAIN: &str = "";
const BROTLI: &str = "br";

/// Files by URL path without the leading slash. A path that isn't a key is a 404: nothing is ever looked up on disk.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    files: HashMap<String, Asset>,
}

#[derive(Clone, Debug)]
struct Asset {
    plain: Bytes,
    brotli: Option<Bytes>,
    /// What it adds to other files.
    deltas: Vec<Delta>,
    /// Whether there are deltas to it.
    dictionary: bool,
    mime: &'static str,
    hash: String,
    immutable: bool,
}

#[cfg(feature = "embed")]
#[derive(rust_embed::RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../dist"]
struct Embedded;

impl Assets {
    /// The embedded page when built with `embed`; else the folder `PYEONJI_DIST`, else `dist` if it is there.
    pub fn load() -> Result<Self, (PathBuf, std::io::Error)> {
        #[cfg(feature = "embed")]
        if std::env::var_os("PYEONJI_DIST").is_none() {
            let file = |name: &str| Some((name.to_owned(), Embedded::get(name)?.data.into_owned().into()));
            return Ok(Self::from_files(Embedded::iter().filter_map(|name| file(&name))));
        }
        match std::env::var_os("PYEONJI_DIST").map(PathBuf::from) {
            Some(dir) => Self::from_dir(&dir).map_err(|e| (dir, e)),
            None => Ok(Self::from_dir(Path::new("dist")).unwrap_or_default()),
        }
    }

    /// Reads a whole folder; `x.br` becomes the compressed form of `x`, and `x.<dictionary>.dcb` a delta.
    pub fn from_dir(root: &Path) -> std::io::Result<Self> {
        let (mut files, mut folders) = (Vec::new(), vec![root.to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) {
                    files.push((name.to_owned(), Bytes::from(std::fs::read(&path)?)));
                }
            }
        }
        Ok(Self::from_files(files))
    }

    pub fn from_files(files: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        let (mut plain, mut brotli) = (Vec::new(), HashMap::new());
        let mut deltas: HashMap<String, Vec<Delta>> = HashMap::new();
        for (name, bytes) in files {
            match name.rsplit_once('.') {
                Some((of, "br")) => drop(brotli.insert(of.to_owned(), bytes)),
                Some((of, delta::CODING)) => {
                    let of = of.rsplit_once('.').map_or(of, |(of, _)| of).to_owned();
                    deltas.entry(of).or_default().extend(Delta::new(bytes));
                }
                _ => plain.push((name, bytes)),
            }
        }
        let all: Vec<Delta> = deltas.values().flatten().cloned().collect();
        let files = plain.into_iter().map(|(name, plain)| {
            let digest = Sha256::digest(&plain);
            let brotli = brotli.remove(&name).filter(|packed| packed.len() < plain.len());
            let best = brotli.as_ref().unwrap_or(&plain).len();
            let mut deltas = deltas.remove(&name).unwrap_or_default();
            deltas.retain(|delta| delta.bytes.len() < best);
            let asset = Asset {
                brotli,
                deltas,
                dictionary: all.iter().any(|delta| delta.is_to(&digest)),
                mime: mime_of(&name),
                hash: digest.iter().take(12).map(|b| format!("{b:02x}")).collect(),
                immutable: is_hashed(&name),
                plain,
            };
            (name, asset)
        });
        Self { files: files.collect() }
    }
}

impl Asset {
    fn respond(&self, headers: &HeaderMap) -> Response {
        let (mut response, etag) = match self.fresh(headers) {
            Some(etag) => (StatusCode::NOT_MODIFIED.into_response(), etag),
            None => self.coded(headers),
        };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.mime));
        headers.insert(header::CACHE_CONTROL, if self.immutable { IMMUTABLE } else { REVALIDATE });
        headers.insert(header::ETAG, etag);
        let vary =
            if self.deltas.is_empty() { "accept-encoding" } else { "accept-encoding, available-dictionary" };
        headers.insert(header::VARY, HeaderValue::from_static(vary));
        if self.dictionary {
            headers.insert(delta::USE_AS_DICTIONARY, delta::MATCH);
        }
        response
    }

    /// The smallest form that the browser can read, and its tag.
    fn coded(&self, headers: &HeaderMap) -> (Response, HeaderValue) {
        let delta = self.deltas.iter().find(|delta| delta.suits(headers) && takes(headers, delta::CODING));
        let (bytes, coding) = match (delta, &self.brotli) {
            (Some(delta), _) => (&delta.bytes, delta::CODING),
            (None, Some(packed)) if takes(headers, BROTLI) => (packed, BROTLI),
            (None, _) => (&self.plain, PLAIN),
        };
        let mut response = Response::new(Body::from(bytes.clone()));
        if coding != PLAIN {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        (response, self.etag(coding))
    }

    fn etag(&self, coding: &str) -> HeaderValue {
        let dash = if coding == PLAIN { "" } else { "-" };
        HeaderValue::from_str(&format!("W/\"{}{dash}{coding}\"", self.hash))
            .unwrap_or(HeaderValue::from_static("W/\"\""))
    }

    /// RFC 9110 §13.1.2, weak comparison: which of its tags the browser has. What it says is the same in every coding.
    fn fresh(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let asked = headers.get(header::IF_NONE_MATCH)?.to_str().ok()?;
        [PLAIN, BROTLI, delta::CODING]
            .into_iter()
            .map(|coding| self.etag(coding))
            .find(|own| own.to_str().is_ok_and(|own| asked.split(',').any(|tag| bare(tag) == bare(own))))
    }
}

/// The one page of the application, whichever of its paths was typed.
pub async fn index(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match app.assets.files.get("index.html") {
        Some(page) => page.respond(&headers),
        None => {
            let hint = "The page isn't built here. Run: cargo xtask dist\n";
            (StatusCode::SERVICE_UNAVAILABLE, hint).into_response()
        }
    }
}

/// Any other path: a file of the page, or 404.
pub async fn file(State(app): State<Arc<App>>, request: Request) -> Response {
    let name = request.uri().path().trim_start_matches('/');
    let found = app.assets.files.get(name).filter(|_| name != "index.html");
    match (found, request.method()) {
        (None, _) => (StatusCode::NOT_FOUND, "Not found\n").into_response(),
        (Some(asset), &Method::GET) => asset.respond(request.headers()),
        (Some(asset), &Method::HEAD) => {
            let (mut parts, body) = asset.respond(request.headers()).into_parts();
            let length = http_body::Body::size_hint(&body).exact().unwrap_or(0);
            parts.headers.insert(header::CONTENT_LENGTH, length.into());
            Response::from_parts(parts, Body::empty())
        }
        (Some(_), _) => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response(),
    }
}

/// `assets/name.<hash>.ext`, as the build names what never changes under its name.
fn is_hashed(name: &str) -> bool {
    let hash = |word: &str| word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit());
    name.starts_with("assets/") && name.split(['.', '-']).any(hash)
}

/// RFC 9110 §12.5.3: the coding is named and not refused with `q=0`.
fn takes(headers: &HeaderMap, coding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter();
    lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = parts.any(|p| p.strip_prefix("q=").is_some_and(|q| q.trim().parse() == Ok(0.0_f32)));
        named && !refused
    })
}

fn mime_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
