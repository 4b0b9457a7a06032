//! Waiting for something that may not be there: then it never comes, and the others decide.
use super::calls::device::{Stream, Streamed};
use futures_util::future::BoxFuture;
use pyeonji_shared::frame::ClientFrame;
use tokio::sync::mpsc;

pub async fn next(frames: Option<&mut mpsc::Receiver<Box<ClientFrame>>>) -> Option<Box<ClientFrame>> {
    match frames {
        Some(frames) => frames.recv().await,
        None => std::future::pending().await,
    }
}

pub async fn next_part(stream: Option<&mut Stream>) -> Option<Streamed> {
    match stream {
        Some(stream) => stream.recv().await,
        None => std::future::pending().await,
    }
}

pub async fn answer(asking: Option<&mut BoxFuture<'static, Option<u64>>>) -> Option<u64> {
    match asking {
        Some(asking) => asking.await,
        None => std::future::pending().await,
    }
}

pub async fn room_in<T>(queue: Option<mpsc::Sender<T>>) -> Option<mpsc::OwnedPermit<T>> {
    match queue {
        Some(queue) => queue.reserve_owned().await.ok(),
        None => std::future::pending().await,
    }
}
