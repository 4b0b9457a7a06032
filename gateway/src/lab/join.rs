//! A scenario's world after its last step, to be looked at with anybody's mail program.
use super::backend::Backend;
use super::bench::Bench;
use super::host::Broken;
use super::run::is_left_out;
use super::simulated::account;
use crate::sandbox::{Ports, Running, Sandbox, World};
use pyeonji_shared::lab::scenario::{Account, Scenario, Variant};
use std::sync::Arc;
use std::time::Duration;

/// How long mail takes from one account of the world to another.
const HOP: Duration = Duration::from_millis(20);

/// Ada's provider as it is when all of it has happened, under the n-th of its conditions, counted from 1.
///
/// # Errors
/// When there are no such conditions.
pub fn world(scenario: &Scenario, n: usize) -> Result<Arc<World>, Broken> {
    let plain = Variant::default();
    let variant = match n.checked_sub(1).map(|at| scenario.variants.get(at)) {
        Some(Some(variant)) => variant,
        Some(None) if n == 1 => &plain,
        _ => {
            return Err(Broken(format!(
                "{} has {} conditions (\"variants\"), and no number {n}",
                scenario.id,
                scenario.variants.len()
            )));
        }
    };
    let mut bench = Bench::new(&scenario.under(variant), &Backend::Simulated)?;
    for (at, (number, step)) in scenario.single_steps().into_iter().enumerate() {
        if !is_left_out(&step, number, variant) {
            // What can't be done is part of the story.
            let _ = bench.step(u32::try_from(at + 1).unwrap_or(u32::MAX), &step);
        }
    }
    bench.world().ok_or_else(|| Broken("only the sandbox has a world".into()))
}

/// Serves it on free loopback ports.
pub async fn serve(world: Arc<World>) -> Result<Running, Broken> {
    let serving = Sandbox::serve(world, vec![account(Account::Ada)], HOP, Ports::default()).await;
    serving.map_err(|error| Broken(error.to_string()))
}
