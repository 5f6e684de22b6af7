//! `distkey serve`: the reports behind a paste box, on this machine only.
//!
//! Nothing is stored, and nothing is fetched from anywhere. Every answer is made
//! by [`answer`], a plain function of the request's text.

mod answer;
mod guard;
mod page;
mod question;
mod refusal;

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;

pub use answer::{Answer, Form, What, answer};
pub use refusal::Refusal;

use crate::config::Config;

/// The largest body: pastes are kilobytes, exports of a busy day are megabytes.
pub const LARGEST_BODY: usize = 16 << 20;
/// How long a request may take.
const LONGEST: Duration = Duration::from_secs(30);
/// How long a request waits for others.
const PATIENCE: Duration = Duration::from_secs(10);

/// A page that is bound to its address and not yet served.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    config: Arc<Config>,
}

/// What every request shares.
#[derive(Debug, Clone)]
struct Shared {
    config: Arc<Config>,
    /// As many requests at once as there are processors.
    permits: Arc<Semaphore>,
}

impl Server {
    /// Binds to an address; port 0 takes a free one.
    ///
    /// # Errors
    /// An address that is in use or not this machine's.
    pub fn bind(address: IpAddr, port: u16, config: Config) -> io::Result<Self> {
        let listener = TcpListener::bind((address, port))?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            config: Arc::new(config),
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The operating system's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` is done.
    ///
    /// # Errors
    /// The operating system's.
    pub fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(processors.min(4))
            .enable_all()
            .build()?;
        let shared = Shared {
            config: self.config,
            permits: Arc::new(Semaphore::new(processors)),
        };
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            axum::serve(listener, router(shared))
                .with_graceful_shutdown(stop)
                .await
        })
    }

    /// Serves until the process is interrupted.
    ///
    /// # Errors
    /// As [`Server::run`].
    pub fn run_until_interrupted(self) -> io::Result<()> {
        self.run(async {
            // Without a handler the process ends by the signal's own way.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

fn router(shared: Shared) -> Router {
    Router::new()
        .route("/", get(page::index))
        .route("/samples.json", get(page::samples))
        .route("/style.css", get(page::style))
        .route("/page.js", get(page::script))
        .route("/{form}/{what}", post(ask))
        .fallback(async || refused(StatusCode::NOT_FOUND, "there is nothing here"))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(axum::middleware::from_fn(guard::check))
        .with_state(shared)
}

/// One question, answered in the form that is asked for.
async fn ask(
    State(shared): State<Shared>,
    Path((form, what)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let (Some(form), Some(what)) = (Form::of(&form), What::of(&what)) else {
        return refused(StatusCode::NOT_FOUND, "there is nothing here");
    };
    let json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    if !json {
        let message = "send JSON, with the header `Content-Type: application/json`";
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, message);
    }
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            let message = match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => "the body is larger than 16 MB",
                _ => "the body can't be read",
            };
            return refused(rejection.status(), message);
        }
    };
    let waited = tokio::time::timeout(PATIENCE, shared.permits.clone().acquire_owned()).await;
    let Ok(Ok(permit)) = waited else {
        let message = "too many requests at once: try again in a moment";
        return refused(StatusCode::SERVICE_UNAVAILABLE, message);
    };
    let work = tokio::task::spawn_blocking(move || {
        // Held until the work is done, also when nobody waits for it any more.
        let _permit = permit;
        crate::stack::with_room(|| answer(form, what, &body, &shared.config))
    });
    match tokio::time::timeout(LONGEST, work).await {
        Ok(Ok(answer)) => answered(answer),
        Ok(Err(_)) => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "this is a mistake in distkey: please report the input, with --anonymize if need be",
        ),
        Err(_) => refused(
            StatusCode::GATEWAY_TIMEOUT,
            "it took longer than 30 seconds: try a smaller input",
        ),
    }
}

fn answered(answer: Answer) -> Response {
    match answer {
        Answer::Json(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Answer::Html(text) => {
            ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
        }
        Answer::Refused(Refusal { field, message }) => {
            let text = serde_json::json!({ "error": message, "field": field }).to_string();
            let json = [(header::CONTENT_TYPE, "application/json")];
            (StatusCode::BAD_REQUEST, json, text).into_response()
        }
    }
}

fn refused(status: StatusCode, message: &str) -> Response {
    let text = serde_json::json!({ "error": message }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
