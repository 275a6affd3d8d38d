//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    ("voice.assistant_status", "draft active paused archived"),
    (
        "voice.phone_number_status",
        "pending active suspended released",
    ),
    ("voice.call_type", "inbound_phone outbound_phone web"),
    (
        "voice.call_status",
        "scheduled queued ringing in_progress forwarding ended",
    ),
    ("voice.sentiment", "positive neutral negative mixed"),
];

pub const SHAPES: &[Shape] = &[];
