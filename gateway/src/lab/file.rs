//! A scenario as a file: JSON, read with the place of whatever is wrong in it (docs/lab.md).
use super::check::check;
use pyeonji_shared::lab::call::Place;
use pyeonji_shared::lab::scenario::{MAX_FILE, Scenario};

/// Why a file is no scenario, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("line {line}, column {column}: {reason}")]
    Json { line: usize, column: usize, reason: String },
    #[error("{0}")]
    Scenario(String),
    #[error("step {step}: {reason}")]
    Step { step: usize, reason: String },
    #[error("expectation {number}: {reason}")]
    Expect { number: usize, reason: String },
}

impl Wrong {
    /// Where.
    pub fn place(&self) -> Place {
        let number = |n: &usize| u32::try_from(*n).unwrap_or(u32::MAX);
        match self {
            Wrong::Json { line, column, .. } => Place::Line { line: number(line), column: number(column) },
            Wrong::Scenario(_) => Place::Whole,
            Wrong::Step { step, .. } => Place::Step(number(step)),
            Wrong::Expect { number: n, .. } => Place::Expectation(number(n)),
        }
    }

    /// Why, without the place.
    pub fn reason(&self) -> &str {
        match self {
            Wrong::Json { reason, .. } | Wrong::Step { reason, .. } | Wrong::Expect { reason, .. } => reason,
            Wrong::Scenario(reason) => reason,
        }
    }
}

pub fn read(text: &str) -> Result<Scenario, Wrong> {
    if text.len() > MAX_FILE {
        return Err(Wrong::Scenario(format!("a scenario has at most {MAX_FILE} bytes")));
    }
    let scenario: Scenario = serde_json::from_str(text).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        Wrong::Json { line: error.line(), column: error.column(), reason }
    })?;
    check(&scenario)?;
    Ok(scenario)
}

/// A scenario that wasn't read from a file here.
pub fn checked(scenario: Scenario) -> Result<Scenario, Wrong> {
    check(&scenario)?;
    Ok(scenario)
}
