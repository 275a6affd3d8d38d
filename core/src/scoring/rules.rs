//! Models as organizations write them: a JSON object, read with a name for every fault.
//!
//! ```json
//! {
//!   "fit": [{"name": "decides", "attribute": "job_role.seniority", "operator": "in",
//!            "value": ["vp", "c_level"], "points": 10, "group": "person"}],
//!   "fit_groups": {"person": {"cap": 20}},
//!   "lifecycle_stages": {"customer": 20},
//!   "groups": {"web": {"half_life_days": 14, "cap": 30}},
//!   "signals": {"event.pricing_viewed": {"group": "web", "weight": 4}},
//!   "grades": {"fit": [25, 10], "engagement": [25, 3]},
//!   "thresholds": [75, 50]
//! }
//! ```
//!
//! `fit` may also be an object of attributes and points, for attributes that are known at all.

mod fit;

use serde_json::{Map, Value};

use super::fit::Rule;
use super::model::{FitGroup, Group, Model, Signal};
use crate::shape::Problem;

const DAY: f64 = 86_400.0;

/// Points and weights are between this and its negative: a slip of the pen must not drown all else.
const MOST_POINTS: f64 = 1000.0;
/// Half-lives, in days.
const HALF_LIVES: std::ops::RangeInclusive<f64> = 0.001..=36_500.0;
/// The most rules of fit, values of one rule, groups, and signals.
const MOST: [usize; 4] = [200, 1000, 32, 1000];
/// The most thresholds.
const MOST_THRESHOLDS: usize = 10;
/// The longest name, in bytes.
const LONGEST_NAME: usize = 300;

/// The model that a document describes, or all that is wrong with it.
///
/// # Errors
/// Every fault with its place, which names the rule.
pub fn read(json: &str) -> Result<Model, Vec<Problem>> {
    match serde_json::from_str::<Value>(json) {
        Ok(Value::Object(document)) => Reader::default().model(&document),
        Ok(_) => Err(vec![Problem::new(".", "is no object")]),
        Err(error) => {
            let message = error.to_string();
            let message = message
                .rsplit_once(" at line ")
                .map_or(&*message, |(m, _)| m);
            Err(vec![Problem::new(".", message)])
        }
    }
}

