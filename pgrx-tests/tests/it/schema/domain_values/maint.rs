//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[];

pub const SHAPES: &[Shape] = &[];
