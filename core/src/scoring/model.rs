//! The built-in model: what signals are worth where an organization has said nothing else.

/// A kind of signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signal {
    /// Its name, as `crm.explain_contact_score` shows it.
    pub name: &'static str,
    /// The group whose half-life and cap hold for it.
    pub group: &'static str,
    /// Points at the moment it happens; negative for bad news.
    pub weight: f64,
}

/// Signals that fade together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Group {
    /// Its name, as `crm.signal_groups()` shows it.
    pub name: &'static str,
    /// Seconds after which a signal is worth half.
    pub half_life: f64,
    /// The most points that the group gives.
    pub cap: f64,
}

/// Rules for one score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Model {
    /// Attribute and points.
    pub fit: &'static [(&'static str, f64)],
    /// Code of a lifecycle stage and its points.
    pub lifecycle_stages: &'static [(&'static str, f64)],
    /// Half-lives and caps.
    pub groups: &'static [Group],
    /// Weights.
    pub signals: &'static [Signal],
    /// From how many points on fit is an A, and a B.
    pub fit_grades: [f64; 2],
    /// From how many points on engagement is a 1, and a 2.
    pub engagement_grades: [f64; 2],
}

impl Model {
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

    /// A signal by its name.
    #[must_use]
    pub fn signal(&self, name: &str) -> Option<&'static Signal> {
        self.signals.iter().find(|s| s.name == name)
    }

    /// The place of a group among the groups.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.groups.iter().position(|g| g.name == name)
    }

    /// The half-life of the group that fades last, in seconds.
    #[must_use]
    pub fn longest_half_life(&self) -> f64 {
        self.groups.iter().map(|g| g.half_life).fold(0.0, f64::max)
    }

    /// The half-life of the group that fades first, in seconds.
    #[must_use]
    pub fn shortest_half_life(&self) -> f64 {
        self.groups
            .iter()
            .map(|g| g.half_life)
            .fold(f64::INFINITY, f64::min)
    }

    /// A group by its name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&'static Group> {
        self.groups.iter().find(|g| g.name == name)
    }
}

const DAY: f64 = 86_400.0;

const fn signal(name: &'static str, group: &'static str, weight: f64) -> Signal {
    Signal {
        name,
        group,
        weight,
    }
}

/// The model of every organization that has none of its own.
///
/// Fit gives at most 40 points, so that a contact without any engagement never outranks an active
/// one. The half-life of purchases, 60 days, is the best of 30, 60 and 90 on the CDNOW customers
/// (23,570 customers, 69,659 purchases: AUC .7681 for buying again; `make demo` shows the lift);
/// conversations are older news sooner, deals later.
pub const BUILT_IN: Model = Model {
    fit: &[
        ("email", 5.0),
        ("phone", 5.0),
        ("company", 5.0),
        ("title", 5.0),
    ],
    lifecycle_stages: &[
        ("subscriber", 2.0),
        ("lead", 4.0),
        ("mql", 8.0),
        ("sql", 12.0),
        ("opportunity", 16.0),
        ("customer", 20.0),
        ("evangelist", 20.0),
    ],
    groups: &[
        Group {
            name: "conversation",
            half_life: 30.0 * DAY,
            cap: 25.0,
        },
        Group {
            name: "email",
            half_life: 30.0 * DAY,
            cap: 15.0,
        },
        Group {
            name: "activity",
            half_life: 30.0 * DAY,
            cap: 15.0,
        },
        Group {
            name: "deal",
            half_life: 90.0 * DAY,
            cap: 25.0,
        },
        Group {
            name: "purchase",
            half_life: 60.0 * DAY,
            cap: 60.0,
        },
    ],
    signals: &[
        signal("message_inbound", "conversation", 4.0),
        signal("message_outbound", "conversation", 0.5),
        signal("call_inbound", "conversation", 6.0),
        signal("call_outbound", "conversation", 2.0),
        signal("email_sent", "email", 0.2),
        signal("email_received", "email", 3.0),
        signal("email_opened", "email", 1.0),
        signal("email_clicked", "email", 3.0),
        signal("email_replied", "email", 5.0),
        signal("email_bounced", "email", -5.0),
        signal("meeting_completed", "activity", 8.0),
        signal("call_completed", "activity", 3.0),
        signal("follow_up_completed", "activity", 2.0),
        signal("task_completed", "activity", 1.0),
        signal("deal_created", "deal", 8.0),
        signal("deal_won", "deal", 15.0),
        signal("deal_lost", "deal", -6.0),
        signal("order_placed", "purchase", 10.0),
    ],
    // Of 40 points at most: more than half and a stage beyond a lead's; any two attributes.
    fit_grades: [25.0, 10.0],
    // A recent order and a conversation; one inbound message a fortnight ago.
    engagement_grades: [25.0, 3.0],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signal_has_a_group_and_names_are_unique() {
        for (i, signal) in BUILT_IN.signals.iter().enumerate() {
            assert!(BUILT_IN.group(signal.group).is_some(), "{}", signal.name);
            assert!(
                BUILT_IN.signals[..i].iter().all(|s| s.name != signal.name),
                "{}",
                signal.name
            );
        }
    }

    #[test]
    fn grades_begin_at_their_thresholds() {
        for (fit, engagement, grade) in [
            (40.0, 100.0, "A1"),
            (25.0, 25.0, "A1"),
            (24.9, 24.9, "B2"),
            (10.0, 3.0, "B2"),
            (9.9, 2.9, "C3"),
            (0.0, -5.0, "C3"),
            (40.0, 0.0, "A3"),
            (0.0, 140.0, "C1"),
        ] {
            assert_eq!(BUILT_IN.grade(fit, engagement), grade, "{fit} {engagement}");
        }
    }

    #[test]
    fn fit_gives_at_most_forty_points() {
        let attributes: f64 = BUILT_IN.fit.iter().map(|(_, p)| p).sum();
        let stage = BUILT_IN
            .lifecycle_stages
            .iter()
            .map(|(_, p)| *p)
            .fold(0.0, f64::max);
        assert_eq!(attributes + stage, 40.0);
    }
}
