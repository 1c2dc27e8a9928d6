//! What passes through the proxy, as long as its exchange may go on: a body, or the bytes of an upgraded connection.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::body::{Body, BodyError};
use crate::streams::{Ended, Seat};

/// Bytes that are read before they are passed on.
const BUFFER: usize = 16 * 1024;

/// A body that breaks off when its exchange is ended.
pub(crate) struct Guarded {
    body: Body,
    seat: Arc<Seat>,
    ended: Pin<Box<dyn Future<Output = Ended> + Send + Sync>>,
    is_over: bool,
}

impl Guarded {
    pub(crate) fn new(body: Body, seat: Arc<Seat>) -> Self {
        Self {
            body,
            ended: Box::pin(seat.ended()),
            seat,
            is_over: false,
        }
    }
}

impl HttpBody for Guarded {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        // Polled even where the judgement says no: whoever is told later must wake this task.
        let told = self.ended.as_mut().poll(cx);
        let judged = match told {
            Poll::Ready(ended) => Err(ended),
            Poll::Pending => self.seat.judge(),
        };
        if let Err(ended) = judged {
            self.is_over = true;
            return Poll::Ready(Some(Err(ended.into())));
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Passes bytes both ways between two upgraded connections, until both have ended or the exchange is.
pub(crate) async fn tunnel(client: OnUpgrade, upstream: OnUpgrade, seat: Arc<Seat>) {
    let carried = async {
        let (client, upstream) = tokio::try_join!(client, upstream).map_err(BodyError::from)?;
        let (client_in, client_out) = tokio::io::split(TokioIo::new(client));
        let (upstream_in, upstream_out) = tokio::io::split(TokioIo::new(upstream));
        tokio::try_join!(
            pass(client_in, upstream_out, &seat),
            pass(upstream_in, client_out, &seat),
        )
        .map(drop)
    };
    let ended = tokio::select! {
        ended = seat.ended() => Err(ended.into()),
        carried = carried => carried,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an upgraded connection was ended");
    }
}

async fn pass<R, W>(mut from: R, mut to: W, seat: &Seat) -> Result<(), BodyError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(to.shutdown().await?);
        }
        seat.judge()?;
        to.write_all(buffer.get(..read).unwrap_or_default()).await?;
    }
}
