//! A scenario unfolded: its single steps, and what it is under a variant's conditions.
use super::scenario::{Account, MAX_STEPS, Scenario, Step, Variant};

impl Step {
    /// The device that does it.
    pub fn device(&self) -> Option<&str> {
        match self {
            Step::Deliver { .. } | Step::Wait { .. } | Step::Repeat { .. } => None,
            Step::Check { device }
            | Step::Cut { device }
            | Step::Restore { device }
            | Step::Lose { device }
            | Step::Rule { device, .. }
            | Step::Read { device, .. }
            | Step::Star { device, .. }
            | Step::Delete { device, .. }
            | Step::Send { device, .. }
            | Step::Move { device, .. } => Some(device),
        }
    }

    /// The step with `{n}` filled in.
    fn numbered(&self, n: u32) -> Self {
        let mut step = self.clone();
        if let Step::Deliver { message, .. }
        | Step::Send { message, .. }
        | Step::Read { message, .. }
        | Step::Star { message, .. }
        | Step::Delete { message, .. }
        | Step::Move { message, .. } = &mut step
        {
            *message = message.replace("{n}", &n.to_string());
        }
        step
    }
}

fn each_single(steps: &mut [Step], change: &mut impl FnMut(&mut Step)) {
    for step in steps {
        match step {
            // A repetition can't hold another.
            Step::Repeat { steps, .. } => steps.iter_mut().for_each(&mut *change),
            step => change(step),
        }
    }
}

impl Scenario {
    /// Every single step, with the number of the written one. At most [`MAX_STEPS`], and one to show that there are more.
    pub fn single_steps(&self) -> Vec<(usize, Step)> {
        let each = self.steps.iter().enumerate().flat_map(|(at, step)| {
            let all: Box<dyn Iterator<Item = Step>> = match step {
                Step::Repeat { times, from, steps } => {
                    let numbers = *from..from.saturating_add(*times);
                    Box::new(numbers.flat_map(move |n| steps.iter().map(move |step| step.numbered(n))))
                }
                single => Box::new(std::iter::once(single.clone())),
            };
            all.map(move |step| (at + 1, step))
        });
        each.take(MAX_STEPS + 1).collect()
    }

    /// As it is under a variant's conditions.
    pub fn under(&self, variant: &Variant) -> Self {
        let mut scenario = self.clone();
        scenario.variants = Vec::new();
        scenario.server = variant.server.unwrap_or(self.server);
        scenario.network = variant.network.unwrap_or(self.network);
        if let Some(rule) = variant.rule {
            scenario.devices.iter_mut().for_each(|d| d.rule = rule);
        }
        if let Some(protocol) = variant.protocol {
            scenario.devices.iter_mut().for_each(|d| d.protocol = protocol);
        }
        if let Some(copy) = variant.copy_to_self {
            each_single(&mut scenario.steps, &mut |step| {
                if let Step::Send { copy_to_self, .. } = step {
                    *copy_to_self = copy;
                }
            });
        }
        scenario
    }

    /// Mail goes between the two people, or one of Bora's devices takes part.
    pub fn is_two_sided(&self) -> bool {
        self.sends(|_| true) || self.devices.iter().any(|d| d.account == Account::Bora)
    }

    /// Something is sent as a blind copy to oneself, too.
    pub fn copies_to_self(&self) -> bool {
        self.sends(|copy_to_self| copy_to_self)
    }

    fn sends(&self, so: impl Fn(bool) -> bool) -> bool {
        let single = |step: &Step| matches!(step, Step::Send { copy_to_self, .. } if so(*copy_to_self));
        self.steps.iter().any(|step| match step {
            Step::Repeat { steps, .. } => steps.iter().any(&single),
            step => single(step),
        })
    }
}
