//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    (
        "marketing.campaign_status",
        "draft scheduled active paused completed cancelled",
    ),
    (
        "marketing.lead_status",
        "new contacted nurturing qualified unqualified converted",
    ),
];

pub const SHAPES: &[Shape] = &[];
