//! Shapes of JSON documents: what CHECKs of columns and domains ask.
//!
//! Documents come as text: `VALUE::text` costs no more here than in a function that takes jsonb.

use pg_crm_core::shape::{self, Shape};
use pgrx::prelude::*;

use crate::error::{self, Violation};

/// What is wrong with a document, each as `place: fault`; `{}` where it has the shape.
#[pg_extern(immutable, strict, parallel_safe)]
fn shape_problems(shape: &str, document: &str) -> Vec<String> {
    shape::problems(named(shape), document)
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// For CHECKs: true, or error 23514 in the name of the constraint, whose detail tells the places.
#[pg_extern(immutable, strict, parallel_safe)]
fn has_shape(document: &str, shape: &str, constraint_name: &str) -> bool {
    /// A detail that can be read.
    const MOST_TOLD: usize = 5;
    let problems = shape::problems(named(shape), document);
    if problems.is_empty() {
        return true;
    }
    let mut detail: Vec<String> = problems
        .iter()
        .take(MOST_TOLD)
        .map(ToString::to_string)
        .collect();
    if problems.len() > MOST_TOLD {
        detail.push(format!("({} more)", problems.len() - MOST_TOLD));
    }
    error::raise_violation(
        Violation {
            constraint: constraint_name.to_owned(),
            table: None,
        },
        error::report(
            PgSqlErrorCode::ERRCODE_CHECK_VIOLATION,
            format!("JSON document violates check constraint \"{constraint_name}\""),
        )
        .set_detail(detail.join("\n"))
        .set_hint(format!(
            "SELECT crm.shape_problems('{shape}', document) lists what is wrong with a document."
        )),
    )
}

fn named(shape: &str) -> Shape {
    shape.parse().unwrap_or_else(|()| {
        let names: Vec<&str> = shape::SHAPES.iter().map(|(name, _)| *name).collect();
        error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
                format!("unknown shape \"{shape}\""),
            )
            .set_hint(format!("Shapes are: {}.", names.join(", "))),
        )
    })
}
