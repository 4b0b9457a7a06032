//! Signals of few types. Leptos' reactive graph makes its code anew for every type of value and for every closure; here the
//! graph holds version numbers only, and values lie beside it behind one pointer type (docs/adr/page-size.md).
use reactive_graph::computed::ArcMemo;
use reactive_graph::effect::{Effect, RenderEffect};
use reactive_graph::owner::{LocalStorage, StoredValue as Arena, on_cleanup};
use reactive_graph::signal::ArcTrigger;
use reactive_graph::traits::{Get, GetUntracked, GetValue, Notify, Track};
use send_wrapper::SendWrapper;
use std::any::Any;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

/// What tells readers that the value changed.
#[derive(Clone)]
enum Source {
    Nothing,
    Trigger(ArcTrigger),
    /// A memo over how often the value changed; reading it brings the value up to date.
    Version(ArcMemo<u32>),
}

struct Slot(Box<dyn Any>);

type Value = Rc<RefCell<Slot>>;

impl Slot {
    /// By itself, so that it is made for each type and not for each who looks.
    #[inline(never)]
    fn typed<T: 'static>(&self) -> &T {
        self.0.downcast_ref().expect("a signal has the type of its handle")
    }
}

/// Makes a value that others depend on.
pub type Compute = Box<dyn Fn() -> Box<dyn Any>>;

#[derive(Clone)]
struct Place {
    source: Source,
    value: Value,
}

/// Freed with the owner (the component or the effect) in which it was made.
#[derive(Clone, Copy)]
struct Handle(Arena<Place, LocalStorage>);

impl Handle {
    fn new(source: Source, value: Box<dyn Any>) -> Self {
        Self::of(source, Rc::new(RefCell::new(Slot(value))))
    }

    fn of(source: Source, value: Value) -> Self {
        Self(Arena::new_with_storage(Place { source, value }))
    }

    /// A value that follows what `compute` looks at; `same` says whether two of its values are equal.
    fn memo(compute: Compute, same: fn(&Slot, &Slot) -> bool) -> Self {
        let value: Value = Rc::new(RefCell::new(Slot(Box::new(()))));
        let compute = SendWrapper::new((compute, value.clone()));
        let version = ArcMemo::new(move |before: Option<&u32>| {
            let (compute, value) = &*compute;
            let fresh = Slot(compute());
            match before {
                Some(before) if same(&value.borrow(), &fresh) => return *before,
                _ => {}
            }
            // The old value is dropped after the borrow has ended.
            drop(value.replace(fresh));
            before.map_or(0, |before| before.wrapping_add(1))
        });
        Self::of(Source::Version(version), value)
    }

    /// The value, brought up to date; `None` once the owner is gone.
    #[inline(never)]
    fn look(self, tracked: bool) -> Option<Value> {
        let place = self.0.try_get_value()?;
        match (place.source, tracked) {
            (Source::Trigger(trigger), true) => trigger.track(),
            (Source::Version(version), true) => drop(version.get()),
            (Source::Version(version), false) => drop(version.get_untracked()),
            (Source::Nothing, _) | (Source::Trigger(_), false) => {}
        }
        Some(place.value)
    }

    /// The value to look at, which there is.
    #[inline(never)]
    fn there(self, tracked: bool) -> Value {
        self.look(tracked).expect("a signal is read after its owner is gone")
    }

    /// The value without following it; `None` once the owner is gone.
    #[inline(never)]
    fn value(self) -> Option<Value> {
        Some(self.0.try_get_value()?.value)
    }

    /// Another value, and tells the readers; without effect once the owner is gone.
    #[inline(never)]
    fn replace(self, fresh: Box<dyn Any>) {
        if let Some(value) = self.value() {
            // The old value is dropped after the borrow has ended.
            drop(value.replace(Slot(fresh)));
            self.changed();
        }
    }

    /// Tells the readers.
    #[inline(never)]
    fn changed(self) {
        if let Some(Place { source: Source::Trigger(trigger), .. }) = self.0.try_get_value() {
            trigger.notify();
        }
    }
}

fn with<T: 'static, R>(handle: Handle, tracked: bool, look: impl FnOnce(&T) -> R) -> R {
    let value = handle.there(tracked);
    let value = value.borrow();
    look(value.typed())
}

fn change<T: 'static>(handle: Handle, change: impl FnOnce(&mut T)) {
    let Some(value) = handle.value() else { return };
    if let Some(value) = value.borrow_mut().0.downcast_mut() {
        change(value);
    }
    handle.changed();
}

macro_rules! handle {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        pub struct $name<T>(Handle, PhantomData<fn() -> T>);

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $name<T> {}
    )*};
}

