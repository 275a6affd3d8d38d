//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    ("runtime.presence_status", "online away typing offline"),
    ("runtime.message_status", "ready in_flight dead"),
    (
        "runtime.message_outcome",
        "completed dead expired discarded",
    ),
];

pub const SHAPES: &[Shape] = &[];
