//! Memory of recent mutations: a replayed `OpId` is answered, never carried out twice, even while it still runs.
use pyeonji_shared::call::Reply;
use pyeonji_shared::error::ApiError;
use pyeonji_shared::ids::{OpId, RequestId};
use pyeonji_shared::limits::MAX_REMEMBERED_OPS;
use std::collections::{HashMap, VecDeque};

/// UIDs in remembered answers, all together (8 bytes each); past it the oldest outcomes are forgotten.
const MAX_REMEMBERED_UIDS: usize = 20_000;

pub type Outcome = Result<Reply, ApiError>;

enum State {
    /// The latest request that waits for it; a cut connection leaves none.
    Running(Option<RequestId>),
    Finished(Outcome),
}

/// What to do with a mutation that arrives.
#[derive(Debug, PartialEq)]
pub enum Admit {
    /// New: carry it out.
    Run,
    /// The same is running; its outcome answers this request. The request that waited before, if any, is replaced.
    Join { replaced: Option<RequestId> },
    /// It was carried out before.
    Known(Outcome),
    /// More are running than can be remembered.
    Full,
}

#[derive(Default)]
pub struct OpMemory {
    states: HashMap<OpId, State>,
    /// Finished ones, oldest first.
    finished: VecDeque<OpId>,
    uids: usize,
}

impl OpMemory {
    pub fn admit(&mut self, op: OpId, request: RequestId) -> Admit {
        match self.states.get_mut(&op) {
            Some(State::Running(waiter)) => Admit::Join { replaced: waiter.replace(request) },
            Some(State::Finished(outcome)) => Admit::Known(outcome.clone()),
            None => {
                while self.states.len() >= MAX_REMEMBERED_OPS {
                    if !self.forget_oldest() {
                        return Admit::Full;
                    }
                }
                self.states.insert(op, State::Running(Some(request)));
                Admit::Run
            }
        }
    }

    /// Records the outcome; gives the request that waits for it.
    pub fn finish(&mut self, op: OpId, outcome: &Outcome) -> Option<RequestId> {
        let Some(State::Running(waiter)) = self.states.insert(op, State::Finished(outcome.clone())) else {
            return None;
        };
        self.finished.push_back(op);
        self.uids += weight(outcome);
        while self.uids > MAX_REMEMBERED_UIDS && self.finished.len() > 1 {
            self.forget_oldest();
        }
        waiter
    }

    /// The request that waits for a running one.
    pub fn waiting(&self, op: OpId) -> Option<RequestId> {
        match self.states.get(&op) {
            Some(State::Running(waiter)) => *waiter,
            _ => None,
        }
    }

    /// The connection is gone: nobody waits, running ones go on.
    pub fn detach(&mut self) {
        for state in self.states.values_mut() {
            if let State::Running(waiter) = state {
                *waiter = None;
            }
        }
    }

    pub fn any_running(&self) -> bool {
        self.states.len() > self.finished.len()
    }

    fn forget_oldest(&mut self) -> bool {
        let Some(op) = self.finished.pop_front() else { return false };
        if let Some(State::Finished(outcome)) = self.states.remove(&op) {
            self.uids = self.uids.saturating_sub(weight(&outcome));
        }
        true
    }
}

fn weight(outcome: &Outcome) -> usize {
    match outcome {
        Ok(Reply::Moved(moved)) => moved.copied.as_ref().map_or(0, |c| c.uids.len()),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(n: u16) -> OpId {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&n.to_be_bytes());
        OpId(id)
    }

    #[test]
    fn a_replay_joins_what_runs_and_is_answered_from_memory_afterwards() {
        let mut ops = OpMemory::default();
        assert_eq!(ops.admit(op(1), RequestId(1)), Admit::Run);
        ops.detach();
        assert_eq!(ops.admit(op(1), RequestId(7)), Admit::Join { replaced: None });
        assert_eq!(ops.finish(op(1), &Ok(Reply::Ok)), Some(RequestId(7)));
        assert_eq!(ops.admit(op(1), RequestId(9)), Admit::Known(Ok(Reply::Ok)));
        assert!(!ops.any_running());
    }

    #[test]
    fn the_oldest_finished_are_forgotten_and_running_ones_never() {
        let mut ops = OpMemory::default();
        assert_eq!(ops.admit(op(0), RequestId(0)), Admit::Run);
        for n in 1..1000 {
            assert_eq!(ops.admit(op(n), RequestId(n.into())), Admit::Run);
            ops.finish(op(n), &Ok(Reply::Ok));
        }
        assert!(ops.states.len() <= MAX_REMEMBERED_OPS);
        assert_eq!(ops.admit(op(0), RequestId(2000)), Admit::Join { replaced: Some(RequestId(0)) });
        assert_eq!(ops.admit(op(1), RequestId(2001)), Admit::Run, "forgotten long ago");
        let mut all_running = OpMemory::default();
        for n in 0..MAX_REMEMBERED_OPS as u16 {
            all_running.admit(op(n), RequestId(n.into()));
        }
        assert_eq!(all_running.admit(op(999), RequestId(1)), Admit::Full);
    }
}
