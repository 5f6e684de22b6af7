//! Who may ask, and what every answer tells the browser.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::refused;
use super::token::{Caller, Token};

/// No inline code or style, nothing from elsewhere, in no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Refuses requests of who does not know the word, and those that a page of somebody else's sends,
/// and adds the headers.
pub(super) async fn check(
    State(token): State<Option<Arc<Token>>>,
    request: Request,
    next: Next,
) -> Response {
    let caller = token.as_ref().map_or(Caller::Known, |token| {
        token.caller(request.uri(), request.headers())
    });
    let allowed = allowed(request.method(), request.headers());
    let mut response = match (allowed, caller, &token) {
        (Err(message), ..) => refused(StatusCode::FORBIDDEN, message),
        // The word goes from the address into a cookie, so that no screenshot shows it.
        (Ok(()), Caller::ByAddress, Some(token)) if request.method() == Method::GET => {
            let cookie = [(header::SET_COOKIE, token.set_cookie())];
            (cookie, Redirect::to(request.uri().path())).into_response()
        }
        (Ok(()), Caller::Unknown, _) => refused(
            StatusCode::FORBIDDEN,
            "open the page by the whole address that `distkey serve` printed, with its token",
        ),
        (Ok(()), ..) => next.run(request).await,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
    response
}

fn allowed(method: &Method, headers: &HeaderMap) -> Result<(), &'static str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).ok_or("the request names no host")?;
    // A name that somebody else's DNS points here is how a foreign page gets in.
    if !is_address(host) {
        return Err("open the page by its address, as http://127.0.0.1");
    }
    if method == Method::GET || method == Method::HEAD {
        return Ok(());
    }
    // Tools send no Origin; browsers do with every post.
    match text(header::ORIGIN) {
        Some(origin) if origin.strip_prefix("http://") != Some(host) => {
            Err("the request comes from another page")
        }
        _ => Ok(()),
    }
}

/// Whether a host is `localhost` or an address in digits, with a port or without.
fn is_address(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_refused_and_addresses_taken() {
        for host in ["127.0.0.1:8439", "localhost:8439", "[::1]:8439", "10.0.0.7"] {
            assert!(is_address(host), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example:8439",
            "",
            "localhost.evil:1",
        ] {
            assert!(!is_address(host), "{host}");
        }
    }
}
