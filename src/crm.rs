//! Schema `crm`: contacts, their validation, scoring and tags.
//!
//! `crm` is the extension's own schema, so functions here name no schema: the script's search_path
//! begins with it.

pub mod contact;
mod display_id;
mod email;
mod engagement;
mod fit;
mod hottest;
mod last_activity;
pub mod models;
mod phone;
mod profile;
mod rebuild;
mod refresh;
pub mod score;
mod shape;
mod signals;
mod stamp;
mod touch;
mod uuid;
