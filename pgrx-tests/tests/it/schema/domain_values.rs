//! The domains of the schemas beside tenancy, crm, inbox and orders, as `domains.rs` tests them.

mod analytics;
mod audit;
mod billing;
mod catalog;
mod chat;
mod compliance;
mod creator;
mod integration;
mod maint;
mod marketing;
mod marketplace;
mod notify;
mod runtime;
mod sales;
mod teamwork;
mod voice;
mod workflow;

/// The domain, the constraint, values that are taken, values that it refuses.
pub type Shape = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

pub const MORE_LISTS: &[&[(&str, &str)]] = &[
    analytics::LISTS,
    audit::LISTS,
    billing::LISTS,
    catalog::LISTS,
    chat::LISTS,
    compliance::LISTS,
    creator::LISTS,
    integration::LISTS,
    maint::LISTS,
    marketing::LISTS,
    marketplace::LISTS,
    notify::LISTS,
    runtime::LISTS,
    sales::LISTS,
    teamwork::LISTS,
    voice::LISTS,
    workflow::LISTS,
];

pub const MORE_SHAPES: &[&[Shape]] = &[
    analytics::SHAPES,
    audit::SHAPES,
    billing::SHAPES,
    catalog::SHAPES,
    chat::SHAPES,
    compliance::SHAPES,
    creator::SHAPES,
    integration::SHAPES,
    maint::SHAPES,
    marketing::SHAPES,
    marketplace::SHAPES,
    notify::SHAPES,
    runtime::SHAPES,
    sales::SHAPES,
    teamwork::SHAPES,
    voice::SHAPES,
    workflow::SHAPES,
];
