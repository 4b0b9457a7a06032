//! What something is compared with: in a file a number or a name, on the wire an enum like any other (postcard can't tell by looking).
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number, or the same of another device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount {
    Number(u64),
    Of(String),
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Plain {
    Number(u64),
    Of(String),
}

#[derive(Serialize, Deserialize)]
enum Tagged {
    Number(u64),
    Of(String),
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plain = serializer.is_human_readable();
        match self.clone() {
            Amount::Number(n) if plain => Plain::Number(n).serialize(serializer),
            Amount::Of(name) if plain => Plain::Of(name).serialize(serializer),
            Amount::Number(n) => Tagged::Number(n).serialize(serializer),
            Amount::Of(name) => Tagged::Of(name).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Plain::deserialize(deserializer).map(|plain| match plain {
                Plain::Number(n) => Amount::Number(n),
                Plain::Of(name) => Amount::Of(name),
            });
        }
        Tagged::deserialize(deserializer).map(|tagged| match tagged {
            Tagged::Number(n) => Amount::Number(n),
            Tagged::Of(name) => Amount::Of(name),
        })
    }
}
