use proptest::prelude::*;
use serde_json::json;

use super::*;

fn told(shape: Shape, json: &str) -> Vec<String> {
    problems(shape, json)
        .iter()
        .map(Problem::to_string)
        .collect()
}

#[track_caller]
fn check(shape: Shape, cases: &[(&str, &[&str])]) {
    for (json, expected) in cases {
        assert_eq!(told(shape, json), *expected, "{json}");
    }
}

#[test]
fn settings_have_typed_keys_and_any_others() {
    check(
        Shape::OrganizationSettings,
        &[
            ("{}", &[]),
            (
                r#"{"timezone": "Europe/Berlin", "language": "de", "own": [1]}"#,
                &[],
            ),
            (
                r#"{"features": {"ai_enabled": true, "beta": 1}, "branding": {"logo_url": "x"}}"#,
                &[],
            ),
            ("[]", &[".: invalid type: sequence, expected an object"]),
            ("null", &[".: invalid type: null, expected an object"]),
            (
                r#"{"timezone": null}"#,
                &["timezone: invalid type: null, expected a string"],
            ),
            (
                r#"{"features": {"api_access": "yes"}}"#,
                &["features.api_access: invalid type: string \"yes\", expected a boolean"],
            ),
            (
                r#"{"branding": {"primary_color": " "}, "language": ""}"#,
                &[
                    "language: is empty; leave the key out",
                    "branding.primary_color: is empty; leave the key out",
                ],
            ),
        ],
    );
}

#[test]
fn custom_fields_are_flat() {
    check(
        Shape::CustomFields,
        &[
            (
                r#"{"a": "x", "b": 1.5, "c": true, "d": ["x", "y"], "e": []}"#,
                &[],
            ),
            ("[]", &[".: invalid type: sequence, expected a map"]),
            (
                r#"{"a": {"b": 1}, "c": null, "d": ["x", 1, [2]]}"#,
                &[
                    "a: is an object; a field is a string, a number, a boolean or an array of strings",
                    "c: is null; a field is a string, a number, a boolean or an array of strings",
                    "d[1]: is a number; arrays hold strings",
                    "d[2]: is an array; arrays hold strings",
                ],
            ),
        ],
    );
}

