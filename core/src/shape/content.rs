//! What machines find out about a piece of content.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Others, Problem, present, read};

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Media {
    #[serde(default, deserialize_with = "present")]
    width: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    height: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    duration_seconds: Option<f64>,
    #[serde(default, deserialize_with = "present", rename = "transcript")]
    _transcript: Option<String>,
    #[serde(default, deserialize_with = "present", rename = "colors")]
    _colors: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present")]
    renditions: Option<Vec<Rendition>>,
    #[serde(flatten)]
    _others: Others,
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Rendition {
    #[serde(rename = "url")]
    _url: String,
    #[serde(default, deserialize_with = "present")]
    width: Option<f64>,
    #[serde(default, deserialize_with = "present")]
    height: Option<f64>,
    #[serde(flatten)]
    _others: Others,
}

pub(super) fn media(json: &str) -> Vec<Problem> {
    let media: Media = match read(json) {
        Ok(media) => media,
        Err(problem) => return vec![problem],
    };
    let mut sizes = vec![
        ("width".to_owned(), media.width),
        ("height".to_owned(), media.height),
        ("duration_seconds".to_owned(), media.duration_seconds),
    ];
    for (i, rendition) in media.renditions.iter().flatten().enumerate() {
        sizes.push((format!("renditions[{i}].width"), rendition.width));
        sizes.push((format!("renditions[{i}].height"), rendition.height));
    }
    sizes
        .into_iter()
        .filter_map(|(path, size)| not_within(path, size?, 0.0, f64::MAX))
        .collect()
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Insights {
    #[serde(default, deserialize_with = "present")]
    labels: Option<Vec<Label>>,
    #[serde(default, deserialize_with = "present", rename = "topics")]
    _topics: Option<Vec<String>>,
    #[serde(default, deserialize_with = "present", rename = "summary")]
    _summary: Option<String>,
    #[serde(flatten)]
    _others: Others,
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a string, or an object with a name and a confidence"
)]
enum Label {
    Plain(#[allow(dead_code)] String),
    Scored {
        #[serde(rename = "name")]
        _name: String,
        #[serde(default, deserialize_with = "present")]
        confidence: Option<f64>,
        #[serde(flatten)]
        _others: Others,
    },
}

pub(super) fn insights(json: &str) -> Vec<Problem> {
    let insights: Insights = match read(json) {
        Ok(insights) => insights,
        Err(problem) => return vec![problem],
    };
    insights
        .labels
        .iter()
        .flatten()
        .enumerate()
        .filter_map(|(i, label)| match label {
            Label::Scored {
                confidence: Some(confidence),
                ..
            } => not_within(format!("labels[{i}].confidence"), *confidence, 0.0, 1.0),
            _ => None,
        })
        .collect()
}

pub(super) fn social_metrics(json: &str) -> Vec<Problem> {
    match read::<BTreeMap<String, BTreeMap<String, f64>>>(json) {
        Ok(platforms) => platforms
            .iter()
            .flat_map(|(platform, metrics)| {
                metrics.iter().filter_map(move |(metric, value)| {
                    not_within(format!("{platform}.{metric}"), *value, 0.0, f64::MAX)
                })
            })
            .collect(),
        Err(problem) => vec![problem],
    }
}

pub(super) fn performance(json: &str) -> Vec<Problem> {
    match read::<Map<String, Value>>(json) {
        Ok(metrics) => metrics
            .iter()
            .filter(|(_, value)| !matches!(value, Value::Number(_) | Value::Object(_)))
            .map(|(metric, _)| {
                Problem::new(metric, "expected a number, or an object of further metrics")
            })
            .collect(),
        Err(problem) => vec![problem],
    }
}

#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct BrandSafety {
    #[serde(default, deserialize_with = "present")]
    score: Option<f64>,
    #[serde(default)]
    categories: BTreeMap<String, f64>,
    #[serde(default, rename = "flags")]
    _flags: Vec<Value>,
    #[serde(flatten)]
    _others: Others,
}

pub(super) fn brand_safety(json: &str) -> Vec<Problem> {
    let safety: BrandSafety = match read(json) {
        Ok(safety) => safety,
        Err(problem) => return vec![problem],
    };
    let score = safety.score.map(|score| ("score".to_owned(), score));
    let categories = safety
        .categories
        .into_iter()
        .map(|(name, score)| (format!("categories.{name}"), score));
    score
        .into_iter()
        .chain(categories)
        .filter_map(|(path, score)| not_within(path, score, 0.0, 100.0))
        .collect()
}

fn not_within(path: String, value: f64, least: f64, most: f64) -> Option<Problem> {
    let message = if value < least {
        format!("is {value}, below {least}")
    } else if value > most {
        format!("is {value}, above {most}")
    } else {
        return None;
    };
    Some(Problem::new(path, message))
}
