//! Parts of a list, one after another.

use uuid::Uuid;

/// Which part: what comes after this key, and how many of them.
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    pub after: Option<Uuid>,
    pub most: u64,
}

/// One part of a list, and where the next one begins if there is more.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub data: Vec<T>,
    pub next: Option<Uuid>,
}

impl Slice {
    pub const ALL: Self = Self { after: None, most: 1 << 40 };

    /// Asks for one more than are wanted: whether there is a next part.
    pub fn and_one(self) -> Self {
        Self { most: self.most + 1, ..self }
    }

    /// What was found by [`and_one`](Self::and_one).
    pub fn page<T>(self, mut found: Vec<T>, key: impl Fn(&T) -> Uuid) -> Page<T> {
        let wanted = usize::try_from(self.most).unwrap_or(usize::MAX);
        let is_more = found.len() > wanted;
        found.truncate(wanted);
        let next = found.last().filter(|_| is_more).map(key);
        Page { data: found, next }
    }
}
