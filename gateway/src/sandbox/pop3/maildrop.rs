//! What POP3 keeps of an account between its sessions: who has it to himself, when it was opened last, and what is switched off.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What an account's POP3 can do, for experiments. A session keeps what it found at sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pop3Options {
    /// UIDL is there (RFC 1939 §7: a server may be without).
    pub uidl: bool,
    /// TOP is there (the same).
    pub top: bool,
    /// Seconds from one sign-in to the next (RFC 2449 §6.5).
    pub login_delay: Option<u32>,
    /// One session at a time (RFC 1939 §4). Without it several go side by side, as some providers allow.
    pub lock: bool,
}

impl Default for Pop3Options {
    fn default() -> Self {
        Self { uidl: true, top: true, login_delay: None, lock: true }
    }
}

/// Why somebody with the right password isn't let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    #[error("[IN-USE] Another session has this mailbox")]
    InUse,
    #[error("[LOGIN-DELAY] Come back in {seconds} s")]
    LoginDelay { seconds: u64 },
}

#[derive(Default)]
struct State {
    options: Pop3Options,
    held: bool,
    last_sign_in: Option<Instant>,
}

#[derive(Default)]
pub struct Maildrop(Mutex<State>);

impl Maildrop {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn options(&self) -> Pop3Options {
        self.state().options
    }

    /// For sessions from now on; those that are open go on as they began.
    pub fn set_options(&self, options: Pop3Options) {
        self.state().options = options;
    }

    /// Lets a session in, or says why not. A refused one counts for nothing.
    pub fn enter(self: &Arc<Self>, now: Instant) -> Result<(Pop3Options, Hold), NotNow> {
        let mut state = self.state();
        let options = state.options;
        if options.lock && state.held {
            return Err(NotNow::InUse);
        }
        if let (Some(delay), Some(last)) = (options.login_delay, state.last_sign_in) {
            let left = Duration::from_secs(delay.into()).saturating_sub(now.saturating_duration_since(last));
            if !left.is_zero() {
                // Rounded up: whoever waits that long is let in.
                return Err(NotNow::LoginDelay {
                    seconds: left.as_secs() + u64::from(left.subsec_nanos() > 0),
                });
            }
        }
        state.last_sign_in = Some(now);
        state.held |= options.lock;
        Ok((options, Hold(options.lock.then(|| self.clone()))))
    }
}

/// A session's hold on its mailbox, given back when dropped. Empty where sessions go side by side.
pub struct Hold(Option<Arc<Maildrop>>);

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(maildrop) = &self.0 {
            maildrop.state().held = false;
        }
    }
}
