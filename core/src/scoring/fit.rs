//! Fit: what a contact is, by rules over its attributes, its company's and its role's.

use serde_json::{Map, Value};

use super::{Line, Model};

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Compared without regard to case.
    Text,
    /// Decimal.
    Number,
    /// `true` or `false`.
    Boolean,
}

/// The attributes that have a name: place by place what a [`Profile`] holds.
pub const ATTRIBUTES: &[(&str, Kind)] = &[
    ("email", Kind::Text),
    ("phone", Kind::Text),
    ("company", Kind::Text),
    ("title", Kind::Text),
    ("lifecycle_stage", Kind::Text),
    ("first_name", Kind::Text),
    ("last_name", Kind::Text),
    ("source", Kind::Text),
    ("status", Kind::Text),
    ("city", Kind::Text),
    ("state", Kind::Text),
    ("postal_code", Kind::Text),
    ("country", Kind::Text),
    ("language", Kind::Text),
    ("time_zone", Kind::Text),
    ("owner", Kind::Text),
    ("do_not_contact", Kind::Boolean),
    ("email_opt_out", Kind::Boolean),
    ("phone_opt_out", Kind::Boolean),
    ("email_bounced", Kind::Boolean),
    ("job_role", Kind::Text),
    ("job_role.department", Kind::Text),
    ("job_role.seniority", Kind::Text),
    ("company.domain", Kind::Text),
    ("company.industry", Kind::Text),
    ("company.country", Kind::Text),
    ("company.city", Kind::Text),
    ("company.state", Kind::Text),
    ("company.account_type", Kind::Text),
    ("company.billing_type", Kind::Text),
    ("company.annual_revenue", Kind::Number),
    ("company.number_of_employees", Kind::Number),
];

/// Before the names of a contact's own fields.
const CUSTOM: &str = "custom.";
/// Before the names of its company's own fields.
const COMPANY_CUSTOM: &str = "company.custom.";

/// What a rule looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// One of [`ATTRIBUTES`], by its place.
    Named(usize),
    /// The names of the contact's tags.
    Tag,
    /// A field of the contact that the tenant defines.
    Custom(String),
    /// A field of its company that the tenant defines.
    CompanyCustom(String),
}

impl Attribute {
    /// The attribute of a name; `None` where there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        if name == "tag" {
            return Some(Self::Tag);
        }
        let own = |prefix: &str| name.strip_prefix(prefix).filter(|key| !key.is_empty());
        if let Some(key) = own(COMPANY_CUSTOM) {
            return Some(Self::CompanyCustom(key.to_owned()));
        }
        if let Some(key) = own(CUSTOM) {
            return Some(Self::Custom(key.to_owned()));
        }
        ATTRIBUTES
            .iter()
            .position(|(known, _)| *known == name)
            .map(Self::Named)
    }

    /// What it holds; own fields and tags hold anything, as text.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Self::Named(place) => ATTRIBUTES.get(*place).map(|(_, kind)| *kind),
            Self::Tag => Some(Kind::Text),
            Self::Custom(_) | Self::CompanyCustom(_) => None,
        }
    }
}

/// When a rule holds. A value that is not set meets none but [`Test::IsNotSet`].
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// There is a value.
    IsSet,
    /// There is none.
    IsNotSet,
    /// It is one of these, in lower case; of a list, any is.
    In(Vec<String>),
    /// It is none of these; of a list, none is.
    NotIn(Vec<String>),
    /// One of these is in it.
    Contains(Vec<String>),
    /// It begins with one of these.
    StartsWith(Vec<String>),
    /// It ends with one of these.
    EndsWith(Vec<String>),
    /// It is a number from the first to the second, where they count or not.
    Within(Bound, Bound),
}

/// An end of a range of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// The number; infinite where there is no end.
    pub at: f64,
    /// Whether the number itself belongs to the range.
    pub inclusive: bool,
}

/// A rule of fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name, as `crm.explain_contact_score` shows it.
    pub name: String,
    /// What it looks at.
    pub attribute: Attribute,
    /// When it holds.
    pub test: Test,
    /// What it gives then.
    pub points: f64,
    /// The place of its group in [`Model::fit_groups`], if it has one.
    pub group: Option<usize>,
}

impl Rule {
    /// Points for an attribute that is known.
    #[must_use]
    pub fn is_set(attribute: &str, points: f64) -> Option<Self> {
        Some(Self {
            name: attribute.to_owned(),
            attribute: Attribute::named(attribute)?,
            test: Test::IsSet,
            points,
            group: None,
        })
    }

    /// Points for a lifecycle stage.
    #[must_use]
    pub fn stage(code: &str, points: f64) -> Self {
        Self {
            name: code.to_owned(),
            attribute: Attribute::named("lifecycle_stage").unwrap_or(Attribute::Tag),
            test: Test::In(vec![code.to_lowercase()]),
            points,
            group: None,
        }
    }

