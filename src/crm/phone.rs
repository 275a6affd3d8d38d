//! Phone numbers: the number plans are in [`pg_crm_core::phone`].

use pg_crm_core::phone::{self, Kind, Style};
use pgrx::prelude::*;

use crate::error;
use crate::text::Text;

/// What is said of a number, unless that is none at once: what is too long is not even fetched, and
/// what is no UTF-8, as in a database of another encoding, is not read.
fn ask<T>(
    number: Text,
    region: Option<Text>,
    question: impl FnOnce(&str, Option<&str>) -> Option<T>,
) -> Option<T> {
    if number.is_longer(phone::MAX_BYTES) {
        return None;
    }
    let region = region.filter(|region| !region.is_longer(phone::REGION_BYTES));
    question(number.utf8()?, region.and_then(Text::utf8))
}

#[pg_extern(immutable, parallel_safe)]
fn is_possible_phone<'a>(
    number: Option<Text<'a>>,
    region: default!(Option<Text<'a>>, "NULL"),
) -> Option<bool> {
    let possible = |number: &str, region: Option<&str>| Some(phone::is_possible(number, region));
    number.map(|number| ask(number, region, possible).unwrap_or(false))
}

/// STABLE, not IMMUTABLE: what is valid moves with every release of the number plans.
#[pg_extern(stable, parallel_safe)]
fn is_valid_phone<'a>(
    number: Option<Text<'a>>,
    region: default!(Option<Text<'a>>, "NULL"),
) -> Option<bool> {
    let valid = |number: &str, region: Option<&str>| Some(phone::is_valid(number, region));
    number.map(|number| ask(number, region, valid).unwrap_or(false))
}

#[pg_extern(immutable, parallel_safe)]
fn normalize_phone<'a>(
    number: Option<Text<'a>>,
    region: default!(Option<Text<'a>>, "NULL"),
) -> Option<String> {
    ask(number?, region, phone::normalize)
}

/// STABLE, like all that follows: formats, ranges and regions move with the number plans as well.
#[pg_extern(stable, parallel_safe)]
fn format_phone<'a>(
    number: Option<Text<'a>>,
    style: default!(Option<Text<'a>>, "'international'"),
    region: default!(Option<Text<'a>>, "NULL"),
) -> Option<String> {
    let (number, style) = (number?, named(style?));
    ask(number, region, |number, region| {
        phone::format(number, style, region)
    })
}

#[pg_extern(stable, parallel_safe)]
fn phone_region<'a>(
    number: Option<Text<'a>>,
    region: default!(Option<Text<'a>>, "NULL"),
) -> Option<&'static str> {
    ask(number?, region, phone::region)
}

#[pg_extern(stable, parallel_safe)]
fn phone_type<'a>(
    number: Option<Text<'a>>,
    region: default!(Option<Text<'a>>, "NULL"),
) -> Option<&'static str> {
    ask(number?, region, phone::kind).map(Kind::name)
}

#[pg_extern(stable, parallel_safe)]
fn phone_metadata_version() -> &'static str {
    phone::metadata_version()
}

fn named(style: Text) -> Style {
    let known = style.utf8().and_then(|style| style.parse().ok());
    known.unwrap_or_else(|| unknown(style))
}

#[cold]
fn unknown(style: Text) -> ! {
    /// A message that can be read.
    const MOST_SHOWN: usize = 60;
    let style = String::from_utf8_lossy(style.bytes());
    let shown: String = style.chars().take(MOST_SHOWN).collect();
    let names: Vec<&str> = phone::STYLES.iter().map(|(name, _)| *name).collect();
    error::raise(
        error::report(
            PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
            format!("unknown style of phone numbers \"{shown}\""),
        )
        .set_hint(format!("Styles are: {}.", names.join(", "))),
    )
}
