//! The hand-over of a posted answer. Form Post Response Mode. Struct of templates/protocol/form_post.html.

use askama::Template;
use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use url::Url;

use crate::{
    app::App,
    http::{
        pages::{self, Policy, assets, frame::Frame},
        words::Words,
    },
    model::redirect_uri::VerifiedRedirect,
};

#[derive(Debug, Template)]
#[template(path = "protocol/form_post.html")]
pub struct FormPostPage {
    pub words: Words,
    pub frame: Frame,
    /// Where it leads.
    pub host: String,
    /// The verified redirect URI.
    pub action: String,
    pub inputs: Vec<(String, String)>,
    pub script_url: String,
}

pub fn page(app: &App, headers: &HeaderMap, action: &VerifiedRedirect, fields: Vec<(&'static str, String)>) -> Response {
    let words = pages::words(headers, None, None);
    let host = Url::parse(action.as_str()).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let page = FormPostPage {
        words,
        frame: pages::frame(None, words, None),
        host,
        action: action.as_str().to_owned(),
        inputs: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        script_url: assets::form_post_url(),
    };
    let policy = Policy { logo: None, leads_to_app: Some(action.as_str().to_owned()) };
    pages::html(app, StatusCode::OK, &page, &policy)
}
