//! Records to store: valid ones, each with a fresh key.

use std::sync::atomic::{AtomicI64, Ordering};

use keyward::{
    app::randomness::Randomness,
    model::{
        authorization_request::AuthorizationRequest,
        claims_request::ClaimsRequest,
        client::{AccessTokenFormat, Client, ClientMetadata, ClientSecret, KeptSecret},
        code::AuthorizationCode,
        fault::{Failure, Fault},
        grant::Grant,
        id::{
            AccessTokenId, ClientId, ClientSecretId, CodeId, GrantId, InteractionId, OrganizationId, RefreshTokenId, SessionId,
            UserId,
        },
        interaction::{Interaction, Progress},
        jwk::{Jwk, Material},
        names::{Algorithm, ApplicationType, GrantType, ResponseMode, ResponseType},
        organization::{Accent, Logo, Organization},
        redirect_uri,
        role::BuiltInRole,
        scope::Scope,
        secret::{self, Digest, Presented},
        session::{Acr, Authentication, Session},
        signing_key::SigningKey,
        tenant::{Environment, Tenant},
        token::{AccessToken, RefreshToken, RefreshUse},
        user::{User, UserStatus},
    },
    storage::{Inserted, Store, Tx, clients, grants, organizations, sessions, users},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub const NOW: OffsetDateTime = time::macros::datetime!(2026-11-24 12:00 UTC);

/// A row key, later than all before it.
pub fn fresh_key() -> Uuid {
    static MADE: AtomicI64 = AtomicI64::new(0);
    let later = Duration::milliseconds(MADE.fetch_add(1, Ordering::Relaxed));
    Randomness::system().uuid_v7(NOW + later)
}

/// A unit of work that refuses nothing.
pub async fn write<T: Send, F>(store: &Store, work: impl Fn(Tx) -> F + Send + Sync) -> T
where
    F: Future<Output = Result<T, Fault>> + Send,
{
    let written = store.write("test", |tx| {
        let work = work(tx);
        async move { work.await.map_err(Failure::<()>::Broken) }
    });
    match written.await {
        Ok(done) => done,
        Err(Failure::Broken(fault)) => panic!("{}", fault.chain()),
        Err(Failure::Refused(())) => unreachable!(),
    }
}

/// An organization with a user who is signed in, a client, and a grant between them.
pub struct Household {
    pub organization: Organization,
    pub tenant: Tenant,
    pub user: User,
    pub client: Client,
    pub grant: Grant,
}

impl Household {
    pub async fn in_store(store: &Store) -> Self {
        let organization = organization("acme");
        let tenant = Tenant { organization: organization.id, environment: Environment::Live };
        let user = user(tenant, "ada");
        let client = client(tenant, None);
        let grant = grant(tenant, &user, &client);
        let session = Session { id: grant.session_id, ..session(&user) };
        let household = Self { organization, tenant, user, client, grant };
        let inserted = write(store, |tx| {
            let (household, session) = (&household, &session);
            async move {
                let inserted = [
                    organizations::insert(&tx, &household.organization).await?,
                    users::insert(&tx, &household.user).await?,
                    clients::insert(&tx, &household.client, &[]).await?,
                ];
                assert!(sessions::insert(&tx, session, household.user.password_hash.as_ref()).await?);
                assert!(grants::insert(&tx, &household.grant).await?);
                Ok(inserted)
            }
        });
        assert_eq!(inserted.await, [Inserted::Now; 3]);
        household
    }
}

pub fn organization(slug: &str) -> Organization {
    Organization {
        id: OrganizationId(fresh_key()),
        slug: slug.to_owned(),
        name: "Acme".to_owned(),
        accent: Some(Accent::parse("#2f5bd7").unwrap()),
        logo: Some(Logo { media_type: "image/png".to_owned(), bytes: vec![1, 2, 3] }),
        created_at: NOW,
        updated_at: NOW,
    }
}

pub fn user(tenant: Tenant, name: &str) -> User {
    User {
        id: UserId(Randomness::system().uuid_v4()),
        tenant,
        username: Some(name.to_owned()),
        email: format!("{name}@example.com"),
        is_email_verified: true,
        role: BuiltInRole::Member,
        claims: serde_json::json!({ "name": "Ada", "address": { "country": "DE" } }).as_object().unwrap().clone(),
        password_hash: Some(secret::Secret::new("$argon2id$x")),
        status: UserStatus::Active,
        created_at: NOW,
        updated_at: NOW,
    }
}

pub fn client(tenant: Tenant, resource_server: Option<&str>) -> Client {
    let metadata = ClientMetadata {
        client_name: "Relying party".to_owned(),
        redirect_uris: vec!["https://app.example/cb".to_owned()],
        post_logout_redirect_uris: Vec::new(),
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        response_types: vec![ResponseType::Code],
        token_endpoint_auth_method: None,
        token_endpoint_auth_signing_alg: None,
        application_type: ApplicationType::Web,
        scope: None,
        jwks: None,
        id_token_signed_response_alg: Algorithm::RS256,
        access_token_format: AccessTokenFormat::Jwt,
        access_token_signed_response_alg: Algorithm::RS256,
        default_max_age: None,
        default_acr_values: Vec::new(),
        require_auth_time: false,
        require_pkce: false,
        rotate_refresh_tokens: true,
        first_party: false,
        resource_server: resource_server.map(str::to_owned),
        client_uri: None,
        logo_uri: None,
        policy_uri: None,
        tos_uri: None,
        contacts: Vec::new(),
    };
    Client { id: ClientId::of(fresh_key()), tenant, metadata, created_at: NOW, updated_at: NOW }
}

pub fn client_secret(client: &Client) -> ClientSecret {
    ClientSecret {
        id: ClientSecretId(fresh_key()),
        client_id: client.id.clone(),
        kept: KeptSecret::Digest(Digest::of("secret")),
        created_at: NOW,
        expires_at: None,
    }
}

pub fn authentication() -> Authentication {
    Authentication { at: NOW, acr: Acr::OneFactor, amr: vec!["pwd".to_owned()] }
}

pub fn session(user: &User) -> Session {
    Session {
        id: SessionId(fresh_key()),
        digest: Digest::of("cookie"),
        tenant: user.tenant,
        user_id: user.id,
        authentication: authentication(),
        expires_at: NOW + Duration::hours(12),
        ended_at: None,
    }
}

pub fn interaction(client: &Client) -> Interaction {
    let uris = &client.metadata.redirect_uris;
    let request = AuthorizationRequest {
        client_id: client.id.clone(),
        tenant: client.tenant,
        redirect: redirect_uri::verify(uris, &uris[0], ApplicationType::Web).unwrap(),
        redirect_uri_was_sent: true,
        response_mode: ResponseMode::Query,
        scope: Scope::of(&["openid"]),
        resource: None,
        state: Some("s".to_owned()),
        nonce: None,
        code_challenge: None,
        prompt: Vec::new(),
        max_age: Some(60),
        login_hint: None,
        expected_user: None,
        ui_locales: None,
        essential_acr: Vec::new(),
        claims: ClaimsRequest::default(),
    };
    Interaction {
        id: InteractionId(fresh_key()),
        tenant: client.tenant,
        browser: Digest::of("browser"),
        request,
        progress: Progress::default(),
        created_at: NOW,
        expires_at: NOW + Duration::minutes(15),
        finished_at: None,
    }
}

pub fn grant(tenant: Tenant, user: &User, client: &Client) -> Grant {
    Grant {
        id: GrantId(fresh_key()),
        tenant,
        client_id: client.id.clone(),
        user_id: user.id,
        session_id: SessionId(fresh_key()),
        scope: Scope::of(&["openid", "email"]),
        resource: None,
        claims: ClaimsRequest::default(),
        authentication: authentication(),
        created_at: NOW,
        expires_at: NOW + Duration::days(90),
        revoked: None,
    }
}

/// A credential of a kind, as its holder presents it.
pub fn presented(prefix: &str) -> Presented {
    let key = fresh_key();
    let random = Randomness::system().bytes();
    Presented::parse(prefix, secret::compose(prefix, key, &random).reveal()).unwrap()
}

pub fn code(grant: &Grant) -> (Presented, AuthorizationCode) {
    let presented = presented("ac");
    let code = AuthorizationCode {
        id: CodeId(presented.key),
        digest: presented.digest,
        tenant: grant.tenant,
        grant_id: grant.id,
        client_id: grant.client_id.clone(),
        redirect_uri: "https://app.example/cb".to_owned(),
        redirect_uri_was_sent: true,
        code_challenge: Some("challenge".to_owned()),
        nonce: Some("n".to_owned()),
        expires_at: NOW + Duration::seconds(60),
        consumed_at: None,
    };
    (presented, code)
}

pub fn refresh_token(grant: &Grant) -> (Presented, RefreshToken) {
    let presented = presented("rt");
    let token = RefreshToken {
        id: RefreshTokenId(presented.key),
        digest: presented.digest,
        tenant: grant.tenant,
        grant_id: grant.id,
        client_id: grant.client_id.clone(),
        issued_at: NOW,
        idle_expires_at: NOW + Duration::days(30),
        absolute_expires_at: NOW + Duration::days(90),
        use_state: RefreshUse::Unused,
    };
    (presented, token)
}

pub fn access_token(grant: &Grant) -> (Presented, AccessToken) {
    let presented = presented("at");
    let token = AccessToken {
        id: AccessTokenId(presented.key),
        digest: presented.digest,
        tenant: grant.tenant,
        grant_id: Some(grant.id),
        client_id: grant.client_id.clone(),
        scope: grant.scope.clone(),
        audience: vec!["https://api.example".to_owned()],
        issued_at: NOW,
        expires_at: NOW + Duration::hours(1),
    };
    (presented, token)
}

pub fn signing_key(kid: &str, generation: i32) -> SigningKey {
    SigningKey {
        kid: kid.to_owned(),
        algorithm: Algorithm::ES256,
        generation,
        public: Jwk {
            kid: Some(kid.to_owned()),
            alg: None,
            key_use: None,
            material: Material::Ec { crv: "P-256".to_owned(), x: "x".to_owned(), y: "y".to_owned() },
        },
        sealed_private: vec![1, 2, 3],
        published_at: NOW,
        active_from: NOW + Duration::hours(1),
        retiring_from: None,
        retired_from: None,
        revoked_at: None,
    }
}
