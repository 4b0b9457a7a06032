//! Remote images: one bounded GET under the egress guard (R8). Tells the other side nothing about the reader.
use super::{Net, NetError, Stream};
use crate::egress::Purpose;
use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, LOCATION, USER_AGENT};
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::time::timeout;

/// For everything, redirects included.
const TIME: Duration = Duration::from_secs(10);
const MAX_REDIRECTS: usize = 3;
/// Characters of one address.
const MAX_URL: usize = 4096;
/// Bytes of the response header.
const MAX_HEAD: usize = 32 << 10;
/// The same for every reader; some image hosts refuse an empty one.
const AGENT: &str = "Mozilla/5.0";

/// What [`Net::get`] fetched.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// What the server calls it; not to be believed.
    pub mime: Option<String>,
    pub body: Bytes,
}

impl Net {
    /// Fetches a remote image: `http` or `https`, at most 3 redirects each judged anew, 10 s in all, at most
    /// `max_bytes`. Sends no cookie, no referrer and nothing about the reader.
    ///
    /// # Errors
    /// [`NetError::TooBig`] past `max_bytes`; [`NetError::Refused`] for any status but 200.
    pub async fn get(&self, url: &str, max_bytes: u64) -> Result<Fetched, NetError> {
        let fetch = self.follow(url, max_bytes);
        timeout(TIME, fetch).await.unwrap_or(Err(NetError::ConnectTimeout))
    }

    async fn follow(&self, url: &str, max_bytes: u64) -> Result<Fetched, NetError> {
        let mut target = Target::parse(url).ok_or(NetError::Unreachable)?;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.request(&target).await?;
            match response.status() {
                StatusCode::OK => return read(response, max_bytes).await,
                status if status.is_redirection() => {
                    let location = response.headers().get(LOCATION).and_then(|l| l.to_str().ok());
                    target = location.and_then(|l| target.join(l)).ok_or(NetError::Unreachable)?;
                }
                status => return Err(NetError::Refused(format!("status {}", status.as_u16()))),
            }
        }
        Err(NetError::Refused("too many redirects".into()))
    }

    async fn request(&self, target: &Target) -> Result<Response<Incoming>, NetError> {
        let tcp = self.inner.egress.connect(&target.host, target.port, Purpose::Image).await?;
        let stream = match target.secure {
            true => Stream::Tls(Box::new(self.inner.tls.connect(None, &target.host, tcp, TIME).await?)),
            false => Stream::Plain(tcp),
        };
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_buf_size(MAX_HEAD)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|_| NetError::Closed)?;
        // Ends when the response is dropped, which the time limit above guarantees.
        tokio::spawn(connection);
        let request = Request::get(target.path.as_str())
            .header(HOST, target.authority())
            .header(USER_AGENT, AGENT)
            .header(ACCEPT, "image/*")
            .header(ACCEPT_ENCODING, "identity")
            .body(Empty::<Bytes>::new())
            .map_err(|_| NetError::Unreachable)?;
        sender.send_request(request).await.map_err(|_| NetError::Closed)
    }
}

async fn read(response: Response<Incoming>, max_bytes: u64) -> Result<Fetched, NetError> {
    let (head, mut body) = response.into_parts();
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_string);
    let declared = head.headers.get(CONTENT_LENGTH).and_then(text).and_then(|n| n.parse::<u64>().ok());
    if declared.is_some_and(|n| n > max_bytes) {
        return Err(NetError::TooBig);
    }
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| NetError::Closed)?.into_data() else { continue };
        // Never allocate by what was declared.
        if (bytes.len() + data.len()) as u64 > max_bytes {
            return Err(NetError::TooBig);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(Fetched { mime: head.headers.get(CONTENT_TYPE).and_then(text), body: bytes.freeze() })
}

/// A parsed address, ready to be judged and asked.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Target {
    secure: bool,
    /// ASCII; IPv6 with brackets.
    host: String,
    port: u16,
    /// Path and query, beginning with `/`.
    path: String,
}

