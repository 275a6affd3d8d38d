//! Schema `maint`: what keeps the database in shape.

mod bounds;
mod locks;
mod mirror;
mod owner;
mod partitions;
mod schedule;
pub mod worker;
