//! A gateway to test: in this process on a free port, or the release program as its own process.
use crate::mailhost::{MailHost, Security};
use crate::ports;
use pyeonji_gateway::app::{Gateway, Running};
use pyeonji_gateway::config::{Config, Endpoint, LoginName, Provider, TlsMode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// A provider for every domain, on these loopback ports.
pub fn provider(imap: u16, smtp: u16, security: Security, ca: &str) -> Arc<Provider> {
    let tls = match security {
        Security::Plain => TlsMode::None,
        Security::StartTls => TlsMode::StartTls,
        Security::Implicit => TlsMode::Implicit,
    };
    let endpoint = |port| Some(Endpoint { host: "localhost".into(), port, tls });
    Arc::new(Provider {
        name: "Test".into(),
        domains: vec!["*".into()],
        login: LoginName::Address,
        extra_roots: CertificateDer::pem_slice_iter(ca.as_bytes())
            .map(|c| c.expect("a PEM certificate"))
            .collect(),
        pins: Vec::new(),
        imap: endpoint(imap),
        pop3: None,
        smtp: endpoint(smtp),
    })
}

/// A provider for the host's Dovecot and Postfix.
pub fn provider_of(host: &MailHost, security: Security) -> Arc<Provider> {
    provider(host.imap_port(security), host.smtp_port(security), security, &host.authority.pem)
}

/// In this process.
pub async fn start(providers: Vec<Arc<Provider>>) -> Running {
    Gateway::start(Config::for_tests(providers)).await.expect("the gateway starts")
}

/// In this process, in front of a sandbox of its own.
pub async fn start_with_sandbox() -> (Running, pyeonji_gateway::sandbox::Running) {
    let sandbox =
        pyeonji_gateway::sandbox::Sandbox::start(pyeonji_gateway::sandbox::Options::default()).await;
    let sandbox = sandbox.expect("the sandbox starts");
    let running = start(sandbox.providers().into_iter().map(Arc::new).collect()).await;
    (running, sandbox)
}

/// The release program in its own process, so that it can be killed.
pub struct Program {
    process: Option<Child>,
    folder: tempfile::TempDir,
    /// Everything it can say is written to a file.
    loud: bool,
    pub port: u16,
    pub url: String,
}

impl Program {
    /// `imap`/`smtp` are the ports to dial (a chaos proxy's, perhaps).
    pub fn start(imap: u16, smtp: u16, security: Security, ca: &str) -> Self {
        let [port] = ports::free();
        let folder = tempfile::TempDir::with_prefix("pyeonji-gw-").expect("folder");
        let ca_file = folder.path().join("ca.pem");
        std::fs::write(&ca_file, ca).expect("ca.pem");
        let tls = match security {
            Security::Plain => "none",
            Security::StartTls => "starttls",
            Security::Implicit => "implicit",
        };
        let config = format!(
            "listen = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n\
             [session]\nkey_file = \"{key}\"\n\
             [egress]\nallow_private = [\"127.0.0.0/8\", \"::1/128\"]\n\
             [[provider]]\nname = \"Test\"\ndomains = [\"blue.test\", \"green.test\"]\nca_file = \"{ca}\"\n\
             imap = {{ host = \"localhost\", port = {imap}, tls = \"{tls}\" }}\n\
             smtp = {{ host = \"localhost\", port = {smtp}, tls = \"{tls}\" }}\n",
            key = folder.path().join("session.key").display(),
            ca = ca_file.display(),
        );
        std::fs::write(folder.path().join("pyeonji.toml"), config).expect("configuration");
        let mut program =
            Self { process: None, folder, loud: false, port, url: format!("http://127.0.0.1:{port}") };
        program.resume();
        program
    }

    pub fn of(host: &MailHost, security: Security) -> Self {
        Self::start(host.imap_port(security), host.smtp_port(security), security, &host.authority.pem)
    }

    /// Adds lines to the end of the configuration; restarts.
    pub fn with(mut self, lines: &str) -> Self {
        self.kill();
        let file = self.folder.path().join("pyeonji.toml");
        let text = std::fs::read_to_string(&file).expect("configuration");
        std::fs::write(&file, text + lines).expect("configuration");
        self.resume();
        self
    }

    /// Offers POP3 too, at this port in clear; restarts.
    pub fn collecting(self, pop3: u16) -> Self {
        let server = format!("pop3 = {{ host = \"localhost\", port = {pop3}, tls = \"none\" }}\nsmtp = ");
        self.changed("smtp = ", &server)
    }

    /// Fetches images from this port of this machine, too; restarts.
    pub fn images_from(self, port: u16) -> Self {
        let more = format!("[egress]\nimages_private = [\"127.0.0.0/8\"]\nimage_ports = [{port}]\n");
        self.changed("[egress]\n", &more)
    }

    /// Makes report cards of servers that it doesn't know, too; restarts.
    pub fn asking_any_host(self) -> Self {
        self.changed("[egress]\n", "[egress]\nallow_any_host = true\n")
    }

    /// Another text in the configuration; restarts.
    fn changed(mut self, from: &str, to: &str) -> Self {
        self.kill();
        let file = self.folder.path().join("pyeonji.toml");
        let text = std::fs::read_to_string(&file).expect("configuration");
        std::fs::write(&file, text.replace(from, to)).expect("configuration");
        self.resume();
        self
    }

    /// Logs at the lowest level, to be read by [`Program::log`]; restarts.
    pub fn loud(mut self) -> Self {
        self.kill();
        self.loud = true;
        self.resume();
        self
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Expects browsers at this port of a proxy instead of its own; restarts.
    pub fn behind(self, port: u16) -> Self {
        let own = format!("public_url = \"http://127.0.0.1:{}\"", self.port);
        self.changed(&own, &format!("public_url = \"http://127.0.0.1:{port}\""))
    }

    /// Ends it the hard way, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts it (again) on the same port with the same keys.
    pub fn resume(&mut self) {
        let mut command = Command::new(binary());
        command
            .arg("serve")
            .arg("--config")
            .arg(self.folder.path().join("pyeonji.toml"))
            .stdout(Stdio::null());
        if self.loud {
            let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log"));
            command.env("RUST_LOG", "trace").stderr(log.expect("a log"));
        }
        let process = command.spawn().expect("the release program, built by `cargo xtask test`");
        self.process = Some(process);
        assert!(ports::wait(self.port, Duration::from_secs(20)), "the gateway did not start");
    }

    pub fn pid(&self) -> u32 {
        self.process.as_ref().map_or(0, Child::id)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The release program.
pub fn binary() -> PathBuf {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/pyeonji");
    std::env::var_os("PYEONJI_BIN").map_or_else(|| PathBuf::from(built), PathBuf::from)
}
