//! Settings of an organization.

use serde::Deserialize;

use super::{Others, Problem, present, read};

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Settings {
    #[serde(default, deserialize_with = "present")]
    timezone: Option<String>,
    #[serde(default, deserialize_with = "present")]
    language: Option<String>,
    #[serde(default, deserialize_with = "present", rename = "features")]
    _features: Option<Features>,
    #[serde(default, deserialize_with = "present")]
    branding: Option<Branding>,
    #[serde(flatten)]
    _others: Others,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Features {
    #[serde(default, deserialize_with = "present", rename = "ai_enabled")]
    _ai_enabled: Option<bool>,
    #[serde(default, deserialize_with = "present", rename = "api_access")]
    _api_access: Option<bool>,
    #[serde(default, deserialize_with = "present", rename = "saml_enabled")]
    _saml_enabled: Option<bool>,
    #[serde(flatten)]
    _others: Others,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Branding {
    #[serde(default, deserialize_with = "present")]
    logo_url: Option<String>,
    #[serde(default, deserialize_with = "present")]
    primary_color: Option<String>,
    #[serde(flatten)]
    _others: Others,
}

pub(super) fn problems(json: &str) -> Vec<Problem> {
    let settings: Settings = match read(json) {
        Ok(settings) => settings,
        Err(problem) => return vec![problem],
    };
    let branding = settings.branding.as_ref();
    [
        ("timezone", settings.timezone.as_ref()),
        ("language", settings.language.as_ref()),
        (
            "branding.logo_url",
            branding.and_then(|b| b.logo_url.as_ref()),
        ),
        (
            "branding.primary_color",
            branding.and_then(|b| b.primary_color.as_ref()),
        ),
    ]
    .into_iter()
    .filter(|(_, value)| value.is_some_and(|v| v.trim().is_empty()))
    .map(|(path, _)| Problem::new(path, "is empty; leave the key out"))
    .collect()
}
