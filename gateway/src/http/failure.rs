//! An [`ApiError`] as an HTTP answer: `{"kind":"WrongPassword","retry":…,"detail":""}` with a fitting status.
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pyeonji_shared::error::{ApiError, ErrorKind, Retry};
use serde_json::json;

#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    error: ApiError,
}

impl Failure {
    pub fn new(kind: ErrorKind) -> Self {
        ApiError::new(kind).into()
    }

    /// With a status of its own.
    pub fn status(status: StatusCode, kind: ErrorKind) -> Self {
        Self { status, error: ApiError::new(kind) }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self { status: status_of(error.kind), error }
    }
}

fn status_of(kind: ErrorKind) -> StatusCode {
    use ErrorKind::*;
    match kind {
        WrongPassword | SignedOut => StatusCode::UNAUTHORIZED,
        UnknownProvider | BadAddress => StatusCode::UNPROCESSABLE_ENTITY,
        BadRequest => StatusCode::BAD_REQUEST,
        RateLimited | TooManyFailures => StatusCode::TOO_MANY_REQUESTS,
        TooBig => StatusCode::PAYLOAD_TOO_LARGE,
        Gone => StatusCode::NOT_FOUND,
        UploadGone => StatusCode::GONE,
        ValidityChanged => StatusCode::CONFLICT,
        ServerTimeout => StatusCode::GATEWAY_TIMEOUT,
        ServerDown | CertificateName | CertificateExpired | CertificateUntrusted | CertificateIsCa | Tls
        | InsecureServer | Protocol | Refused | Disconnected => StatusCode::BAD_GATEWAY,
        OverQuota => StatusCode::INSUFFICIENT_STORAGE,
        Busy | InUse | TooSoon => StatusCode::SERVICE_UNAVAILABLE,
        Unsupported => StatusCode::NOT_IMPLEMENTED,
        RecipientRefused | SenderRefused | MessageRefused | SendUnknown | Cancelled | Unshowable => {
            StatusCode::CONFLICT
        }
        Internal | Offline | DeviceFull | Device => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = json!({"kind": self.error.kind, "retry": self.error.retry, "detail": self.error.detail});
        let mut response = (self.status, Json(body)).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Retry::After(seconds) = self.error.retry {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
