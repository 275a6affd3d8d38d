//! Schema `tenancy`: who is asking, and for which organization.

pub mod context;
pub mod shared_reference;
