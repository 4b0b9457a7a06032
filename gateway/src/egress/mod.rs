//! The only place that opens TCP connections, and the policy by which it does (R18, invariant 6).
use crate::config::Config;
use crate::net::NetError;
use tokio::net::TcpStream;

#[derive(Debug)]
pub struct Egress {}

impl Egress {
    pub fn new(_config: &Config) -> Self {
        Self {}
    }

    pub async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, NetError> {
        let stream = TcpStream::connect((host, port)).await.map_err(|_| NetError::Unreachable)?;
        // Commands are small and latency counts: no Nagle.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }
}
