//! A cache that speaks only under the current epoch, and never holds an absence.

use std::{borrow::Borrow, hash::Hash, sync::Arc};

pub(super) struct Cache<K, V> {
    entries: moka::sync::Cache<K, Entry<V>>,
}

struct Entry<V> {
    epoch: i64,
    value: Arc<V>,
}

impl<V> Clone for Entry<V> {
    fn clone(&self) -> Self {
        Self { epoch: self.epoch, value: self.value.clone() }
    }
}

impl<K, V> Cache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    pub fn of_at_most(entries: u64) -> Self {
        Self { entries: moka::sync::Cache::new(entries) }
    }

    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q, epoch: i64) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        self.entries.get(key).filter(|entry| entry.epoch == epoch).map(|entry| entry.value)
    }

    /// `epoch` is the one that was read before the value.
    pub fn put(&self, key: K, epoch: i64, value: V) -> Arc<V> {
        let value = Arc::new(value);
        self.entries.insert(key, Entry { epoch, value: value.clone() });
        value
    }
}
