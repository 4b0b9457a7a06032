//! A small map in one sorted vector. On the page every type of `BTreeMap` costs ten times the code (docs/adr/page-size.md);
//! the maps here hold thousands of entries at most, mostly added at the end.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sorted<K, V>(Vec<(K, V)>);

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Sorted<K, V> {
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Where `key` is, or where it would be.
    fn place(&self, key: &K) -> Result<usize, usize> {
        match self.0.last() {
            Some((last, _)) if last < key => Err(self.0.len()),
            _ => self.0.binary_search_by(|(k, _)| k.cmp(key)),
        }
    }

    pub fn get(&self, key: &K) -> Option<&V> {
        self.place(key).ok().and_then(|at| self.0.get(at)).map(|(_, v)| v)
    }

    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.place(key).ok().and_then(|at| self.0.get_mut(at)).map(|(_, v)| v)
    }

    pub fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    /// Gives what stood under `key` before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(at) => self.0.get_mut(at).map(|(_, v)| std::mem::replace(v, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// What stands under `key`, put there if nothing does.
    pub fn or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let at = self.place(&key).unwrap_or_else(|at| {
            self.0.insert(at, (key, V::default()));
            at
        });
        &mut self.0[at].1
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.place(key).ok().map(|at| self.0.remove(at).1)
    }

    /// Takes the entry of the least key.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        (!self.0.is_empty()).then(|| self.0.remove(0))
    }

    /// Takes the entry of the greatest key.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        self.0.pop()
    }

    pub fn first(&self) -> Option<&(K, V)> {
        self.0.first()
    }

    pub fn last(&self) -> Option<&(K, V)> {
        self.0.last()
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(k, v)| keep(k, v));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Entries, keys rising.
    pub fn iter(&self) -> std::slice::Iter<'_, (K, V)> {
        self.0.iter()
    }

    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.0.iter().map(|(k, _)| k)
    }

    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.0.iter().map(|(_, v)| v)
    }

    /// Entries, keys rising, values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.0.iter_mut().map(|(k, v)| (&*k, v))
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, v)| v)
    }
}

/// A set.
impl<K: Ord> FromIterator<K> for Sorted<K, ()> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut all: Vec<(K, ())> = keys.into_iter().map(|k| (k, ())).collect();
        all.sort_unstable();
        all.dedup();
        Self(all)
    }
}

impl<V> Sorted<u32, V> {
    /// Takes the entry of `key`, if any, and moves every greater key down by one.
    pub fn close_gap(&mut self, key: u32) -> Option<V> {
        let gone = self.remove(&key);
        self.0.iter_mut().rev().take_while(|(k, _)| *k > key).for_each(|(k, _)| *k -= 1);
        gone
    }
}

impl<K, V> IntoIterator for Sorted<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_in_any_order_of_insertion() {
        let mut map = Sorted::new();
        for key in [5, 1, 9, 3, 7, 3] {
            map.insert(key, key * 10);
        }
        assert_eq!(map.keys().copied().collect::<Vec<_>>(), [1, 3, 5, 7, 9]);
        assert_eq!((map.get(&7), map.get(&4), map.get(&10)), (Some(&70), None, None));
        assert_eq!(map.insert(5, 1), Some(50));
        assert_eq!((map.remove(&5), map.remove(&5), map.len()), (Some(1), None, 4));
        assert_eq!((map.pop_first(), map.pop_last()), (Some((1, 10)), Some((9, 90))));
    }

    #[test]
    fn a_set_holds_each_key_once() {
        let set: Sorted<u32, ()> = [4, 2, 4, 1].into_iter().collect();
        assert_eq!(set.keys().copied().collect::<Vec<_>>(), [1, 2, 4]);
    }

    #[test]
    fn a_gap_is_closed_whether_or_not_its_entry_was_known() {
        let mut map = Sorted::new();
        for key in [2, 3, 5, 6] {
            map.insert(key, key);
        }
        assert_eq!(map.close_gap(3), Some(3));
        assert_eq!(map.close_gap(3), None);
        assert_eq!(map.iter().copied().collect::<Vec<_>>(), [(2, 2), (3, 5), (4, 6)]);
    }
}
