//! What attributes, classes, styles and properties can be set to.
use wasm_bindgen::JsValue;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Not there.
    None,
    /// Alone, as in `<input disabled>`; or a class, or a property.
    Flag(bool),
    Word(&'static str),
    Text(String),
}

impl Value {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::None | Self::Flag(false) => None,
            Self::Flag(true) => Some(""),
            Self::Word(text) => Some(text),
            Self::Text(text) => Some(text),
        }
    }

    pub(super) fn js(&self) -> JsValue {
        match self {
            Self::Flag(on) => JsValue::from_bool(*on),
            other => JsValue::from_str(other.text().unwrap_or_default()),
        }
    }
}

/// A value for good, or one that follows signals.
pub enum Bound {
    Now(Value),
    Following(Box<dyn Fn() -> Value>),
}

pub trait IntoBound {
    fn into_bound(self) -> Bound;
}

impl From<bool> for Value {
    fn from(on: bool) -> Self {
        Self::Flag(on)
    }
}

impl From<&'static str> for Value {
    fn from(word: &'static str) -> Self {
        Self::Word(word)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<V: Into<Self>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::None, V::into)
    }
}

macro_rules! now {
    ($($kind:ty)*) => {$(
        impl IntoBound for $kind {
            fn into_bound(self) -> Bound {
                Bound::Now(self.into())
            }
        }
    )*};
}

now! { bool &'static str String Option<&'static str> Option<String> }

impl<F: Fn() -> V + 'static, V: Into<Value>> IntoBound for F {
    fn into_bound(self) -> Bound {
        Bound::Following(Box::new(move || self().into()))
    }
}