handle! {
    /// A value whose readers run again when it is set.
    RwSignal
    /// A value computed from others; its readers run again only when it differs from before.
    Memo
    /// A value nobody follows, as long-lived as its owner.
    StoredValue
}

macro_rules! readable {
    ($($name:ident)*) => {$(
        impl<T: 'static> $name<T> {
            pub fn with<R>(self, look: impl FnOnce(&T) -> R) -> R {
                with(self.0, true, look)
            }

            pub fn with_untracked<R>(self, look: impl FnOnce(&T) -> R) -> R {
                with(self.0, false, look)
            }

            /// Follows the value without looking at it.
            pub fn track(self) {
                self.0.look(true);
            }

            pub fn get(self) -> T
            where
                T: Clone,
            {
                with(self.0, true, T::clone)
            }

            pub fn get_untracked(self) -> T
            where
                T: Clone,
            {
                with(self.0, false, T::clone)
            }
        }
    )*};
}

readable! { RwSignal Memo }

impl<T: 'static> RwSignal<T> {
    pub fn new(value: T) -> Self {
        Self(Handle::new(Source::Trigger(ArcTrigger::new()), Box::new(value)), PhantomData)
    }

    /// Without effect once the owner is gone.
    pub fn set(self, value: T) {
        self.0.replace(Box::new(value));
    }

    pub fn update(self, changed: impl FnOnce(&mut T)) {
        change(self.0, changed);
    }
}

impl<T: PartialEq + 'static> Memo<T> {
    /// Computed at the first look, and again when something it followed has changed.
    pub fn new(compute: impl Fn() -> T + 'static) -> Self {
        Self::of(Box::new(move || Box::new(compute())))
    }

    /// The same, of what makes a box of `T` and nothing else.
    pub fn of(compute: Compute) -> Self {
        Self(Handle::memo(compute, same::<T>), PhantomData)
    }
}

fn same<T: PartialEq + 'static>(one: &Slot, other: &Slot) -> bool {
    one.typed::<T>() == other.typed::<T>()
}

impl<T: 'static> StoredValue<T> {
    pub fn new(value: T) -> Self {
        Self(Handle::new(Source::Nothing, Box::new(value)), PhantomData)
    }

    pub fn with_value<R>(self, look: impl FnOnce(&T) -> R) -> R {
        with(self.0, false, look)
    }

    pub fn get_value(self) -> T
    where
        T: Clone,
    {
        with(self.0, false, T::clone)
    }

    pub fn set_value(self, value: T) {
        self.0.replace(Box::new(value));
    }
}

/// Runs soon after, and again whenever something it followed has changed, until its owner is gone. It gets what it gave last.
pub fn effect<T: 'static>(mut run: impl FnMut(Option<T>) -> T + 'static) {
    let mut last = None;
    effect_of(Box::new(move || last = Some(run(last.take()))));
}

fn effect_of(mut run: Box<dyn FnMut()>) {
    Effect::new(move |_: Option<()>| run());
}

/// As [`effect`], the first time at once: for what is on the screen.
pub fn follow(mut run: Box<dyn FnMut()>) {
    let effect = SendWrapper::new(RenderEffect::new(move |_: Option<()>| run()));
    on_cleanup(move || drop(effect));
}

#[cfg(test)]
mod tests {
    use super::*;
    use reactive_graph::effect::ImmediateEffect;
    use reactive_graph::owner::Owner;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn a_memo_wakes_its_readers_only_when_its_value_differs() {
        let owner = Owner::new();
        owner.set();
        let number = RwSignal::new(1);
        let even = Memo::new(move || number.get() % 2 == 0);
        let runs = Arc::new(AtomicU32::new(0));
        let count = runs.clone();
        let _effect = ImmediateEffect::new(move || {
            even.track();
            count.fetch_add(1, Ordering::Relaxed);
        });
        number.set(3);
        assert_eq!((runs.load(Ordering::Relaxed), even.get_untracked()), (1, false));
        number.update(|n| *n += 1);
        assert_eq!((runs.load(Ordering::Relaxed), even.get_untracked()), (2, true));
    }

    #[test]
    fn a_value_that_was_set_untracked_or_stored_wakes_nobody() {
        let owner = Owner::new();
        owner.set();
        let (text, kept) = (RwSignal::new(String::from("a")), StoredValue::new(0));
        let length = Memo::new(move || text.with_untracked(String::len) + kept.get_value());
        assert_eq!(length.get(), 1);
        text.set("abc".into());
        kept.set_value(5);
        assert_eq!((length.get(), kept.with_value(|k| *k)), (1, 5));
    }

    #[test]
    fn setting_after_the_owner_is_gone_is_harmless() {
        let owner = Owner::new();
        let number = owner.with(|| RwSignal::new(1));
        owner.cleanup();
        number.set(2);
        number.track();
    }
}
