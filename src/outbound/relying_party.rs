//! A relying party that shares nothing with the server but HTTP: configures itself from discovery, exchanges a code, validates the ID token.

use std::time::Duration;

use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
    core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata},
};
use serde_json::{Map, Value};

use crate::model::{fault::Fault, secret::Secret};

/// What a relying party was registered with.
#[derive(Debug, Clone)]
pub struct Registration {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Secret,
    pub redirect_uri: String,
    pub scope: Vec<String>,
}

/// One sign-in that was begun: what must come back with it.
#[derive(Debug, Clone)]
pub struct Begun {
    pub url: String,
    pub state: String,
    nonce: String,
    verifier: Secret,
}

/// What a code yielded, once everything about it was checked.
#[derive(Debug)]
pub struct SignedIn {
    pub claims: Map<String, Value>,
    pub scope: Vec<String>,
    pub expires_in: Option<Duration>,
    pub has_refresh_token: bool,
}

/// The client as its registration and the server's discovery document make it.
macro_rules! client {
    ($registration:expr) => {{
        let registration = $registration;
        let issuer = IssuerUrl::new(registration.issuer.clone()).map_err(failed("read the issuer"))?;
        let metadata =
            CoreProviderMetadata::discover_async(issuer, &send).await.map_err(failed("read the discovery document"))?;
        let redirect = RedirectUrl::new(registration.redirect_uri.clone()).map_err(failed("read the redirect URI"))?;
        let secret = ClientSecret::new(registration.client_secret.reveal().to_owned());
        CoreClient::from_provider_metadata(metadata, ClientId::new(registration.client_id.clone()), Some(secret))
            .set_redirect_uri(redirect)
    }};
}

/// Where to send a browser.
pub async fn begin(registration: &Registration) -> Result<Begun, Fault> {
    let client = client!(registration);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let mut request = client.authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random);
    for scope in registration.scope.iter().filter(|scope| *scope != "openid") {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    let (url, state, nonce) = request.set_pkce_challenge(challenge).url();
    Ok(Begun {
        url: url.to_string(),
        state: state.secret().clone(),
        nonce: nonce.secret().clone(),
        verifier: Secret::new(verifier.secret().as_str()),
    })
}

/// The code exchanged, the ID token validated: issuer, audience, signature, expiry, nonce, and the hash of the access token.
pub async fn finish(registration: &Registration, begun: &Begun, code: &str) -> Result<SignedIn, Fault> {
    let client = client!(registration);
    let request = client.exchange_code(AuthorizationCode::new(code.to_owned())).map_err(failed("find the token endpoint"))?;
    let verifier = PkceCodeVerifier::new(begun.verifier.reveal().to_owned());
    let tokens = request.set_pkce_verifier(verifier).request_async(&send).await.map_err(failed("exchange the code"))?;
    let id_token = tokens.id_token().ok_or_else(|| Fault::new("the answer has no ID token"))?;
    let claims = id_token
        .claims(&client.id_token_verifier(), &Nonce::new(begun.nonce.clone()))
        .map_err(failed("validate the ID token"))?;
    let claims = serde_json::to_value(claims).map_err(failed("print the claims"))?;
    Ok(SignedIn {
        claims: claims.as_object().cloned().unwrap_or_default(),
        scope: tokens.scopes().into_iter().flatten().map(|scope| scope.to_string()).collect(),
        expires_in: tokens.expires_in(),
        has_refresh_token: tokens.refresh_token().is_some(),
    })
}

fn failed<E: std::error::Error + Send + Sync + 'static>(what: &'static str) -> impl Fn(E) -> Fault {
    move |error| Fault::while_doing(what, error)
}

/// `openidconnect` speaks HTTP through this; no redirects, as it asks.
async fn send(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    #[expect(clippy::disallowed_methods, reason = "outbound makes the clients")]
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build()?;
    let answer = client.execute(request.try_into()?).await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}
