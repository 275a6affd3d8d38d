//! Phone numbers: the number plans are in [`pg_crm_core::phone`].

use pg_crm_core::phone;
use pgrx::prelude::*;

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

#[pg_extern(immutable, parallel_safe)]
fn phone_metadata_version() -> &'static str {
    phone::metadata_version()
}
