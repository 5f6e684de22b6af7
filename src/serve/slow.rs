//! A connection whose answers must be read in time: who reads a byte a minute would keep one of the
//! places for as long as they like.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A stream that fails when what is written to it is not taken within a time, all of it.
pub(super) struct Timed<S> {
    stream: S,
    most: Duration,
    /// Runs while something waits to be taken.
    waits: Option<Pin<Box<Sleep>>>,
}

impl<S> Timed<S> {
    pub fn new(stream: S, most: Duration) -> Self {
        Self {
            stream,
            most,
            waits: None,
        }
    }

    /// Fails once the time is over; until then the task is woken when it is.
    fn wait<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        let most = self.most;
        let waits = self.waits.get_or_insert_with(|| Box::pin(sleep(most)));
        ready!(waits.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Timed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(written) = Pin::new(&mut self.stream).poll_write(cx, bytes) {
            return Poll::Ready(written);
        }
        self.wait(cx)
    }

    /// The server flushes when all that it has to say is written: then the time begins anew.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(flushed) = Pin::new(&mut self.stream).poll_flush(cx) {
            self.waits = None;
            return Poll::Ready(flushed);
        }
        self.wait(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Timed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const MOST: Duration = Duration::from_secs(1);

    /// Writes two answers of 1,000 bytes over a pipe that holds 100; they are read by 100.
    fn answer(every: Duration) -> io::Result<()> {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().build()?.block_on(async {
            let (server, mut client) = duplex(100);
            tokio::spawn(async move {
                let mut some = [0; 100];
                while client.read(&mut some).await.is_ok_and(|read| read > 0) {
                    sleep(every).await;
                }
            });
            let mut timed = Timed::new(server, MOST);
            for _ in 0..2 {
                timed.write_all(&[0; 1_000]).await?;
                timed.flush().await?;
                // What lies between two answers does not count.
                sleep(MOST).await;
            }
            Ok(())
        })
    }

    #[test]
    fn an_answer_must_be_read_in_time() {
        let error = answer(Duration::from_millis(300)).expect_err("3 s for an answer");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        answer(Duration::ZERO).expect("at once");
    }
}
