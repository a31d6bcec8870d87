//! Struct of templates/pages/dev_callback.html.
use crate::http::{pages::frame::Frame, words::Words};
use askama::Template;

#[derive(Debug, Template)]
#[template(path = "pages/dev_callback.html")]
pub struct DevCallbackPage {
    pub words: Words,
    pub frame: Frame,
    pub outcome: DevOutcome,
    pub again_url: String,
    pub logout_url: Option<String>,
}

#[derive(Debug)]
pub enum DevOutcome {
    Tokens(DevTokens),
    Refused { code: String, description: String },
}

#[derive(Debug)]
pub struct DevTokens {
    /// Whom to call it: name, e-mail or `sub`.
    pub subject: String,
    /// Of the validated ID token.
    pub claims: Vec<(String, String)>,
    pub scope: Vec<String>,
    /// Of the access token, in words.
    pub expires_in: String,
    /// RFC 3339.
    pub expires_at: String,
    pub has_refresh_token: bool,
}

impl DevCallbackPage {
    fn heading(&self) -> String {
        self.words.say(match self.outcome {
            DevOutcome::Tokens(_) => "dev-title",
            DevOutcome::Refused { .. } => "dev-title-refused",
        })
    }
}
