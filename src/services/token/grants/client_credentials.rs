//! A client's own token. A JWT writes nothing. RFC 6749 §4.4.

use crate::{
    app::{App, call::Call},
    model::{
        client::{AccessTokenFormat, Client},
        fault::Failure,
    },
    protocol::{error::OAuthError, params::Params, resource, token::client_credentials},
    services::token::issue::{self, Plan},
    storage,
};

pub async fn redeem(app: &App, call: &Call, client: &Client, params: &Params) -> Result<Plan, Failure<OAuthError>> {
    let scope = client_credentials::decide(client, params).map_err(Failure::Refused)?;
    let resource = resource(app, client, params).await?;
    let plan = issue::for_client(app, call, client, scope, resource.as_deref());
    if client.metadata.access_token_format == AccessTokenFormat::Opaque {
        let plan = &plan;
        app.store.write("token.client_credentials", |tx| async move { Ok(issue::record(&tx, plan).await?) }).await?;
    }
    Ok(plan)
}

async fn resource(app: &App, client: &Client, params: &Params) -> Result<Option<String>, Failure<OAuthError>> {
    let Some(named) = resource::named(params).map_err(Failure::Refused)? else { return Ok(None) };
    match storage::clients::has_resource_server(&app.store.db(), &client.tenant, named).await? {
        true => Ok(Some(named.to_owned())),
        false => Err(Failure::Refused(resource::unknown())),
    }
}
