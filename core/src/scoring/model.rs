//! Scoring models: what counts, and how much.

use std::sync::LazyLock;

use super::fit::Rule;

/// A kind of signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Its name, as `crm.explain_contact_score` shows it; [`OTHER`] for recorded signals that have no
    /// rule of their own.
    pub name: String,
    /// The place of its group in [`Model::groups`].
    pub group: usize,
    /// Points at the moment it happens; negative for bad news.
    pub weight: f64,
}

/// Signals that fade together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its name, as `crm.signal_groups()` shows it.
    pub name: String,
    /// Seconds after which a signal is worth half.
    pub half_life: f64,
    /// The most points that the group gives.
    pub cap: f64,
}

/// Fit rules that give no more than so much together.
#[derive(Debug, Clone, PartialEq)]
pub struct FitGroup {
    /// Its name, as `crm.explain_contact_score` shows it.
    pub name: String,
    /// The most points that the group gives.
    pub cap: f64,
}

/// Rules for one score.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// What a contact is.
    pub fit: Vec<Rule>,
    /// Caps of fit rules.
    pub fit_groups: Vec<FitGroup>,
    /// Half-lives and caps of signals.
    pub groups: Vec<Group>,
    /// Weights of signals.
    pub signals: Vec<Signal>,
    /// From how many points on fit is an A, and a B.
    pub fit_grades: [f64; 2],
    /// From how many points on engagement is a 1, and a 2.
    pub engagement_grades: [f64; 2],
    /// Scores whose crossing is told, the highest first.
    pub thresholds: Vec<i32>,
    /// See [`Model::half_lives`].
    half_lives: Vec<f64>,
}

/// Name of the rule for recorded signals that have none of their own.
pub const OTHER: &str = "*";

/// Before the names of events.
pub const EVENT: &str = "event.";

/// Where a model says nothing of them.
pub const FIT_GRADES: [f64; 2] = [25.0, 10.0];
/// Likewise.
pub const ENGAGEMENT_GRADES: [f64; 2] = [25.0, 3.0];
/// Likewise.
pub const THRESHOLDS: [i32; 3] = [75, 50, 25];

const DAY: f64 = 86_400.0;

impl Model {
    /// A model that rates nothing yet.
    #[must_use]
    pub fn new(groups: Vec<Group>) -> Self {
        let longest = groups.iter().map(|g| g.half_life).fold(0.0, f64::max);
        // Any will do for a model without signals.
        let longest = if longest > 0.0 { longest } else { DAY };
        let half_lives = std::iter::once(longest)
            .chain(groups.iter().map(|g| g.half_life))
            .collect();
        Self {
            fit: Vec::new(),
            fit_groups: Vec::new(),
            groups,
            signals: Vec::new(),
            fit_grades: FIT_GRADES,
            engagement_grades: ENGAGEMENT_GRADES,
            thresholds: THRESHOLDS.to_vec(),
            half_lives,
        }
    }

    /// Half-lives in seconds as [`super::Sums`] wants them: first the longest of all, then each
    /// group's.
    #[must_use]
    pub fn half_lives(&self) -> &[f64] {
        &self.half_lives
    }

    /// Fit as a letter and engagement as a digit: A1 is the best, C3 the least.
    #[must_use]
    pub fn grade(&self, fit: f64, engagement: f64) -> String {
        let step = |points, [best, second]: [f64; 2]| match points {
            points if points >= best => 0,
            points if points >= second => 1,
            _ => 2,
        };
        let letter = ["A", "B", "C"][step(fit, self.fit_grades)];
        let digit = ["1", "2", "3"][step(engagement, self.engagement_grades)];
        format!("{letter}{digit}")
    }

    /// The rule for a signal: that of its name; else, where the name has parts (`meeting_completed.
    /// no_show`), that of the name without the last part; else, for what an application recorded under
    /// a name of its own, the rule [`OTHER`].
    #[must_use]
    pub fn rule(&self, signal: &str) -> Option<&Signal> {
        if let Some(rule) = self.named(signal) {
            return Some(rule);
        }
        if signal.starts_with(EVENT) {
            return None;
        }
        let known = match signal.rsplit_once('.') {
            Some((general, _)) => {
                if let Some(rule) = self.named(general) {
                    return Some(rule);
                }
                general
            }
            None => signal,
        };
        if FROM_TABLES.contains(&known) {
            return None;
        }
        self.named(OTHER)
    }

    fn named(&self, name: &str) -> Option<&Signal> {
        self.signals.iter().find(|s| s.name == name)
    }

    /// Whether any event counts.
    #[must_use]
    pub fn counts_events(&self) -> bool {
        self.signals.iter().any(|s| s.name.starts_with(EVENT))
    }
}

/// What rows of the model's tables tell by themselves. They count where a model names them, and are
/// never an unnamed signal of the application's.
const FROM_TABLES: &[&str] = &[
    "message_inbound",
    "message_outbound",
    "call_inbound",
    "call_outbound",
    "email_sent",
    "email_received",
    "email_opened",
    "email_clicked",
    "email_replied",
    "email_bounced",
    "meeting_completed",
    "call_completed",
    "follow_up_completed",
    "task_completed",
    "deal_created",
    "deal_advanced",
    "deal_won",
    "deal_lost",
    "order_placed",
];

