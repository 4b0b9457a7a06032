//! The lab's end of a real connection, for code that waits: the bench does one thing after the other.
use crate::net::Stream;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// Bytes of one read.
const READ: usize = 32 << 10;
/// How long a server may leave what it is sent.
const SEND: Duration = Duration::from_secs(60);

pub struct Socket {
    runtime: Arc<Runtime>,
    stream: Stream,
}

pub enum Heard {
    Bytes(Vec<u8>),
    /// Not in time.
    Nothing,
    End,
}

impl Socket {
    pub fn new(runtime: Arc<Runtime>, stream: Stream) -> Self {
        Self { runtime, stream }
    }

    /// `false`: the server is gone, or doesn't take it.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        let stream = &mut self.stream;
        let sending = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        matches!(self.runtime.block_on(async { timeout(SEND, sending).await }), Ok(Ok(())))
    }

    /// What comes next within this time.
    pub fn receive(&mut self, wait: Duration) -> Heard {
        let stream = &mut self.stream;
        let mut bytes = vec![0; READ];
        let read = self.runtime.block_on(async { timeout(wait, stream.read(&mut bytes)).await });
        match read {
            Ok(Ok(n)) if n > 0 => {
                bytes.truncate(n);
                Heard::Bytes(bytes)
            }
            // A bare close instead of close_notify: the engines know whether an answer is missing.
            Ok(_) => Heard::End,
            Err(_) => Heard::Nothing,
        }
    }
}
