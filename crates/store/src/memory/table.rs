//! A map that can take back what was done to it since the last commit.

use std::collections::BTreeMap;
use std::ops::RangeBounds;

/// Rows by key, with what they were before the open transaction touched them.
#[derive(Debug)]
pub(super) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    journal: Vec<(K, Option<V>)>,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            journal: Vec::new(),
        }
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    pub(super) fn row(&self, key: &K) -> Option<V> {
        self.rows.get(key).cloned()
    }

    pub(super) fn put(&mut self, key: K, value: V) {
        let before = self.rows.insert(key.clone(), value);
        self.journal.push((key, before));
    }

    pub(super) fn take(&mut self, key: &K) -> Option<V> {
        let before = self.rows.remove(key)?;
        self.journal.push((key.clone(), Some(before.clone())));
        Some(before)
    }

    pub(super) fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.rows.values()
    }

    pub(super) fn keys_in(&self, range: impl RangeBounds<K>) -> impl DoubleEndedIterator<Item = &K> {
        self.rows.range(range).map(|(key, _)| key)
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.rows.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Commits.
    pub(super) fn keep(&mut self) {
        self.journal.clear();
    }

    /// Rolls back.
    pub(super) fn undo(&mut self) {
        for (key, before) in self.journal.drain(..).rev() {
            match before {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undo_restores_what_keep_had() {
        let mut table = Table::default();
        table.put(1, "one");
        table.put(2, "two");
        table.keep();
        table.put(1, "uno");
        table.put(1, "eins");
        assert_eq!(table.take(&2), Some("two"));
        table.put(2, "zwei");
        table.put(3, "drei");
        table.undo();
        let rows: Vec<_> = table.iter().map(|(k, v)| (*k, *v)).collect();
        assert_eq!(rows, [(1, "one"), (2, "two")]);
        table.put(3, "three");
        table.keep();
        table.undo();
        assert_eq!(table.row(&3), Some("three"));
    }
}