#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn model(mut self, document: &Map<String, Value>) -> Result<Model, Vec<Problem>> {
        let mut groups: Vec<Group> = self
            .entries(document, "groups", MOST[2])
            .into_iter()
            .filter_map(|(name, place, value)| self.group(name, &place, value))
            .collect();
        // By name, whatever the order of a document's members: what is kept goes by it.
        groups.sort_by(|a, b| a.name.cmp(&b.name));
        let fit_groups: Vec<FitGroup> = self
            .entries(document, "fit_groups", MOST[2])
            .into_iter()
            .filter_map(|(name, place, value)| {
                self.name(name, &place);
                let cap =
                    self.within(value.get("cap"), &format!("{place}.cap"), 0.0, MOST_POINTS)?;
                Some(FitGroup {
                    name: name.to_owned(),
                    cap,
                })
            })
            .collect();
        let mut model = Model::new(groups);
        model.fit_groups = fit_groups;
        model.signals = self
            .entries(document, "signals", MOST[3])
            .into_iter()
            .filter_map(|(name, place, value)| self.signal(&model.groups, name, &place, value))
            .collect();
        model.fit = self.fit(document.get("fit"), &model.fit_groups);
        let stages = self.entries(document, "lifecycle_stages", MOST[0]);
        model
            .fit
            .extend(stages.into_iter().filter_map(|(code, place, value)| {
                Some(Rule::stage(code, self.points(Some(value), &place)?))
            }));
        for (name, place, value) in self.entries(document, "grades", 2) {
            let Some(steps) = self.grades(&place, value) else {
                continue;
            };
            match name {
                "fit" => model.fit_grades = steps,
                "engagement" => model.engagement_grades = steps,
                _ => self.tell(place, "is none of fit and engagement"),
            }
        }
        if let Some(thresholds) = document.get("thresholds") {
            model.thresholds = self.thresholds(thresholds);
        }
        if self.problems.is_empty() {
            Ok(model)
        } else {
            Err(self.problems)
        }
    }

    fn tell(&mut self, place: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem::new(place, message));
    }

    /// The members of an object that may be missing, each with its place.
    fn entries<'a>(
        &mut self,
        document: &'a Map<String, Value>,
        key: &str,
        most: usize,
    ) -> Vec<(&'a str, String, &'a Value)> {
        match document.get(key) {
            None => Vec::new(),
            Some(Value::Object(members)) if members.len() <= most => members
                .iter()
                .map(|(name, value)| (name.as_str(), format!("{key}.{name}"), value))
                .collect(),
            Some(Value::Object(_)) => {
                self.tell(key, format!("has more than {most} members"));
                Vec::new()
            }
            Some(_) => {
                self.tell(key, "is no object");
                Vec::new()
            }
        }
    }

    fn name(&mut self, name: &str, place: &str) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || name.starts_with('_') || !name.chars().all(plain) {
            self.tell(
                place,
                "a group's name is of a-z, 0-9 and _, and does not begin with _",
            );
        }
    }

    fn number(&mut self, value: Option<&Value>, place: &str) -> Option<f64> {
        match value {
            Some(Value::Number(number)) => number.as_f64(),
            Some(_) => {
                self.tell(place, "is no number");
                None
            }
            None => {
                self.tell(place, "is missing");
                None
            }
        }
    }

    fn within(&mut self, value: Option<&Value>, place: &str, from: f64, to: f64) -> Option<f64> {
        let number = self.number(value, place)?;
        if (from..=to).contains(&number) {
            return Some(number);
        }
        self.tell(place, format!("is not between {from} and {to}"));
        None
    }

    fn points(&mut self, value: Option<&Value>, place: &str) -> Option<f64> {
        self.within(value, place, -MOST_POINTS, MOST_POINTS)
    }

    fn group(&mut self, name: &str, place: &str, value: &Value) -> Option<Group> {
        self.name(name, place);
        if !value.is_object() {
            self.tell(place, "is no object");
            return None;
        }
        let days = self.within(
            value.get("half_life_days"),
            &format!("{place}.half_life_days"),
            *HALF_LIVES.start(),
            *HALF_LIVES.end(),
        );
        let cap = self.within(value.get("cap"), &format!("{place}.cap"), 0.0, MOST_POINTS);
        Some(Group {
            name: name.to_owned(),
            half_life: days? * DAY,
            cap: cap?,
        })
    }

    fn signal(
        &mut self,
        groups: &[Group],
        name: &str,
        place: &str,
        value: &Value,
    ) -> Option<Signal> {
        if !value.is_object() {
            self.tell(place, "is no object");
            return None;
        }
        if name.trim().is_empty() || name.len() > LONGEST_NAME {
            self.tell(
                place,
                format!("a signal's name has 1 to {LONGEST_NAME} bytes"),
            );
        }
        let weight = self.points(value.get("weight"), &format!("{place}.weight"));
        let wanted = value.get("group").and_then(Value::as_str);
        let group = groups
            .iter()
            .position(|group| Some(group.name.as_str()) == wanted);
        if group.is_none() {
            self.tell(format!("{place}.group"), "is none of groups");
        }
        Some(Signal {
            name: name.to_owned(),
            group: group?,
            weight: weight?,
        })
    }

    fn grades(&mut self, place: &str, value: &Value) -> Option<[f64; 2]> {
        let steps = value.as_array().map(Vec::as_slice);
        if let Some([best, second]) = steps
            && let (Some(best), Some(second)) = (best.as_f64(), second.as_f64())
            && best > second
        {
            return Some([best, second]);
        }
        self.tell(place, "is no pair of numbers, the greater one first");
        None
    }

    fn thresholds(&mut self, value: &Value) -> Vec<i32> {
        let levels: Option<Vec<i32>> = value.as_array().and_then(|levels| {
            levels
                .iter()
                .map(|level| level.as_i64().and_then(|level| i32::try_from(level).ok()))
                .collect()
        });
        let mut levels = levels.unwrap_or_else(|| vec![0]);
        levels.sort_unstable_by(|a, b| b.cmp(a));
        let unique = levels.windows(2).all(|pair| pair.first() != pair.last());
        if !unique
            || levels.len() > MOST_THRESHOLDS
            || !levels.iter().all(|level| (1..=100).contains(level))
        {
            self.tell(
                "thresholds",
                format!(
                    "is no array of at most {MOST_THRESHOLDS} different integers from 1 to 100"
                ),
            );
        }
        levels
    }
}

