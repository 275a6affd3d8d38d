//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    (
        "inbox.assignment_method",
        "manual claimed round_robin least_busy rule import",
    ),
    (
        "inbox.template_approval",
        "pending approved rejected paused disabled",
    ),
    ("crm.score_model_status", "draft active retired"),
    (
        "crm.score_reason",
        "refresh signal profile model merge import manual",
    ),
    ("crm.merge_method", "manual automatic import"),
];

pub const SHAPES: &[Shape] = &[
    (
        "crm.identity_kind",
        "identity_kind_check",
        &["email", "github", "shop_account", "1.a-b_c", LONGEST_KIND],
        &[
            "",
            "Email",
            "git hub",
            "_x",
            "-x",
            "a@b",
            "x\n",
            TOO_LONG_KIND,
        ],
    ),
    (
        "crm.score_rules",
        "score_rules_check",
        &[
            "{}",
            r#"{"fit": {"email": 10, "x": -1000, "y": 0.5}, "lifecycle_stages": {"lead": 1000}}"#,
            r#"{"groups": {"mail": {"half_life_days": 0.001, "cap": 0}, "web_2": {"half_life_days": 36500, "cap": 1000}}, "signals": {"opened": {"group": "mail", "weight": -2}}}"#,
            r#"{"grades": {"fit": [60, 30], "engagement": [5.5, -1]}, "own": [1]}"#,
            r#"{"fit": {}, "lifecycle_stages": {}, "groups": {}, "signals": {}, "grades": {}}"#,
        ],
        &[
            "null",
            "[]",
            "1",
            r#""x""#,
            r#"{"fit": []}"#,
            r#"{"fit": null}"#,
            r#"{"fit": {"x": "1"}}"#,
            r#"{"fit": {"x": 1001}}"#,
            r#"{"fit": {"x": [1]}}"#,
            r#"{"fit": {"x": null}}"#,
            r#"{"lifecycle_stages": 1}"#,
            r#"{"lifecycle_stages": {"lead": -1001}}"#,
            r#"{"lifecycle_stages": {"lead": {}}}"#,
            r#"{"groups": []}"#,
            r#"{"groups": {"a": 1}}"#,
            r#"{"groups": {"a": []}}"#,
            r#"{"groups": {"a": {"cap": 1}}}"#,
            r#"{"groups": {"a": {"half_life_days": 1}}}"#,
            r#"{"groups": {"a": {"half_life_days": 0, "cap": 1}}}"#,
            r#"{"groups": {"a": {"half_life_days": 36501, "cap": 1}}}"#,
            r#"{"groups": {"a": {"half_life_days": "1", "cap": 1}}}"#,
            r#"{"groups": {"a": {"half_life_days": 1, "cap": -1}}}"#,
            r#"{"groups": {"a": {"half_life_days": 1, "cap": 1001}}}"#,
            r#"{"groups": {"a": {"half_life_days": 1, "cap": null}}}"#,
            r#"{"groups": {"A": {"half_life_days": 1, "cap": 1}}}"#,
            r#"{"groups": {"a b": {"half_life_days": 1, "cap": 1}}}"#,
            r#"{"groups": {"a": [{"half_life_days": 1, "cap": 1}]}}"#,
            r#"{"signals": "x"}"#,
            r#"{"signals": {"s": 1}}"#,
            r#"{"signals": {"s": {"weight": 1}}}"#,
            r#"{"signals": {"s": {"group": "a", "weight": 1}}}"#,
            r#"{"groups": {}, "signals": {"s": {"group": "a", "weight": 1}}}"#,
            r#"{"groups": {"a": {"half_life_days": 1, "cap": 1}}, "signals": {"s": {"group": "a"}}}"#,
            r#"{"groups": {"a": {"half_life_days": 1, "cap": 1}}, "signals": {"s": {"group": "b", "weight": 1}}}"#,
            r#"{"groups": {"a": {"half_life_days": 1, "cap": 1}}, "signals": {"s": {"group": "a", "weight": 1001}}}"#,
            r#"{"groups": {"a": {"half_life_days": 1, "cap": 1}}, "signals": {"s": {"group": "a", "weight": "1"}}}"#,
            r#"{"groups": {"a": {"half_life_days": 1, "cap": 1}}, "signals": {"s": {"group": ["a"], "weight": 1}}}"#,
            r#"{"groups": {"a": {"half_life_days": 1, "cap": 1}}, "signals": {"s": {"group": 1, "weight": 1}}}"#,
            r#"{"groups": {"a": {"half_life_days": 1, "cap": 1}}, "signals": {"s": {"group": "a", "weight": [1]}}}"#,
            r#"{"grades": []}"#,
            r#"{"grades": {"other": [2, 1]}}"#,
            r#"{"grades": {"fit": [1, 2]}}"#,
            r#"{"grades": {"fit": [1, 1]}}"#,
            r#"{"grades": {"fit": [3, 2, 1]}}"#,
            r#"{"grades": {"fit": [1]}}"#,
            r#"{"grades": {"fit": "x"}}"#,
            r#"{"grades": {"fit": ["2", "1"]}}"#,
            r#"{"grades": {"fit": [2, "1"]}}"#,
            r#"{"grades": {"fit": {}}}"#,
        ],
    ),
];

const LONGEST_KIND: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
const TOO_LONG_KIND: &str = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
