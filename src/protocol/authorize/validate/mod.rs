//! The authorization request: parameters and client in, validated request out. RFC 6749 §4.1.1, OIDC Core §3.1.2.1 and §3.1.2.2.

use std::str::FromStr;

use crate::{
    model::{
        authorization_request::AuthorizationRequest,
        claims_request::ClaimsRequest,
        client::Client,
        id::UserId,
        names::{Display, OPENID_FRONT_CHANNEL_RESPONSE_TYPES, Prompt, ResponseMode, ResponseType},
        redirect_uri::{self, VerifiedRedirect},
        scope::Scope,
    },
    protocol::{
        error::{ErrorCode, OAuthError},
        oidc::claims_request,
        oxide::authorization::{Subject, decide},
        params::Params,
        pkce, resource,
    },
};

use super::{AuthorizeRefusal, ClientAnswer, Doubt};

/// What is kept of a request that nobody has signed in for is bounded. `scope` and `claims` have bounds of their own, hints are cut.
const LONGEST: &[(&str, usize)] =
    &[("state", 4096), ("nonce", 2048), ("acr_values", 2048), ("prompt", 2048), ("resource", 2048), ("response_type", 2048)];

/// What had to be looked up before the request can be judged.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The identifier of the management API as a resource server.
    pub management_api: &'a str,
    /// Is the one `resource` that was named a registered resource server of the client's tenant?
    pub resource_exists: bool,
    /// What the `id_token_hint`, if there is one, turned out to be.
    pub hint: Hint,
}

#[derive(Debug, Clone, Copy, Default)]
pub enum Hint {
    #[default]
    Absent,
    /// Signed by us for this client, whether or not it has expired.
    Of(UserId),
    Invalid,
}

/// The redirect URI to answer to, and whether the request named it.
pub fn redirect(params: &Params, client: &Client) -> Result<(VerifiedRedirect, bool), Doubt> {
    let registered = &client.metadata.redirect_uris;
    if params.is_repeated("redirect_uri") {
        return Err(Doubt::Malformed);
    }
    let is_openid = params.get("scope").is_some_and(|scope| scope.split(' ').any(|token| token == Scope::OPENID));
    let (requested, was_sent) = match (params.get("redirect_uri"), registered.as_slice()) {
        (Some(requested), _) => (requested, true),
        // RFC 6749 §3.1.2.3; OIDC Core §3.1.2.1 requires the parameter.
        (None, [only]) if !is_openid => (only.as_str(), false),
        (None, _) => return Err(Doubt::RedirectMissing),
    };
    redirect_uri::verify(registered, requested, client.metadata.application_type)
        .map(|redirect| (redirect, was_sent))
        .ok_or(Doubt::RedirectMismatch)
}

/// Judges the whole request of a known client.
pub fn validate(params: &Params, client: &Client, known: Known<'_>) -> Result<AuthorizationRequest, AuthorizeRefusal> {
    let (redirect, redirect_uri_was_sent) = redirect(params, client).map_err(AuthorizeRefusal::TellUser)?;
    let mode = answer_mode(params);
    let judged = judge(params, client, known, &redirect, mode);
    judged.map(|request| AuthorizationRequest { redirect_uri_was_sent, ..request }).map_err(|error| {
        let state = params.get("state").map(str::to_owned);
        AuthorizeRefusal::TellClient(Box::new(ClientAnswer { redirect, mode, state, error }))
    })
}

/// Where an answer goes even if the request is wrong: the mode that was asked for when it exists, else the response type's own.
fn answer_mode(params: &Params) -> ResponseMode {
    let is_front_channel = params.get("response_type").is_some_and(is_front_channel_type);
    match params.get("response_mode").and_then(|mode| mode.parse().ok()) {
        // Multiple Response Types §3: nothing that may hold a token goes into a query.
        Some(ResponseMode::Query) | None if is_front_channel => ResponseMode::Fragment,
        Some(mode) => mode,
        None => ResponseMode::Query,
    }
}

