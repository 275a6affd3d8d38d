//! Fields that a tenant defines.

use serde_json::{Map, Value};

use super::{MOST_PROBLEMS, Problem, read};

pub(super) fn problems(json: &str) -> Vec<Problem> {
    let fields: Map<String, Value> = match read(json) {
        Ok(fields) => fields,
        Err(problem) => return vec![problem],
    };
    let mut problems = Vec::new();
    for (key, value) in &fields {
        match value {
            Value::String(_) | Value::Number(_) | Value::Bool(_) => {}
            Value::Array(items) => problems.extend(
                items
                    .iter()
                    .enumerate()
                    .filter(|(_, item)| !item.is_string())
                    .map(|(i, item)| {
                        Problem::new(
                            format!("{key}[{i}]"),
                            format!("is {}; arrays hold strings", kind(item)),
                        )
                    })
                    .take(MOST_PROBLEMS),
            ),
            Value::Null | Value::Object(_) => problems.push(Problem::new(
                key,
                format!(
                    "is {}; a field is a string, a number, a boolean or an array of strings",
                    kind(value)
                ),
            )),
        }
        if problems.len() >= MOST_PROBLEMS {
            break;
        }
    }
    problems
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
