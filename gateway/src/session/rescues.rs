//! Rescues under way: at most one for each sign-in, ended with it.
use super::LoginTicket;
use crate::account::Links;
use crate::account::rescue::{Rescue, Target};
use crate::config::limits::Limits;
use crate::metrics;
use crate::net::Net;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Default)]
pub struct Rescues(HashMap<LoginTicket, Rescue>);

impl Rescues {
    /// Starts one in the place of an earlier one of the same sign-in. `None` when there are as many as there may be sessions.
    pub fn start(
        &mut self,
        ticket: LoginTicket,
        net: Net,
        limits: Arc<Limits>,
        target: Target,
        links: Links,
    ) -> Option<Rescue> {
        self.0.retain(|_, rescue| !rescue.is_over());
        if self.0.len() as u64 >= limits.sessions && !self.0.contains_key(&ticket) {
            metrics::limit_hit("sessions");
            return None;
        }
        let rescue = Rescue::start(net, limits, target, links);
        self.0.insert(ticket, rescue.clone());
        Some(rescue)
    }

    pub fn get(&self, ticket: LoginTicket) -> Option<Rescue> {
        self.0.get(&ticket).filter(|rescue| !rescue.is_over()).cloned()
    }

    pub fn end(&mut self, ticket: LoginTicket) {
        self.0.remove(&ticket);
    }

    pub fn end_all(&mut self) {
        self.0.clear();
    }
}
