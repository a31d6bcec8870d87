//! Issuing: what will be issued is planned and recorded inside the transaction, as digests; it is signed after the commit.

use time::OffsetDateTime;

use crate::{
    app::{App, call::Call},
    model::{
        client::{AccessTokenFormat, Client},
        code::AuthorizationCode,
        fault::Fault,
        grant::Grant,
        id::{AccessTokenId, RefreshTokenId},
        names::{Algorithm, GrantType},
        scope::Scope,
        secret::Secret,
        token::{AccessToken, RefreshToken, RefreshUse},
        user::User,
    },
    protocol::{
        jose::jws,
        oidc::{claims, id_token::IdTokenClaims},
        token::{
            access_token::{self, AccessTokenClaims, Audience},
            response::TokenResponse,
        },
    },
    storage::{self, Tx, grants::Liveness},
};

/// Everything that one answer will carry.
#[derive(Debug)]
pub struct Plan {
    access: PlannedAccess,
    refresh: Option<(RefreshToken, Secret)>,
    id_token: Option<(IdTokenClaims, Algorithm)>,
    scope: Scope,
}

#[derive(Debug)]
enum PlannedAccess {
    Jwt(Box<AccessTokenClaims>, Algorithm),
    Opaque(Box<AccessToken>, Secret),
}

/// What a refresh does to the refresh token.
#[derive(Debug, Clone, Copy)]
pub enum Renewal {
    Keep,
    Successor { absolute_expires_at: OffsetDateTime },
}

impl Plan {
    pub fn refresh_token_id(&self) -> Option<RefreshTokenId> {
        self.refresh.as_ref().map(|(token, _)| token.id)
    }
}

/// RFC 6749 §4.1.4: the tokens for a code.
pub fn for_code(app: &App, call: &Call, client: &Client, live: &Liveness, code: &AuthorizationCode, scope: Scope) -> Plan {
    let refresh = client.metadata.may_use(GrantType::RefreshToken).then(|| {
        let absolute_end = (call.now + app.config.tokens.refresh_absolute).min(live.grant.expires_at);
        refresh_token(app, call, &live.grant, absolute_end)
    });
    Plan {
        access: for_user(app, call, client, &live.grant, &scope),
        refresh,
        id_token: id_token(app, call, client, &live.grant, &live.user, &scope, code.nonce.clone()),
        scope,
    }
}

/// RFC 6749 §6, OIDC Core §12.2: the ID token of a refresh has no nonce and the first one's `auth_time`.
pub fn for_refresh(app: &App, call: &Call, client: &Client, live: &Liveness, scope: Scope, renewal: Renewal) -> Plan {
    let refresh = match renewal {
        Renewal::Keep => None,
        Renewal::Successor { absolute_expires_at } => Some(refresh_token(app, call, &live.grant, absolute_expires_at)),
    };
    Plan {
        access: for_user(app, call, client, &live.grant, &scope),
        refresh,
        id_token: id_token(app, call, client, &live.grant, &live.user, &scope, None),
        scope,
    }
}

/// RFC 6749 §4.4.3: the client itself is the subject, and there is no refresh token.
pub fn for_client(app: &App, call: &Call, client: &Client, scope: Scope, resource: Option<&str>) -> Plan {
    let access = access(app, call, client, &scope, resource, None);
    Plan { access, refresh: None, id_token: None, scope }
}

fn for_user(app: &App, call: &Call, client: &Client, grant: &Grant, scope: &Scope) -> PlannedAccess {
    access(app, call, client, scope, grant.resource.as_deref(), Some(grant))
}

