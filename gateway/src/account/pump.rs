//! The socket side of every upstream connection, whichever engine it feeds. All of it is cancel-safe: whatever was read or
//! written stays so.
use crate::net::Stream;
use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Poll, ready};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf, ReadHalf, WriteHalf};
use tokio::time::Instant;

/// The clock of the engines.
pub fn now() -> std::time::Instant {
    Instant::now().into_std()
}

/// Gives the engine what has arrived, `N` bytes at most; how many that was. The buffer lives only while there is something to
/// read: a link waits for hours.
pub async fn pull<const N: usize>(
    read: &mut ReadHalf<Stream>,
    mut give: impl FnMut(&[u8]),
) -> std::io::Result<usize> {
    poll_fn(|cx| {
        let mut room = [MaybeUninit::uninit(); N];
        let mut input = ReadBuf::uninit(&mut room);
        ready!(Pin::new(&mut *read).poll_read(cx, &mut input))?;
        give(input.filled());
        Poll::Ready(Ok(input.filled().len()))
    })
    .await
}

/// Writes some of `output`, or flushes when there is nothing left to write (`None`).
pub async fn push(write: &mut WriteHalf<Stream>, output: &[u8]) -> std::io::Result<Option<usize>> {
    if output.is_empty() {
        write.flush().await?;
        return Ok(None);
    }
    match write.write(output).await? {
        0 => Err(std::io::ErrorKind::WriteZero.into()),
        n => Ok(Some(n)),
    }
}

pub async fn sleep(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}
