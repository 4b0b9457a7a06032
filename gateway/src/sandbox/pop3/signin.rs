//! USER and PASS, APOP (RFC 1939 §7), AUTH PLAIN with and without an initial response (RFC 5034, RFC 4616).
use super::command::Command;
use super::md5;
use super::session::{Mailbox, Outcome, Session, State};
use super::view::View;
use crate::sandbox::world::Account;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::sync::Arc;
use std::time::Instant;

const NOT_PLAIN: &str = "Not a PLAIN response";

impl Session {
    pub(super) fn sign_in(&mut self, command: Command, user: Option<String>, now: Instant) {
        let outcome = match command {
            // The same answer whether there is such an account or not.
            Command::User(name) => {
                self.user = Some(name);
                Ok("Now the password".to_owned())
            }
            Command::Pass(password) => match user {
                Some(user) => {
                    let account = self.world.sign_in(&user, &password);
                    self.enter(account, now)
                }
                None => Err("Say USER first".to_owned()),
            },
            Command::Apop { user, digest } => {
                let timestamp = &self.timestamp;
                let expected = |password: &str| md5::hex(format!("{timestamp}{password}").as_bytes());
                let account = self.world.sign_in_if(&user, |password| expected(password) == digest);
                self.enter(account, now)
            }
            Command::Auth { mechanism, .. } if mechanism != "PLAIN" => Err("Only PLAIN".to_owned()),
            // RFC 5034 §4: "=" is an empty initial response.
            Command::Auth { initial: Some(initial), .. } => {
                self.response(if initial == "=" { "" } else { &initial }, now)
            }
            _ => {
                self.state = State::Credentials;
                return self.line("+ ");
            }
        };
        self.answer(outcome);
    }

    /// The response of AUTH PLAIN.
    pub(super) fn response(&mut self, line: &str, now: Instant) -> Outcome {
        if line == "*" {
            return Err("Cancelled".to_owned());
        }
        let bytes = BASE64_STANDARD.decode(line.trim()).map_err(|_| NOT_PLAIN)?;
        let text = String::from_utf8(bytes).map_err(|_| NOT_PLAIN)?;
        let mut parts = text.split('\0').skip(1);
        let (Some(user), Some(password)) = (parts.next(), parts.next()) else {
            return Err(NOT_PLAIN.to_owned());
        };
        let account = self.world.sign_in(user, password);
        self.enter(account, now)
    }

    /// From AUTHORIZATION to TRANSACTION, for whoever proved to be the account's owner.
    fn enter(&mut self, account: Option<Arc<Account>>, now: Instant) -> Outcome {
        let Some(account) = account else {
            self.failed_logins += 1;
            if self.failed_logins >= self.world.bounds.failed_logins {
                self.close();
            }
            // RFC 3206 §4.
            return Err("[AUTH] Wrong name or password".to_owned());
        };
        let (options, hold) = account.maildrop.enter(now).map_err(|not_now| not_now.to_string())?;
        let view = View::open(&account);
        let (count, octets) = view.totals();
        self.state = State::Transaction(Mailbox { account, options, view, _hold: hold });
        Ok(format!("{count} messages ({octets} octets)"))
    }
}