fn access(
    app: &App,
    call: &Call,
    client: &Client,
    scope: &Scope,
    resource: Option<&str>,
    grant: Option<&Grant>,
) -> PlannedAccess {
    let id = AccessTokenId(app.randomness.uuid_v7(call.now));
    let audience = Audience::of(resource, scope, &app.config.issuer);
    let expires_at = call.now + app.config.tokens.access;
    match client.metadata.access_token_format {
        AccessTokenFormat::Opaque => {
            let (secret, digest) = app.randomness.credential(AccessTokenId::PREFIX, id.0);
            let record = AccessToken {
                id,
                digest,
                tenant: client.tenant,
                grant_id: grant.map(|grant| grant.id),
                client_id: client.id.clone(),
                scope: scope.clone(),
                audience: audience.iter().map(str::to_owned).collect(),
                issued_at: call.now,
                expires_at,
            };
            PlannedAccess::Opaque(Box::new(record), secret)
        }
        AccessTokenFormat::Jwt => {
            let claims = AccessTokenClaims {
                iss: app.config.issuer.to_string(),
                sub: grant.map_or_else(|| client.id.to_string(), |grant| grant.user_id.to_string()),
                aud: audience,
                exp: expires_at.unix_timestamp(),
                iat: call.now.unix_timestamp(),
                jti: id,
                client_id: client.id.clone(),
                scope: scope.clone(),
                auth_time: None,
                acr: None,
                amr: None,
                org_id: client.tenant.organization,
                env: client.tenant.environment,
                grant_id: grant.map(|grant| grant.id),
                client_id_issued_at: grant.is_none().then(|| client.created_at.unix_timestamp()),
            };
            let claims = match grant {
                Some(grant) => claims.authenticated(&grant.authentication),
                None => claims,
            };
            PlannedAccess::Jwt(Box::new(claims), client.metadata.access_token_signed_response_alg)
        }
    }
}

fn refresh_token(app: &App, call: &Call, grant: &Grant, absolute_expires_at: OffsetDateTime) -> (RefreshToken, Secret) {
    let id = RefreshTokenId(app.randomness.uuid_v7(call.now));
    let (secret, digest) = app.randomness.credential(RefreshTokenId::PREFIX, id.0);
    let record = RefreshToken {
        id,
        digest,
        tenant: grant.tenant,
        grant_id: grant.id,
        client_id: grant.client_id.clone(),
        issued_at: call.now,
        idle_expires_at: (call.now + app.config.tokens.refresh_idle).min(absolute_expires_at),
        absolute_expires_at,
        use_state: RefreshUse::Unused,
    };
    (record, secret)
}

fn id_token(
    app: &App,
    call: &Call,
    client: &Client,
    grant: &Grant,
    user: &User,
    scope: &Scope,
    nonce: Option<String>,
) -> Option<(IdTokenClaims, Algorithm)> {
    let claims = IdTokenClaims {
        iss: app.config.issuer.to_string(),
        sub: grant.user_id.to_string(),
        aud: client.id.clone(),
        exp: (call.now + app.config.tokens.id_token).unix_timestamp(),
        iat: call.now.unix_timestamp(),
        auth_time: grant.authentication.at.unix_timestamp(),
        nonce,
        acr: grant.authentication.acr.to_string(),
        amr: grant.authentication.amr.clone(),
        at_hash: String::new(),
        sid: grant.session_id,
        requested: claims::released(user, &Scope::default(), &grant.claims.id_token),
    };
    scope.contains(Scope::OPENID).then_some((claims, client.metadata.id_token_signed_response_alg))
}

/// Writes what must be there before the answer is: rows for what is opaque.
pub async fn record(tx: &Tx, plan: &Plan) -> Result<(), Fault> {
    if let PlannedAccess::Opaque(record, _) = &plan.access {
        storage::access_tokens::insert(tx, record).await?;
    }
    if let Some((record, _)) = &plan.refresh {
        storage::refresh_tokens::insert(tx, record).await?;
    }
    Ok(())
}

/// Signs what is to be signed and reveals the rest.
pub fn sign(app: &App, call: &Call, plan: Plan) -> Result<TokenResponse, Fault> {
    let access_token = match &plan.access {
        PlannedAccess::Opaque(_, secret) => secret.reveal().to_owned(),
        PlannedAccess::Jwt(claims, algorithm) => {
            jws::sign(Some(access_token::TYPE), &app.keys.signer(*algorithm, call.now)?, claims)?
        }
    };
    let id_token = match plan.id_token {
        None => None,
        Some((mut claims, algorithm)) => {
            claims.at_hash = jws::half_hash(algorithm, &access_token);
            Some(jws::sign(Some("JWT"), &app.keys.signer(algorithm, call.now)?, &claims)?)
        }
    };
    Ok(TokenResponse {
        access_token,
        token_type: "Bearer",
        expires_in: app.config.tokens.access.whole_seconds(),
        refresh_token: plan.refresh.map(|(_, secret)| secret.reveal().to_owned()),
        id_token,
        scope: plan.scope,
    })
}
