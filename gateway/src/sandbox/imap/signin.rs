//! LOGIN and AUTHENTICATE PLAIN, with and without an initial response (RFC 4959).
use super::command::Command;
use super::session::{Outcome, Session, Waiting};
use super::wire::Wrong;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

impl Session {
    pub(super) fn sign_in(&mut self, tag: &str, command: Command) -> Option<Outcome> {
        if self.account.is_some() {
            return Some(Err(Wrong::Bad("Signed in already")));
        }
        match command {
            Command::Login { user, password } => {
                let text = |bytes| String::from_utf8(bytes).unwrap_or_default();
                Some(self.check_password(&text(user), &text(password)))
            }
            Command::Authenticate { mechanism, .. } if mechanism != "PLAIN" => {
                Some(Err(Wrong::No("[CANNOT] Only PLAIN")))
            }
            Command::Authenticate { initial: Some(initial), .. } => Some(self.plain(initial.as_bytes())),
            _ => {
                self.line("+ ");
                self.waiting = Waiting::Credentials { tag: tag.to_owned() };
                None
            }
        }
    }

    /// RFC 4616.
    pub(super) fn plain(&mut self, base64: &[u8]) -> Outcome {
        let bad = Wrong::Bad("Not a PLAIN response");
        let bytes = BASE64_STANDARD.decode(base64.trim_ascii()).map_err(|_| bad.clone())?;
        let text = String::from_utf8(bytes).map_err(|_| bad.clone())?;
        let mut parts = text.split('\0');
        let (_, user, password) = (parts.next(), parts.next().ok_or(bad.clone())?, parts.next().ok_or(bad)?);
        let (user, password) = (user.to_owned(), password.to_owned());
        self.check_password(&user, &password)
    }

    fn check_password(&mut self, user: &str, password: &str) -> Outcome {
        match self.world.sign_in(user, password) {
            Some(account) => {
                self.watch = Some(account.watch());
                self.account = Some(account);
                self.framer.authenticated = true;
                Ok(format!("[CAPABILITY {}] Signed in", self.capabilities()))
            }
            None => {
                self.failed_logins += 1;
                if self.failed_logins >= self.world.bounds.failed_logins {
                    self.bye("Too many failed sign-ins");
                }
                Err(Wrong::No("[AUTHENTICATIONFAILED] Wrong name or password"))
            }
        }
    }
}
