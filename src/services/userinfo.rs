//! Claims about the user an access token speaks for. OIDC Core §5.3.

use serde_json::{Map, Value};

use crate::{
    app::{App, call::Call},
    model::{fault::Failure, scope::Scope},
    protocol::{
        bearer,
        error::{ErrorCode, OAuthError},
        oidc::claims,
    },
};

use super::token::live;

/// `sub`, and what the token's scope and the `claims` parameter of its grant opened.
pub async fn answer(app: &App, call: &Call, token: &str) -> Result<Map<String, Value>, Failure<OAuthError>> {
    let invalid = |reason| {
        Failure::Refused(OAuthError::new(ErrorCode::InvalidToken, reason, "The access token is unknown, expired or revoked."))
    };
    let token = live::read(app, call, token).await?.ok_or_else(|| invalid("token.inactive"))?;
    bearer::allows(&token.client_id, &token.scope, Scope::OPENID).map_err(Failure::Refused)?;
    if !token.audience.contains(app.config.issuer.as_str()) {
        return Err(invalid("token.other_audience"));
    }
    let Some(holder) = &token.user else { return Err(invalid("token.no_user")) };
    let (user, grant) = holder.as_ref();
    let mut body = Map::from_iter([("sub".to_owned(), Value::from(user.id.to_string()))]);
    body.extend(claims::released(user, &token.scope, &grant.claims.userinfo));
    Ok(body)
}
