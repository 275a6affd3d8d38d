//! Phone numbers: the number plans are in [`pg_crm_core::phone`].

use pg_crm_core::phone::{self, Kind, Style};
use pgrx::prelude::*;

use crate::error;

#[pg_extern(immutable, parallel_safe)]
fn is_possible_phone(number: Option<&str>, region: default!(Option<&str>, "NULL")) -> Option<bool> {
    number.map(|number| phone::is_possible(number, region))
}

/// STABLE, not IMMUTABLE: what is valid moves with every release of the number plans.
#[pg_extern(stable, parallel_safe)]
fn is_valid_phone(number: Option<&str>, region: default!(Option<&str>, "NULL")) -> Option<bool> {
    number.map(|number| phone::is_valid(number, region))
}

#[pg_extern(immutable, parallel_safe)]
fn normalize_phone(number: Option<&str>, region: default!(Option<&str>, "NULL")) -> Option<String> {
    number.and_then(|number| phone::normalize(number, region))
}

/// STABLE, like all that follows: formats, ranges and regions move with the number plans as well.
#[pg_extern(stable, parallel_safe)]
fn format_phone(
    number: Option<&str>,
    style: default!(Option<&str>, "'international'"),
    region: default!(Option<&str>, "NULL"),
) -> Option<String> {
    let (number, style) = (number?, named(style?));
    phone::format(number, style, region)
}

#[pg_extern(stable, parallel_safe)]
fn phone_region(
    number: Option<&str>,
    region: default!(Option<&str>, "NULL"),
) -> Option<&'static str> {
    phone::region(number?, region)
}

#[pg_extern(stable, parallel_safe)]
fn phone_type(
    number: Option<&str>,
    region: default!(Option<&str>, "NULL"),
) -> Option<&'static str> {
    phone::kind(number?, region).map(Kind::name)
}

#[pg_extern(immutable, parallel_safe)]
fn phone_metadata_version() -> &'static str {
    phone::metadata_version()
}

fn named(style: &str) -> Style {
    style.parse().unwrap_or_else(|()| {
        let names: Vec<&str> = phone::STYLES.iter().map(|(name, _)| *name).collect();
        error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
                format!("unknown style of phone numbers \"{style}\""),
            )
            .set_hint(format!("Styles are: {}.", names.join(", "))),
        )
    })
}
