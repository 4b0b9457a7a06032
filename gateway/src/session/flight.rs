//! Requests in flight on one connection: credit, chunks that wait for it, and exactly one `Done` each.
use crate::account::request::Ticket;
use crate::session::ops::Outcome;
use pyeonji_shared::call::ChunkPart;
use pyeonji_shared::frame::ServerFrame;
use pyeonji_shared::ids::RequestId;
use pyeonji_shared::limits::{MAX_IN_FLIGHT, MAX_WINDOW};
use std::collections::HashMap;
use tokio::task::AbortHandle;

/// Credit one request can pile up.
const MAX_CREDIT: u32 = 1 << 16;

#[derive(Default)]
pub struct Flight {
    /// The account works on it under this number.
    pub ticket: Option<Ticket>,
    /// A task of the session works on it.
    pub task: Option<AbortHandle>,
    /// A mutation: once begun it isn't cancelled.
    pub mutation: bool,
    credit: u32,
    /// The page takes part in flow control for this request; otherwise it wants no chunks.
    wants_chunks: bool,
    sent: u32,
    held: Option<ChunkPart>,
    done: Option<Outcome>,
}

/// Why a request isn't admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Ids must rise: a frame out of order ends the session.
    OutOfOrder,
    TooMany,
}

/// The table of one connection; bounded by `MAX_IN_FLIGHT`.
#[derive(Default)]
pub struct Flights {
    table: HashMap<RequestId, Flight>,
    last: Option<RequestId>,
}

impl Flights {
    pub fn admit(&mut self, id: RequestId, mutation: bool) -> Result<(), Refused> {
        if self.last.is_some_and(|last| id <= last) {
            return Err(Refused::OutOfOrder);
        }
        self.last = Some(id);
        if self.table.len() >= MAX_IN_FLIGHT {
            return Err(Refused::TooMany);
        }
        self.table.insert(id, Flight { mutation, ..Flight::default() });
        Ok(())
    }

    pub fn flight(&mut self, id: RequestId) -> Option<&mut Flight> {
        self.table.get_mut(&id)
    }

    pub fn by_ticket(&self, ticket: Ticket) -> Option<RequestId> {
        self.table.iter().find(|(_, f)| f.ticket == Some(ticket)).map(|(id, _)| *id)
    }

    /// More chunks may go; what waited for that leaves now. Late credit is no fault.
    pub fn credit(&mut self, id: RequestId, n: u32) -> Vec<ServerFrame> {
        let Some(flight) = self.table.get_mut(&id) else { return Vec::new() };
        flight.credit = flight.credit.saturating_add(n).min(MAX_CREDIT);
        flight.wants_chunks = true;
        self.release(id)
    }

    /// One more chunk. Progress replaces progress; rows join the rows that still wait, up to a window of them.
    pub fn chunk(&mut self, id: RequestId, part: ChunkPart) -> Vec<ServerFrame> {
        let Some(flight) = self.table.get_mut(&id) else { return Vec::new() };
        flight.held = Some(match (flight.held.take(), part) {
            (Some(ChunkPart::SearchRows(mut rows)), ChunkPart::SearchRows(more)) => {
                let room = (MAX_WINDOW as usize).saturating_sub(rows.len());
                rows.extend(more.into_iter().take(room));
                ChunkPart::SearchRows(rows)
            }
            (_, part) => part,
        });
        self.release(id)
    }

    /// A chunk given now would leave now.
    pub fn may_chunk(&self, id: RequestId) -> bool {
        self.table.get(&id).is_some_and(|f| f.credit > 0 && f.held.is_none())
    }

    /// The outcome. Rows that wait for credit go first if the page gives any; progress is dropped.
    pub fn done(&mut self, id: RequestId, outcome: Outcome) -> Vec<ServerFrame> {
        let Some(flight) = self.table.get_mut(&id) else { return Vec::new() };
        let wait = flight.wants_chunks && matches!(flight.held, Some(ChunkPart::SearchRows(_)));
        if !wait {
            flight.held = None;
        }
        flight.done = Some(outcome);
        self.release(id)
    }

    /// Takes a request out, to be answered as cancelled.
    pub fn remove(&mut self, id: RequestId) -> Option<Flight> {
        self.table.remove(&id)
    }

    /// The connection is gone, and with it everybody who waits.
    pub fn clear(&mut self) -> Vec<Flight> {
        self.last = None;
        self.table.drain().map(|(_, flight)| flight).collect()
    }

    fn release(&mut self, id: RequestId) -> Vec<ServerFrame> {
        let mut out = Vec::new();
        let Some(flight) = self.table.get_mut(&id) else { return out };
        if flight.credit > 0
            && let Some(part) = flight.held.take()
        {
            flight.credit -= 1;
            out.push(ServerFrame::Chunk { id, n: flight.sent, part });
            flight.sent += 1;
        }
        if flight.held.is_none()
            && let Some(result) = flight.done.take()
        {
            self.table.remove(&id);
            out.push(ServerFrame::Done { id, result });
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pyeonji_shared::call::Reply;
    use pyeonji_shared::message::Summary;

    const ID: RequestId = RequestId(1);

    fn rows(n: usize) -> ChunkPart {
        ChunkPart::SearchRows(vec![Summary::default(); n])
    }

    fn flights() -> Flights {
        let mut flights = Flights::default();
        flights.admit(ID, false).unwrap();
        flights
    }

    #[test]
    fn a_chunk_needs_credit_and_done_comes_once_after_it() {
        let mut f = flights();
        assert!(f.credit(ID, 1).is_empty());
        assert!(matches!(f.chunk(ID, rows(2))[..], [ServerFrame::Chunk { n: 0, .. }]));
        assert!(f.chunk(ID, rows(2)).is_empty(), "no credit left");
        assert!(f.chunk(ID, rows(3)).is_empty());
        assert!(f.done(ID, Ok(Reply::Ok)).is_empty(), "rows go first");
        let out = f.credit(ID, 5);
        let [ServerFrame::Chunk { n: 1, part: ChunkPart::SearchRows(r), .. }, ServerFrame::Done { .. }] =
            &out[..]
        else {
            panic!("{out:?}")
        };
        assert_eq!(r.len(), 5);
        assert!(f.done(ID, Ok(Reply::Ok)).is_empty() && f.credit(ID, 1).is_empty());
    }

    #[test]
    fn without_any_credit_done_does_not_wait() {
        let mut f = flights();
        assert!(f.chunk(ID, rows(1)).is_empty());
        assert!(matches!(f.done(ID, Ok(Reply::Ok))[..], [ServerFrame::Done { .. }]));
    }

    #[test]
    fn ids_rise_and_their_number_is_bounded() {
        let mut f = flights();
        assert_eq!(f.admit(ID, false), Err(Refused::OutOfOrder));
        for n in 2..=MAX_IN_FLIGHT as u32 {
            f.admit(RequestId(n), false).unwrap();
        }
        assert_eq!(f.admit(RequestId(1000), false), Err(Refused::TooMany));
        f.done(ID, Ok(Reply::Ok));
        assert_eq!(f.admit(RequestId(1000), false), Err(Refused::OutOfOrder));
        assert_eq!(f.admit(RequestId(1001), false), Ok(()));
    }
}
