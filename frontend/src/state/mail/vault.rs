//! Encryption of the mail on this device, as the page knows it: `frontend/vault.js` does it, the person decides here.
use super::StoreError;

/// How far the device's values are encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    #[default]
    Off,
    /// What is written is encrypted; what lay here before is being encrypted.
    Closing,
    On,
    /// What is written is readable; what lay here before is being decrypted.
    Opening,
}

impl Phase {
    /// As `frontend/vault.js` numbers them.
    pub fn of(number: f64) -> Self {
        match number as u8 {
            1 => Phase::Closing,
            2 => Phase::On,
            3 => Phase::Opening,
            _ => Phase::Off,
        }
    }

    /// Whether what is written now is encrypted.
    pub fn seals(self) -> bool {
        matches!(self, Phase::Closing | Phase::On)
    }

    /// Whether something is left to be converted.
    pub fn is_turning(self) -> bool {
        matches!(self, Phase::Closing | Phase::Opening)
    }
}

/// What the page knows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vault {
    pub phase: Phase,
    /// Values that are still to be looked at.
    pub left: u32,
    /// A new recovery code, until the person has kept it.
    pub code: Option<String>,
    /// The key of this sign-in doesn't open the mail.
    pub locked: bool,
    /// An order is under way.
    pub busy: bool,
    /// Why the last order failed.
    pub failed: Option<StoreError>,
}

/// What the person wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Makes a recovery code, and with the first one the key; nothing changes before [`Order::Close`].
    Prepare,
    /// The code is kept: what lies here is encrypted from now on, or the new code replaces the old one.
    Close,
    /// Decrypts everything.
    Open,
    /// Goes on with what an earlier page left.
    Convert,
    /// A recovery code, or the password from before it was changed.
    Unlock(String),
    /// Deletes the locked mail.
    Wipe,
    /// Leaves the code that was shown.
    Cancel,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Order(Order),
    Prepared(String),
    Phase(Phase),
    Left(u32),
    /// Everything can be read.
    Unlocked,
    Failed(StoreError),
}
