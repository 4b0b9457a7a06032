//! A real Dovecot on loopback with its own configuration, users and mail; gone when dropped.
use crate::{certs::Leaf, ports};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub struct Dovecot {
    process: Child,
    folder: PathBuf,
    /// IMAP in clear, STARTTLS offered.
    pub imap: u16,
    /// IMAP inside TLS.
    pub imaps: u16,
    pub pop3: u16,
    pub pop3s: u16,
    pub lmtp: u16,
}

/// What differs between tests.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Lines appended to the configuration.
    pub extra: String,
    /// Bytes each user may store.
    pub quota: Option<u64>,
}

impl Dovecot {
    /// Another password for one user, from the next sign-in on.
    pub fn change_password(&self, user: &str, password: &str) {
        let file = self.folder.join("users");
        let list = fs::read_to_string(&file).expect("users");
        let other = |line: &&str| !line.starts_with(&format!("{user}:"));
        let mut list: String = list.lines().filter(other).map(|line| format!("{line}\n")).collect();
        list.push_str(&format!("{user}:{{PLAIN}}{password}\n"));
        fs::write(file, list).expect("users");
        // Dovecot looks at the file again when its clock has gone on.
        let start = Instant::now();
        let config = self.folder.join("dovecot.conf");
        loop {
            let test = Command::new("doveadm")
                .arg("-c")
                .arg(&config)
                .args(["auth", "test", user, password])
                .output();
            if test.expect("doveadm").status.success() {
                return;
            }
            assert!(start.elapsed() < Duration::from_secs(20), "Dovecot doesn't take the new password");
            std::thread::park_timeout(Duration::from_millis(100));
        }
    }

    /// Starts in `folder` with these `(address, password)` users. `auth` is the socket Postfix asks for SASL.
    pub fn start(folder: &Path, users: &[(&str, &str)], leaf: &Leaf, auth: &Path, options: &Options) -> Self {
        let [imap, imaps, pop3, pop3s, lmtp] = ports::free();
        let folder = folder.join("dovecot");
        fs::create_dir_all(folder.join("run")).expect("folder");
        fs::create_dir_all(folder.join("home")).expect("folder");
        fs::write(folder.join("cert.pem"), &leaf.cert).expect("cert");
        fs::write(folder.join("key.pem"), &leaf.key).expect("key");
        let list: String =
            users.iter().map(|(user, password)| format!("{user}:{{PLAIN}}{password}\n")).collect();
        fs::write(folder.join("users"), list).expect("users");
        let config = CONFIG
            .replace("@DIR@", &folder.display().to_string())
            .replace("@AUTH@", &auth.display().to_string())
            .replace("@IMAP@", &imap.to_string())
            .replace("@IMAPS@", &imaps.to_string())
            .replace("@POP3@", &pop3.to_string())
            .replace("@POP3S@", &pop3s.to_string())
            .replace("@LMTP@", &lmtp.to_string());
        let quota = options.quota.map_or_else(String::new, |bytes| {
            format!("mail_plugins = quota\nplugin {{\n quota = count:User quota\n quota_vsizes = yes\n quota_rule = *:storage={}k\n}}\n", bytes / 1024)
        });
        fs::write(folder.join("dovecot.conf"), config + &quota + &options.extra).expect("configuration");
        let owner = Command::new("chown").args(["-R", "mail:mail"]).arg(folder.join("home")).status();
        assert!(owner.is_ok_and(|s| s.success()), "Dovecot needs root to run as in production");
        let process = Command::new("dovecot")
            .arg("-F")
            .arg("-c")
            .arg(folder.join("dovecot.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("dovecot is installed by `cargo xtask test`");
        let dovecot = Self { process, folder, imap, imaps, pop3, pop3s, lmtp };
        assert!(ports::wait(imap, Duration::from_secs(20)), "Dovecot did not start:\n{}", dovecot.log());
        dovecot
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("dovecot.log")).unwrap_or_default()
    }

    /// The Maildir of a user, for tests that put mail there by hand.
    pub fn maildir(&self, user: &str) -> PathBuf {
        self.folder.join("home").join(user).join("Maildir")
    }

    /// Puts messages straight into a folder of a user (`""` = Inbox), as files with these bytes: written elsewhere first, so that a
    /// server that watches the folder never meets one that it can't read yet.
    pub fn put<'a>(&self, user: &str, folder: &str, messages: impl IntoIterator<Item = (&'a [u8], &'a str)>) {
        let base = self.maildir(user);
        let dir = if folder.is_empty() { base.clone() } else { base.join(format!(".{folder}")) };
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(dir.join(part)).expect("maildir");
        }
        // Names differ from call to call, as those of deliveries do.
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let mut written = Vec::new();
        for (bytes, flags) in messages {
            let n = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("{}.M{n:07}P1.test,S={}:2,{flags}", 1_700_000_000 + n, bytes.len());
            fs::write(dir.join("tmp").join(&name), bytes).expect("message");
            written.push(name);
        }
        let home = self.folder.join("home").join(user);
        let owner = Command::new("chown").args(["-R", "mail:mail"]).arg(home).status();
        assert!(owner.is_ok_and(|s| s.success()), "chown");
        for name in written {
            fs::rename(dir.join("tmp").join(&name), dir.join("cur").join(&name)).expect("message");
        }
    }
}

