//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    ("chat.conversation_status", "active archived"),
    ("chat.message_role", "system user assistant tool"),
    ("chat.article_status", "draft published archived"),
];

pub const SHAPES: &[Shape] = &[];
