//! Schema `maint`: what keeps the database in shape.

mod locks;
mod owner;
mod partitions;
mod schedule;
pub mod worker;
