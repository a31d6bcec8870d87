//! Consents: what users agreed to, one for each user, client and API. A consent to no API has an empty name there.

use std::sync::LazyLock;

use entity::consents::{Entity, Model};

use super::{Db, Tx, columns::*, sql};
use crate::model::{
    consent::Consent,
    fault::Fault,
    id::{ClientId, UserId},
    tenant::Tenant,
};

static FIND: LazyLock<String> = LazyLock::new(|| {
    sql::select::<Entity>("WHERE user_id = $1 AND client_id = $2 AND resource = $3 AND organization_id = $4 AND environment = $5")
});
static UPSERT: LazyLock<String> = LazyLock::new(|| {
    sql::insert::<Entity>()
        + " ON CONFLICT (user_id, client_id, resource) DO UPDATE SET scope = excluded.scope, claims = excluded.claims, \
           given_at = excluded.given_at"
});

pub async fn find(
    db: &Db,
    tenant: &Tenant,
    user: UserId,
    client: &ClientId,
    resource: Option<&str>,
) -> Result<Option<Consent>, Fault> {
    let (organization, environment) = (tenant.organization.0, tenant.environment.as_str());
    let resource = resource.unwrap_or_default();
    let values = [user.0.into(), client.as_str().into(), resource.into(), organization.into(), environment.into()];
    db.one::<Model>(&FIND, values).await?.map(consent).transpose()
}

/// In place of what was agreed to before.
pub async fn upsert(tx: &Tx, consent: &Consent) -> Result<(), Fault> {
    let row = Model {
        organization_id: consent.tenant.organization.0,
        environment: consent.tenant.environment.to_string(),
        user_id: consent.user_id.0,
        client_id: consent.client_id.0.clone(),
        resource: consent.resource.clone().unwrap_or_default(),
        scope: consent.scope.to_string(),
        claims: text(&consent.claims)?,
        given_at: seconds(consent.given_at),
    };
    tx.change(&UPSERT, sql::values(&row)).await?;
    Ok(())
}

fn consent(row: Model) -> Result<Consent, Fault> {
    Ok(Consent {
        tenant: tenant(row.organization_id, &row.environment)?,
        user_id: UserId(row.user_id),
        client_id: ClientId(row.client_id),
        resource: Some(row.resource).filter(|resource| !resource.is_empty()),
        scope: scope(&row.scope)?,
        claims: document(&row.claims)?,
        given_at: instant(row.given_at)?,
    })
}
