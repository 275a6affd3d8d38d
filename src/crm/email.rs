//! E-mail addresses: the rules are in [`pg_crm_core::email`].

use std::borrow::Cow;

use pg_crm_core::email::{self, Profile};
use pgrx::prelude::*;

use crate::error;

fn profile(name: &str) -> Profile {
    match name.parse() {
        Ok(profile) => profile,
        Err(unknown) => error::raise(
            error::report(
                PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
                format!("unknown e-mail profile \"{name}\""),
            )
            .set_hint(format!("{unknown}")),
        ),
    }
}

#[pg_extern(immutable, strict, parallel_safe)]
fn is_valid_email(address: &str, profile_name: default!(&str, "'html5'")) -> bool {
    email::is_valid(address, profile(profile_name))
}

#[pg_extern(immutable, strict, parallel_safe)]
fn email_rejection_reason(
    address: &str,
    profile_name: default!(&str, "'html5'"),
) -> Option<String> {
    email::rejection(address, profile(profile_name)).map(|reason| reason.to_string())
}

#[pg_extern(immutable, strict, parallel_safe)]
fn normalize_email(address: &str) -> Option<String> {
    email::normalize(address).map(Cow::into_owned)
}
