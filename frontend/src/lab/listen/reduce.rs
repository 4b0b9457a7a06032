//! What happens to the wire that is listened to, and what is to be done about it. Pure.
use super::state::{Effect, Group, Listen, MAX_PAUSE, Msg, Phase};
use pyeonji_shared::error::ErrorKind;
use pyeonji_shared::lab::wire::{Cause, MAX_KEPT, WireLine, WireLines};

impl Listen {
    pub fn reduce(&mut self, msg: Msg) -> Vec<Effect> {
        match msg {
            Msg::Of(session) if session == self.session => Vec::new(),
            Msg::Of(session) => {
                let mut effects = self.stop();
                let turn = self.turn;
                *self = Self { session, turn, ..Self::default() };
                if !self.session.is_empty() {
                    effects.extend(self.begin());
                }
                effects
            }
            Msg::Listen if self.session.is_empty() || self.is_on() => Vec::new(),
            Msg::Listen => {
                self.tries = 0;
                self.begin()
            }
            Msg::Stop => self.stop(),
            Msg::Began(turn, _) | Msg::Heard(turn, _) | Msg::Again(turn) if turn != self.turn => Vec::new(),
            Msg::Began(_, Ok(())) => {
                self.phase = Phase::Listening;
                self.ask()
            }
            Msg::Heard(_, Ok(lines)) => {
                self.phase = Phase::Listening;
                self.tries = 0;
                self.hear(lines);
                self.ask()
            }
            Msg::Began(_, Err(kind)) | Msg::Heard(_, Err(kind)) => self.failed(kind),
            Msg::Again(_) => match self.phase {
                // What was recorded meanwhile is there if the recording still is.
                Phase::Waiting(kind, _) if kind != ErrorKind::Gone && self.after > 0 => self.ask(),
                Phase::Waiting(..) => self.begin(),
                _ => Vec::new(),
            },
            Msg::Clear => {
                self.groups.clear();
                (self.kept, self.dropped, self.follow) = (0, 0, true);
                self.changed()
            }
            Msg::Filter(filter) => {
                self.filter = filter;
                self.follow = true;
                self.changed()
            }
            Msg::Scrolled(top, end) => {
                // Only who scrolls up wants to stay; more lines below come by themselves.
                self.follow = end || (self.follow && top >= self.top);
                self.top = top;
                Vec::new()
            }
        }
    }

    pub fn is_on(&self) -> bool {
        !matches!(self.phase, Phase::Stopped | Phase::SignedOut)
    }

    fn changed(&mut self) -> Vec<Effect> {
        self.version = self.version.wrapping_add(1);
        Vec::new()
    }

    fn begin(&mut self) -> Vec<Effect> {
        self.turn = self.turn.wrapping_add(1);
        (self.phase, self.after, self.follow) = (Phase::Beginning, 0, true);
        vec![Effect::Begin { turn: self.turn, session: self.session.clone() }]
    }

    fn ask(&self) -> Vec<Effect> {
        vec![Effect::Ask { turn: self.turn, session: self.session.clone(), after: self.after }]
    }

    fn stop(&mut self) -> Vec<Effect> {
        if !self.is_on() {
            return Vec::new();
        }
        self.turn = self.turn.wrapping_add(1);
        self.phase = Phase::Stopped;
        vec![Effect::End { session: self.session.clone() }]
    }

    fn failed(&mut self, kind: ErrorKind) -> Vec<Effect> {
        if matches!(kind, ErrorKind::SignedOut | ErrorKind::BadRequest) {
            self.phase = Phase::SignedOut;
            return Vec::new();
        }
        let seconds = (1 << self.tries.min(10)).min(MAX_PAUSE);
        self.tries += 1;
        self.phase = Phase::Waiting(kind, seconds);
        vec![Effect::Later { turn: self.turn, seconds }]
    }

    fn hear(&mut self, heard: WireLines) {
        // Before the first answer nothing was missed: it wasn't listened to.
        if self.after > 0 {
            self.dropped += heard.dropped;
        }
        self.after = heard.next;
        self.totals = heard.totals;
        for seen in heard.lines {
            self.put(seen, &heard.causes);
        }
        while self.kept > MAX_KEPT {
            let Some(first) = self.groups.first_mut() else { break };
            let gone = (self.kept - MAX_KEPT).min(first.lines.len());
            first.lines.drain(..gone);
            self.kept -= gone;
            self.dropped += gone as u64;
            if first.lines.is_empty() {
                self.groups.remove(0);
            }
        }
        self.changed();
    }

    /// To the lines of its cause; one of nobody's only to those right before it.
    fn put(&mut self, seen: WireLine, causes: &[Cause]) {
        self.kept += 1;
        let cause = seen.line.cause;
        let found = match cause {
            0 => self.groups.last_mut().filter(|group| group.cause == 0),
            _ => self.groups.iter_mut().rev().find(|group| group.cause == cause),
        };
        if let Some(group) = found {
            return group.add(seen);
        }
        let call = causes.iter().find(|own| own.number == cause).map(|own| own.call.clone());
        let mut group = Group::new(cause, call.unwrap_or_default(), seen.line.at);
        group.add(seen);
        self.groups.push(group);
    }
}