    /// Whether the rule holds for a contact.
    #[must_use]
    pub fn holds(&self, profile: &Profile) -> bool {
        let values = profile.values(&self.attribute);
        let any = |test: &dyn Fn(&str) -> bool| values.iter().any(|value| test(value));
        match &self.test {
            Test::IsSet => !values.is_empty(),
            Test::IsNotSet => values.is_empty(),
            Test::In(wanted) => any(&|value| wanted.iter().any(|w| w == value)),
            Test::NotIn(unwanted) => {
                !values.is_empty() && !any(&|value| unwanted.iter().any(|u| u == value))
            }
            Test::Contains(parts) => any(&|value| parts.iter().any(|p| value.contains(p.as_str()))),
            Test::StartsWith(parts) => {
                any(&|value| parts.iter().any(|p| value.starts_with(p.as_str())))
            }
            Test::EndsWith(parts) => {
                any(&|value| parts.iter().any(|p| value.ends_with(p.as_str())))
            }
            Test::Within(from, to) => any(&|value| {
                value.parse::<f64>().is_ok_and(|number| {
                    (number > from.at || from.inclusive && number == from.at)
                        && (number < to.at || to.inclusive && number == to.at)
                })
            }),
        }
    }
}

/// What fit needs to know of a contact.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// By the places of [`ATTRIBUTES`]; missing at the end: not set.
    pub named: Vec<Option<String>>,
    /// The names of its tags.
    pub tags: Vec<String>,
    /// Its own fields.
    pub custom: Map<String, Value>,
    /// Its company's own fields.
    pub company_custom: Map<String, Value>,
}

impl Profile {
    /// A profile of named attributes; unknown names are left out.
    #[must_use]
    pub fn of(attributes: &[(&str, &str)]) -> Self {
        let mut named = vec![None; ATTRIBUTES.len()];
        for (name, value) in attributes {
            let place = ATTRIBUTES.iter().position(|(known, _)| known == name);
            if let Some(slot) = place.and_then(|place| named.get_mut(place)) {
                *slot = Some((*value).to_owned());
            }
        }
        Self {
            named,
            ..Self::default()
        }
    }

    /// The values of an attribute, in lower case. What is blank is not set.
    fn values(&self, attribute: &Attribute) -> Vec<String> {
        let mut values = match attribute {
            Attribute::Named(place) => self
                .named
                .get(*place)
                .cloned()
                .flatten()
                .into_iter()
                .collect(),
            Attribute::Tag => self.tags.clone(),
            Attribute::Custom(key) => texts(self.custom.get(key)),
            Attribute::CompanyCustom(key) => texts(self.company_custom.get(key)),
        };
        values.retain(|value| !value.trim().is_empty());
        for value in &mut values {
            *value = value.to_lowercase();
        }
        values
    }
}

/// A field of the tenant's as texts.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        None | Some(Value::Null | Value::Object(_)) => Vec::new(),
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => items.iter().flat_map(|item| texts(Some(item))).collect(),
        Some(other) => vec![other.to_string()],
    }
}

impl Model {
    /// The fit lines of a contact, with a `cap` line for every fit group above its cap.
    #[must_use]
    pub fn fit(&self, profile: &Profile) -> Vec<Line> {
        let mut lines: Vec<Line> = self
            .fit
            .iter()
            .filter(|rule| rule.holds(profile))
            .map(|rule| Line {
                component: "fit",
                signal: rule.name.clone(),
                raw: 1.0,
                points: rule.points,
            })
            .collect();
        lines.extend(
            self.fit_sums(profile)
                .iter()
                .zip(&self.fit_groups)
                .filter(|(sum, group)| **sum > group.cap)
                .map(|(sum, group)| Line {
                    component: "cap",
                    signal: group.name.clone(),
                    raw: *sum,
                    points: group.cap - sum,
                }),
        );
        lines
    }

    /// What each fit group's rules add up to.
    fn fit_sums(&self, profile: &Profile) -> Vec<f64> {
        let mut sums = vec![0.0; self.fit_groups.len()];
        for rule in self.fit.iter().filter(|rule| rule.group.is_some()) {
            if let Some(sum) = rule.group.and_then(|group| sums.get_mut(group))
                && rule.holds(profile)
            {
                *sum += rule.points;
            }
        }
        sums
    }

