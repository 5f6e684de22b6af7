//! `distkey serve`: the reports behind a paste box, on this machine only.
//!
//! Nothing is stored, and nothing is fetched from anywhere. Every answer is made
//! by [`answer`], a plain function of the request's text, in a process of its own ([`work`]) that
//! ends with its request.

mod body;
mod guard;
mod page;
mod slow;
mod token;

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::Semaphore;

pub use body::LARGEST_BODY;

use crate::answers::pool::{Pool, Unanswered};
pub use crate::answers::{Answer, Form, Refusal, Start, What, answer, work};
use crate::config::Config;
use slow::Timed;
use token::Token;

/// How long the head of a request may take, and how long a connection may be idle.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long the reading of an answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// Connections at once; more wait to be accepted.
const CONNECTIONS: usize = 256;

/// A page that is bound to its address and not yet served.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    config: Config,
    start: Start,
    /// Who reaches the page from another machine must know it.
    token: Option<Token>,
}

/// What every request shares.
#[derive(Debug, Clone)]
struct Shared {
    pool: Arc<Pool>,
    /// Bytes of bodies.
    bodies: Arc<Semaphore>,
    token: Option<Arc<Token>>,
}

impl Server {
    /// Binds to an address; port 0 takes a free one.
    ///
    /// # Errors
    /// An address that is in use or not this machine's.
    pub fn bind(address: IpAddr, port: u16, config: Config, start: Start) -> io::Result<Self> {
        let listener = TcpListener::bind((address, port))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let token = (!address.is_loopback()).then(|| Token::random(port));
        Ok(Self {
            listener,
            config,
            start,
            token: token.transpose()?,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The operating system's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The page's address in a browser, with the word that opens it where one is asked for.
    ///
    /// # Errors
    /// The operating system's.
    pub fn url(&self) -> io::Result<String> {
        let query = self.token.as_ref().map(Token::query).unwrap_or_default();
        Ok(format!("http://{}/{query}", self.address()?))
    }

    /// Serves until `stop` is done; what is under way then ends with it.
    ///
    /// # Errors
    /// The operating system's; a program that can't be started.
    pub fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(processors.min(4))
            .enable_all()
            .build()?;
        let settings = serde_json::to_vec(&self.config)?;
        let shared = Shared {
            pool: Arc::new(Pool::new(self.start, settings, processors)),
            bodies: Arc::new(Semaphore::new(body::ALL_BODIES)),
            token: self.token.map(Arc::new),
        };
        let done = runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            shared.pool.warm().await?;
            tokio::select! {
                () = stop => Ok(()),
                never = accept(listener, router(shared)) => match never {},
            }
        });
        // Nobody waits for an answer any more: a half-sent request is no reason to stay.
        runtime.shutdown_background();
        done
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

/// Takes one connection after another, each with its limits of time.
async fn accept(listener: tokio::net::TcpListener, router: Router) -> std::convert::Infallible {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = room.clone().acquire_owned().await else {
            std::future::pending::<()>().await;
            continue;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of files: some will be closed.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let _place = place;
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIME)
                .serve_connection(TokioIo::new(Timed::new(stream, ANSWER_TIME)), service);
            // A connection that breaks is nobody's mistake.
            let _ = connection.await;
        });
    }
}

fn router(shared: Shared) -> Router {
    Router::new()
        .route("/", get(page::index))
        .route("/samples.json", get(page::samples))
        .route("/style.css", get(page::style))
        .route("/page.js", get(page::script))
        .route("/favicon.svg", get(page::icon))
        .route("/favicon.ico", get(page::icon))
        .route("/{form}/{what}", post(ask))
        .fallback(async || refused(StatusCode::NOT_FOUND, "there is nothing here"))
        .layer(axum::middleware::from_fn_with_state(
            shared.token.clone(),
            guard::check,
        ))
        .with_state(shared)
}

/// One question, answered in the form that is asked for.
async fn ask(
    State(shared): State<Shared>,
    Path((form, what)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
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
    let (body, _share) = match body::read(body, &shared.bodies).await {
        Ok(read) => read,
        Err((status, message)) => return refused(status, message),
    };
    match shared.pool.ask(form, what, &body).await {
        Ok((kind, text)) => answered(kind, text),
        Err(why) => unanswered(why),
    }
}

fn answered(kind: u8, text: Vec<u8>) -> Response {
    let (status, of) = match kind {
        b'H' => (StatusCode::OK, "text/html; charset=utf-8"),
        b'J' => (StatusCode::OK, "application/json"),
        _ => (StatusCode::BAD_REQUEST, "application/json"),
    };
    (status, [(header::CONTENT_TYPE, of)], text).into_response()
}

fn unanswered(why: Unanswered) -> Response {
    let status = match why {
        Unanswered::TooMany | Unanswered::TooManyLong => StatusCode::SERVICE_UNAVAILABLE,
        Unanswered::TooLong => StatusCode::GATEWAY_TIMEOUT,
        Unanswered::TooMuchMemory => StatusCode::PAYLOAD_TOO_LARGE,
        Unanswered::Failed => StatusCode::INTERNAL_SERVER_ERROR,
    };
    refused(status, why.words())
}

fn refused(status: StatusCode, message: &str) -> Response {
    let text = serde_json::json!({ "error": message }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
