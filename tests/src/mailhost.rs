//! Dovecot and Postfix together: one mail host with two users on two domains.
use crate::certs::Authority;
use crate::dovecot::{self, Dovecot};
use crate::postfix::{self, Postfix};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

pub const ADA: (&str, &str) = ("ada@blue.test", "red-lamp-42");
pub const BORA: (&str, &str) = ("bora@green.test", "푸른-문-17");

/// How clients reach the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    Plain,
    StartTls,
    Implicit,
}

pub struct MailHost {
    pub dovecot: Dovecot,
    pub postfix: Postfix,
    pub authority: Arc<Authority>,
    folder: TempDir,
}

impl MailHost {
    pub fn start() -> Self {
        Self::with(&dovecot::Options::default(), 36_700_160)
    }

    /// `size`: largest message that Postfix takes, bytes.
    pub fn with(options: &dovecot::Options, size: u64) -> Self {
        Self::with_users(&[ADA, BORA], options, size)
    }

    pub fn with_users(users: &[(&str, &str)], options: &dovecot::Options, size: u64) -> Self {
        let folder = TempDir::with_prefix("pyeonji-mail-").expect("folder");
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).expect("permissions");
        let authority = Arc::new(Authority::new());
        let leaf = authority.leaf();
        postfix::prepare(folder.path());
        let dovecot =
            Dovecot::start(folder.path(), users, &leaf, &postfix::auth_socket(folder.path()), options);
        let postfix = Postfix::start(folder.path(), users, &leaf, dovecot.lmtp, size);
        Self { dovecot, postfix, authority, folder }
    }

    pub fn imap_port(&self, security: Security) -> u16 {
        if security == Security::Implicit { self.dovecot.imaps } else { self.dovecot.imap }
    }

    pub fn smtp_port(&self, security: Security) -> u16 {
        match security {
            Security::Plain => self.postfix.plain,
            Security::StartTls => self.postfix.starttls,
            Security::Implicit => self.postfix.implicit,
        }
    }

    /// The CA's certificate as a file, for `ca_file`.
    pub fn ca_file(&self) -> PathBuf {
        let path = self.folder.path().join("ca.pem");
        std::fs::write(&path, &self.authority.pem).expect("ca.pem");
        path
    }

    pub fn path(&self) -> &std::path::Path {
        self.folder.path()
    }
}
