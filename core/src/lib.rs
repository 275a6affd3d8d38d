//! The rules and the arithmetic of pg_crm that need no server.
//!
//! Everything here is a plain function of its arguments: no PostgreSQL, no clock, no I/O, and no
//! panic on any input. The glue around this crate unpacks SQL arguments, calls it and turns its
//! errors into SQLSTATEs.

pub mod claims;
pub mod context;
pub mod conversation;
pub mod ddl;
pub mod email;
pub mod partition;
pub mod phone;
pub mod policy;
pub mod role;
pub mod schedule;
pub mod scoring;
pub mod shape;
pub mod stamp;
pub mod token;
pub mod uuid;