#[cfg(test)]
mod tests {
    use super::super::fit::{Bound, Test};
    use super::*;

    fn end(at: f64, inclusive: bool) -> Bound {
        Bound { at, inclusive }
    }

    fn problems(json: &str) -> Vec<String> {
        read(json).map_or_else(
            |problems| problems.iter().map(ToString::to_string).collect(),
            |_| Vec::new(),
        )
    }

    #[test]
    fn a_whole_model_is_read() {
        let model = read(
            r#"{"fit": [{"name": "decides", "attribute": "job_role.seniority", "operator": "in", "value": ["VP", "c_level"],
                         "points": 10, "group": "person"},
                        {"attribute": "company.annual_revenue", "operator": "between", "value": [1, 2.5], "points": -1},
                        {"attribute": "custom.size", "operator": "equals", "value": 12, "points": 1},
                        {"attribute": "do_not_contact", "operator": "equals", "value": true, "points": -100}],
                "fit_groups": {"person": {"cap": 20}},
                "lifecycle_stages": {"customer": 20},
                "groups": {"web": {"half_life_days": 14, "cap": 30}},
                "signals": {"event.pricing_viewed": {"group": "web", "weight": 4}},
                "grades": {"fit": [30, 10]},
                "thresholds": [50, 75]}"#,
        )
        .unwrap();
        assert_eq!(model.fit.len(), 5);
        assert_eq!(
            model.fit[0].test,
            Test::In(vec!["vp".to_owned(), "c_level".to_owned()])
        );
        assert_eq!(
            (model.fit[0].name.as_str(), model.fit[0].group),
            ("decides", Some(0))
        );
        assert_eq!(
            model.fit[1].test,
            Test::Within(end(1.0, true), end(2.5, true))
        );
        assert_eq!(model.fit[2].test, Test::In(vec!["12".to_owned()]));
        assert_eq!(model.fit[4], Rule::stage("customer", 20.0));
        assert_eq!(model.groups[0].half_life, 14.0 * DAY);
        assert_eq!(
            model.rule("event.pricing_viewed").map(|rule| rule.weight),
            Some(4.0)
        );
        assert_eq!(model.fit_grades, [30.0, 10.0]);
        assert_eq!(
            model.engagement_grades,
            super::super::model::ENGAGEMENT_GRADES
        );
        assert_eq!(model.thresholds, [75, 50]);
        assert_eq!(model.half_lives(), [14.0 * DAY, 14.0 * DAY]);
    }

    #[test]
    fn an_empty_model_rates_nothing() {
        let model = read("{}").unwrap();
        assert_eq!((model.fit.len(), model.signals.len()), (0, 0));
        assert!(model.half_lives()[0] > 0.0);
    }

    #[test]
    fn every_fault_names_its_rule() {
        for (json, expected) in [
            ("[]", ".: is no object"),
            ("1e999", ".: number out of range"),
            (r#"{"fit": 1}"#, "fit: is neither an array nor an object"),
            (r#"{"fit": {"titel": 1}}"#, "fit.titel: is no attribute"),
            (
                r#"{"fit": {"title": 1001}}"#,
                "fit.title: is not between -1000 and 1000",
            ),
            (r#"{"fit": [1]}"#, "fit[0]: is no object"),
            (
                r#"{"fit": [{"name": "big", "attribute": "x", "points": 1}]}"#,
                "fit[0] (big).attribute: is no attribute",
            ),
            (
                r#"{"fit": [{"attribute": "title", "points": "1"}]}"#,
                "fit[0].points: is no number",
            ),
            (
                r#"{"fit": [{"attribute": "title"}]}"#,
                "fit[0].points: is missing",
            ),
            (
                r#"{"fit": [{"attribute": "title", "points": 1, "operator": "like"}]}"#,
                "fit[0].operator: is none of is_set, is_not_set, equals, not_equals, in, not_in, contains, starts_with, ends_with, greater_than, at_least, less_than, at_most, between",
            ),
            (
                r#"{"fit": [{"attribute": "title", "points": 1, "operator": "in"}]}"#,
                "fit[0].value: is missing",
            ),
            (
                r#"{"fit": [{"attribute": "title", "points": 1, "operator": "in", "value": []}]}"#,
                "fit[0].value: has not 1 to 1000 values",
            ),
            (
                r#"{"fit": [{"attribute": "title", "points": 1, "operator": "in", "value": [1]}]}"#,
                "fit[0].value: is no text",
            ),
            (
                r#"{"fit": [{"attribute": "title", "points": 1, "operator": "contains", "value": " "}]}"#,
                "fit[0].value: is blank",
            ),
            (
                r#"{"fit": [{"attribute": "title", "points": 1, "operator": "at_least", "value": 1}]}"#,
                "fit[0].operator: at_least is for numbers",
            ),
            (
                r#"{"fit": [{"attribute": "title", "points": 1, "operator": "is_set", "value": 1}]}"#,
                "fit[0].value: is_set takes no value",
            ),
            (
                r#"{"fit": [{"attribute": "custom.x", "points": 1, "operator": "between", "value": [2, 1]}]}"#,
                "fit[0].value: begins after its end",
            ),
            (
                r#"{"fit": [{"attribute": "do_not_contact", "points": 1, "operator": "equals", "value": "true"}]}"#,
                "fit[0].value: is neither true nor false",
            ),
            (
                r#"{"fit": [{"attribute": "title", "points": 1, "group": "x"}]}"#,
                "fit[0].group: is none of fit_groups",
            ),
            (
                r#"{"fit": [{"attribute": "title", "points": 1, "weight": 1}]}"#,
                "fit[0].weight: is none of name, attribute, operator, value, points, group",
            ),
            (
                r#"{"groups": {"A": {"half_life_days": 1, "cap": 1}}}"#,
                "groups.A: a group's name is of a-z, 0-9 and _, and does not begin with _",
            ),
            (
                r#"{"groups": {"a": {"half_life_days": 0, "cap": 1}}}"#,
                "groups.a.half_life_days: is not between 0.001 and 36500",
            ),
            (
                r#"{"groups": {"a": {"half_life_days": 1}}}"#,
                "groups.a.cap: is missing",
            ),
            (
                r#"{"signals": {"s": {"group": "a", "weight": 1}}}"#,
                "signals.s.group: is none of groups",
            ),
            (
                r#"{"grades": {"fit": [1, 2]}}"#,
                "grades.fit: is no pair of numbers, the greater one first",
            ),
            (
                r#"{"grades": {"x": [2, 1]}}"#,
                "grades.x: is none of fit and engagement",
            ),
            (
                r#"{"thresholds": [0]}"#,
                "thresholds: is no array of at most 10 different integers from 1 to 100",
            ),
            (
                r#"{"thresholds": [5, 5]}"#,
                "thresholds: is no array of at most 10 different integers from 1 to 100",
            ),
            (
                r#"{"thresholds": "x"}"#,
                "thresholds: is no array of at most 10 different integers from 1 to 100",
            ),
        ] {
            assert_eq!(problems(json), [expected], "{json}");
        }
    }

    #[test]
    fn all_faults_are_told() {
        let json = r#"{"fit": [{"attribute": "x"}], "groups": {"a": 1}, "signals": {"s": {"group": "a"}}}"#;
        assert_eq!(
            problems(json),
            [
                "groups.a: is no object",
                "signals.s.weight: is missing",
                "signals.s.group: is none of groups",
                "fit[0].attribute: is no attribute",
                "fit[0].points: is missing"
            ]
        );
    }
}