/// The words of a response type may come in any order.
fn is_front_channel_type(response_type: &str) -> bool {
    let sorted = |text: &str| {
        let mut words: Vec<_> = text.split(' ').map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    let is_same = |known: &&str| known.len() == response_type.len() && sorted(known) == sorted(response_type);
    OPENID_FRONT_CHANNEL_RESPONSE_TYPES.iter().any(is_same)
}

fn judge(
    params: &Params,
    client: &Client,
    known: Known<'_>,
    redirect: &VerifiedRedirect,
    mode: ResponseMode,
) -> Result<AuthorizationRequest, OAuthError> {
    params.refuse_repeated()?;
    refuse_request_objects(params)?;
    for (name, longest) in LONGEST {
        params.refuse_unfit(name, *longest)?;
    }
    one_of::<ResponseMode>(params, "response_mode")?;
    let response_type = params.require("response_type")?;
    let existing = ResponseType::from_str(response_type).ok();
    let is_registered = existing.is_some_and(|existing| client.metadata.response_types.contains(&existing));
    if !is_registered && (existing.is_some() || is_front_channel_type(response_type)) {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "response_type.unauthorized",
            "The client is not registered for this `response_type`.",
        ));
    }
    let allowed = client.metadata.allowed_scope();
    let scope = decide(&Subject { params, client_id: &client.id, redirect, allowed: &allowed })?;
    let claims = claims_request::parse(params.get("claims"))?.within(&allowed);
    let prompt = prompts(params)?;
    one_of::<Display>(params, "display")?;
    Ok(AuthorizationRequest {
        client_id: client.id.clone(),
        tenant: client.tenant,
        redirect: redirect.clone(),
        redirect_uri_was_sent: true,
        response_mode: mode,
        resource: resource::of(&scope, resource(params, known)?, known.management_api)?,
        scope,
        state: params.get("state").map(str::to_owned),
        nonce: params.get("nonce").map(str::to_owned),
        code_challenge: pkce::read_challenge(params, client.metadata.require_pkce || client.metadata.is_public())?,
        max_age: max_age(params)?.or(client.metadata.default_max_age.map(u64::from)),
        login_hint: params.get("login_hint").map(|hint| hint.chars().take(320).collect()),
        expected_user: expected_user(known.hint, &claims)?,
        ui_locales: params.get("ui_locales").map(|locales| locales.chars().take(256).collect()),
        essential_acr: claims_request::essential_acr(&claims),
        prompt,
        claims,
    })
}

/// OIDC Core §6: until request objects are supported they are refused by their own codes, so that nobody believes them read.
fn refuse_request_objects(params: &Params) -> Result<(), OAuthError> {
    if params.all("request").next().is_some() {
        return Err(OAuthError::new(
            ErrorCode::RequestNotSupported,
            "request.unsupported",
            "The parameter `request` is not supported.",
        ));
    }
    if params.all("request_uri").next().is_some() {
        return Err(OAuthError::new(
            ErrorCode::RequestUriNotSupported,
            "request_uri.unsupported",
            "The parameter `request_uri` is not supported.",
        ));
    }
    Ok(())
}

fn one_of<T: FromStr>(params: &Params, name: &'static str) -> Result<Option<T>, OAuthError> {
    params.get(name).map(str::parse).transpose().map_err(|_| {
        OAuthError::invalid_request("parameter.unknown_value", format!("The parameter `{name}` has an unknown value."))
    })
}

fn prompts(params: &Params) -> Result<Vec<Prompt>, OAuthError> {
    let unknown = || OAuthError::invalid_request("prompt.unknown", "The parameter `prompt` has an unknown value.");
    let asked = params.get("prompt").unwrap_or_default().split(' ').filter(|word| !word.is_empty());
    let prompts: Vec<Prompt> = asked.map(str::parse).collect::<Result<_, _>>().map_err(|_| unknown())?;
    if prompts.contains(&Prompt::None) && prompts.len() > 1 {
        return Err(OAuthError::invalid_request("prompt.none_with_others", "The `prompt` none cannot stand with others."));
    }
    Ok(prompts)
}

fn max_age(params: &Params) -> Result<Option<u64>, OAuthError> {
    let read = |text: &str| {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| is_number).map(u64::from).ok_or_else(|| {
            OAuthError::invalid_request("max_age.malformed", "The parameter `max_age` must be a whole number of seconds.")
        })
    };
    params.get("max_age").map(read).transpose()
}

fn resource(params: &Params, known: Known<'_>) -> Result<Option<String>, OAuthError> {
    match resource::named(params)? {
        Some(_) if !known.resource_exists => Err(resource::unknown()),
        named => Ok(named.map(str::to_owned)),
    }
}

/// OIDC Core §3.1.2.1 `id_token_hint` and §5.5.1 `sub`: if both name someone, they must name the same.
fn expected_user(hint: Hint, claims: &ClaimsRequest) -> Result<Option<UserId>, OAuthError> {
    let asked = claims_request::subject(claims)?;
    match (hint, asked) {
        (Hint::Invalid, _) => Err(OAuthError::invalid_request(
            "id_token_hint.invalid",
            "The `id_token_hint` is not an ID token of this server for this client.",
        )),
        (Hint::Absent, asked) => Ok(asked),
        (Hint::Of(user), None) => Ok(Some(user)),
        (Hint::Of(user), Some(asked)) if user == asked => Ok(Some(user)),
        (Hint::Of(_), Some(_)) => Err(OAuthError::new(
            ErrorCode::LoginRequired,
            "id_token_hint.contradicts_claims",
            "The `id_token_hint` and the requested `sub` name different users.",
        )),
    }
}

#[cfg(test)]
pub(crate) mod tests;
