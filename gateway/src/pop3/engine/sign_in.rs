//! Signing in: one command for the caller, several steps with the server.
use super::flight::Want;
use super::{Engine, Phase, completion};
use crate::pop3::auth::{self, Circumstances, Proof, Way};
use crate::pop3::code::Code;
use crate::pop3::command::CommandId;
use crate::pop3::encode::{MAX_COMMAND, Written, argument, line};
use crate::pop3::error::{CommandError, EngineError, Refusal};
use crate::pop3::event::Reply;
use crate::pop3::reply::{Sign, Status};
use std::time::Instant;
use zeroize::Zeroizing;

/// What was written last.
enum Step {
    /// UTF8 (RFC 6856 §2): names and passwords of the commands that follow are UTF-8.
    Utf8,
    /// AUTH; how often a `+` was answered. The response is kept for a server that ignores the initial one (RFC 1734).
    Sasl {
        response: Zeroizing<String>,
        sent: bool,
        answered: u8,
    },
    Apop,
    User,
    Pass,
}

/// No `Debug`: it holds an encoded password (R23).
pub struct SignIn {
    pub id: CommandId,
    user: String,
    proof: Proof,
    step: Step,
}

impl Engine {
    pub(super) fn start_sign_in(&mut self, id: CommandId, user: String, proof: Proof, now: Instant) {
        if self.phase == Phase::Transaction {
            return self.done(id, Err(Refusal::SignedIn.into()));
        }
        let capabilities = self.capabilities.clone().unwrap_or_default();
        let circumstances = Circumstances {
            capabilities: &capabilities,
            stamp: self.stamp.as_deref(),
            secure: self.options.secure,
        };
        let secret = proof.secret();
        let first = auth::choose(&user, &proof, &circumstances).and_then(|way| match way {
            Way::Plain => Ok(sasl("PLAIN", auth::plain(&user, secret.expose())?)),
            Way::OAuthBearer => Ok(sasl("OAUTHBEARER", auth::oauth_bearer(&user, secret.expose())?)),
            Way::XOAuth2 => Ok(sasl("XOAUTH2", auth::xoauth2(&user, secret.expose())?)),
            Way::Apop => {
                let digest =
                    auth::apop(self.stamp.as_deref().unwrap_or_default(), argument(secret.expose())?);
                Ok((Step::Apop, line(&["APOP ", argument(&user)?, " ", &digest])))
            }
            Way::UserPass => {
                argument(secret.expose())?;
                let user_line = line(&["USER ", argument(&user)?]);
                let foreign = !user.is_ascii() || !secret.expose().is_ascii();
                Ok(match foreign && capabilities.utf8_user {
                    true => (Step::Utf8, line(&["UTF8"])),
                    false => (Step::User, user_line),
                })
            }
        });
        match first {
            Ok((step, written)) => {
                self.sign_in = Some(SignIn { id, user, proof, step });
                self.send(None, Want::SignIn, written, now);
            }
            Err(refusal) => self.done(id, Err(refusal.into())),
        }
    }

    pub(super) fn sign_in_answered(&mut self, status: Status, now: Instant) {
        let Some(mut sign_in) = self.sign_in.take() else { return };
        self.land(now);
        let next = match (&mut sign_in.step, status.sign) {
            (Step::Sasl { response, sent, answered }, Sign::GoAhead) => {
                *answered += 1;
                match (*answered, std::mem::replace(sent, true), &sign_in.proof) {
                    (1, false, _) | (1, true, Proof::Password(_)) => line(&[response]),
                    // A challenge is how OAuth says no (RFC 7628 §3.2.3); `*` gives up, and the server confirms that.
                    (1 | 2, ..) => line(&["*"]),
                    _ => return self.give_up(sign_in, EngineError::Protocol("endless questions at sign-in")),
                }
            }
            (_, Sign::GoAhead) => {
                return self.give_up(sign_in, EngineError::Protocol("a go-ahead to no AUTH"));
            }
            (Step::Utf8, _) => {
                let written = line(&["USER ", &sign_in.user]);
                sign_in.step = Step::User;
                written
            }
            (Step::User, Sign::Ok) => {
                let written = line(&["PASS ", sign_in.proof.secret().expose()]);
                sign_in.step = Step::Pass;
                written
            }
            (_, Sign::Ok) => return self.signed_in(sign_in.id, status, now),
            // A timestamp promises nothing: without a reason given, the server may simply not know APOP.
            (Step::Apop, Sign::Err) if status.code.is_none() && self.takes_passwords() => {
                let written = line(&["USER ", &sign_in.user]);
                sign_in.step = Step::User;
                written
            }
            (step, Sign::Err) => {
                let seen = matches!(step, Step::Pass | Step::Apop | Step::Sasl { sent: true, .. });
                let code = match status.code {
                    // Only who has seen the password can mean that it is right (RFC 2449 §8.1.2).
                    Some(Code::InUse) if !seen => Some(Code::SysTemp),
                    code => code,
                };
                let error = CommandError::Err { code, text: status.text };
                return self.done(sign_in.id, Err(error));
            }
        };
        self.sign_in = Some(sign_in);
        self.send(None, Want::SignIn, next, now);
    }

    fn give_up(&mut self, sign_in: SignIn, error: EngineError) {
        self.sign_in = Some(sign_in);
        self.fail(error);
    }

    fn takes_passwords(&self) -> bool {
        self.capabilities.as_ref().is_none_or(|c| c.user || !c.known)
    }

    fn signed_in(&mut self, id: CommandId, status: Status, now: Instant) {
        self.phase = Phase::Transaction;
        self.done(id, Ok(completion(status, Reply::None)));
        if self.capabilities.as_ref().is_some_and(|c| c.varies) {
            // RFC 2449 §6.5, §6.7: what holds for this user is told now.
            self.send(None, Want::Capa, line(&["CAPA"]), now);
        }
    }
}

/// RFC 5034 §4: the initial response travels in the command where that stays within the length of a command line.
fn sasl(mechanism: &str, response: Zeroizing<String>) -> (Step, Written) {
    let sent = "AUTH ".len() + mechanism.len() + 1 + response.len() + 2 <= MAX_COMMAND;
    let written = match sent {
        true => line(&["AUTH ", mechanism, " ", &response]),
        false => line(&["AUTH ", mechanism]),
    };
    (Step::Sasl { response, sent, answered: 0 }, written)
}
