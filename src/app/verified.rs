//! Access tokens whose signature was found right. A resource server asks about one token many times; its signature needs to be verified
//! once. Nothing else is remembered: whether its key still counts, its time, its grant, user and client are looked at each time.

use std::sync::Arc;

use moka::sync::Cache;

use crate::{model::secret::Digest, protocol::token::access_token::AccessTokenClaims};

#[derive(Debug)]
pub struct Verified {
    by_token: Cache<[u8; 32], Arc<Known>>,
}

/// What a token says, and the key that it was signed with.
#[derive(Debug)]
pub struct Known {
    pub kid: String,
    pub claims: AccessTokenClaims,
}

impl Default for Verified {
    fn default() -> Self {
        Self { by_token: Cache::new(Self::MOST) }
    }
}

impl Verified {
    /// Of about a kilobyte each.
    const MOST: u64 = 4096;

    pub fn find(&self, token: &Digest) -> Option<Arc<Known>> {
        self.by_token.get(&token.0)
    }

    pub fn keep(&self, token: &Digest, known: Known) -> Arc<Known> {
        let known = Arc::new(known);
        self.by_token.insert(token.0, known.clone());
        known
    }
}
