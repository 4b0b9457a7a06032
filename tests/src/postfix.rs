//! A real Postfix on loopback: submission for Dovecot's users, delivery to Dovecot by LMTP; gone when dropped.
use crate::{certs::Leaf, ports};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub struct Postfix {
    process: Child,
    folder: PathBuf,
    /// Submission in clear (AUTH allowed), for the plain variant.
    pub plain: u16,
    /// Submission with STARTTLS demanded before AUTH.
    pub starttls: u16,
    /// Submission inside TLS.
    pub implicit: u16,
}

/// Where Dovecot must put its SASL socket for a Postfix in `folder`.
pub fn auth_socket(folder: &Path) -> PathBuf {
    folder.join("postfix/spool/private/auth")
}

/// Makes the folders that must exist before Dovecot binds its socket there.
pub fn prepare(folder: &Path) {
    let base = folder.join("postfix");
    for part in ["etc", "spool/private", "data"] {
        fs::create_dir_all(base.join(part)).expect("folder");
    }
}

impl Postfix {
    /// Delivers mail for `users` by LMTP to `lmtp`; largest message `size` bytes.
    pub fn start(folder: &Path, users: &[(&str, &str)], leaf: &Leaf, lmtp: u16, size: u64) -> Self {
        prepare(folder);
        let [plain, starttls, implicit] = ports::free();
        let base = folder.join("postfix");
        let etc = base.join("etc");
        fs::write(etc.join("cert.pem"), &leaf.cert).expect("cert");
        fs::write(etc.join("key.pem"), &leaf.key).expect("key");
        let mut domains: Vec<&str> =
            users.iter().filter_map(|(u, _)| u.split_once('@').map(|p| p.1)).collect();
        domains.sort_unstable();
        domains.dedup();
        let boxes: String = users.iter().map(|(user, _)| format!("{user} ok\n")).collect();
        fs::write(etc.join("mailboxes"), boxes).expect("mailboxes");
        let fill = |text: &str| {
            text.replace("@DIR@", &base.display().to_string())
                .replace("@DOMAINS@", &domains.join(", "))
                .replace("@SIZE@", &size.to_string())
                .replace("@LMTP@", &lmtp.to_string())
                .replace("@PLAIN@", &plain.to_string())
                .replace("@STARTTLS@", &starttls.to_string())
                .replace("@IMPLICIT@", &implicit.to_string())
        };
        fs::write(etc.join("main.cf"), fill(MAIN)).expect("main.cf");
        fs::write(etc.join("master.cf"), fill(MASTER)).expect("master.cf");
        let owner = Command::new("chown")
            .arg("postfix")
            .args([base.join("data"), base.join("spool/private")])
            .status();
        assert!(owner.is_ok_and(|s| s.success()), "Postfix needs root to run as in production");
        let process = Command::new("/usr/sbin/postfix")
            .arg("-c")
            .arg(&etc)
            .arg("start-fg")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("postfix is installed by `cargo xtask test`");
        let postfix = Self { process, folder: base, plain, starttls, implicit };
        assert!(ports::wait(plain, Duration::from_secs(30)), "Postfix did not start:\n{}", postfix.log());
        postfix
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("postfix.log")).unwrap_or_default()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let etc = self.folder.join("etc");
        let _ = Command::new("/usr/sbin/postfix")
            .arg("-c")
            .arg(etc)
            .arg("abort")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const MAIN: &str = "
compatibility_level = 3.6
queue_directory = @DIR@/spool
data_directory = @DIR@/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = @DIR@/postfix.log
maillog_file_prefixes = /
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mail.blue.test
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = @DOMAINS@
virtual_mailbox_maps = texthash:@DIR@/etc/mailboxes
virtual_transport = lmtp:inet:127.0.0.1:@LMTP@
default_transport = error:no mail leaves the test machine
lmtp_host_lookup = native
smtp_host_lookup = native
smtpd_peername_lookup = no
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_tls_cert_file = @DIR@/etc/cert.pem
smtpd_tls_key_file = @DIR@/etc/key.pem
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
message_size_limit = @SIZE@
mailbox_size_limit = 0
virtual_mailbox_limit = 0
in_flow_delay = 0
";

const MASTER: &str = "
127.0.0.1:@PLAIN@ inet n - n - - smtpd
127.0.0.1:@STARTTLS@ inet n - n - - smtpd -o smtpd_tls_security_level=encrypt -o smtpd_tls_auth_only=yes
127.0.0.1:@IMPLICIT@ inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";
