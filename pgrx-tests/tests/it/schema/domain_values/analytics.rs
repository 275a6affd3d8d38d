//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    (
        "analytics.granularity",
        "minute hour day week month quarter year",
    ),
    ("analytics.visibility", "private organization"),
    ("analytics.report_format", "table csv xlsx pdf json"),
    ("analytics.report_status", "running succeeded failed"),
    (
        "analytics.alert_comparison",
        "above at_least below at_most rises_by falls_by absent",
    ),
    ("analytics.alert_severity", "info warning critical"),
    ("analytics.alert_state", "ok pending firing no_data"),
];

pub const SHAPES: &[Shape] = &[];
