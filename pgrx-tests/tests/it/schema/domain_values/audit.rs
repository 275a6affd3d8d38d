//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    ("audit.ledger", "audit_logs record_versions security_events"),
    (
        "audit.category",
        "activity access configuration security compliance system",
    ),
    ("audit.actor_kind", "user api_key program database"),
    ("audit.outcome", "success failure denied"),
    ("audit.operation", "insert update delete truncate"),
    ("audit.severity", "info warning critical"),
    (
        "audit.security_event_kind",
        "login logout session_revoked token_reused account_locked account_unlocked password_changed password_reset_requested email_changed second_factor_changed role_changed member_added member_removed api_key_created api_key_revoked credential_accessed credential_rotated permission_denied isolation_violation rate_limited signature_invalid data_exported ledger_tampered other",
    ),
];

pub const SHAPES: &[Shape] = &[(
    "audit.digest",
    "digest_check",
    &[r"\x000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"],
    &[
        "",
        r"\x00",
        r"\x000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f00",
    ],
)];
