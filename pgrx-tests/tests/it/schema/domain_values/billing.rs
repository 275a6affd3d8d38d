//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    ("billing.billing_interval", "day week month year"),
    ("billing.pricing_model", "flat per_seat usage"),
    ("billing.collection_method", "automatic invoice"),
    ("billing.invoice_kind", "invoice credit_note"),
    (
        "billing.invoice_status",
        "draft open paid void uncollectible",
    ),
    (
        "billing.invoice_line_kind",
        "plan usage setup one_off proration credit",
    ),
    (
        "billing.payment_method_kind",
        "card bank_debit bank_transfer wallet other",
    ),
    ("billing.entitlement_kind", "switch limit quota"),
];

pub const SHAPES: &[Shape] = &[];
