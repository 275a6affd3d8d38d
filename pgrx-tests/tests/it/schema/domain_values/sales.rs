//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    ("sales.commission_kind", "commission override bonus"),
    (
        "sales.commission_status",
        "pending approved paid clawed_back cancelled",
    ),
    ("sales.forecast_status", "draft submitted final"),
    (
        "sales.forecast_method",
        "manual weighted_pipeline historical model",
    ),
];

pub const SHAPES: &[Shape] = &[];
