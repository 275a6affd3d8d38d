//! Schema `tenancy`: who is asking, and for which organization.

pub mod context;
