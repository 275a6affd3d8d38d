//! See `domains.rs`.

use super::Shape;

pub const LISTS: &[(&str, &str)] = &[
    ("commerce.product_status", "draft active archived"),
    (
        "commerce.product_type",
        "physical digital service subscription bundle gift_card",
    ),
    ("commerce.gallery_status", "draft published archived"),
    (
        "commerce.gallery_layout",
        "grid carousel masonry stories list",
    ),
    (
        "commerce.attribution_kind",
        "impression view click add_to_cart checkout sign_up purchase refund",
    ),
    (
        "commerce.attribution_model",
        "first_touch last_touch linear time_decay position_based coupon manual",
    ),
];

pub const SHAPES: &[Shape] = &[];
