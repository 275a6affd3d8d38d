//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    (
        "integration.integration_kind",
        "crm sms mms whatsapp email twitter facebook instagram linkedin telegram voice web calendar commerce payments accounting marketing analytics storage support automation ai other",
    ),
    (
        "integration.integration_status",
        "pending active paused error disconnected",
    ),
    (
        "integration.credential_kind",
        "api_key access_token refresh_token client_secret password private_key certificate signing_secret header other",
    ),
    ("integration.webhook_direction", "outbound inbound"),
    ("integration.webhook_status", "active paused disabled"),
    ("integration.disable_reason", "failures gone member abuse"),
    (
        "integration.attempt_status",
        "pending running succeeded failed cancelled",
    ),
    ("integration.sync_direction", "inbound outbound both"),
    ("integration.sync_mode", "full incremental"),
    ("integration.sync_cause", "schedule manual webhook retry"),
    (
        "integration.sync_status",
        "pending running completed partial failed cancelled",
    ),
];

pub const SHAPES: &[Shape] = &[
    (
        "integration.integration_provider",
        "integration_provider_check",
        &["salesforce", "hubspot", "x", "my-crm_2.0"],
        &["", "Salesforce", "-x", "x-", "a b"],
    ),
    (
        "integration.ciphertext",
        "ciphertext_check",
        &[r"\x000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f"],
        &[
            "",
            r"\x00",
            r"\x000102030405060708090a0b0c0d0e0f000102030405060708090a0b",
        ],
    ),
];
