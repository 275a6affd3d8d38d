//! E-mail addresses: the rules are in [`pg_crm_core::email`].

use pg_crm_core::email::{self, Profile, Rejection};
use pgrx::prelude::*;

use crate::error;
use crate::text::Text;

#[inline(always)]
fn named(name: Text) -> Profile {
    Profile::named(name.bytes()).unwrap_or_else(|| unknown(name))
}

#[cold]
fn unknown(name: Text) -> ! {
    /// A message that can be read.
    const MOST_SHOWN: usize = 60;
    let name = String::from_utf8_lossy(name.bytes());
    let shown: String = name.chars().take(MOST_SHOWN).collect();
    let known: Vec<&str> = Profile::ALL.iter().map(|profile| profile.name()).collect();
    error::raise(
        error::report(
            PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
            format!("unknown e-mail profile \"{shown}\""),
        )
        .set_hint(format!("Profiles are: {}.", known.join(", "))),
    )
}

/// Whether the address has more bytes than any valid one. It is not fetched to tell.
#[inline(always)]
fn is_too_long(address: Text, profile: Profile) -> bool {
    profile
        .max_bytes()
        .is_some_and(|limit| address.is_longer(limit))
}

#[pg_extern(immutable, strict, parallel_safe)]
fn is_valid_email<'a>(address: Text<'a>, profile: default!(Text<'a>, "'html5'")) -> bool {
    let profile = named(profile);
    !is_too_long(address, profile) && email::is_valid(address.bytes(), profile)
}

#[pg_extern(immutable, strict, parallel_safe)]
fn email_rejection_reason<'a>(
    address: Text<'a>,
    profile: default!(Text<'a>, "'html5'"),
) -> Option<String> {
    let profile = named(profile);
    let reason = if is_too_long(address, profile) {
        Some(Rejection::TooLong)
    } else {
        email::rejection(address.bytes(), profile)
    };
    reason.map(|reason| reason.to_string())
}

#[pg_extern(immutable, strict, parallel_safe)]
fn normalize_email<'a>(
    address: Text<'a>,
    profile: default!(Text<'a>, "'html5'"),
    fold_provider: default!(bool, "false"),
) -> Option<String> {
    let profile = named(profile);
    email::normalize(address.utf8()?, profile, fold_provider).map(|normal| normal.into_owned())
}

/// STABLE, not IMMUTABLE: the list grows with every release.
#[pg_extern(stable, strict, parallel_safe)]
fn is_disposable_email(address: Text) -> bool {
    address.utf8().is_some_and(email::is_disposable)
}

#[pg_extern(stable, parallel_safe)]
fn disposable_domains_version() -> &'static str {
    email::disposable_version()
}
