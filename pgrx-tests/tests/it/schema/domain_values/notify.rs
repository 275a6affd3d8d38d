//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    ("notify.channel", "in_app email sms push chat webhook"),
    (
        "notify.notification_status",
        "pending sent delivered failed skipped",
    ),
    ("notify.frequency", "immediate hourly daily weekly"),
];

pub const SHAPES: &[Shape] = &[];
