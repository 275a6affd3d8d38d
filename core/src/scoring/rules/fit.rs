//! The rules of fit.

use serde_json::Value;

use super::super::fit::{Attribute, Bound, Kind, Rule, Test};
use super::super::model::FitGroup;
use super::{MOST, Reader};

/// The operators and what they take.
const OPERATORS: &[&str] = &[
    "is_set",
    "is_not_set",
    "equals",
    "not_equals",
    "in",
    "not_in",
    "contains",
    "starts_with",
    "ends_with",
    "greater_than",
    "at_least",
    "less_than",
    "at_most",
    "between",
];

impl Reader {
    pub(super) fn fit(&mut self, value: Option<&Value>, groups: &[FitGroup]) -> Vec<Rule> {
        match value {
            None => Vec::new(),
            Some(Value::Object(members)) if members.len() <= MOST[0] => members
                .iter()
                .filter_map(|(attribute, points)| {
                    let place = format!("fit.{attribute}");
                    let points = self.points(Some(points), &place);
                    let rule = Rule::is_set(attribute, points.unwrap_or_default());
                    if rule.is_none() {
                        self.tell(place, "is no attribute");
                    }
                    points.and(rule)
                })
                .collect(),
            Some(Value::Array(rules)) if rules.len() <= MOST[0] => rules
                .iter()
                .enumerate()
                .filter_map(|(i, rule)| self.rule(i, rule, groups))
                .collect(),
            Some(Value::Object(_) | Value::Array(_)) => {
                self.tell("fit", format!("has more than {} rules", MOST[0]));
                Vec::new()
            }
            Some(_) => {
                self.tell("fit", "is neither an array nor an object");
                Vec::new()
            }
        }
    }

    fn rule(&mut self, i: usize, value: &Value, groups: &[FitGroup]) -> Option<Rule> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        // By its name, where it has one.
        let place =
            text("name").map_or_else(|| format!("fit[{i}]"), |name| format!("fit[{i}] ({name})"));
        let Value::Object(rule) = value else {
            self.tell(place, "is no object");
            return None;
        };
        const KEYS: &[&str] = &["name", "attribute", "operator", "value", "points", "group"];
        for key in rule.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            self.tell(
                format!("{place}.{key}"),
                format!("is none of {}", KEYS.join(", ")),
            );
        }
        if rule.get("name").is_some_and(|name| !name.is_string()) {
            self.tell(format!("{place}.name"), "is no text");
        }
        let attribute = text("attribute").and_then(Attribute::named);
        if attribute.is_none() {
            self.tell(format!("{place}.attribute"), "is no attribute");
        }
        let points = self.points(rule.get("points"), &format!("{place}.points"));
        let group = match rule.get("group") {
            None => None,
            Some(name) => {
                let found = groups
                    .iter()
                    .position(|group| Some(group.name.as_str()) == name.as_str());
                if found.is_none() {
                    self.tell(format!("{place}.group"), "is none of fit_groups");
                }
                found
            }
        };
        let attribute = attribute?;
        let operator = rule.get("operator").map_or(Some("is_set"), Value::as_str);
        let test = self.test(&place, operator, rule.get("value"), attribute.kind())?;
        Some(Rule {
            name: text("name")
                .or(text("attribute"))
                .unwrap_or_default()
                .to_owned(),
            attribute,
            test,
            points: points?,
            group,
        })
    }

    fn test(
        &mut self,
        place: &str,
        operator: Option<&str>,
        value: Option<&Value>,
        kind: Option<Kind>,
    ) -> Option<Test> {
        let Some(operator) = operator.filter(|operator| OPERATORS.contains(operator)) else {
            self.tell(
                format!("{place}.operator"),
                format!("is none of {}", OPERATORS.join(", ")),
            );
            return None;
        };
        let of_value = format!("{place}.value");
        if matches!(operator, "is_set" | "is_not_set") {
            if value.is_some() {
                self.tell(of_value, format!("{operator} takes no value"));
            }
            return Some(if operator == "is_set" {
                Test::IsSet
            } else {
                Test::IsNotSet
            });
        }
        let numeric = matches!(
            operator,
            "greater_than" | "at_least" | "less_than" | "at_most" | "between"
        );
        if numeric && matches!(kind, Some(Kind::Text | Kind::Boolean)) {
            self.tell(
                format!("{place}.operator"),
                format!("{operator} is for numbers"),
            );
            return None;
        }
        if operator == "between" {
            let ends = value
                .and_then(Value::as_array)
                .filter(|ends| ends.len() == 2);
            let Some([from, to]) = ends.map(Vec::as_slice) else {
                self.tell(of_value, "is no pair of numbers");
                return None;
            };
            let (from, to) = (
                self.number(Some(from), &of_value)?,
                self.number(Some(to), &of_value)?,
            );
            if from > to {
                self.tell(of_value, "begins after its end");
            }
            return Some(Test::Within(end(from, true), end(to, true)));
        }
        if numeric {
            let number = self.number(value, &of_value)?;
            let (least, most) = (end(f64::NEG_INFINITY, true), end(f64::INFINITY, true));
            return Some(match operator {
                "greater_than" => Test::Within(end(number, false), most),
                "at_least" => Test::Within(end(number, true), most),
                "less_than" => Test::Within(least, end(number, false)),
                _ => Test::Within(least, end(number, true)),
            });
        }
        let texts = self.texts(&of_value, value, kind)?;
        Some(match operator {
            "equals" | "in" => Test::In(texts),
            "not_equals" | "not_in" => Test::NotIn(texts),
            "contains" => Test::Contains(texts),
            "starts_with" => Test::StartsWith(texts),
            _ => Test::EndsWith(texts),
        })
    }

    /// One value or several, in lower case.
    fn texts(
        &mut self,
        place: &str,
        value: Option<&Value>,
        kind: Option<Kind>,
    ) -> Option<Vec<String>> {
        let values = match value {
            None => {
                self.tell(place, "is missing");
                return None;
            }
            Some(Value::Array(values)) => values.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        if values.is_empty() || values.len() > MOST[1] {
            self.tell(place, format!("has not 1 to {} values", MOST[1]));
            return None;
        }
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            let fits = match kind {
                Some(Kind::Boolean) => value.is_boolean(),
                Some(Kind::Number) => value.is_number(),
                Some(Kind::Text) => value.is_string(),
                None => value.is_string() || value.is_number() || value.is_boolean(),
            };
            match value {
                _ if !fits => {
                    let wanted = match kind {
                        Some(Kind::Boolean) => "is neither true nor false",
                        Some(Kind::Number) => "is no number",
                        Some(Kind::Text) => "is no text",
                        None => "is no text, number or boolean",
                    };
                    self.tell(place, wanted);
                    return None;
                }
                Value::String(text) if text.trim().is_empty() => {
                    self.tell(place, "is blank");
                    return None;
                }
                Value::String(text) => texts.push(text.to_lowercase()),
                other => texts.push(other.to_string()),
            }
        }
        Some(texts)
    }
}

fn end(at: f64, inclusive: bool) -> Bound {
    Bound { at, inclusive }
}