impl Dovecot {
    /// A message comes while Dovecot has the Inbox open, as from a delivery agent: into `new`, at which Dovecot always looks. What
    /// is put into `cur` in the moment in which Dovecot itself moves another message there, it takes for its own doing.
    pub fn arrive(&self, user: &str, message: &[u8]) {
        self.put(user, "", []);
        let dir = self.maildir(user);
        let name = format!("{}.M1P2.test,S={}", 1_700_100_000 + message.len(), message.len());
        fs::write(dir.join("tmp").join(&name), message).expect("message");
        let owner = Command::new("chown").args(["mail:mail"]).arg(dir.join("tmp").join(&name)).status();
        assert!(owner.is_ok_and(|s| s.success()), "chown");
        fs::rename(dir.join("tmp").join(&name), dir.join("new").join(&name)).expect("message");
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

const CONFIG: &str = r#"
base_dir = @DIR@/run
state_dir = @DIR@/run
log_path = @DIR@/dovecot.log
protocols = imap pop3 lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <@DIR@/cert.pem
ssl_key = <@DIR@/key.pem
ssl_dh =
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_max_userip_connections = 2000
mail_location = maildir:~/Maildir
maildir_very_dirty_syncs = yes
first_valid_uid = 1
mail_privileged_group = mail
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u @DIR@/users
}
userdb {
  driver = static
  args = uid=mail gid=mail home=@DIR@/home/%u
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    auto = subscribe
    special_use = \Sent
  }
  mailbox Drafts {
    auto = subscribe
    special_use = \Drafts
  }
  mailbox Trash {
    auto = subscribe
    special_use = \Trash
  }
  mailbox Junk {
    auto = subscribe
    special_use = \Junk
  }
  mailbox Archive {
    auto = subscribe
    special_use = \Archive
  }
}
protocol lmtp {
  postmaster_address = postmaster@blue.test
}
default_client_limit = 4000
service imap-login {
  service_count = 0
  process_min_avail = 1
  inet_listener imap {
    port = @IMAP@
  }
  inet_listener imaps {
    port = @IMAPS@
    ssl = yes
  }
}
service imap {
  process_min_avail = 2
  process_limit = 3000
}
service pop3-login {
  inet_listener pop3 {
    port = @POP3@
  }
  inet_listener pop3s {
    port = @POP3S@
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = @LMTP@
  }
}
service auth {
  unix_listener @AUTH@ {
    mode = 0666
  }
}
service anvil {
  client_limit = 10000
}
service stats {
  client_limit = 10000
}
"#;
