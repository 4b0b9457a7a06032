//! Puts the gateway together: configuration in, a listening server out.
use crate::config::Config;
use crate::http::assets::Assets;
use crate::http::backend::Backend;
use crate::http::card::MAX_CARDS;
use crate::http::device_key::MAX_DERIVING;
use crate::http::door::Door;
use crate::http::lab::Lab;
use crate::http::serve::{self, Server};
use crate::http::site::{Site, SiteError};
use crate::http::wire::MAX_RECORDED;
use crate::http::{App, Clock, router};
use crate::mail::worker::Worker;
use crate::metrics;
use crate::net::Net;
use crate::seal::{Keeper, KeyError};
use crate::session::{Services, Sessions};
use crate::spool::Spools;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// How long open answers may take to finish once the gateway stops.
const DRAIN_TIME: Duration = Duration::from_secs(10);

#[derive(Debug, Error)]
pub enum StartError {
    #[error("can't listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("public_url: {0}")]
    Site(#[from] SiteError),
    #[error("[session] key_file: {0}")]
    Key(#[from] KeyError),
    #[error("[tls]: {0}")]
    Tls(#[from] serve::TlsError),
    #[error("the built page in {0}: {1}")]
    Assets(PathBuf, std::io::Error),
    #[error("threads for reading mail: {0}")]
    Threads(std::io::Error),
}

/// Threads that read messages.
const MAIL_THREADS: usize = 2;

pub struct Gateway;

/// A gateway that is listening. Dropping it stops it at once; [`Running::stop`] does so gently.
pub struct Running {
    /// Where it listens; the port is real even when the configuration said 0.
    pub addr: SocketAddr,
    /// What to type into a browser.
    pub url: String,
    server: Server,
    app: Arc<App>,
}

impl Gateway {
    /// Binds, reads keys and assets, and starts serving. Nothing listens when this fails.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let assets = Assets::load().map_err(|(path, e)| StartError::Assets(path, e))?;
        let config = Arc::new(config);
        let spools = Spools::start(&config.limits);
        let services = Services {
            net: Net::new(&config),
            worker: Worker::start(MAIL_THREADS).map_err(StartError::Threads)?,
            config: config.clone(),
            spools: spools.clone(),
            sizes: Default::default(),
        };
        let sessions = Sessions::start(services);
        Self::start_with(config, assets, spools, Arc::new(sessions), Clock::system()).await
    }

    /// The same with the parts that tests replace.
    pub(crate) async fn start_with(
        config: Arc<Config>,
        assets: Assets,
        spools: Spools,
        backend: Arc<dyn Backend>,
        clock: Clock,
    ) -> Result<Running, StartError> {
        let tls = config.tls.as_ref().map(serve::acceptor).transpose()?;
        let keeper = Keeper::start(config.session.key_file.clone(), config.session.max_days)?;
        let listener =
            TcpListener::bind(config.listen).await.map_err(|e| StartError::Listen(config.listen, e))?;
        let addr = listener.local_addr().map_err(|e| StartError::Listen(config.listen, e))?;
        let site = Site::new(&config, addr)?;
        let url = site.url().to_owned();
        let app = Arc::new(App {
            door: Door::start(&config.limits),
            lab: Lab::start(&config.limits),
            own: Default::default(),
            net: Net::new(&config),
            worker: Worker::start(MAIL_THREADS).map_err(StartError::Threads)?,
            cards: Semaphore::new(MAX_CARDS),
            deriving: Arc::new(Semaphore::new(MAX_DERIVING)),
            recordings: Arc::new(Semaphore::new(MAX_RECORDED)),
            metrics: metrics::install(),
            config,
            assets,
            site,
            keeper,
            spools,
            backend,
            clock,
            draining: Default::default(),
        });
        let server = Server::start(listener, tls, router(app.clone()), &app.config.limits);
        tracing::info!(%addr, url, "listening");
        Ok(Running { addr, url, server, app })
    }
}

impl Running {
    /// Stops accepting, tells every page to connect elsewhere, lets open answers finish for a while, and returns.
    pub async fn stop(self) {
        self.app.draining.cancel();
        self.server.stop_accepting();
        self.app.backend.drain().await;
        self.server.finish(DRAIN_TIME).await;
    }
}
