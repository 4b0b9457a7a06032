//! Who is in the lab. A visitor's world is made anew from its steps each time something is asked of it, so nothing but a number is
//! kept here, and that for an idle hour. Pure: time is an argument.
use pyeonji_shared::lab::call::{Refusal, VisitorId};
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Who has asked nothing for so long isn't here any more.
pub const IDLE: Duration = Duration::from_secs(60 * 60);
/// Who has asked nothing for so long makes room for another when the lab is full.
pub const ASLEEP: Duration = Duration::from_secs(5 * 60);

struct Visitor {
    ip: IpAddr,
    seen: Instant,
}

/// How many may be here.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    pub visitors: usize,
    pub per_address: usize,
}

pub struct Visitors {
    room: Room,
    here: HashMap<VisitorId, Visitor>,
}

impl Visitors {
    pub fn new(room: Room) -> Self {
        Self { room, here: HashMap::new() }
    }

    /// Lets somebody in, or notices that they are still here.
    pub fn admit(&mut self, id: VisitorId, ip: IpAddr, now: Instant) -> Result<(), Refusal> {
        if let Some(visitor) = self.here.get_mut(&id) {
            visitor.seen = now;
            return Ok(());
        }
        let idle = |v: &Visitor| now.saturating_duration_since(v.seen);
        self.here.retain(|_, v| idle(v) < IDLE);
        let of_address = self.here.values().filter(|v| v.ip == ip).count();
        if self.here.len() >= self.room.visitors || of_address >= self.room.per_address {
            let own = of_address >= self.room.per_address;
            let rivals = self.here.iter().filter(|(_, v)| !own || v.ip == ip);
            let longest = rivals.max_by_key(|(_, v)| idle(v)).map(|(id, v)| (*id, idle(v)));
            match longest {
                Some((id, for_so_long)) if for_so_long >= ASLEEP => drop(self.here.remove(&id)),
                longest => {
                    let wait = ASLEEP - longest.map_or(Duration::ZERO, |(_, for_so_long)| for_so_long);
                    return Err(Refusal::Full {
                        visitors: u32::try_from(self.here.len()).unwrap_or(u32::MAX),
                        wait_seconds: u32::try_from(wait.as_secs().max(1)).unwrap_or(u32::MAX),
                    });
                }
            }
        }
        self.here.insert(id, Visitor { ip, seen: now });
        Ok(())
    }

    pub fn count(&self) -> usize {
        self.here.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { visitors: 200, per_address: 150 };

    fn id(n: u8, m: u8) -> VisitorId {
        let mut bytes = [0; 16];
        (bytes[0], bytes[1]) = (n, m);
        VisitorId(bytes)
    }

    fn ip(n: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, n])
    }

    #[test]
    fn the_201st_is_told_to_wait_until_somebody_sleeps() {
        let (mut visitors, start) = (Visitors::new(ROOM), Instant::now());
        for n in 0..200 {
            assert_eq!(visitors.admit(id(n, 0), ip(n % 2), start), Ok(()));
        }
        let later = start + Duration::from_secs(100);
        assert_eq!(
            visitors.admit(id(0, 1), ip(9), later),
            Err(Refusal::Full { visitors: 200, wait_seconds: 200 })
        );
        // Who is here goes on, and all but one stay awake.
        for n in 1..200 {
            assert_eq!(visitors.admit(id(n, 0), ip(n % 2), later), Ok(()));
        }
        assert_eq!(visitors.admit(id(0, 1), ip(9), start + ASLEEP), Ok(()));
        assert!(matches!(visitors.admit(id(0, 0), ip(0), start + ASLEEP), Err(Refusal::Full { .. })));
        assert_eq!(visitors.count(), 200);
    }

    #[test]
    fn one_address_does_not_take_all_places() {
        let (mut visitors, now) = (Visitors::new(ROOM), Instant::now());
        for n in 0..150 {
            assert_eq!(visitors.admit(id(n, 0), ip(1), now), Ok(()));
        }
        assert!(matches!(visitors.admit(id(150, 0), ip(1), now), Err(Refusal::Full { .. })));
        assert_eq!(visitors.admit(id(150, 0), ip(2), now), Ok(()));
    }

    #[test]
    fn an_idle_hour_is_the_end_of_a_visit() {
        let (mut visitors, now) = (Visitors::new(ROOM), Instant::now());
        assert_eq!(visitors.admit(id(1, 0), ip(1), now), Ok(()));
        assert_eq!(visitors.admit(id(2, 0), ip(1), now + IDLE), Ok(()));
        assert_eq!(visitors.count(), 1);
    }
}