impl Target {
    fn parse(url: &str) -> Option<Self> {
        if url.len() > MAX_URL || url.chars().any(char::is_control) {
            return None;
        }
        let (scheme, rest) = url.trim().split_once("://")?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        // A user name in an address only ever misleads.
        if authority.contains('@') || path.starts_with('\\') {
            return None;
        }
        let ascii = if authority.is_ascii() { authority.to_string() } else { punycode(authority)? };
        let parsed: Uri = format!("http://{ascii}/").parse().ok()?;
        let host = parsed.host().filter(|h| !h.is_empty())?.to_ascii_lowercase();
        let port = match parsed.port_u16() {
            Some(port) => port,
            None if ascii.len() > host.len() => return None,
            None if secure => 443,
            None => 80,
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        Some(Self { secure, host, port, path: format!("{slash}{}", escape(path)) })
    }

    /// Follows `Location` (RFC 9110 §10.2.2). From https to http: no.
    fn join(&self, location: &str) -> Option<Self> {
        let scheme = if self.secure { "https" } else { "http" };
        let location = location.trim();
        let absolute = if location.contains("://") && !location.starts_with(['/', '?']) {
            location.to_string()
        } else if location.starts_with("//") {
            format!("{scheme}:{location}")
        } else if location.starts_with('/') {
            format!("{scheme}://{}{location}", self.authority())
        } else {
            let path = self.path.split('?').next().unwrap_or_default();
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{scheme}://{}{folder}/{location}", self.authority())
        };
        Self::parse(&absolute).filter(|next| next.secure || !self.secure)
    }

    fn authority(&self) -> String {
        match (self.secure, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }
}

fn punycode(authority: &str) -> Option<String> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, format!(":{port}")),
        None => (authority, String::new()),
    };
    Some(format!("{}{port}", idna::domain_to_ascii(host).ok()?))
}

/// Percent-encodes what may not stand in a request line.
fn escape(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_graphic()
            && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
        {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Option<String> {
        Target::parse(url).map(|t| format!("{} {} {} {}", t.secure, t.host, t.port, t.path))
    }

    #[test]
    fn addresses() {
        for (url, expected) in [
            ("https://Example.org", "true example.org 443 /"),
            ("http://example.org:8080/a b?c=é#frag", "false example.org 8080 /a%20b?c=%C3%A9"),
            ("HTTP://[::1]/x", "false [::1] 80 /x"),
            ("https://편지.example/", "true xn--9b6b95p.example 443 /"),
            ("http://example.org?x", "false example.org 80 /?x"),
        ] {
            assert_eq!(target(url).as_deref(), Some(expected), "{url}");
        }
        for bad in [
            "ftp://example.org/",
            "//example.org/",
            "example.org",
            "http:///x",
            "http://a@b/",
            "http://a\r\nb/",
            "http://example.org\\@evil/",
            "http://exa mple/",
            "javascript:alert(1)",
            "http://h:99999/",
        ] {
            assert_eq!(target(bad), None, "{bad}");
        }
        assert_eq!(target(&format!("http://h/{}", "a".repeat(MAX_URL))), None);
    }

    #[test]
    fn redirects() {
        let from = Target::parse("https://a.example:444/x/y?q=1").unwrap();
        for (location, expected) in [
            ("/z", Some("true a.example 444 /z")),
            ("z", Some("true a.example 444 /x/z")),
            ("//b.example/z", Some("true b.example 443 /z")),
            ("https://c.example", Some("true c.example 443 /")),
            ("http://c.example/", None),
            ("file:///etc/passwd", None),
        ] {
            let to = from.join(location).map(|t| format!("{} {} {} {}", t.secure, t.host, t.port, t.path));
            assert_eq!(to.as_deref(), expected, "{location}");
        }
    }
}