    /// What [`Self::fit`]'s lines add up to.
    #[must_use]
    pub fn fit_points(&self, profile: &Profile) -> f64 {
        let free = self
            .fit
            .iter()
            .filter(|rule| rule.group.is_none() && rule.holds(profile))
            .map(|rule| rule.points);
        let grouped = self
            .fit_sums(profile)
            .into_iter()
            .zip(&self.fit_groups)
            .map(|(sum, group)| sum.min(group.cap));
        free.chain(grouped).sum::<f64>() + 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn rule(attribute: &str, test: Test) -> Rule {
        Rule {
            name: "r".to_owned(),
            attribute: Attribute::named(attribute).unwrap(),
            test,
            points: 1.0,
            group: None,
        }
    }

    fn list(items: &[&str]) -> Vec<String> {
        items.iter().map(|item| (*item).to_owned()).collect()
    }

    fn at(at: f64, inclusive: bool) -> Bound {
        Bound { at, inclusive }
    }

    #[test]
    fn tests_hold_as_they_say() {
        let mut profile = Profile::of(&[
            ("title", "VP of Sales"),
            ("company.annual_revenue", "1500000.50"),
            ("do_not_contact", "false"),
            ("city", "   "),
        ]);
        profile.tags = list(&["Hot", "Trade Fair"]);
        let Value::Object(custom) =
            json!({"size": 12, "plan": "Pro", "uses": ["CRM", "Mail"], "none": [], "ok": true})
        else {
            panic!()
        };
        profile.custom = custom;
        let any = at(f64::INFINITY, false);
        for (attribute, test, expected) in [
            ("title", Test::IsSet, true),
            ("title", Test::IsNotSet, false),
            ("city", Test::IsSet, false),
            ("city", Test::IsNotSet, true),
            ("source", Test::IsNotSet, true),
            ("title", Test::In(list(&["ceo", "vp of sales"])), true),
            ("title", Test::In(list(&["vp"])), false),
            ("title", Test::NotIn(list(&["vp"])), true),
            ("source", Test::NotIn(list(&["vp"])), false),
            ("title", Test::Contains(list(&["sal", "x"])), true),
            ("title", Test::StartsWith(list(&["vp "])), true),
            ("title", Test::EndsWith(list(&["vp"])), false),
            ("title", Test::EndsWith(list(&["sales"])), true),
            (
                "company.annual_revenue",
                Test::Within(at(1e6, true), any),
                true,
            ),
            (
                "company.annual_revenue",
                Test::Within(at(1_500_000.5, true), any),
                true,
            ),
            (
                "company.annual_revenue",
                Test::Within(at(1_500_000.5, false), any),
                false,
            ),
            ("title", Test::Within(at(0.0, true), any), false),
            ("do_not_contact", Test::In(list(&["false"])), true),
            ("tag", Test::In(list(&["hot"])), true),
            ("tag", Test::NotIn(list(&["hot"])), false),
            ("tag", Test::NotIn(list(&["cold"])), true),
            (
                "custom.size",
                Test::Within(at(10.0, true), at(12.0, true)),
                true,
            ),
            (
                "custom.size",
                Test::Within(at(10.0, true), at(12.0, false)),
                false,
            ),
            ("custom.plan", Test::In(list(&["pro"])), true),
            ("custom.uses", Test::In(list(&["mail"])), true),
            ("custom.none", Test::IsSet, false),
            ("custom.ok", Test::In(list(&["true"])), true),
            ("custom.absent", Test::IsNotSet, true),
            ("company.custom.size", Test::IsSet, false),
        ] {
            let rule = rule(attribute, test);
            assert_eq!(rule.holds(&profile), expected, "{rule:?}");
        }
    }

    #[test]
    fn attributes_have_names() {
        for name in ["", "titel", "custom.", "company.custom.", "Custom.x"] {
            assert_eq!(Attribute::named(name), None, "{name}");
        }
        for (name, _) in ATTRIBUTES {
            assert!(Attribute::named(name).is_some(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn the_lines_add_up_to_the_points(
            rules in prop::collection::vec((0..ATTRIBUTES.len(), -50.0..50.0_f64, 0..4_usize), 0..30),
            known in prop::collection::vec(any::<bool>(), ATTRIBUTES.len()),
        ) {
            let mut model = Model::new(Vec::new());
            model.fit_groups = (0..3).map(|i| super::super::FitGroup { name: format!("g{i}"), cap: 10.0 * f64::from(i) }).collect();
            model.fit = rules.into_iter().map(|(place, points, group)| Rule {
                name: String::new(), attribute: Attribute::Named(place), test: Test::IsSet, points,
                group: (group < 3).then_some(group),
            }).collect();
            let profile = Profile {
                named: known.into_iter().map(|known| known.then(|| "x".to_owned())).collect(),
                ..Profile::default()
            };
            let lines: f64 = model.fit(&profile).iter().map(|line| line.points).sum();
            prop_assert!((lines - model.fit_points(&profile)).abs() < 1e-9);
        }
    }
}
