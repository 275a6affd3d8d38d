//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    (
        "creator.platform",
        "instagram tiktok youtube facebook twitter linkedin pinterest snapchat threads twitch podcast blog newsletter website email print tv out_of_home other",
    ),
    (
        "creator.creator_status",
        "prospect invited active paused blocked archived",
    ),
    (
        "creator.creator_tier",
        "nano micro mid macro mega celebrity",
    ),
    (
        "creator.metric_source",
        "api provider creator manual import",
    ),
    (
        "creator.verification_type",
        "identity age email phone address platform_account bank_account tax",
    ),
    (
        "creator.verification_status",
        "pending in_review verified rejected expired revoked cancelled",
    ),
    (
        "creator.earning_type",
        "fee milestone commission bonus reimbursement adjustment reversal payout",
    ),
    ("creator.review_status", "pending published hidden"),
    (
        "creator.campaign_type",
        "sponsored gifted affiliate ambassador user_generated whitelisting event contest other",
    ),
    (
        "creator.campaign_objective",
        "awareness engagement traffic leads sales content community other",
    ),
    (
        "creator.campaign_status",
        "draft planned recruiting active paused completed cancelled",
    ),
    ("creator.visibility", "private invited public"),
    ("creator.brief_status", "draft published superseded"),
    (
        "creator.milestone_status",
        "pending in_progress submitted approved paid cancelled",
    ),
    (
        "creator.deliverable_status",
        "pending in_progress submitted revision_requested approved published rejected cancelled",
    ),
    (
        "creator.application_status",
        "invited submitted shortlisted accepted rejected declined withdrawn",
    ),
    (
        "creator.placement_status",
        "planned submitted approved rejected scheduled published removed",
    ),
    (
        "creator.content_type",
        "image video carousel story reel live audio article text link other",
    ),
    (
        "creator.content_status",
        "draft in_review approved published rejected archived",
    ),
    ("creator.tag_source", "manual ai import"),
    (
        "creator.right_type",
        "organic paid whitelisting derivative editorial resale",
    ),
];

pub const SHAPES: &[Shape] = &[(
    "creator.brand_safety",
    "brand_safety_check",
    &[
        "{}",
        r#"{"score": 0}"#,
        r#"{"score": 100, "categories": {}, "flags": []}"#,
        r#"{"score": 99.5, "categories": {"violence": 0, "adult": 100}, "flags": ["loud", 1], "own": null}"#,
    ],
    &[
        "null",
        "[]",
        "1",
        r#""score""#,
        r#"["score"]"#,
        r#"{"score": -1}"#,
        r#"{"score": 100.1}"#,
        r#"{"score": "50"}"#,
        r#"{"score": null}"#,
        r#"{"score": [50]}"#,
        r#"{"categories": null}"#,
        r#"{"categories": []}"#,
        r#"{"categories": {"violence": "1"}}"#,
        r#"{"categories": {"violence": null}}"#,
        r#"{"categories": {"violence": {"score": 1}}}"#,
        r#"{"categories": {"violence": 1, "adult": -1}}"#,
        r#"{"categories": {"violence": 101}}"#,
        r#"{"flags": {}}"#,
        r#"{"flags": null}"#,
    ],
)];
