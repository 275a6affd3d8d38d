//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    (
        "compliance.consent_status",
        "requested granted denied withdrawn",
    ),
    (
        "compliance.consent_method",
        "web_form double_opt_in preference_center unsubscribe_link keyword verbal written contract api import other",
    ),
    (
        "compliance.legal_basis",
        "consent contract legal_obligation vital_interests public_task legitimate_interests",
    ),
    (
        "compliance.request_type",
        "access portability rectification erasure restriction objection opt_out_of_sale",
    ),
    (
        "compliance.request_status",
        "received verifying processing completed rejected cancelled",
    ),
    ("compliance.export_format", "json csv xml pdf zip"),
    (
        "compliance.rights_entry_type",
        "granted extended changed transferred revoked expired corrected",
    ),
];

pub const SHAPES: &[Shape] = &[(
    "compliance.subject_hash",
    "subject_hash_check",
    &[
        r"\x000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f",
        r"\x000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f",
    ],
    &[
        "",
        r"\x00",
        r"\x000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f00",
    ],
)];
