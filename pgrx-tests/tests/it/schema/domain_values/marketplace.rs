//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    (
        "marketplace.opportunity_status",
        "draft open closed awarded cancelled",
    ),
    (
        "marketplace.bid_status",
        "submitted shortlisted accepted rejected withdrawn expired",
    ),
    (
        "marketplace.contract_status",
        "draft sent active completed terminated cancelled",
    ),
    (
        "marketplace.payout_method_type",
        "bank_transfer card wallet check other",
    ),
    (
        "marketplace.payout_method_status",
        "pending verified disabled",
    ),
    (
        "marketplace.payout_status",
        "pending approved processing paid failed returned cancelled",
    ),
    ("marketplace.dispute_party", "organization creator"),
    (
        "marketplace.dispute_reason",
        "non_delivery late_delivery quality payment scope rights conduct fraud other",
    ),
    (
        "marketplace.dispute_status",
        "open under_review awaiting_response escalated resolved withdrawn",
    ),
    (
        "marketplace.dispute_resolution",
        "for_organization for_creator split settled dismissed",
    ),
    ("marketplace.program_status", "draft active paused ended"),
    ("marketplace.commission_type", "percentage fixed none"),
    (
        "marketplace.ambassador_status",
        "invited applied active paused rejected ended",
    ),
];

pub const SHAPES: &[Shape] = &[];
