//! Shapes of JSON documents: what their keys hold, and where a document differs.
//!
//! Known keys have types; other keys are the application's own and pass. Every problem names the
//! place in the document, as `nodes[3].config`.

mod content;
mod fields;
mod settings;
mod workflow;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::scoring::rules;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny};

#[cfg(test)]
mod tests;

/// At most so many problems of a document are told.
pub const MOST_PROBLEMS: usize = 100;

/// A shape that documents can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Settings of an organization: time zone, language, features, branding.
    OrganizationSettings,
    /// Fields that a tenant defines: strings, numbers, booleans, arrays of strings.
    CustomFields,
    /// A graph of nodes and edges that can be read; a draft may be unfinished.
    WorkflowDefinition,
    /// A graph that can be run.
    SoundWorkflow,
    /// The media of a piece of content.
    ContentMedia,
    /// What a model sees in a piece of content.
    ContentInsights,
    /// Likes, comments and the like, by platform.
    SocialMetrics,
    /// What came of a piece of content.
    ContentPerformance,
    /// How safe content is for a brand.
    BrandSafety,
    /// What counts for a score, and how much.
    ScoreRules,
}

/// All shapes by their names in SQL.
pub const SHAPES: &[(&str, Shape)] = &[
    ("organization_settings", Shape::OrganizationSettings),
    ("custom_fields", Shape::CustomFields),
    ("workflow_definition", Shape::WorkflowDefinition),
    ("sound_workflow", Shape::SoundWorkflow),
    ("content_media", Shape::ContentMedia),
    ("content_insights", Shape::ContentInsights),
    ("social_metrics", Shape::SocialMetrics),
    ("content_performance", Shape::ContentPerformance),
    ("brand_safety", Shape::BrandSafety),
    ("score_rules", Shape::ScoreRules),
];

impl FromStr for Shape {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        SHAPES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, shape)| *shape)
            .ok_or(())
    }
}

/// Where a document differs from its shape, and how.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    /// The place, as `edges[0].to`; `.` is the whole document.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

impl Problem {
    /// A fault at a place.
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// What is wrong with a document; empty where it has the shape.
pub fn problems(shape: Shape, json: &str) -> Vec<Problem> {
    let mut problems = match shape {
        Shape::OrganizationSettings => settings::problems(json),
        Shape::CustomFields => fields::problems(json),
        Shape::WorkflowDefinition => workflow::shape_problems(json),
        Shape::SoundWorkflow => workflow::problems(json),
        Shape::ContentMedia => content::media(json),
        Shape::ContentInsights => content::insights(json),
        Shape::SocialMetrics => content::social_metrics(json),
        Shape::ContentPerformance => content::performance(json),
        Shape::BrandSafety => content::brand_safety(json),
        Shape::ScoreRules => rules::read(json).err().unwrap_or_default(),
    };
    problems.truncate(MOST_PROBLEMS);
    problems
}

/// The document as a Rust type, or the first place where it is none.
fn read<T: DeserializeOwned>(json: &str) -> Result<T, Problem> {
    let deserializer = &mut serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let message = error.inner().to_string();
        // The place in the text is of no use to someone who wrote a jsonb value.
        let message = message
            .rsplit_once(" at line ")
            .map_or(&*message, |(m, _)| m);
        Problem::new(error.path().to_string(), message)
    })
}

/// The keys of an object that are not known. It also keeps an array from being read as an object's
/// fields in their order, which serde would do otherwise.
type Others = BTreeMap<String, IgnoredAny>;

/// For optional keys: absent is fine, null is not.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(d: D) -> Result<Option<T>, D::Error> {
    T::deserialize(d).map(Some)
}
