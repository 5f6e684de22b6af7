//! The body of a request, read within bounds of time and memory.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::answers::pool::Unanswered;

/// The largest body, in bytes: pastes are kilobytes, exports of a busy day are megabytes.
pub const LARGEST_BODY: usize = 16 << 20;
/// Bytes of all bodies at once.
pub(super) const ALL_BODIES: usize = 6 * LARGEST_BODY;
/// How long a body may take in all, and without a byte more.
const LONGEST: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(10);

type Refused = (StatusCode, &'static str);

const TOO_LARGE: Refused = (
    StatusCode::PAYLOAD_TOO_LARGE,
    "the body is larger than 16 MB",
);

/// The whole body, with its share of the memory for all.
pub(super) async fn read(
    mut body: Body,
    all: &std::sync::Arc<Semaphore>,
) -> Result<(Bytes, Option<OwnedSemaphorePermit>), Refused> {
    use hyper::body::Body as _;
    if body.size_hint().lower() > LARGEST_BODY as u64 {
        return Err(TOO_LARGE);
    }
    let end = Instant::now() + LONGEST;
    let mut text = Vec::new();
    let mut share: Option<OwnedSemaphorePermit> = None;
    loop {
        let pause = Instant::now() + PAUSE;
        let frame = timeout_at(end.min(pause), body.frame()).await;
        let frame = frame.map_err(|_| (StatusCode::REQUEST_TIMEOUT, "the body did not arrive"))?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|_| (StatusCode::BAD_REQUEST, "the body can't be read"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if text.len() + data.len() > LARGEST_BODY {
            return Err(TOO_LARGE);
        }
        let more = u32::try_from(data.len()).map_err(|_| TOO_LARGE)?;
        let more = all.clone().try_acquire_many_owned(more);
        let more =
            more.map_err(|_| (StatusCode::SERVICE_UNAVAILABLE, Unanswered::TooMany.words()))?;
        match &mut share {
            Some(share) => share.merge(more),
            None => share = Some(more),
        }
        text.extend_from_slice(&data);
    }
    Ok((text.into(), share))
}
