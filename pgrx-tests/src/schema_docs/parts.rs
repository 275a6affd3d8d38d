//! Pieces that pages are put together from.

use super::catalog::{Column, Named};
use super::markdown::code;

pub(super) fn of<T>(items: &[T], wanted: impl Fn(&T) -> bool) -> Vec<&T> {
    items.iter().filter(|item| wanted(item)).collect()
}

pub(super) fn list<T>(text: &mut String, heading: &str, items: &[T], item: impl Fn(&T) -> String) {
    if items.is_empty() {
        return;
    }
    *text += &format!("\n**{heading}**\n\n");
    for entry in items {
        *text += &format!("- {}\n", item(entry));
    }
}

/// `between` is what divides the name from the rest.
pub(super) fn named(object: &Named, between: &str) -> String {
    format!("{}{between}{}", code(&object.name), code(&object.text))
}

pub(super) fn default(column: &Column) -> String {
    if column.generated {
        return "generated".to_owned();
    }
    if column.identity {
        return "identity".to_owned();
    }
    column.default.as_deref().map(code).unwrap_or_default()
}

pub(super) fn grants(grants: &[(String, String)]) -> String {
    if grants.is_empty() {
        return "none".to_owned();
    }
    let grants: Vec<String> = grants
        .iter()
        .map(|(role, privileges)| format!("{} {privileges}", code(role)))
        .collect();
    grants.join("; ")
}
