//! Schema `maint`: what keeps the database in shape.

mod owner;
mod partitions;
