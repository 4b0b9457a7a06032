//! The two people of the lab.
use super::scenario::{GREEN, SERVER};
use serde::{Deserialize, Serialize};

/// Two people, at two providers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Account {
    /// ada@blue.test, whose mailbox is the place `server`.
    #[default]
    Ada,
    /// bora@green.test, whose mailbox is the place `green`.
    Bora,
}

impl Account {
    pub fn address(self) -> &'static str {
        match self {
            Account::Ada => "ada@blue.test",
            Account::Bora => "bora@green.test",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Account::Ada => "Ada Kim",
            Account::Bora => "Bora Lee",
        }
    }

    pub fn other(self) -> Self {
        match self {
            Account::Ada => Account::Bora,
            Account::Bora => Account::Ada,
        }
    }

    /// The place of its mailbox.
    pub fn place(self) -> &'static str {
        match self {
            Account::Ada => SERVER,
            Account::Bora => GREEN,
        }
    }
}
