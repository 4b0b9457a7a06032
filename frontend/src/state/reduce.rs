//! One message in, the changed model and the effects out.
use super::effect::Effect;
use super::model::{Model, Moment};
use super::msg::Msg;

/// Handles one message. `at` brings the time and fresh randomness.
pub fn reduce(model: &mut Model, at: Moment, msg: Msg) -> Vec<Effect> {
    model.moment = at;
    model.made = 0;
    let _ = msg;
    Vec::new()
}