/// The model of every organization that has none of its own.
///
/// Fit gives at most 40 points, so that a contact without any engagement never outranks an active
/// one. The half-life of purchases, 60 days, is the best of 30, 60 and 90 on the CDNOW customers
/// (23,570 customers, 69,659 purchases: AUC .7681 for buying again; `make demo` shows the lift);
/// conversations are older news sooner, deals later.
pub static BUILT_IN: LazyLock<Model> = LazyLock::new(|| {
    let groups = [
        ("conversation", 30.0, 25.0),
        ("email", 30.0, 15.0),
        ("activity", 30.0, 15.0),
        ("deal", 90.0, 25.0),
        ("purchase", 60.0, 60.0),
        ("other", 30.0, 20.0),
    ]
    .map(|(name, days, cap)| Group {
        name: name.to_owned(),
        half_life: days * DAY,
        cap,
    });
    let mut model = Model::new(groups.to_vec());
    let signals: [(&str, usize, f64); 20] = [
        ("message_inbound", 0, 4.0),
        ("message_outbound", 0, 0.5),
        ("call_inbound", 0, 6.0),
        ("call_outbound", 0, 2.0),
        ("email_sent", 1, 0.2),
        ("email_received", 1, 3.0),
        ("email_opened", 1, 1.0),
        ("email_clicked", 1, 3.0),
        ("email_replied", 1, 5.0),
        ("email_bounced", 1, -5.0),
        ("meeting_completed", 2, 8.0),
        ("call_completed", 2, 3.0),
        ("follow_up_completed", 2, 2.0),
        ("task_completed", 2, 1.0),
        ("deal_created", 3, 8.0),
        ("deal_advanced", 3, 4.0),
        ("deal_won", 3, 15.0),
        ("deal_lost", 3, -6.0),
        ("order_placed", 4, 10.0),
        (OTHER, 5, 1.0),
    ];
    model.signals = signals
        .iter()
        .map(|(name, group, weight)| Signal {
            name: (*name).to_owned(),
            group: *group,
            weight: *weight,
        })
        .collect();
    let attributes = ["email", "phone", "company", "title"]
        .iter()
        .filter_map(|attribute| Rule::is_set(attribute, 5.0));
    let stages = [
        ("subscriber", 2.0),
        ("lead", 4.0),
        ("mql", 8.0),
        ("sql", 12.0),
        ("opportunity", 16.0),
        ("customer", 20.0),
        ("evangelist", 20.0),
    ]
    .iter()
    .map(|(code, points)| Rule::stage(code, *points));
    model.fit = attributes.chain(stages).collect();
    model
});

#[cfg(test)]
mod tests {
    use super::super::fit::Profile;
    use super::*;

    #[test]
    fn every_signal_has_a_group_and_names_are_unique() {
        for (i, signal) in BUILT_IN.signals.iter().enumerate() {
            assert!(signal.group < BUILT_IN.groups.len(), "{}", signal.name);
            assert!(
                BUILT_IN.signals[..i].iter().all(|s| s.name != signal.name),
                "{}",
                signal.name
            );
        }
        assert_eq!(
            BUILT_IN.signals.len(),
            FROM_TABLES.len() + 1,
            "the tables' signals, and the others"
        );
    }

    #[test]
    fn a_signal_finds_the_most_special_rule() {
        let rule = |model: &Model, name: &str| model.rule(name).map(|rule| rule.name.clone());
        let mut own = BUILT_IN.clone();
        own.signals.retain(|s| s.name != "call_inbound");
        for name in ["meeting_completed.no_show", "event.trial_started"] {
            own.signals.push(Signal {
                name: name.to_owned(),
                group: 0,
                weight: 1.0,
            });
        }
        for (name, built_in, of_own) in [
            (
                "meeting_completed",
                Some("meeting_completed"),
                Some("meeting_completed"),
            ),
            (
                "meeting_completed.no_show",
                Some("meeting_completed"),
                Some("meeting_completed.no_show"),
            ),
            ("call_inbound", Some("call_inbound"), None),
            ("call_inbound.x", Some("call_inbound"), None),
            ("webinar_attended", Some(OTHER), Some(OTHER)),
            ("webinar.attended", Some(OTHER), Some(OTHER)),
            ("event.trial_started", None, Some("event.trial_started")),
            ("event.page_viewed", None, None),
        ] {
            assert_eq!(rule(&BUILT_IN, name).as_deref(), built_in, "{name}");
            assert_eq!(rule(&own, name).as_deref(), of_own, "{name}");
        }
        assert!(!BUILT_IN.counts_events() && own.counts_events());
    }

    #[test]
    fn grades_begin_at_their_points() {
        for (fit, engagement, grade) in [
            (40.0, 60.0, "A1"),
            (25.0, 25.0, "A1"),
            (24.9, 24.9, "B2"),
            (10.0, 3.0, "B2"),
            (9.9, 2.9, "C3"),
            (0.0, 0.0, "C3"),
            (-5.0, -20.0, "C3"),
            (f64::NAN, f64::NAN, "C3"),
            (40.0, 0.0, "A3"),
            (0.0, 140.0, "C1"),
        ] {
            assert_eq!(BUILT_IN.grade(fit, engagement), grade, "{fit} {engagement}");
        }
    }

    #[test]
    fn fit_gives_at_most_forty_points() {
        let profile = Profile::of(&[
            ("email", "a@b.example"),
            ("phone", "+41446681800"),
            ("company", "Globex"),
            ("title", "Director"),
            ("lifecycle_stage", "customer"),
        ]);
        assert_eq!(BUILT_IN.fit_points(&profile), 40.0);
    }
}