#[test]
fn content_documents_have_typed_keys() {
    check(
        Shape::ContentMedia,
        &[
            (
                r#"{"width": 10, "renditions": [{"url": "x", "width": 5}], "codec": {}}"#,
                &[],
            ),
            (r#"{"width": -1}"#, &["width: is -1, below 0"]),
            ("[]", &[".: invalid type: sequence, expected an object"]),
            (
                r#"{"renditions": [{}]}"#,
                &["renditions[0]: missing field `url`"],
            ),
        ],
    );
    check(
        Shape::ContentInsights,
        &[
            (
                r#"{"labels": ["sea", {"name": "sun", "confidence": 0.5}], "sentiment": 0.1}"#,
                &[],
            ),
            (
                r#"{"labels": [{"name": "sun", "confidence": 2}]}"#,
                &["labels[0].confidence: is 2, above 1"],
            ),
            (
                r#"{"labels": ["x", ["y"]]}"#,
                &["labels[1]: expected a string, or an object with a name and a confidence"],
            ),
            (
                r#"{"labels": [1]}"#,
                &["labels[0]: expected a string, or an object with a name and a confidence"],
            ),
        ],
    );
    check(
        Shape::SocialMetrics,
        &[
            (r#"{"instagram": {"likes": 3}}"#, &[]),
            (
                r#"{"instagram": {"likes": -3}}"#,
                &["instagram.likes: is -3, below 0"],
            ),
            (
                r#"{"instagram": 3}"#,
                &["instagram: invalid type: integer `3`, expected a map"],
            ),
        ],
    );
    check(
        Shape::ContentPerformance,
        &[
            (r#"{"views": 3, "by_day": {"monday": 1}}"#, &[]),
            (
                r#"{"views": "3"}"#,
                &["views: expected a number, or an object of further metrics"],
            ),
        ],
    );
    check(
        Shape::BrandSafety,
        &[
            (
                r#"{"score": 90, "categories": {"violence": 1.5}, "flags": []}"#,
                &[],
            ),
            (
                r#"{"score": 101, "categories": {"violence": -1}}"#,
                &[
                    "score: is 101, above 100",
                    "categories.violence: is -1, below 0",
                ],
            ),
            (
                r#"{"flags": {}}"#,
                &["flags: invalid type: map, expected a sequence"],
            ),
        ],
    );
}

#[test]
fn a_draft_may_be_unfinished_but_must_be_readable() {
    check(
        Shape::WorkflowDefinition,
        &[
            ("{}", &[]),
            (r#"{"nodes": [{"id": "a", "type": "action"}]}"#, &[]),
            (
                r#"{"nodes": [{"id": "a", "type": "loop"}]}"#,
                &[
                    "nodes[0].type: unknown variant `loop`, expected one of `trigger`, `action`, `condition`, `wait`",
                ],
            ),
            (
                r#"{"nodes": [{"id": "a", "type": "wait", "config": []}]}"#,
                &["nodes[0].config: invalid type: sequence, expected a map"],
            ),
            (
                r#"{"nodes": [{"id": "a", "type": "wait", "position": {"x": 1}}]}"#,
                &["nodes[0].position: missing field `y`"],
            ),
            (
                r#"{"nodes": [{"id": "a", "type": "wait"}, {"id": "a", "type": "wait"}, {"id": "", "type": "wait"}]}"#,
                &[
                    "nodes[1].id: \"a\" is the id of nodes[0] too",
                    "nodes[2].id: is empty",
                ],
            ),
            (
                r#"{"nodes": [{"id": "a", "type": "wait"}], "edges": [{"from": "a", "to": "b"}, {"from": "c", "to": "a"}]}"#,
                &[
                    "edges[0].to: there is no node \"b\"",
                    "edges[1].from: there is no node \"c\"",
                ],
            ),
        ],
    );
}

/// A definition of nodes named by their letters: t(rigger), w(ait), a(ction), c(ondition).
fn definition(nodes: &[&str], edges: &[(&str, &str)]) -> String {
    let kind = |id: &str| match id.as_bytes().first() {
        Some(b't') => "trigger",
        Some(b'w') => "wait",
        Some(b'c') => "condition",
        _ => "action",
    };
    json!({
        "nodes": nodes.iter().map(|id| json!({"id": id, "type": kind(id)})).collect::<Vec<_>>(),
        "edges": edges.iter().map(|(from, to)| json!({"from": from, "to": to})).collect::<Vec<_>>(),
    })
    .to_string()
}

type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a [&'a str]);

#[test]
fn a_sound_definition_can_be_run() {
    let cases: &[Case<'_>] = &[
        (&["t"], &[], &[]),
        (
            &["t", "a", "c", "b"],
            &[("t", "a"), ("a", "c"), ("c", "b")],
            &[],
        ),
        (&["t", "a", "w"], &[("t", "a"), ("a", "w"), ("w", "a")], &[]),
        (&[], &[], &["nodes: there is no trigger"]),
        (
            &["t", "t2"],
            &[],
            &["nodes[1]: \"t2\" is a further trigger"],
        ),
        (
            &["t", "a", "b"],
            &[("t", "a")],
            &["nodes[2]: \"b\" is not reached from the trigger"],
        ),
        (
            &["t", "a"],
            &[("t", "a"), ("a", "t")],
            &[
                "edges[1].to: \"t\" is a trigger, nothing leads to it",
                "nodes[0]: \"t\", \"a\": a circle without a wait",
            ],
        ),
        (
            &["t", "a", "c"],
            &[("t", "a"), ("a", "c"), ("c", "a")],
            &["nodes[1]: \"a\", \"c\": a circle without a wait"],
        ),
        (
            &["t", "a"],
            &[("t", "a"), ("a", "a")],
            &["nodes[1]: \"a\": a circle without a wait"],
        ),
    ];
    for (nodes, edges, expected) in cases {
        let json = definition(nodes, edges);
        assert_eq!(told(Shape::SoundWorkflow, &json), *expected, "{json}");
    }
}

#[test]
fn long_chains_and_circles_need_no_stack() {
    let ids: Vec<String> = (0..100_000).map(|i| format!("a{i}")).collect();
    let mut nodes = vec!["t"];
    nodes.extend(ids.iter().map(String::as_str));
    let mut edges: Vec<(&str, &str)> = nodes.windows(2).map(|w| (w[0], w[1])).collect();
    assert_eq!(
        told(Shape::SoundWorkflow, &definition(&nodes, &edges)),
        [""; 0]
    );
    edges.push(("a99999", "a0"));
    let told = told(Shape::SoundWorkflow, &definition(&nodes, &edges));
    assert_eq!(told.len(), 1);
    assert!(
        told[0].ends_with("and others: a circle without a wait"),
        "{told:?}"
    );
}

#[test]
fn problems_are_bounded() {
    let fields: Vec<String> = (0..1000).map(|i| format!("\"k{i}\": null")).collect();
    let json = format!("{{{}}}", fields.join(", "));
    assert_eq!(problems(Shape::CustomFields, &json).len(), MOST_PROBLEMS);
}

#[test]
fn names_and_shapes_agree() {
    for (name, shape) in SHAPES {
        assert_eq!(name.parse(), Ok(*shape));
    }
    assert_eq!("settings".parse::<Shape>(), Err(()));
}

/// Whether a walk along edges between nodes that are no waits comes back to its start.
fn goes_round(count: usize, edges: &[(usize, usize)], waits: &[bool]) -> bool {
    let mut paths = vec![vec![false; count]; count];
    for &(from, to) in edges {
        paths[from][to] = !waits[from] && !waits[to];
    }
    for via in 0..count {
        for from in 0..count {
            for to in 0..count {
                paths[from][to] |= paths[from][via] && paths[via][to];
            }
        }
    }
    (0..count).any(|i| paths[i][i])
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}", json in r#"[\[\]{}",:0-9a-e. ]{0,60}"#) {
        for (_, shape) in SHAPES {
            problems(*shape, &text);
            problems(*shape, &json);
        }
    }

    #[test]
    fn circles_are_found_as_by_brute_force(
        waits in prop::collection::vec(any::<bool>(), 1..9),
        edges in prop::collection::vec((0usize..8, 0usize..8), 0..16),
    ) {
        let count = waits.len();
        let edges: Vec<_> = edges.into_iter().filter(|(a, b)| *a < count && *b < count).collect();
        let names: Vec<String> = waits
            .iter()
            .enumerate()
            .map(|(i, wait)| format!("{}{i}", if *wait { "w" } else { "a" }))
            .collect();
        let ids: Vec<&str> = names.iter().map(String::as_str).collect();
        let named: Vec<_> = edges.iter().map(|&(a, b)| (ids[a], ids[b])).collect();
        let found = told(Shape::SoundWorkflow, &definition(&ids, &named))
            .iter()
            .any(|problem| problem.ends_with("a circle without a wait"));
        prop_assert_eq!(found, goes_round(count, &edges, &waits));
    }
}
