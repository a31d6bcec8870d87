//! Style, script and pictures, under names that hold their hash: a browser keeps them for a year.

use std::sync::LazyLock;

use axum::{
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    http::answer::Broken,
    model::{
        id::OrganizationId,
        organization::{Accent, Organization},
    },
    services::directory::organizations,
};

struct Asset {
    name: String,
    media_type: &'static str,
    text: &'static str,
}

fn asset(stem: &str, ending: &str, media_type: &'static str, text: &'static str) -> Asset {
    Asset { name: format!("{stem}-{}.{ending}", hash(text.as_bytes())), media_type, text }
}

fn hash(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

static STYLE: LazyLock<Asset> =
    LazyLock::new(|| asset("style", "css", "text/css; charset=utf-8", include_str!("../../../templates/static/style.css")));
static FORM_POST: LazyLock<Asset> = LazyLock::new(|| {
    asset("form-post", "js", "text/javascript; charset=utf-8", include_str!("../../../templates/static/form_post.js"))
});
static SHOW_PASSWORD: LazyLock<Asset> = LazyLock::new(|| {
    asset("show-password", "js", "text/javascript; charset=utf-8", include_str!("../../../templates/static/show-password.js"))
});
static ICON: LazyLock<Asset> =
    LazyLock::new(|| asset("icon", "svg", "image/svg+xml", include_str!("../../../templates/static/icon.svg")));

fn url(asset: &Asset) -> String {
    format!("/assets/{}", asset.name)
}

pub fn style_url() -> String {
    url(&STYLE)
}

pub fn icon_url() -> String {
    url(&ICON)
}

pub fn form_post_url() -> String {
    url(&FORM_POST)
}

pub fn show_password_url() -> String {
    url(&SHOW_PASSWORD)
}

/// An accent's sheet is made from its name alone.
pub fn accent_url(accent: &Accent) -> String {
    format!("/assets/accent-{}.css", accent.as_str().trim_start_matches('#'))
}

pub fn logo_url(organization: &Organization) -> String {
    let bytes = organization.logo.as_ref().map(|logo| logo.bytes.as_slice()).unwrap_or_default();
    format!("/assets/logo-{}-{}", organization.id, hash(bytes))
}

pub async fn file(State(app): State<App>, Path(file): Path<String>) -> Response {
    if let Some(asset) = [&STYLE, &FORM_POST, &SHOW_PASSWORD, &ICON].into_iter().find(|asset| asset.name == file) {
        return kept(asset.media_type, asset.text.as_bytes().to_vec());
    }
    if let Some(accent) = file.strip_prefix("accent-").and_then(|name| name.strip_suffix(".css")) {
        return match Accent::parse(&format!("#{accent}")) {
            Ok(accent) => kept("text/css; charset=utf-8", accent_sheet(&accent).into_bytes()),
            Err(_) => StatusCode::NOT_FOUND.into_response(),
        };
    }
    let Some((id, hash)) = logo_named(&file) else { return StatusCode::NOT_FOUND.into_response() };
    match organizations::of(&app, id).await {
        Ok(organization) => logo(organization.as_deref(), hash).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response()),
        Err(fault) => Broken(fault).into_response(),
    }
}

/// Whose logo, and the hash of its bytes.
fn logo_named(file: &str) -> Option<(OrganizationId, &str)> {
    let (id, hash) = file.strip_prefix("logo-")?.rsplit_once('-')?;
    Some((id.parse().ok()?, hash))
}

fn logo(organization: Option<&Organization>, hash_in_name: &str) -> Option<Response> {
    let logo = organization?.logo.as_ref().filter(|logo| hash(&logo.bytes) == hash_in_name)?;
    let media_type = ["image/png", "image/jpeg", "image/webp"].into_iter().find(|known| *known == logo.media_type)?;
    Some(kept(media_type, logo.bytes.clone()))
}

fn kept(media_type: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, bytes).into_response()
}

/// The two colours of an organization, for light and for dark, each readable: 4.5 to 1 with the text on it (WCAG 2.2, 1.4.3), and on dark
/// also with the ground that links stand on.
fn accent_sheet(accent: &Accent) -> String {
    const DARK_SURFACE: [u8; 3] = [0x18, 0x1b, 0x22];
    let light = accent.channels();
    let mut dark = light;
    while contrast(dark, DARK_SURFACE) < 4.5 {
        dark = dark.map(|channel| channel.saturating_add((255 - channel) / 12 + 1));
    }
    let rule = |accent: [u8; 3]| format!("--accent: {}; --on-accent: {};", css(accent), css(text_on(accent)));
    format!(":root {{ {} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {} }} }}\n", rule(light), rule(dark))
}

/// White where it reads well, else black; one of both always does.
fn text_on(accent: [u8; 3]) -> [u8; 3] {
    const WHITE: [u8; 3] = [255; 3];
    if contrast(accent, WHITE) >= 4.5 { WHITE } else { [0; 3] }
}

fn css([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// WCAG 2.2: contrast ratio by relative luminance.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let luminance = |channels: [u8; 3]| {
        let [red, green, blue] = channels.map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_on_any_accent_is_readable() {
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255).step_by(15) {
                    let accent = [red, green, blue];
                    assert!(contrast(accent, text_on(accent)) >= 4.5, "{accent:?}");
                }
            }
        }
        assert!(accent_sheet(&Accent::parse("#101010").unwrap()).contains("prefers-color-scheme: dark"));
    }

    #[test]
    fn the_digest_of_an_asset_is_in_its_name() {
        assert!(style_url().starts_with("/assets/style-") && style_url().ends_with(".css"));
    }
}
