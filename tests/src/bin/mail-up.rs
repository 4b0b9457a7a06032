//! A Dovecot and a Postfix on loopback, kept running until Ctrl-C, `mail down` or the end of the terminal.
use pyeonji_tests::mailhost::{ADA, BORA, MailHost, Security};

const NOTE: &str = "target/mail-up.pid";

#[tokio::main]
async fn main() {
    if std::env::args().any(|a| a == "--stop") {
        match std::fs::read_to_string(NOTE) {
            Ok(pid) => {
                let _ = std::process::Command::new("kill").args(["-INT", pid.trim()]).status();
            }
            Err(_) => println!("nothing is running"),
        }
        return;
    }
    let host = MailHost::start();
    std::fs::write(NOTE, std::process::id().to_string()).expect("target/ can be written");
    println!("IMAP  127.0.0.1:{} (STARTTLS)  :{} (TLS)", host.dovecot.imap, host.dovecot.imaps);
    println!("POP3  127.0.0.1:{} (STLS)  :{} (TLS)", host.dovecot.pop3, host.dovecot.pop3s);
    println!(
        "SMTP  127.0.0.1:{} (plain)  :{} (STARTTLS)  :{} (TLS)",
        host.smtp_port(Security::Plain),
        host.smtp_port(Security::StartTls),
        host.smtp_port(Security::Implicit)
    );
    println!("CA    {}", host.ca_file().display());
    for (address, password) in [ADA, BORA] {
        println!("      {address}  {password}");
    }
    println!("Ctrl-C ends it.");
    let _ = tokio::signal::ctrl_c().await;
    let _ = std::fs::remove_file(NOTE);
}
