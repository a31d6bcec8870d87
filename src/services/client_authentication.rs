//! Which client is calling, proven. Reads the cached client and verifies. Writes nothing but the mark of an assertion: it is spent as
//! soon as it has proven anything, so that no refusal that follows leaves it good.

use std::sync::Arc;

use crate::{
    app::{App, call::Call},
    model::{
        client::{ClientSecret, KeptSecret, RegisteredClient},
        event::Event,
        fault::{Failure, Fault},
        id::ClientId,
        names::AuthMethod,
        secret::Digest,
    },
    protocol::{
        client::authentication::{
            self, Presented, PresentedProof,
            assertion::{self, Accepted},
            secret,
        },
        error::{ErrorCode, OAuthError},
        params::Params,
    },
    storage::{self, Inserted},
};

/// Under which sealed client secrets are kept.
pub const SECRET_PURPOSE: &str = "client_secret";

/// `authorization` holds every `Authorization` header of the request.
pub async fn prove(
    app: &App,
    call: &Call,
    authorization: &[&[u8]],
    params: &Params,
) -> Result<Arc<RegisteredClient>, Failure<OAuthError>> {
    let presented = authentication::read(authorization, params).map_err(Failure::Refused)?;
    if app.failures.are_too_many(call.peer_network()) {
        return Err(Failure::Refused(OAuthError::new(
            ErrorCode::TooManyFailures,
            "client.throttled",
            "There were too many failed attempts from this address. Try again in a minute.",
        )));
    }
    let client = match presented.client_id.can_exist() {
        true => app.store.client(&presented.client_id).await?,
        false => None,
    };
    let is_known = client.is_some();
    let proven = match client {
        None => {
            if let PresentedProof::Basic(secret) | PresentedProof::Post(secret) = &presented.proof {
                secret::is_one_of(secret, std::iter::once(Digest([0; 32])));
            }
            Err(OAuthError::invalid_client("client.unknown"))
        }
        Some(client) => verify(app, call, &client, &presented)?.map(|assertion| (client, assertion)),
    };
    if is_known && proven.is_err() {
        // A known client may come from memory, an unknown one costs a query that finds nothing: so that time does not tell which it was,
        // a failure always costs that query, and a comparison above.
        storage::clients::find(&app.store.db(), &ClientId(String::new())).await?;
    }
    let (client, assertion) = proven.map_err(|error| {
        app.failures.count(call.peer_network());
        let client = presented.client_id.0.chars().take(128).collect();
        super::events::tell(call, &Event::ClientAuthenticationFailed { client: ClientId(client) });
        Failure::Refused(error)
    })?;
    if let Some(assertion) = assertion {
        spend(app, &client.client.id, &assertion).await?;
    }
    Ok(client)
}

/// The assertion that it was proven by, if it was one: good once.
fn verify(
    app: &App,
    call: &Call,
    registered: &RegisteredClient,
    presented: &Presented,
) -> Result<Result<Option<Accepted>, OAuthError>, Fault> {
    let method = registered.client.metadata.token_endpoint_auth_method;
    if !presented.proof.fits(method) {
        return Ok(Err(OAuthError::invalid_client("client.other_method")));
    }
    let live = || registered.secrets.iter().filter(|secret| secret.is_live(call.now));
    Ok(match &presented.proof {
        PresentedProof::Nothing => Ok(None),
        PresentedProof::Basic(secret) | PresentedProof::Post(secret) => {
            let digests = live().filter_map(|kept| match &kept.kept {
                KeptSecret::Digest(digest) => Some(*digest),
                KeptSecret::Sealed(_) => None,
            });
            match secret::is_one_of(secret, digests) {
                true => Ok(None),
                false => Err(OAuthError::invalid_client("client.wrong_secret")),
            }
        }
        PresentedProof::Assertion(jwt) => {
            let secrets = match method {
                Some(AuthMethod::ClientSecretJwt) => opened(app, live())?,
                _ => Vec::new(),
            };
            let context =
                assertion::Context { client: &registered.client, secrets: &secrets, issuer: &app.config.issuer, now: call.now };
            assertion::verify(jwt, &context).map(Some)
        }
    })
}

fn opened<'a>(app: &App, secrets: impl Iterator<Item = &'a ClientSecret>) -> Result<Vec<zeroize::Zeroizing<Vec<u8>>>, Fault> {
    secrets
        .filter_map(|secret| match &secret.kept {
            KeptSecret::Sealed(sealed) => Some(app.sealing.open(SECRET_PURPOSE, sealed)),
            KeptSecret::Digest(_) => None,
        })
        .collect()
}

async fn spend(app: &App, issuer: &ClientId, assertion: &Accepted) -> Result<(), Failure<OAuthError>> {
    app.store
        .write("client.assertion", |tx| async move {
            match storage::replay_marks::insert(&tx, issuer.as_str(), &assertion.jti, assertion.expires_at).await? {
                Inserted::Now => Ok(()),
                Inserted::Exists => Err(Failure::Refused(OAuthError::invalid_client("assertion.replayed"))),
            }
        })
        .await
}
