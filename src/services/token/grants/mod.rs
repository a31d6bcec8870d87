//! One way to a token each: find what was presented, let the core decide, write, and say what is to be issued.

pub mod authorization_code;
pub mod client_credentials;
pub mod refresh_token;

use crate::{
    app::call::Call,
    model::{event::Event, fault::Failure},
    protocol::error::OAuthError,
    services::events,
};

/// A refusal inside a unit of work, and what there is to tell of it. A unit may be done again, or undone: only its commit is told.
#[derive(Debug)]
struct Refused {
    error: OAuthError,
    event: Option<Event>,
}

impl Refused {
    fn telling(error: OAuthError, event: Event) -> Failure<Self> {
        Failure::Refused(Self { error, event: Some(event) })
    }

    fn silently(error: OAuthError) -> Failure<Self> {
        Failure::Refused(Self { error, event: None })
    }
}

/// After the commit.
fn tell(call: &Call, failure: Failure<Refused>) -> Failure<OAuthError> {
    failure.map(|refused| {
        if let Some(event) = &refused.event {
            events::tell(call, event);
        }
        refused.error
    })
}
