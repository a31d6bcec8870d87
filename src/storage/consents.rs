//! Remembered consent.

use entity::consents::{ActiveModel, Column, Entity};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::OnConflict};

use crate::model::{
    consent::Consent,
    fault::Fault,
    id::{ClientId, UserId},
    scope::Scope,
    tenant::Tenant,
};

use super::{Db, Tx, columns, fault};

pub async fn find(db: &Db, tenant: &Tenant, user: UserId, client: &ClientId) -> Result<Option<Consent>, Fault> {
    let row = Entity::find_by_id((user.0, client.0.clone()))
        .filter(Column::OrganizationId.eq(tenant.organization.0))
        .filter(Column::Environment.eq(tenant.environment.as_str()))
        .one(db)
        .await
        .map_err(fault("find a consent"))?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Consent {
        tenant: columns::tenant(row.organization_id, &row.environment)?,
        user_id: UserId(row.user_id),
        client_id: ClientId(row.client_id),
        scope: Scope::parse(&row.scope).map_err(|error| Fault::while_doing("read a consent", error))?,
        claims: columns::from_json(&row.claims)?,
        resource: row.resource,
        given_at: columns::instant(row.given_at)?,
    }))
}

pub async fn upsert(tx: &Tx, consent: &Consent) -> Result<(), Fault> {
    let row = ActiveModel {
        user_id: Set(consent.user_id.0),
        client_id: Set(consent.client_id.0.clone()),
        organization_id: Set(consent.tenant.organization.0),
        environment: Set(consent.tenant.environment.to_string()),
        scope: Set(consent.scope.to_string()),
        claims: Set(columns::json(&consent.claims)?),
        resource: Set(consent.resource.clone()),
        given_at: Set(columns::seconds(consent.given_at)),
    };
    let replace = OnConflict::columns([Column::UserId, Column::ClientId])
        .update_columns([Column::Scope, Column::Claims, Column::Resource, Column::GivenAt])
        .to_owned();
    Entity::insert(row).on_conflict(replace).exec_without_returning(&**tx).await.map_err(fault("remember a consent"))?;
    Ok(())
}
