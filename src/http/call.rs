//! Handlers receive the [`Call`] that the outermost layer made.

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::app::call::Call;

use super::answer::Broken;
use crate::model::fault::Fault;

impl<S: Sync> FromRequestParts<S> for Call {
    type Rejection = Broken;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Broken> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Broken(Fault::new("a request came past the outermost layer")))
    }
}
